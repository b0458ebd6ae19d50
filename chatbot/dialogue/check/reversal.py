"""Checks that a question which reverses something is not answered with how to do it (``reversal.toml``).

"Please do NOT cancel my order", "cancel my cancellation", "I did not order this": all words fit the steps of what the
customer does not want. A text fails that tells how, unless it speaks of taking back, or of what the customer wants
instead. That something cannot be done or does not work ("I can't cancel") is no reversal. Of opposites ("unsubscribe")
the one asked for has to be in the text. Knows no desk.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chatbot.dialogue.answer import CheckResult
from chatbot.dialogue.text.normalise import REMEMBERED, normalised

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

LONGEST = 300
"""Characters of a message; in a longer one such words are about something beside."""
_TELLS = (
    r"(?:\b(?:can|could|may|must|to|please|choose|press|click|select|tap|use|or|and|then|simply|just|us|you)\s+"
    r"(?:also\s+|still\s+|only\s+|easily\s+|always\s+|stop\s+or\s+|change\s+or\s+|yourself\s+)?"
    r"|(?:^|[,.:;!?\u2022*\n)\u201c\"-])[^\S\n]*)(?:{})\b"
)
"""A verb as instructions use it: after "you can", after "choose", at the head of a sentence."""
_HAN = re.compile(r"[\u3400-\u9fff]")
_ANY_ACT = "ACT"


@dataclass(frozen=True, slots=True)
class _Act:
    """``named`` finds an act in any of the languages, ``told`` a text that tells how to do it."""

    named: re.Pattern[str]
    told: re.Pattern[str]


@dataclass(frozen=True, slots=True)
class _Table:
    acts: Mapping[str, _Act]
    reversing: tuple[re.Pattern[str], ...]
    speaks_of_it: re.Pattern[str]
    opposites: tuple[tuple[re.Pattern[str], re.Pattern[str]], ...]


def check_reversal(text: str, asked: str) -> CheckResult:
    """The text does not tell how to do what the customer's latest words, ``asked``, say shall not be done."""
    table = _table()
    shown = _plain(text)
    reversed_ = reversed_acts(asked)
    if reversed_ and not table.speaks_of_it.search(shown):
        wanted = _named(asked) - reversed_
        told = sorted(act for act in reversed_ if table.acts[act].told.search(shown))
        # Of what is wanted instead ("not a refund, a replacement") one that the text names is enough.
        if told and not any(table.acts[act].named.search(shown) for act in wanted):
            return CheckResult("reversal", passed=False, detail=f"asked not to {', '.join(told)}")
    missed = _missed_opposite(_plain(asked), shown)
    return CheckResult("reversal", not missed, missed and f"asked to {missed}, told of the opposite")


@lru_cache(maxsize=REMEMBERED)
def reversed_acts(asked: str) -> frozenset[str]:
    """The acts that a customer's words say shall not be, shall be undone, or were never done; none for long ones."""
    shown = _plain(asked)
    if len(shown) > LONGEST:
        return frozenset()
    found: set[str] = set()
    for pattern in _table().reversing:
        for match in pattern.finditer(shown):
            found |= _named(match["act"])
    return frozenset(found)


def _named(text: str) -> frozenset[str]:
    shown = _plain(text)
    return frozenset(name for name, act in _table().acts.items() if act.named.search(shown))


def _missed_opposite(asked: str, told: str) -> str:
    """What is asked for and missing in a text that has its opposite, or nothing."""
    for one, other in _table().opposites:
        for wanted, opposite in ((one, other), (other, one)):
            match = wanted.search(asked)
            if match and not opposite.search(asked) and opposite.search(told) and not wanted.search(told):
                return match.group()
    return ""


def _plain(text: str) -> str:
    return normalised(text).replace("\u2019", "'")


@cache
def _table() -> _Table:
    rows = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
    acts = {name: _act(forms) for name, forms in rows["acts"].items()}
    return _Table(
        acts=acts,
        reversing=tuple(_patterns(rows)),
        speaks_of_it=_compiled("|".join(map(re.escape, rows["speaks_of_it"]["words"]))),
        opposites=tuple((_compiled(pair["one"]), _compiled(pair["other"])) for pair in rows["opposites"]),
    )


def _act(forms: Mapping[str, str]) -> _Act:
    foreign = [_whole(form) for language, form in forms.items() if language not in {"en", "told", "mention"}]
    told = forms["mention"] if "mention" in forms else _TELLS.format(forms["told"])
    return _Act(_compiled("|".join([_whole(forms["en"]), *foreign])), _compiled("|".join([told, *foreign])))


def _patterns(rows: Mapping[str, Any]) -> Iterator[re.Pattern[str]]:
    for kind in ("not_wanted", "undone", "never_done"):
        acts = [rows["acts"][name] for name in rows[kind].pop("acts", rows["acts"])]
        for language, templates in rows[kind].items():
            any_act = "|".join(forms[language] for forms in acts)
            yield from (_compiled(template.replace(_ANY_ACT, any_act)) for template in templates)


def _whole(form: str) -> str:
    return f"(?:{form})" if _HAN.search(form) else rf"\b(?:{form})\b"


def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)
