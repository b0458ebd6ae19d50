"""No expression of the project takes more than time by the length of a text, whatever the text.

They read what customers write and what files hold. An expression that looks at every beginning anew, or at every way to
share out a run, takes the square of the length or worse; a bounded or possessive quantifier mends that. What uses many
of them on one text is timed as a whole as well: what it does with what they found can take the square, too.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable

import pytest

from chatbot.dialogue.check.backing import Backing
from chatbot.dialogue.check.specific import check_specific
from data.cleaning.quoted_mail import what_was_said
from data.masking.mask import Masker
from tests.patterns import COMMON, Used, own, project_patterns, repeats_a_group_possessively

SIZES = (20, 40, 60, 90, 130, 200, 300, 2_000, 10_000)
SLOW = 0.03
"""Seconds of processor time that are not looked into: a linear expression needs a tenth of it for the longest text."""
PLAIN = "The parcel came on 3 May, but the lid is broken. "
PLAIN_TIMES = 5
LAST = "\x01"
"""The end of each text, which fits nowhere: an expression that would match tries all other ways instead."""
GROWTH = 2.9
"""How much longer twice the text may take: a linear expression takes 2 times as long, a quadratic one 4 times."""


MASKED = (
    "a",
    "1",
    "a@",
    "1 ",
    "+1",
    "(",
    "a.",
    "-",
    "http://a?",
    "a-1",
    "DE12",
    "0 1-",
    "order ",
    "jo@a.example ",
    "my name is ana ",
    "hi ana, ",
)
MAILED = (
    "Thanks\nAnna\n",
    "Sent from my iPhone\nBest\nAnna\n",
    "Disclaimer: a\n",
    "From: a\n",
    "On 1\n",
    "> a\n",
    "A b ",
)
SPECIFIC = ("your ", "a ", "1 ", "hundert", "we will ", "1-", "您的", "Anna ", "47B9 ", "choose Security, ")


def seconds(run: Callable[[str], object], text: str, times: int = 1) -> float:
    """The least processor time of a few runs."""
    least = float("inf")
    for _ in range(times):
        begun = time.process_time()
        run(text)
        least = min(least, time.process_time() - begun)
    return least


def trouble(run: Callable[[str], object], units: Iterable[str]) -> str | None:
    """Which text, repeated, makes the time that it takes outgrow the length; None where none does."""
    for size in SIZES:
        # A long list of words is slow on any text: what is not much slower than plain words needs no second look.
        limit = max(SLOW, PLAIN_TIMES * seconds(run, PLAIN * (size // len(PLAIN) + 1), 2))
        for unit in (PLAIN, *units):
            whole, half = (unit * (length // len(unit) + 1) + LAST for length in (size, size // 2))
            if seconds(run, whole) < limit and unit != PLAIN:
                continue
            growth = (
                0.0
                if seconds(run, whole) < SLOW
                else min(seconds(run, whole, 2) / max(seconds(run, half, 2), 1e-6) for _ in range(2))
            )
            if growth > GROWTH:
                return f"{unit!r} repeated to {size} characters takes {growth:.1f} times as long as half of it"
    return None


def in_pattern(used: Used) -> str | None:
    """What makes the time of a pattern outgrow the length, or None."""
    return trouble(used.run, (*COMMON, *own(used.pattern)))


def test_all_are_found() -> None:
    found = project_patterns()
    places = {used.where for used in found}
    assert len(found) > 150, len(found)
    for package in ("data.cleaning", "data.masking", "retrieval", "chatbot.dialogue.check", "chatbot.service"):
        assert any(place.startswith(package) for place in places), package


@pytest.mark.parametrize("pattern", [r"\s+$", r"(?:a|a)*b", r"[\w.]+@", r"<[^>]*>", r"x.*y"])
def test_a_pattern_that_takes_the_square_is_seen(pattern: str) -> None:
    assert in_pattern(Used("here", re.compile(pattern), at_start=False)) is not None


def test_one_that_does_not_is_not() -> None:
    assert in_pattern(Used("here", re.compile(r"[\w.]{1,60}+@\w{1,60}"), at_start=False)) is None
    assert in_pattern(Used("here", re.compile(r"\s+$"), at_start=True)) is None


def test_what_compares_all_that_was_found_is_seen() -> None:
    def compared(text: str) -> list[str]:
        found = re.findall(r"\d", text)
        return [one for one in found if found.count("0")]

    assert trouble(compared, ("1",)) is not None


@pytest.mark.parametrize(
    ("pattern", "wrong"),
    [(r"(?:ab|c)*+", True), (r"x(?:(?:a|bc)?+d)?", True), (r"(?=(?:ab)++)", True), (r"\s++[^a]*+(?>(?:ab|c)*)", False)],
)
def test_a_possessive_repeat_of_a_group_is_seen(pattern: str, *, wrong: bool) -> None:
    assert repeats_a_group_possessively(re.compile(pattern)) is wrong


def test_none_repeats_a_group_possessively() -> None:
    assert [used.where for used in project_patterns() if repeats_a_group_possessively(used.pattern)] == []


@pytest.mark.parametrize("unit", MASKED)
def test_masking_takes_time_by_the_length_of_the_text(unit: str) -> None:
    assert trouble(lambda text: Masker().mask(text), (unit,)) is None


def test_masking_takes_time_by_the_number_of_different_values() -> None:
    few, many = ([f"write to person{i}@mail{i % 97}.example, please" for i in range(turns)] for turns in (3000, 12_000))
    taken = [seconds(lambda _, said=said: Masker().mask_all(said), "", 2) for said in (few, many)]
    assert taken[1] / taken[0] < 10  # four times as many; the square takes sixteen times as long


@pytest.mark.parametrize("unit", SPECIFIC)
def test_finding_what_is_specific_takes_time_by_the_length_of_the_text(unit: str) -> None:
    desk = Backing((), lambda _: [], lambda _: True, 3, named=True)
    assert trouble(lambda text: check_specific(text, desk), (unit,)) is None


@pytest.mark.parametrize("unit", MAILED)
def test_cutting_a_mail_takes_time_by_the_length_of_the_text(unit: str) -> None:
    assert trouble(lambda text: what_was_said(f"x\n{text}"), (unit,)) is None


@pytest.mark.slow
def test_every_pattern_takes_time_by_the_length_of_the_text() -> None:
    found = {used.where: words for used in project_patterns() if (words := in_pattern(used))}
    assert not found, "\n".join(f"{where}: {words}" for where, words in found.items())
