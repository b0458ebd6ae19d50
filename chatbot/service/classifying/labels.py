"""Which labels a past conversation bears: those of its import and the tags that people gave it here, as plain words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

TAGS, PRIORITY = "tags", "priority"
_KEYS = {
    TAGS: ("tags", "tag", "labels", "label", "categories", "category", "topics", "topic", "intents", "intent", "type"),
    PRIORITY: ("priority", "urgency", "severity"),
}
"""What help desks call them in their exports."""
_LONGEST = 80


def borne(kind: str, labels: Mapping[str, Any], tags: Sequence[str]) -> frozenset[str]:
    """The labels of one kind, in small letters; ``tags`` are those of this desk."""
    told = {each for key in _KEYS[kind] for each in _words(labels.get(key))}
    return frozenset(told | ({plain(tag) for tag in tags} if kind == TAGS else set()))


def plain(label: str) -> str:
    """A label as it is compared: in small letters, with single spaces."""
    return " ".join(label.split()).casefold()


def _words(value: object) -> Iterator[str]:
    for each in value if isinstance(value, list) else [value]:
        known = isinstance(each, str) or (isinstance(each, int) and not isinstance(each, bool))
        if known and 0 < len(word := plain(str(each))) <= _LONGEST:
            yield word
