from __future__ import annotations

from chatbot.dialogue.answer import failures
from chatbot.dialogue.window import read
from chatbot.dialogue.write.draft import drafted


def _drafted(retriever, ask, reply_model, **given):
    window = read(ask("c: how long do refunds take"))
    return drafted(reply_model, window, retriever.search(window.question, 3), **given)


def test_a_draft_is_what_was_written(retriever, ask, script):
    text = "Refunds take 5 working days. They start once the return has arrived."
    draft = _drafted(retriever, ask, script(text))
    assert draft.text == text
    assert draft.passed
    assert draft.origin == "refined"


def test_an_invented_number_ends_the_draft(retriever, ask, script):
    draft = _drafted(retriever, ask, script("Refunds take some days. You get 900 points. Then it has arrived."))
    assert "numbers" in failures(draft.checks)
    assert "arrived" not in draft.text


def test_an_unfinished_sentence_is_left_off(retriever, ask, script):
    draft = _drafted(retriever, ask, script("Refunds take 5 working days. They start once the"))
    assert draft.text == "Refunds take 5 working days."
    assert draft.passed


def test_an_unsound_last_sentence_is_left_off(retriever, ask, script):
    draft = _drafted(retriever, ask, script("Refunds take 5 working days. You get 900 points."))
    assert draft.text == "Refunds take 5 working days."


def test_a_loop_ends_the_draft(retriever, ask, script):
    reply_model = script("Refunds take 5 working days. " + "you and me and " * 60 + "so on.")
    texts = []
    write = reply_model.write
    reply_model.write = lambda *given: (texts.append(text) or text for text in write(*given))
    draft = _drafted(retriever, ask, reply_model)
    assert draft.text == "Refunds take 5 working days."
    assert len(texts[-1]) < 250


def test_nothing_written_is_no_draft(retriever, ask, script):
    assert _drafted(retriever, ask, script("")) is None
    assert _drafted(retriever, ask, script("Refunds take")) is None


def test_should_stop_ends_the_writing(retriever, ask, script):
    assert _drafted(retriever, ask, script("Refunds take 5 working days. More."), should_stop=lambda: True) is None


def test_characters_of_many_bytes_come_whole(retriever, ask, script):
    texts = list(script("Grüße \U0001f600 退款.").write(read(ask("c: how long")).turns, []))
    assert texts[-1] == "Grüße \U0001f600 退款."
    assert all("\ufffd" not in text for text in texts)
