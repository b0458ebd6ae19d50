from __future__ import annotations

import pytest

from chatbot.dialogue.answer import Candidate, CheckResult
from chatbot.dialogue.check.backing import Backing
from chatbot.dialogue.check.unknown import check_known, check_rows
from retrieval.passages import Passage, PassageKind

HERE = Passage("a#0", PassageKind.ARTICLE, "The heron", "The heron", "a", title="The heron")


def _known(*far):
    backing = Backing([], lambda word: [HERE] if word in {"heron", "moorhen"} else [], lambda _: True)
    return check_known(far, backing)


@pytest.mark.parametrize("far", [("aeropress", 0.36), ("Osprey", 0.2), ("03", 0.4), ("v60", 0.3)])
def test_what_no_article_and_no_desk_knows_is_unknown(far):
    found = _known(("does", 0.1), far)
    assert not found.passed
    assert far[0] in found.detail


@pytest.mark.parametrize(
    "far",
    [
        ("heron", 0.5),  # the articles' own
        ("please", 0.5),  # any desk's
        ("wher", 0.5),  # a slip of the finger
        ("Norway", 0.5),  # a place, which is looked at elsewhere
        ("junk", 0.5),  # of customers, never of agents
        ("amex", 0.5),
        ("aeropress", 0.1),  # beside the matter
        ("380", 0.5),  # a number of the customer's own
        ("ORDER_1", 0.5),  # masked
        ("\u6c34\u58f6\u6709", 0.5),  # no words are parted
    ],
)
def test_what_is_known_or_beside_the_matter_is_not(far):
    assert _known(far).passed


def test_several_words_count_together():
    assert not _known(("hario", 0.16), ("aeropress", 0.16)).passed


def test_rows_hold_what_tells_them_apart_and_are_those_of_the_product_named():
    fits, other = CheckResult("subject", passed=True), CheckResult("subject", passed=False, detail="asked about dipper")
    assert check_rows(Candidate("x", "excerpt", ("a#0",), of_rows=True), fits).passed
    assert not check_rows(Candidate("x", "excerpt", ("a#0",), of_rows=True), other).passed
    assert check_rows(Candidate("x", "excerpt", ("a#0",)), other).passed
    lacking = check_rows(Candidate("x", "excerpt", ("a#0",), lacks=("express",), of_rows=True), fits)
    assert "express" in lacking.detail
    assert not lacking.passed
