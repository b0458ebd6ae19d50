"""The chaos in small, on both databases; and that its judge sees what it is there to see."""

from __future__ import annotations

import random

import pytest

from benchmarks.chaos import Tab, Talk, chaos, judged, options_of

WRONG = (
    "lost",
    "doubled",
    "out_of_order",
    "foreign",
    "answered_twice",
    "unanswered",
    "spoke_after_stop",
    "feedback_lost",
)
TABS = ("tab_lost", "tab_doubled", "tab_out_of_order")


def said(text, role="customer", decision=None):
    return {"id": f"m_{text}", "role": role, "text": text, "decision": decision, "feedback": None}


GOOD = [said("7.a.0"), said("7.b.0"), said("7.a.1"), said("Re: 7.a.1", "bot")]


def judge(messages, heard=None, acknowledged=("7.a.0", "7.b.0", "7.a.1")):
    talk = Talk(7, [], acknowledged={text: {f"m_{text}"} for text in acknowledged})
    talk.snapshot = {"messages": messages}
    heard = [(number, "message.created", one) for number, one in enumerate(messages)] if heard is None else heard
    tabs = [Tab(talk, name, random.Random(1), events=list(heard)) for name in "ab"]
    return {name for name, count in judged(talk, tabs).items() if count}


@pytest.mark.parametrize(
    ("messages", "wrong"),
    [
        (GOOD, set()),
        (GOOD[:2] + GOOD[3:], {"lost"}),
        ([*GOOD[:2], *GOOD[1:]], {"doubled", "out_of_order"}),
        ([GOOD[2], GOOD[1], GOOD[0], GOOD[3]], {"out_of_order"}),
        ([*GOOD[:3], said("Re: 8.a.1", "bot")], {"foreign"}),
        ([*GOOD, GOOD[3]], {"answered_twice"}),
        (GOOD[:3], {"unanswered"}),
        ([*GOOD[:3], said("I have stopped.", "bot", "stopped")], set()),
        ([*GOOD[:3], said("I have stopped.", "bot", "stopped"), GOOD[3]], {"spoke_after_stop"}),
    ],
)
def test_the_judge_sees_what_is_wrong_in_a_snapshot(messages, wrong):
    assert judge(messages) == wrong


def test_the_judge_sees_what_a_tab_missed_or_heard_twice():
    heard = [(number, "message.created", one) for number, one in enumerate(GOOD)]
    assert judge(GOOD, heard[:1] + heard[2:]) == {"tab_lost"}
    assert judge(GOOD, [heard[0], *heard]) >= {"tab_doubled"}
    assert judge(GOOD, [heard[1], heard[0], *heard[2:]]) == {"tab_lost", "tab_out_of_order"}


def test_the_judge_sees_feedback_that_was_acknowledged_and_is_not_there():
    talk = Talk(7, [], feedback={"m_Re: 7.a.1": 1}, snapshot={"messages": GOOD})
    assert judged(talk, [])["feedback_lost"] == 1
    talk.snapshot = {"messages": [*GOOD[:3], {**GOOD[3], "feedback": 1}]}
    assert judged(talk, [])["feedback_lost"] == 0


@pytest.mark.slow
@pytest.mark.integration
@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
async def test_a_little_chaos(tmp_path, database, request):
    url = request.getfixturevalue("postgresql").url() if database == "postgresql" else None
    given = ["--database", database, "--conversations", "6", "--messages", "8", "--kills", "2", "--seed", "7"]
    figures = await chaos(tmp_path, url, options_of(given))
    assert figures["messages"] == 48
    assert min(figures["stops"], figures["feedback"]) > 0
    assert {name: figures[name] for name in (*WRONG, *TABS)} == dict.fromkeys((*WRONG, *TABS), 0)
