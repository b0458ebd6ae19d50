"""What the name of a column, and a value in it, say by themselves of who may see a message; decides nothing."""

from __future__ import annotations

from enum import StrEnum
from functools import lru_cache
from typing import TYPE_CHECKING

from data.importers.visibility_words import fold, has, is_channel, is_private, is_public, parts, words

if TYPE_CHECKING:
    from collections.abc import Collection

_NO_KIND = frozenset({"id", "count", "name", "url"})
TRACKER = "correspond"
"""A kind of Request Tracker that customers read; its comments are internal."""


class Kind(StrEnum):
    """What a column's name says of its values."""

    PRIVATE = "true is internal"
    PUBLIC = "true is public"
    AUTOMATIC = "true is written by a program"
    WHO = "who may see it"
    HINT = "a kind or channel, one of which may be internal"
    OTHER = "nothing"


class Meaning(StrEnum):
    """What a value says of its message."""

    PRIVATE = "internal"
    PUBLIC = "public"
    AUTOMATIC = "automatic"


@lru_cache(maxsize=4096)
def kind_of(name: str) -> Kind:
    """What a column of this name would be. Of a key within keys (a.b.c) the parts before the last count as well."""
    last = fold(name.rsplit(".", 1)[-1])
    if last in words("automatic_name"):
        return Kind.AUTOMATIC
    if last in words("who") or last.removeprefix("message_").removeprefix("comment_") in words("who"):
        return Kind.WHO
    for whole in (last, fold(name)):
        private, public = has("private", whole), has("public", whole)
        own = parts(whole) - words("flag_part")
        if (private or public) and all(has("private", part) or has("public", part) or has("not", part) for part in own):
            return Kind.PUBLIC if public and not (private or has("not", whole)) else Kind.PRIVATE
    if has("only", last) and has("staff", last):
        return Kind.PRIVATE
    hinted = has("hint", last) and parts(last).isdisjoint(_NO_KIND | words("person"))
    return Kind.HINT if hinted else Kind.OTHER


def meaning_of(value: str, kind: Kind, name: str, written: Collection[str]) -> Meaning | None:
    """What a folded value means in a column of that kind and name, beside others; None where nobody has said."""
    if kind is Kind.HINT and names_notes(name):
        kind = Kind.PRIVATE
    if value in words("true") | words("false"):
        true_is = _true_is(kind, name)
        if true_is is None or value in words("true"):
            return true_is
        return Meaning.PRIVATE if true_is is Meaning.PUBLIC else Meaning.PUBLIC
    if is_private(value) or (value == "comment" and TRACKER in written):
        return Meaning.PRIVATE
    if is_public(value):
        return Meaning.PUBLIC
    return _of_a_kind(value, name) if kind is Kind.HINT else _of_who_may_see(value) if kind is not Kind.OTHER else None


def _true_is(kind: Kind, name: str) -> Meaning | None:
    bare = fold(name).removeprefix("message_").removeprefix("comment_")
    if kind is Kind.PUBLIC or bare in words("visibility"):
        return Meaning.PUBLIC
    return {Kind.PRIVATE: Meaning.PRIVATE, Kind.AUTOMATIC: Meaning.AUTOMATIC}.get(kind)


def names_kinds(name: str) -> bool:
    """Whether a column is named as the kind that each message is of."""
    return not parts(fold(name.rsplit(".", 1)[-1])).isdisjoint(words("kind"))


def _of_a_kind(value: str, name: str) -> Meaning | None:
    if names_kinds(name) and has("automatic", value):
        return Meaning.AUTOMATIC
    return Meaning.PUBLIC if is_channel(value) else None


def _of_who_may_see(value: str) -> Meaning | None:
    if has("everyone", value):
        return Meaning.PUBLIC
    return Meaning.PRIVATE if has("staff", value) else None


def names_notes(name: str) -> bool:
    """Whether a column is named as a note: a flag of one where it is true or false, else a text."""
    return fold(name).rsplit("_", 1)[-1] in words("note")
