from __future__ import annotations

from chatbot.dialogue import writer
from chatbot.dialogue.checks import failures
from chatbot.dialogue.window import read


def _verbatim(retriever, window):
    return writer.verbatim(window, retriever.search(window.question, 8))


def _by_id(candidates):
    return {candidate.evidence_ids[0]: candidate for candidate in candidates}


def test_verbatim_candidates_are_distinct_and_checked(retriever, ask):
    candidates = _verbatim(retriever, read(ask("c: how long do refunds take")))
    assert candidates[0].text == "Refunds take 5 working days after the return has arrived."
    assert candidates[0].evidence_ids == ("m1:1",)
    assert "m2:1" not in _by_id(candidates)  # the same answer without the name
    assert candidates[0].passed


def test_an_answer_about_another_case_does_not_pass(retriever, ask):
    window = read(ask("c: where is my order KO-123456"))
    found = _by_id(_verbatim(retriever, window))["m4:1"]
    assert "case" in failures(found.checks)


def test_slots_are_refilled_or_fail(retriever, ask):
    window = read(ask("c: did you get my mail jo@mail.example"))
    found = _by_id(_verbatim(retriever, window))
    assert found["m5:1"].text == "Yes, the newsletter goes to jo@mail.example every Friday."
    assert found["m5:1"].passed
    window = read(ask("c: what is your mail address for press, mine is jo@mail.example"))
    assert failures(_by_id(_verbatim(retriever, window))["m6:1"].checks) == ["placeholders"]


def test_articles_come_with_their_title(retriever, ask):
    found = _by_id(_verbatim(retriever, read(ask("c: how to send something back, returns"))))
    assert found["returns#0"].text == "Returns\n\nSend it back within 30 days."


def test_what_was_said_is_not_said_again(retriever, ask):
    window = read(
        ask(
            "c: how long do refunds take",
            "b: Refunds take 5 working days after the return has arrived.",
            "c: so how long do refunds take",
        )
    )
    assert failures(_by_id(_verbatim(retriever, window))["m1:1"].checks) == ["new"]


def _refined(retriever, ask, voice, **given):
    window = read(ask("c: how long do refunds take"))
    deltas = []
    draft = writer.refined(
        voice,
        window,
        retriever.search(window.question, 3),
        on_delta=deltas.append,
        should_stop=given.get("should_stop", lambda: False),
    )
    return draft, deltas


def test_a_draft_is_shown_sentence_by_sentence(retriever, ask, script):
    text = "Refunds take 5 working days. They start once the return has arrived."
    draft, deltas = _refined(retriever, ask, script(text))
    assert draft.text == text
    assert draft.passed
    assert draft.origin == "refined"
    assert deltas == ["Refunds take 5 working days. ", "They start once the return has arrived."]


def test_an_invented_number_ends_the_draft(retriever, ask, script):
    draft, deltas = _refined(retriever, ask, script("Refunds take some days. You get 900 points. Then it has arrived."))
    assert failures(draft.checks) == ["numbers"]
    assert deltas == ["Refunds take some days. "]


def test_an_unfinished_sentence_is_left_off(retriever, ask, script):
    draft, deltas = _refined(retriever, ask, script("Refunds take 5 working days. They start once the"))
    assert draft.text == "Refunds take 5 working days."
    assert draft.passed
    assert "".join(deltas).strip() == draft.text


def test_the_last_sentence_is_checked_before_it_is_shown(retriever, ask, script):
    draft, deltas = _refined(retriever, ask, script("Refunds take 5 working days. You get 900 points."))
    assert draft.text == "Refunds take 5 working days."
    assert "900" not in "".join(deltas)


def test_a_loop_ends_the_draft(retriever, ask, script):
    voice = script("Refunds take 5 working days. " + "you and me and " * 60 + "so on.")
    texts = []
    write = voice.write
    voice.write = lambda *given: (texts.append(text) or text for text in write(*given))
    draft, deltas = _refined(retriever, ask, voice)
    assert draft.text == "Refunds take 5 working days."
    assert len(texts[-1]) < 250
    assert "you and me" not in "".join(deltas)


def test_nothing_written_is_no_draft(retriever, ask, script):
    assert _refined(retriever, ask, script("")) == (None, [])
    assert _refined(retriever, ask, script("Refunds take"))[0] is None


def test_should_stop_ends_the_writing(retriever, ask, script):
    draft, deltas = _refined(retriever, ask, script("Refunds take 5 working days. More."), should_stop=lambda: True)
    assert draft is None
    assert deltas == []


def test_characters_of_many_bytes_come_whole(retriever, ask, script):
    texts = list(script("Grüße \U0001f600 退款.").write(read(ask("c: how long")).turns, []))
    assert texts[-1] == "Grüße \U0001f600 退款."
    assert all("\ufffd" not in text for text in texts)
