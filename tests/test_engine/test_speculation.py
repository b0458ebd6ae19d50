from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot.engine.speculation import AHEAD, Proposer

EVIDENCE = [3, 10, 11, 12, 13, 14, 15, 16, 20, 11, 12, 30]


@pytest.mark.parametrize(
    ("ids", "proposed"),
    [
        ([9, 10, 11, 12], (13, 14, 15, 16)),  # three agree
        ([9, 9, 14, 15], (16, 20, 11)),  # two agree
        ([9, 9, 11, 12], (30,)),  # of two places the last
        ([10, 9, 12, 13, 9], ()),  # the last tokens stand nowhere together
        ([9, 9, 12, 30], ()),  # nothing follows
        ([12], ()),
    ],
)
def test_what_follows_the_same_tokens(ids, proposed):
    assert Proposer(EVIDENCE).propose(ids, 9) == proposed


def test_no_more_than_there_is_room_for():
    assert Proposer(EVIDENCE).propose([10, 11, 12], 2) == (13, 14)
    assert Proposer(EVIDENCE).propose([10, 11, 12], 0) == ()
    assert Proposer(EVIDENCE).propose([10, 11, 12], -1) == ()


@given(st.lists(st.integers(0, 3), max_size=30), st.lists(st.integers(0, 3), max_size=8), st.integers(0, 5))
def test_proposals_stand_in_the_evidence_behind_what_they_follow(evidence, ids, room):
    proposed = Proposer(evidence).propose(ids, room)
    assert len(proposed) <= min(room, max(AHEAD.values()))
    if proposed:
        sought = [*ids[-2:], *proposed]
        assert any(evidence[place : place + len(sought)] == sought for place in range(len(evidence)))


def test_no_evidence():
    assert Proposer([]).propose([1, 2, 3], 4) == ()
