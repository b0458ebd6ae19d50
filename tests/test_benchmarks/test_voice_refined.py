"""What is shown of the replies that were made: the best, what is served, and what an oracle would take."""

from __future__ import annotations

import pytest

pytest.importorskip("sacrebleu", reason="what the benchmarks measure by is not installed")

from voice_refined import NOTHING, _shown  # needs it
from voice_ways import Reply


def _reply(text: str, *, passed: bool) -> Reply:
    return Reply(text, passed=passed, people=True, failed=[], seconds=0.1)


REAL = ["A table for 4 at 5 pm.", "Goodbye."]
PAST = [
    [_reply("A table for 4 at 6 pm.", passed=False), _reply("Anything else?", passed=True)],
    [_reply("Goodbye and thanks.", passed=False)],
]
OWN = [[_reply("A table for 4 at 5 pm!", passed=False)], [_reply("Hello.", passed=True)]]


def test_the_best_that_passed_is_shown_else_the_best() -> None:
    shown = _shown({"verbatim": PAST}, REAL)
    assert [each.text for each in shown["verbatim"]] == ["Anything else?", "Goodbye and thanks."]
    assert [each.text for each in shown["verbatim, by rank"]] == ["A table for 4 at 6 pm.", "Goodbye and thanks."]


def test_a_reply_that_fails_a_check_is_not_served_and_an_oracle_takes_the_likest() -> None:
    shown = _shown({"verbatim": PAST, "written": OWN, "other": [[], []]}, REAL)
    assert [each.text for each in shown["written, as served"]] == ["Anything else?", "Hello."]
    assert [each.text for each in shown["verbatim, oracle"]] == ["A table for 4 at 6 pm.", "Goodbye and thanks."]
    assert [each.text for each in shown["written, oracle"]] == ["A table for 4 at 5 pm!", "Goodbye and thanks."]
    assert shown["written, oracle"] == shown["all, oracle"]


def test_a_way_that_made_nothing_says_nothing() -> None:
    shown = _shown({"verbatim": PAST, "other": [[], []]}, REAL)
    assert shown["other"] == [NOTHING, NOTHING]
    assert "other, as served" not in shown
