"""Slots mixed: a value that the customer says and the answer repeats becomes another of its kind, wherever it stands.

So a model learns to copy what this customer said instead of remembering what others did. Values swapped for others of
their kind: Jia & Liang 2016 (data recombination, arXiv 1606.03622); Louvan & Magnini 2020 (slot substitution, arXiv
2009.03695). No labels are needed: days, months and what has digits have a kind by their shape, and names are of a kind
where the desk's conversations say them between the same words ("a bus to Portland on", "a bus to Fresno on").

A moment is left alone where its answer says a number that neither the customer nor the evidence says: it may be
reckoned from what would be swapped.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING

from data.times import LANGUAGES
from data.transcripts import Role
from finetune.augment.facts import days_and_months, words_in
from finetune.augment.variant import Learnt, Technique, lots_for

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from data.moments import Moment

_NUMBER = re.compile(
    r"(?<![\w.,/:\[-])[#$\u20ac\u00a3]?(?:\w+-)*\w*\d[\w.,/:-]*(?<![.,:/-])(?:\s?[$\u20ac\u00a3])?(?![\w\]])"
)
_NAME = re.compile(r"(?<![\w\[.])[^\W\d_a-z][^\W\d_]+(?:[ -][^\W\d_a-z][^\W\d_]+){0,2}(?![\w\]])")
_WORD = re.compile(r"[^\W\d_]+")
_WORDS_LEFT, _WORDS_RIGHT = 3, 1
"""Words around a name that make two names of one kind."""
_SHORTEST_NUMBER = 3
"""Digits below which a number without a mark of money may be a count, which an answer reckons with."""

_COMMON, _FEW = 0.2, 3
"""Share of the conversations above which a value is what they are all about; so many are always few."""


def mixing(moments: Iterable[Moment]) -> Technique:
    """The technique over the values of these moments."""
    kinds = _kinds(moments)

    def technique(some: Sequence[Learnt], seed: int) -> list[Learnt | None]:
        return [_mixed(each, kinds, seed) for each in some]

    return technique


def _kinds(moments: Iterable[Moment]) -> Mapping[str, list[str]]:
    """The values of the desk by kind, each once, in the order in which they were first said.

    What the whole desk is about is no value of a kind, nor is what is mostly written small, such as the word on a menu.
    """
    found: dict[str, dict[str, None]] = defaultdict(dict)
    said_in: dict[str, set[str]] = defaultdict(set)
    capitals: Counter[str] = Counter()
    conversations = set()
    for moment in moments:
        conversations.add(moment.conversation_id)
        for text in (moment.context[-1].text, moment.answer):
            capitals.update(_words(text))
            for value, kind in _values(text):
                found[kind][value] = None
                said_in[value].add(moment.conversation_id)
    most = max(_COMMON * len(conversations), _FEW)
    kept = {
        value
        for value, where in said_in.items()
        if len(where) <= most
        and (
            not value[0].isalpha()
            or any(capitals[word] > capitals[word.lower()] for word in _words(value))
            or _calendar_kind(value)
        )
    }
    kinds = {kind: [value for value in values if value in kept] for kind, values in found.items()}
    return {kind: values for kind, values in kinds.items() if len(values) > 1}


def _words(text: str) -> list[str]:
    return _WORD.findall(text)


def _values(text: str) -> Iterator[tuple[str, str]]:
    """The values of a text, each with a kind."""
    for match in _NUMBER.finditer(text):
        shape = _shape(match[0])
        if shape:
            yield match[0], shape
    for match in _NAME.finditer(text):
        before, after = text[: match.start()].split(), text[match.end() :].split()
        kind = _calendar_kind(match[0])
        if kind:
            yield match[0], kind
        elif len(before) >= _WORDS_LEFT and before[-1][-1] not in ".!?:":  # a sentence's first word is no name
            near = text[match.end() : match.end() + 1].strip()  # a comma, a full stop
            right = near or " ".join(after[:_WORDS_RIGHT])
            yield match[0], " ".join((*before[-_WORDS_LEFT:], "_", right)).lower()


def _shape(number: str) -> str:
    """Digits as 0, capitals as A, small letters as a; a sum's length does not count. Empty for a mere count."""
    if re.search(r"[$\u20ac\u00a3]", number):
        return re.sub(r"\d+(?:[.,]\d{3})*", "0", number)
    digits = sum(letter.isdigit() for letter in number)
    if digits < _SHORTEST_NUMBER and not re.search(r"\d[:/.-]\d", number):
        return ""
    return re.sub(r"[^\W\d_]", lambda letter: "A" if letter[0].isupper() else "a", re.sub(r"\d", "0", number))


def _calendar_kind(name: str) -> str:
    for language in LANGUAGES:
        for kind, names in zip(("day", "month"), days_and_months(language), strict=True):
            if name.lower() in names:
                return f"{language} {kind} {len(name) > len('Sept')}"
    return ""


def _mixed(each: Learnt, kinds: Mapping[str, list[str]], seed: int) -> Learnt | None:
    moment = each.moment
    said = "\n".join(turn.text for turn in moment.context if turn.role is Role.CUSTOMER)
    known = words_in("\n".join((said, *each.evidence)))
    if any(any(map(str.isdigit, word)) and word not in known for word in words_in(moment.answer)):
        return None
    texts = (*(turn.text for turn in moment.context), moment.answer, *each.evidence)
    everything = "\n".join(texts).lower()
    lots = lots_for("slots", moment, seed)
    swaps: dict[str, str] = {}
    for text in (moment.answer, said):  # the kind may show in either
        for value, kind in _values(text):
            if value.lower() in swaps or value not in kinds.get(kind, ()):
                continue
            if not (_stands(value, moment.answer) and _stands(value, said)):
                continue
            if len(re.findall(_bounded(value), everything, re.IGNORECASE)) < everything.count(value.lower()):
                continue  # it stands inside a link or a longer word, which would then say something else
            taken = set(swaps.values())
            others = [other for other in kinds[kind] if other.lower() not in everything and other not in taken]
            if others:
                swaps[value.lower()] = lots.choice(others)
    if not swaps:
        return None
    pattern = re.compile("|".join(map(_bounded, sorted(swaps, key=len, reverse=True))), re.IGNORECASE)

    def swapped(text: str) -> str:
        return pattern.sub(lambda found: _in_its_case(found[0], swaps[found[0].lower()]), text)

    return Learnt(
        replace(
            moment,
            context=tuple(replace(turn, text=swapped(turn.text)) for turn in moment.context),
            answer=swapped(moment.answer),
        ),
        tuple(map(swapped, each.evidence)),
    )


def _stands(value: str, text: str) -> bool:
    return re.search(_bounded(value), text, re.IGNORECASE) is not None


def _bounded(value: str) -> str:
    return rf"(?<![\w\[/@%&=-])(?<![.,:]\b)(?<!\d[.,:]){re.escape(value)}(?![\w\]/@%&=-])(?![.,:]\w)"


def _in_its_case(found: str, value: str) -> str:
    return value.lower() if found.islower() else value
