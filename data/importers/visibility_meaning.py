"""What the name of a column, and a value in it, say by themselves of who may see a message; decides nothing."""

from __future__ import annotations

from enum import StrEnum
from functools import lru_cache
from typing import TYPE_CHECKING

from data.importers.visibility_words import fold, has, is_channel, is_flag, is_private, is_public, parts, words

if TYPE_CHECKING:
    from collections.abc import Collection

_NO_KIND = frozenset({"id", "count", "name", "url"})
_FLAG_WORDS = ("flag_part", "private", "public", "not", "only", "note", "client", "toward", "reach")
TRACKER = "correspond"
"""A kind of Request Tracker that customers read; its comments are internal."""


class Kind(StrEnum):
    """What a column's name says of its values."""

    PRIVATE = "true is internal"
    PUBLIC = "true is public"
    SENT = "true went to the customer"
    AUTOMATIC = "true is written by a program"
    WHO = "who may see it"
    TO = "for whom it is"
    HINT = "a kind or channel, one of which may be internal"
    OTHER = "nothing"


OF_AGENTS = frozenset({Kind.SENT, Kind.TO})
"""Kinds that say nothing of what customers wrote: that goes to the team, and is not sent to them."""


class Meaning(StrEnum):
    """What a value says of its message."""

    PRIVATE = "internal"
    PUBLIC = "public"
    AUTOMATIC = "automatic"


@lru_cache(maxsize=4096)
def kind_of(name: str) -> Kind:
    """What a column of this name would be. Of a key within keys (a.b.c) the parts before the last count as well."""
    last, whole = fold(name.rsplit(".", 1)[-1]), fold(name)
    if last in words("automatic_name"):
        return Kind.AUTOMATIC
    if any(_is_who(one) for one in (last, whole)):
        return Kind.WHO
    if any(not {one, _without(one, "who_part")}.isdisjoint(words("to")) for one in (last, whole)):
        return Kind.TO
    for one in (last, whole):
        if kind := _flag(one):
            return kind
    hinted = has("hint", last) and parts(last).isdisjoint(_NO_KIND | words("person"))
    return Kind.HINT if hinted else Kind.OTHER


def _without(folded: str, *groups: str) -> str:
    """A name without the words of these groups."""
    return "_".join(part for part in folded.split("_") if not any(part in words(group) for group in groups))


def _is_who(folded: str) -> bool:
    own = parts(_without(folded, "who_part"))
    return folded in words("who") or own <= words("who")


def _flag(folded: str) -> Kind | None:
    """What true in a column of this name says; None where a word of it makes it another thing."""
    if folded in words("private_name"):
        return Kind.PRIVATE
    folded = folded.replace("self_service", "portal")
    of_us = has("only", folded) and has("staff", folded)
    private, public, negative = has("private", folded) or of_us, has("public", folded), has("not", folded)
    ours = has("staff", folded) and has("note", folded)
    known = (*_FLAG_WORDS, *(("staff",) if private or ours else ()), *(("channel",) if has("sent", folded) else ()))
    if not all(any(has(group, part) for group in known) for part in parts(folded)):
        return None
    if private or (ours and not public):
        return Kind.PUBLIC if private and negative else Kind.PRIVATE
    if public:
        return Kind.PRIVATE if negative else Kind.PUBLIC
    if has("client", folded) and (has("reach", folded) or has("toward", folded)):
        return Kind.PRIVATE if negative else Kind.SENT
    return Kind.SENT if has("sent", folded) and not negative else None


def meaning_of(value: str, kind: Kind, name: str, written: Collection[str]) -> Meaning | None:
    """What a folded value means in a column of that kind and name, beside others; None where nobody has said."""
    if kind is Kind.HINT and names_notes(name):
        kind = Kind.PRIVATE
    if is_flag(value):
        true_is = _true_is(kind, name)
        if true_is is None or value in words("true"):
            return true_is
        return Meaning.PRIVATE if true_is is Meaning.PUBLIC else Meaning.PUBLIC
    if is_private(value) or (value == "comment" and TRACKER in written):
        return Meaning.PRIVATE
    if is_public(value):
        return Meaning.PUBLIC
    if kind is Kind.HINT:
        return (of_who_may_see(value) if has("note", fold(name)) else None) or _of_a_kind(value, name)
    return of_who_may_see(value) if kind is not Kind.OTHER else None


def _true_is(kind: Kind, name: str) -> Meaning | None:
    bare = fold(name).removeprefix("message_").removeprefix("comment_")
    if kind in {Kind.PUBLIC, Kind.SENT} or bare in words("visibility"):
        return Meaning.PUBLIC
    return {Kind.PRIVATE: Meaning.PRIVATE, Kind.AUTOMATIC: Meaning.AUTOMATIC}.get(kind)


def names_kinds(name: str) -> bool:
    """Whether a column is named as the kind that each message is of."""
    return not parts(fold(name.rsplit(".", 1)[-1])).isdisjoint(words("kind"))


def _of_a_kind(value: str, name: str) -> Meaning | None:
    if names_kinds(name) and has("automatic", value):
        return Meaning.AUTOMATIC
    return Meaning.PUBLIC if is_channel(value) else None


def of_who_may_see(value: str) -> Meaning | None:
    """What a word for people says, where a column tells who may see a message."""
    if has("everyone", value):
        return Meaning.PUBLIC
    return Meaning.PRIVATE if has("staff", value) else None


def names_codes(name: str) -> bool:
    """Whether a column is named as the number of a kind of message; its values have to be explained."""
    own = parts(fold(name.rsplit(".", 1)[-1]))
    if not own.isdisjoint((_NO_KIND - {"id"}) | words("person") | words("thing")):
        return False
    return not own.isdisjoint(words("kind")) or own >= {"channel", "id"}


def names_flags(name: str) -> bool:
    """Whether true or false in a column of this name may part answers from notes, without saying so."""
    bare = fold(name.rsplit(".", 1)[-1]).removeprefix("是否")
    return not {_without(bare, "being"), _without(bare, "client", "being")}.isdisjoint(words("unsure"))


def names_notes(name: str) -> bool:
    """Whether a column is named as a note: a flag of one where it is true or false, else a text."""
    return fold(name).rsplit("_", 1)[-1] in words("note")
