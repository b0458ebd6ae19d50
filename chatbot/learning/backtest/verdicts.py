"""What people of the team said of replies: good, wrong or unsure. One appended line a judgement, nothing rewritten.

``judgements.jsonl`` in the home: {"case", "reply", "judgement", "at"}; the last line on a case and reply counts, and
"undone" takes it back. A judgement is of one reply: ``reply`` is its digest, so that a later version that says
something else is not taken for judged. Also says what the judgements mean.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from enum import StrEnum
from hashlib import blake2b
from typing import TYPE_CHECKING

import structlog

from chatbot.dialogue.answer import Decision
from chatbot.dialogue.decide.error_budget import upper_bound
from chatbot.dialogue.rank.agreement import PERSON

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chatbot.home import Home
    from chatbot.learning.backtest.case import Case

FILE = "judgements.jsonl"


class Judgement(StrEnum):
    """What a person can say of a reply; ``undone`` takes the latest judgement back."""

    GOOD = "good"
    WRONG = "wrong"
    UNSURE = "unsure"
    UNDONE = "undone"

    @property
    def right(self) -> bool | None:
        """Whether the reply was judged good; None where the person was not sure."""
        return None if self is Judgement.UNSURE else self is Judgement.GOOD


Verdicts = Mapping[tuple[str, str], Judgement]
"""What was last said, by the id of a case and the digest of the reply that it was said of."""


def verdicts(home: Home) -> dict[tuple[str, str], Judgement]:
    """The latest judgement of each reply to each case. A line that cannot be read is left out, and logged by number."""
    found: dict[tuple[str, str], Judgement] = {}
    try:
        lines = (home.path / FILE).read_bytes().splitlines()
    except FileNotFoundError:
        return found
    for number, line in enumerate(lines, start=1):
        try:
            row = json.loads(line)
            judged, said = (str(row["case"]), str(row["reply"])), Judgement(row["judgement"])
        except (ValueError, KeyError, TypeError):
            structlog.get_logger("judgements").warning("a judgement cannot be read", file=FILE, line=number)
            continue
        if said is Judgement.UNDONE:
            found.pop(judged, None)
        else:
            found[judged] = said
    return found


def overruled(case: Case, given: Verdicts) -> Case:
    """The case with a person's verdict in place of what was found, where it was about this very reply."""
    said = None if case.ours is None else given.get((case.id, digest(case.ours)))
    if said is None:
        return case
    return replace(case, right=said.right, judged_by=PERSON)


def digest(reply: str) -> str:
    """The hash by which a judgement names its reply."""
    return blake2b(reply.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()


def meaning(cases: Sequence[Case], said: Mapping[str, Judgement], *, sure: float) -> str:
    """What the judgements of a sample say, in words, with an exact upper bound.

    The sample holds more replies near the threshold than customers would get, so among those that would be sent alone
    the bound is on the safe side as long as surer replies are better ones.
    """
    words = [said[case.id] for case in cases if case.id in said]
    if not words:
        return "Nothing was judged."
    sentence = ", ".join(f"{words.count(kind)} {kind}" for kind in (Judgement.GOOD, Judgement.WRONG, Judgement.UNSURE))
    sent = [said[case.id] for case in cases if case.id in said and case.decision is Decision.ANSWER]
    plain = [word for word in sent if word is not Judgement.UNSURE]
    if not plain:
        return f"{sentence}. None of those that would be sent alone was judged good or wrong, so nothing follows yet."
    wrong = plain.count(Judgement.WRONG)
    bound = upper_bound(wrong, len(plain), sure)
    return (
        f"{sentence}. Of {len(plain)} that would be sent alone {wrong} {'is' if wrong == 1 else 'are'} wrong: at most "
        f"{bound:.0%} wrong, {sure:.0%} sure."
    )
