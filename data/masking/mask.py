"""Masks personal data with typed placeholders; the same value gets the same one all through a conversation.

What is found is listed in ``kinds``: by how it looks, by its check digit, or by the word before it. Names of the
conversation's own people are masked wherever they stand in it. Masking what is masked changes nothing.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from data.masking.cards import find_card_codes, find_cards, find_ibans
from data.masking.cued import RULES, cue_words, find_bare_codes, find_cued
from data.masking.emails import find_emails
from data.masking.keys import find_keys
from data.masking.kinds import BLANK, CJK, LETTERS, PLACEHOLDER
from data.masking.links import find_links
from data.masking.names import find_names, is_word_too, name_words, parts_of
from data.masking.national_ids import find_ids, find_plates
from data.masking.network import find_coordinates, find_ips, find_macs
from data.masking.orders import find_orders
from data.masking.phones import find_phones
from data.masking.places import find_addresses
from data.masking.tracking import find_tracking
from data.masking.wide_names import find_wide_names
from data.masking.words import Words, lists_of

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    Found = Iterator[tuple[int, int, str]]

_DIGIT = re.compile(r"\d")
_WIDE = re.compile(f"[{CJK}]")
_KNOWN_LENGTH = 5
_KNOWN_LENGTHS = {"NAME": 2, "CODE": 4, "SECRET": 4}
_ROUNDS = 20

_FINDERS: tuple[tuple[str, Callable[[str], Found], re.Pattern[str] | None], ...] = (
    ("URL", find_links, None),
    ("EMAIL", find_emails, None),
    ("SECRET", find_keys, _DIGIT),
    ("IBAN", find_ibans, _DIGIT),
    ("CARD", find_cards, _DIGIT),
    ("CODE", find_card_codes, _DIGIT),
    ("MAC", find_macs, _DIGIT),
    ("IP", find_ips, _DIGIT),
    ("ADDRESS", find_coordinates, _DIGIT),
    ("TRACKING", find_tracking, _DIGIT),
    ("ID", find_ids, _DIGIT),
    ("PLATE", find_plates, _WIDE),
    ("ADDRESS", find_addresses, _DIGIT),
)
"""Kind, how it is found, and what the text must have; what stands earlier wins where two overlap."""
_LAST_FINDERS: tuple[tuple[str, Callable[[str], Found], re.Pattern[str] | None], ...] = (
    ("ORDER", find_orders, _DIGIT),
    ("CODE", find_bare_codes, _DIGIT),
    ("NAME", find_wide_names, _WIDE),
)


@dataclass(frozen=True, slots=True)
class Span:
    """One masked place: text number ``text`` that the masker saw (from 0), and where in it as it was before."""

    text: int
    start: int
    end: int
    placeholder: str
    value: str

    @property
    def kind(self) -> str:
        """One of ``KINDS``."""
        return self.placeholder[1:].split("_")[0]


class Masker:
    """Masks the texts of one conversation, one after the other.

    ``values`` gives what stands behind each placeholder (as first written), ``spans`` every masked place for
    review. ``keep`` names what is no secret: the desk's own addresses ("help@shop.example", "@shop.example"),
    numbers and links. ``countries`` are where its customers are, ``people`` the names known beforehand; without
    ``others`` only names that somebody greets, signs or introduces themselves with are masked.
    """

    def __init__(
        self,
        keep: Collection[str] = (),
        countries: Collection[str] = (),
        people: Collection[str] = (),
        *,
        others: bool = True,
    ) -> None:
        self.values: dict[str, str] = {}
        self.spans: list[Span] = []
        self._keep = frozenset(value.lower() for value in keep)
        self._names: dict[tuple[str, str], str] = {}
        self._written: dict[str, str] = {}
        self._numbers: Counter[str] = Counter()
        self._texts = 0
        self._known: re.Pattern[str] | None = None
        self._countries = tuple(countries)
        self._others = others
        whole = [(part.casefold(), person.casefold()) for person in people for part in parts_of(person)]
        self._whole = dict(reversed(whole))
        self._people = [person for person in people if not self._is_kept(person, person)]
        self._seeds = re.compile("|".join(map(_standing, self._people)))

    def mask(self, text: str) -> str:
        """The text with placeholders; values found in earlier texts are masked without context too."""
        return self.mask_all([text])[0]

    def mask_all(self, texts: list[str]) -> list[str]:
        """Like ``mask`` for each, but a value found in any of the texts is masked in all of them."""
        for text in texts:
            self._reserve(text)
        drafts = [_Draft(text) for text in texts]
        waiting = drafts
        for _ in range(_ROUNDS):
            names = len(self._written)
            changed = [draft for draft in waiting if self._detect(draft)]
            if len(self._written) > names:
                self._known = self._known_values()
            # A value met for the first time may stand, without its context, in any of the texts.
            waiting = [
                draft
                for draft in (drafts if len(self._written) > names or waiting is drafts else waiting)
                if self._recognise(draft) or draft in changed
            ]
            if not waiting:
                break
        return [self._finish(draft) for draft in drafts]

    def _reserve(self, text: str) -> None:
        """Placeholders that are already there keep their numbers; new ones get higher numbers."""
        if "[" in text:
            for kind, number in PLACEHOLDER.findall(text):
                self._numbers[kind] = max(self._numbers[kind], int(number or 0))

    def _detect(self, draft: _Draft) -> bool:
        """Blank out what the detectors find; whether there was anything."""
        found = len(draft.places)
        for kind, find, wants in _FINDERS:
            if wants is None or wants.search(draft.text):
                self._blank(draft, kind, find(draft.text))
        words = Words(draft.text, _lists())
        for rule in RULES:
            self._blank(draft, rule.kind, find_cued(rule, words, draft.text))
        if _DIGIT.search(draft.text):
            self._blank(draft, "PHONE", find_phones(draft.text, self._countries))
        for kind, find, wants in _LAST_FINDERS:
            if wants is None or wants.search(draft.text):
                self._blank(draft, kind, find(draft.text))
        self._blank(draft, "NAME", find_names(words, draft.text, others=self._others))
        if self._people:
            self._blank(draft, "NAME", ((*match.span(), match.group()) for match in self._seeds.finditer(draft.text)))
        return len(draft.places) > found

    def _blank(self, draft: _Draft, kind: str, found: Found) -> None:
        """Blank out what was found, the first of those that overlap, but not what is the desk's own."""
        places: list[tuple[int, int, str]] = []
        text, end_before = draft.text, 0
        for start, end, key in sorted(found, key=lambda one: (one[0], -one[1])):
            value = text[start:end]
            if start >= end_before and start < end and BLANK not in value and not self._is_kept(key, value):
                places.append((start, end, self._name(kind, key, value)))
                end_before = end
        if places:
            draft.blank(places)

    def _recognise(self, draft: _Draft) -> bool:
        """Blank out values known from elsewhere; whether there was any."""
        if self._known is None:
            return False
        found = len(draft.places)
        draft.blank([(*match.span(), self._written[match.group()]) for match in self._known.finditer(draft.text)])
        return len(draft.places) > found

    def _finish(self, draft: _Draft) -> str:
        number = self._texts
        self._texts += 1
        if not draft.places:
            return draft.original
        pieces = []
        position = 0
        for start, end, name in sorted(draft.places):
            self.spans.append(Span(number, start, end, name, draft.original[start:end]))
            pieces += [draft.original[position:start], name]
            position = end
        pieces.append(draft.original[position:])
        return "".join(pieces)

    def _name(self, kind: str, key: str, value: str) -> str:
        parts = parts_of(value) if kind == "NAME" else []
        keys = [key, *(part.casefold() for part in parts)]
        keys += [self._whole[one] for one in keys if one in self._whole]
        name = next((self._names[kind, one] for one in keys if (kind, one) in self._names), None)
        if name is None:
            self._numbers[kind] += 1
            name = f"[{kind}_{self._numbers[kind]}]"
            self.values[name] = value
        for one in keys:
            self._names.setdefault((kind, one), name)
        for one in parts if kind == "NAME" and " " not in value else (value, *parts):
            if len(one) >= _KNOWN_LENGTHS.get(kind, _KNOWN_LENGTH):
                self._written.setdefault(one, name)
        return name

    def _is_kept(self, key: str, value: str) -> bool:
        if not self._keep:
            return False
        domain = "@" + key.rpartition("@")[2]
        return not self._keep.isdisjoint({key.lower(), value.lower(), domain.lower()})

    def _known_values(self) -> re.Pattern[str] | None:
        if not self._written:
            return None
        values = sorted(self._written, key=len, reverse=True)
        return re.compile(rf"(?<![{LETTERS}\d_])(?:{'|'.join(map(re.escape, values))})(?![{LETTERS}\d_])")


class _Draft:
    """A text being masked: its original, the same with masked places blanked out, and those places."""

    def __init__(self, text: str) -> None:
        self.original = text
        self.text = text
        self.places: list[tuple[int, int, str]] = []
        if "[" in text:
            self._cover([match.span() for match in PLACEHOLDER.finditer(text)])

    def blank(self, places: list[tuple[int, int, str]]) -> None:
        """Mark places as masked."""
        self.places += places
        self._cover([(start, end) for start, end, _ in places])

    def _cover(self, spans: list[tuple[int, int]]) -> None:
        if not spans:
            return
        pieces = []
        position = 0
        for start, end in spans:
            pieces += [self.text[position:start], BLANK * (end - start)]
            position = end
        self.text = "".join([*pieces, self.text[position:]])


def _standing(person: str) -> str:
    """A pattern for a person's name in a text; one that is a word too counts within a sentence only."""
    edge = r"(?<=[a-z,;] )" if is_word_too(person) else rf"(?<![{LETTERS}\d_])"
    return rf"{edge}{re.escape(person)}(?![{LETTERS}\d_])"


@cache
def _lists() -> dict[str, tuple[str, ...]]:
    """The lists of cues that a word begins one of."""
    return lists_of({**cue_words(), **name_words()})
