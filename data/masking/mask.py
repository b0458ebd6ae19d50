"""Masks personal data with typed placeholders; the same value gets the same one all through a conversation.

What is found: e-mail addresses, telephone numbers, payment cards, IBANs, links that carry a secret, and order-like
numbers. Names are not. Masking what is masked changes nothing.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from data.masking.identifiers import find_cards, find_emails, find_ibans, find_orders
from data.masking.links import find_links
from data.masking.phones import find_phones

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    from data.transcripts import Conversation, Turn

PLACEHOLDER = re.compile(r"\[(EMAIL|PHONE|CARD|IBAN|URL|ORDER)(?:_(\d{1,9}))?\]")
"""Matches what masking writes, and the bare [EMAIL] of sources that masked before us."""

_BLANK = "\ue000"
"""Stands for masked text while looking further; the detectors know it as the end of everything."""
_DIGIT = re.compile(r"\d")
_DIGIT_OR_AT = re.compile(r"[\d@]")
_KNOWN_LENGTH = 5
_ROUNDS = 20

_FINDERS: tuple[tuple[str, Callable[[str], Iterator[tuple[int, int, str]]], bool], ...] = (
    ("URL", find_links, False),
    ("EMAIL", find_emails, False),
    ("IBAN", find_ibans, True),
    ("CARD", find_cards, True),
    ("PHONE", find_phones, True),
    ("ORDER", find_orders, True),
)
"""Kind, how it is found, and whether it needs a digit; what stands earlier wins where two overlap."""


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
        """EMAIL, PHONE, CARD, IBAN, URL or ORDER."""
        return self.placeholder[1:].split("_")[0]


class Masker:
    """Masks the texts of one conversation, one after the other.

    ``values`` gives what stands behind each placeholder (as first written), ``spans`` every masked place for
    review. ``keep`` names what is no secret: the desk's own addresses ("help@shop.example", "@shop.example"),
    numbers and links.
    """

    def __init__(self, keep: Collection[str] = ()) -> None:
        self.values: dict[str, str] = {}
        self.spans: list[Span] = []
        self._keep = frozenset(value.lower() for value in keep)
        self._names: dict[tuple[str, str], str] = {}
        self._written: dict[str, str] = {}
        self._numbers: Counter[str] = Counter()
        self._texts = 0
        self._known: re.Pattern[str] | None = None

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
        digits = _DIGIT.search(draft.text) is not None
        for kind, find, wants_digit in _FINDERS:
            if digits or not wants_digit:
                draft.blank(
                    [
                        (start, end, self._name(kind, key, draft.text[start:end]))
                        for start, end, key in find(draft.text)
                        if not self._is_kept(key, draft.text[start:end])
                    ],
                )
        return len(draft.places) > found

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
        name = self._names.get((kind, key))
        if name is None:
            self._numbers[kind] += 1
            name = f"[{kind}_{self._numbers[kind]}]"
            self._names[kind, key] = name
            self.values[name] = value
        self._written.setdefault(value, name)
        return name

    def _is_kept(self, key: str, value: str) -> bool:
        if not self._keep:
            return False
        domain = "@" + key.rpartition("@")[2]
        return not self._keep.isdisjoint({key.lower(), value.lower(), domain.lower()})

    def _known_values(self) -> re.Pattern[str] | None:
        values = sorted({value for value in self._written if len(value) >= _KNOWN_LENGTH}, key=len, reverse=True)
        if not values:
            return None
        return re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, values))})(?!\w)")


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
            pieces += [self.text[position:start], _BLANK * (end - start)]
            position = end
        self.text = "".join([*pieces, self.text[position:]])


def mask_conversation(conversation: Conversation, keep: Collection[str] = ()) -> tuple[Conversation, Counter[str]]:
    """Mask all turns, and the texts in labels and extras (a forum's title repeats the first message).

    Returns the masked conversation and how many places of each kind were masked in its turns.
    """
    masker = Masker(keep)
    texts = masker.mask_all([turn.text for turn in conversation.turns])
    counts = Counter(span.kind for span in masker.spans)
    turns = tuple(_masked_turn(turn, text, masker) for turn, text in zip(conversation.turns, texts, strict=True))
    masked = replace(
        conversation,
        turns=turns,
        labels=_masked_value(conversation.labels, masker),
        extras=_masked_value(conversation.extras, masker),
    )
    return masked, counts


def _masked_turn(turn: Turn, text: str, masker: Masker) -> Turn:
    author = masker.mask(turn.author) if turn.author and _DIGIT_OR_AT.search(turn.author) else turn.author
    extras = _masked_value(turn.extras, masker) if turn.extras else turn.extras
    if text == turn.text and author == turn.author and extras == turn.extras:
        return turn
    return replace(turn, text=text, author=author, extras=extras)


def _masked_value(value: Any, masker: Masker) -> Any:
    """The same JSON value with every text in it masked; keys stay."""
    if isinstance(value, str):
        return masker.mask(value)
    if isinstance(value, Mapping):
        return {key: _masked_value(item, masker) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_masked_value(item, masker) for item in value]
    return value
