"""What the words mean by which help desks mark messages (``visibility_words.toml``); knows no columns and no rows."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from functools import cache
from importlib.resources import files

_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_JOINT = re.compile(r"[\W_]+")
_MARKS = {"✓": "yes", "✔": "yes", "☑": "yes", "✗": "no", "✘": "no", "☐": "no", "ß": "ss"}


def fold(text: str) -> str:
    """A name or value as the table has it: "Nicht-Öffentlich" is nicht_offentlich, "isPublic" is_public."""
    for mark, word in _MARKS.items():
        text = text.replace(mark, word)
    spaced = _CAMEL.sub("_", text.strip())
    plain = "".join(letter for letter in unicodedata.normalize("NFKD", spaced) if not unicodedata.combining(letter))
    return _JOINT.sub("_", plain.casefold()).strip("_")


@cache
def words(group: str) -> frozenset[str]:
    """The words of one group of the table, in all languages."""
    return frozenset(word for text in _table()[group].values() for word in text.split())


def parts(folded: str) -> frozenset[str]:
    """The words of a folded text."""
    return frozenset(folded.split("_"))


def has(group: str, folded: str) -> bool:
    """Whether a word of the group stands in the text, or a Chinese one anywhere in it."""
    if not parts(folded).isdisjoint(words(group)):
        return True
    return not folded.isascii() and any(piece in folded for piece in _table()[group].get("zh", "").split())


def is_private(folded: str) -> bool:
    """Whether a value says that customers do not see the message."""
    if has("not", folded):
        return (has("public", folded) or has("sent", folded)) and not has("private", folded)
    return has("private", folded) or (has("note", folded) and not has("public", folded))


def is_public(folded: str) -> bool:
    """Whether a value says that customers see the message."""
    if has("not", folded) and has("private", folded):
        return True
    return has("public", folded) and not is_private(folded)


def is_flag(folded: str) -> bool:
    """Whether a value is true or false, in any of the ways to write that."""
    return folded in words("true") or folded in words("false")


def is_automatic(folded: str) -> bool:
    """Whether a role, or the value of any column, says that no person wrote the message."""
    return has("program", folded)


def is_channel(folded: str) -> bool:
    """Whether a value names a way or kind of message that customers see, as every word of it does."""
    return parts(folded) <= words("channel")


@cache
def _table() -> dict[str, dict[str, str]]:
    text = files(__package__).joinpath("visibility_words.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)
