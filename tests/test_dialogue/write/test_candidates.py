from __future__ import annotations

from chatbot.dialogue.window import read
from chatbot.dialogue.write.candidates import composed, past_answers
from retrieval.passages import Passage, PassageKind
from retrieval.search.hits import Hit


def _past(retriever, window):
    return past_answers(window, retriever.search(window.question, 8))


def _by_id(candidates):
    return {candidate.evidence_ids[0]: candidate for candidate in candidates}


def test_past_answers_are_distinct_and_unchecked(retriever, ask):
    candidates = _past(retriever, read(ask("c: how long do refunds take")))
    assert candidates[0].text == "Refunds take 5 working days after the return has arrived."
    assert candidates[0].evidence_ids == ("m1:1",)
    assert "m2:1" not in _by_id(candidates)  # the same answer
    assert all(candidate.checks == () for candidate in candidates)


def test_slots_are_refilled_where_they_are_certainly_this_customers(retriever, ask):
    window = read(ask("c: did you get my mail jo@mail.example"))
    found = _by_id(_past(retriever, window))["m5:1"]
    assert found.text == "Yes, the newsletter goes to jo@mail.example every Friday."


def test_a_composed_reply_is_of_the_best_evidence_alone(retriever, ask):
    window = read(ask("c: how long do refunds take"))
    hits = retriever.search(window.question, 7)
    (draft,) = composed(window, hits, hits)
    assert draft.origin == "refined"
    assert "5 working days" in draft.text
    assert set(draft.evidence_ids) <= {hit.passage.id for hit in hits[:3]}
    assert "".join(draft.pieces) == draft.text
    for text, name in draft.sentences:
        assert text.strip().casefold() in retriever.passage(name).answer.casefold()


def test_far_evidence_is_not_drawn_on(ask):
    window = read(ask("c: how long do refunds take"))
    near, far = (_hit(name, "Refunds take a week after the return.", like) for name, like in (("p1", 0.9), ("p2", 0.6)))
    (draft,) = composed(window, [near, far], [_hit("p3", "Refunds take a week after the return.", 0.9)])
    assert draft.evidence_ids == ("p1:1",)


def test_of_no_evidence_nothing_is_composed(retriever, ask):
    window = read(ask("c: how long do refunds take"))
    assert composed(window, [], retriever.search(window.question, 7)) == []


def _hit(name, answer, similarity):
    passage = Passage(f"{name}:1", PassageKind.MOMENT, "how long do refunds take", answer, name)
    return Hit(passage, score=1.0, similarity=similarity)
