"""Each candidate checked against its evidence and the conversation; what a composed one may not say is left out."""

from __future__ import annotations

import pytest

from chatbot.dialogue.answer import Candidate, Sentence, failures
from chatbot.dialogue.check.candidate import checked, in_place
from chatbot.dialogue.window import read
from chatbot.dialogue.write.candidates import composed, past_answers
from retrieval.passages import Passage, PassageKind
from retrieval.search.hits import Hit
from tests.test_dialogue.backed import backed


def _past(retriever, window):
    hits = retriever.search(window.question, 8)
    return {each.evidence_ids[0]: each for each in checked(past_answers(window, hits), window, hits, backed(hits))}


def test_a_general_answer_passes(retriever, ask):
    assert _past(retriever, read(ask("c: how long do refunds take")))["m1:1"].passed


def test_an_answer_about_another_case_does_not_pass(retriever, ask):
    window = read(ask("c: where is my order KO-123456"))
    assert "case" in failures(_past(retriever, window)["m4:1"].checks)


def test_slots_are_refilled_or_fail(retriever, ask):
    window = read(ask("c: did you get my mail jo@mail.example"))
    assert _past(retriever, window)["m5:1"].passed
    window = read(ask("c: what is your mail address for press, mine is jo@mail.example"))
    assert failures(_past(retriever, window)["m6:1"].checks) == ["placeholders"]


def test_what_was_said_is_not_said_again(retriever, ask):
    window = read(
        ask(
            "c: how long do refunds take",
            "b: Refunds take 5 working days after the return has arrived.",
            "c: so how long do refunds take",
        )
    )
    assert failures(_past(retriever, window)["m1:1"].checks) == ["new"]


STEPS = "Forgot your password? Press Sign in, then Forgot password. We send a link that is valid for 60 minutes."


@pytest.mark.parametrize(
    ("then", "again"),
    [
        ("still doesn't work", False),
        ("it works again!! thank you", False),
        ("oh there it is haha", False),
        ("checked spam. nothing", False),
        ("No luck, same problem as before.", False),
        ("and for how long is it valid", True),
        ("where do i press that", True),
        ("what's the link for", True),
        ("valid for 60 minutes?", True),
        ("do you send it by mail", True),
        ("and for the app", True),
        ("and now nothing happens", False),
        ("doesn't work", False),
        ("and that works", False),
    ],
)
def test_a_part_of_what_was_said_answers_a_question_and_no_report(ask, then, again):
    """Whoever tells how it went is not told the same once more; a question may be answered by a part of it."""
    window = read(ask("c: I forgot my password, what now", f"b: {STEPS} Look in spam.", f"c: {then}"))
    assert ("new" not in failures(in_place(STEPS, window, of_article=True))) is again


@pytest.mark.parametrize(
    ("then", "again"),
    [("does the link come by mail", True), ("how long is it valid?", True), ("I forgot my password, what now?", False)],
)
def test_the_very_same_part_answers_another_question_and_not_the_same_one(ask, then, again):
    window = read(ask("c: I forgot my password, what now", f"b: {STEPS}", f"c: {then}"))
    assert ("new" not in failures(in_place(STEPS, window, of_article=True))) is again
    assert "new" in failures(in_place(STEPS, window))


@pytest.mark.parametrize("then", ["geht immer noch nicht", "danke, geht wieder", "jetzt ist der Link da"])
def test_nor_does_it_in_german(ask, then):
    said = "Drücken Sie auf Anmelden, dann auf Passwort vergessen. Der Link gilt 60 Minuten."
    window = read(ask("c: ich habe mein Passwort vergessen", f"b: {said} Schauen Sie in den Spam.", f"c: {then}"))
    assert "new" in failures(in_place(said, window, of_article=True))
    window = read(
        ask("c: ich habe mein Passwort vergessen", f"b: {said} Schauen Sie in den Spam.", "c: wie lange gilt er")
    )
    assert "new" not in failures(in_place(said, window, of_article=True))


def _composed(ask, hits, *lines):
    window = read(ask(*(lines or ("c: how long do refunds take",))))
    return list(checked(composed(window, hits, hits), window, hits, backed(hits)))


def test_the_evidence_of_a_composed_reply_is_what_it_was_made_of(retriever, ask):
    window = read(ask("c: how long do refunds take"))
    hits = retriever.search(window.question, 7)
    (draft,) = checked(composed(window, hits, hits), window, hits, backed(hits))
    assert draft.passed
    assert {sentence.evidence_id for sentence in draft.sentences} == set(draft.evidence_ids)
    assert draft.features["similarity"] == max(hit.similarity for hit in hits if hit.passage.id in draft.evidence_ids)
    answers = [retriever.passage(name).answer.casefold() for name in draft.evidence_ids]
    assert len(answers) == len([part for part in draft.text.casefold().split("\n\n") if part])
    assert all(any(part in answer for answer in answers) for part in draft.text.casefold().split("\n\n"))


def test_a_sentence_that_fails_its_checks_is_left_out(ask):
    hits = [
        _hit("p1", "Refunds take a week after the return has arrived. I have refunded your order today."),
        _hit("p2", "Refunds take a week after the return has arrived at our place."),
    ]
    (draft,) = _composed(ask, hits)
    assert "refunded" not in draft.text
    assert "".join(draft.pieces) == draft.text
    assert draft.passed


def test_a_composed_reply_of_which_nothing_is_left_is_left_out(ask):
    window = read(ask("c: how long do refunds take"))
    hits = [_hit("p1", "Refunds take a week after the return has arrived.")]
    lie = Sentence("You get 900 points.", "p1:1")
    assert (
        list(checked([Candidate(lie.text, "refined", ("p1:1",), sentences=(lie,))], window, hits, backed(hits))) == []
    )


def test_an_end_that_breaks_off_is_left_out(ask):
    answer = "Refunds take a week after the return has arrived. Then open the page with the"
    (draft,) = _composed(ask, [_hit("p1", answer), _hit("p2", answer)])
    assert draft.text == "Refunds take a week after the return has arrived."


def test_what_was_said_is_not_composed_again(ask):
    answer = "Refunds take a week after the return has arrived."
    lines = ("c: how long", f"b: {answer}", "c: so how long")
    (draft,) = _composed(ask, [_hit("p1", answer), _hit("p2", answer)], *lines)
    assert failures(draft.checks) == ["new"]


def _hit(name, answer):
    passage = Passage(f"{name}:1", PassageKind.MOMENT, "how long do refunds take", answer, name)
    return Hit(passage, score=1.0, similarity=0.9)
