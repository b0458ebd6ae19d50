from __future__ import annotations

from chatbot.dialogue.check.result import failures
from chatbot.dialogue.window import read
from chatbot.dialogue.write import candidates
from retrieval.passages import Passage, PassageKind
from retrieval.search.hits import Hit


def _verbatim(retriever, window):
    return candidates.verbatim(window, retriever.search(window.question, 8))


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


def _refined(retriever, ask, question="c: how long do refunds take", **given):
    window = read(ask(question))
    hits = retriever.search(window.question, 7)
    deltas = []
    draft = candidates.refined(
        window,
        given.get("hits", hits[:3]),
        on_delta=deltas.append,
        should_stop=given.get("should_stop", lambda: False),
        neighbours=hits,
    )
    return draft, deltas


def test_a_composed_reply_is_of_evidence_alone(retriever, ask):
    draft, deltas = _refined(retriever, ask)
    assert draft.passed
    assert draft.origin == "refined"
    assert "5 working days" in draft.text
    assert "".join(deltas) == draft.text
    assert {name for _, name in draft.sentences} == set(draft.evidence_ids)
    assert all(sentence in draft.text for sentence, _ in draft.sentences)
    for name in draft.evidence_ids:
        answer = retriever.passage(name).answer.casefold()
        assert any(sentence.strip().casefold() in answer for sentence in deltas)


def test_only_passages_that_were_used_are_evidence(retriever, ask):
    draft, _ = _refined(retriever, ask)
    answers = [retriever.passage(name).answer.casefold() for name in draft.evidence_ids]
    assert len(answers) == len([part for part in draft.text.casefold().split("\n\n") if part])
    assert all(any(part in answer for answer in answers) for part in draft.text.casefold().split("\n\n"))


def test_should_stop_ends_the_composing(retriever, ask):
    assert _refined(retriever, ask, should_stop=lambda: True) == (None, [])


def test_of_no_evidence_nothing_is_composed(retriever, ask):
    assert _refined(retriever, ask, hits=[]) == (None, [])


def test_a_sentence_that_fails_its_checks_is_left_out(retriever, ask):
    hits = [
        _hit("p1", "Refunds take a week after the return has arrived. Your discount is [EMAIL_1]."),
        _hit("p2", "Refunds take a week after the return has arrived at our place."),
    ]
    draft, deltas = _refined(retriever, ask, hits=hits)
    assert "[EMAIL_1]" not in "".join(deltas)
    assert draft.passed


def test_an_end_that_breaks_off_is_left_out(retriever, ask):
    answer = "Refunds take a week after the return has arrived. Then open the page with the"
    draft, _ = _refined(retriever, ask, hits=[_hit("p1", answer), _hit("p2", answer)])
    assert draft.text == "Refunds take a week after the return has arrived."


def test_what_was_said_is_not_composed_again(retriever, ask):
    window = read(ask("c: how long", "b: Refunds take a week after the return has arrived.", "c: so how long"))
    deltas = []
    answer = "Refunds take a week after the return has arrived."
    draft = candidates.refined(
        window,
        [_hit("p1", answer), _hit("p2", answer)],
        on_delta=deltas.append,
        should_stop=lambda: False,
    )
    assert failures(draft.checks) == ["new"]
    assert deltas == []


def _hit(name, answer):
    passage = Passage(f"{name}:1", PassageKind.MOMENT, "how long do refunds take", answer, name)
    return Hit(passage, score=1.0, similarity=0.9)
