"""What is known of how an answer did."""

from __future__ import annotations

import pytest

from data.moments import moments_of
from data.outcome import ACCEPTED, REOPENED, SOLVED, STAR, VOTE
from data.transcripts import Conversation, Role, Turn


def moments(labels, **extras):
    turns = (
        Turn(Role.CUSTOMER, "It does not start."),
        Turn(Role.AGENT, "Restart it.", extras=extras),
        Turn(Role.CUSTOMER, "Still not."),
        Turn(Role.AGENT, "Reinstall it."),
        Turn(Role.AGENT, "And tell us how it went."),
    )
    return list(moments_of(Conversation("c", turns, labels=labels)))


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        ({}, [0, 0]),
        ({"solution_turn": 1}, [ACCEPTED, 0]),
        ({"solution_turn": 4, "solved": True}, [0, ACCEPTED + SOLVED]),
        ({"solved": False}, [0, 0]),
        ({"solved": "yes"}, [0, 0]),
        ({"reopened": True}, [0, REOPENED]),
        ({"rating": 5}, [0, 2 * STAR]),
        ({"rating": 1}, [0, -2 * STAR]),
        ({"rating": "bad"}, [0, -STAR]),
        ({"rating": "what"}, [0, 0]),
        ({"rating": float("nan")}, [0, 0]),
        ({"solution_turn": None}, [0, 0]),
    ],
)
def test_labels(labels, expected):
    assert [moment.outcome for moment in moments(labels)] == pytest.approx(expected)


@pytest.mark.parametrize(("votes", "expected"), [(1, VOTE), (3, 2 * VOTE), (0, 0), (-4, 0), ("many", 0), (True, 0)])
def test_votes(votes, expected):
    assert moments({}, helpful_votes=votes)[0].outcome == pytest.approx(expected)
