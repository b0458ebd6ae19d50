"""Checks that an answer holds for everyone, not for one customer's case.

Patterns (``case_specific.toml``) for what agents write when they have looked at an account, have done something, or
speak of what this customer said, paid or bought: a bot that repeats it would lie, or tell one customer about another.
English is covered best; a form that is missing lets a case through to the other checks.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

from chatbot.dialogue.answer import CheckResult
from chatbot.dialogue.check.evidence import Sources, is_known
from chatbot.dialogue.check.pattern_parts import filled
from chatbot.dialogue.text.facts import claims
from chatbot.dialogue.text.normalise import REMEMBERED, comparable
from data.masking.kinds import ONE_CASE

_SLOTS = re.compile(rf"\[(?:{'|'.join(sorted(ONE_CASE))})(?:_\d+)?\]")
QUOTED = re.compile(r"[\"\u201c\u201e\u00ab][^\"\u201d\u201c\u00bb\n]{2,80}[\"\u201d\u201c\u00bb]")


@lru_cache(maxsize=REMEMBERED)
def case_markers(answer: str) -> tuple[str, ...]:
    """The words of an agent's masked answer that show that it was about one case; empty for a general one.

    What stands in quotation marks, such as the subject of an e-mail, shows nothing.
    """
    bare = QUOTED.sub(" ", answer)
    return tuple(match.group() for pattern in (_SLOTS, _table().actions) for match in pattern.finditer(bare))


@dataclass(frozen=True, slots=True)
class _Table:
    actions: re.Pattern[str]
    addresses: re.Pattern[str]


@cache
def _table() -> _Table:
    rows = tomllib.loads(Path(__file__).with_name("case_specific.toml").read_text(encoding="utf-8"))
    patterns = [pattern for patterns in rows["patterns"].values() for pattern in patterns]
    actions = re.compile("|".join(filled(patterns, rows["parts"])), re.IGNORECASE)
    return _Table(actions, re.compile("|".join(rows["addresses"]["forms"])))


def check_case(answer: str, sources: Sources) -> CheckResult:
    """A past answer must hold for everyone, not for one case.

    It names no order or card, no day that this customer has not named, no street address or British postcode but the
    desk's own (which stand in other conversations or articles too), and claims no action ("I've refunded it") that was
    done for that customer and that nobody has done for this one.
    """
    found = list(case_markers(answer))
    own = Sources((), sources.customer)
    found += [fact.raw for fact in claims(answer) if fact.kind == "date" and not is_known(fact, own)]
    elsewhere = (*sources.beside, sources.customer)
    addresses = [match.group() for match in _table().addresses.finditer(answer)]
    found += [
        address for address in addresses if not any(comparable(address) in comparable(text) for text in elsewhere)
    ]
    return CheckResult("case", not found, ", ".join(found[:5]))


def check_no_claimed_action(text: str) -> CheckResult:
    """A draft claims no action: nobody has done anything."""
    found = case_markers(text)
    return CheckResult("case", not found, ", ".join(found[:5]))
