"""Reads a cell that holds a whole conversation: a list of comments as JSON, or as Python writes one.

Such a cell is never anybody's words: it is read as turns, or refused. Knows no tables.
"""

from __future__ import annotations

import ast
import json
import re
from typing import TYPE_CHECKING, Any

from data.aliases import alias
from data.importers.limits import too_intricate, too_many
from data.importers.tables.column_mapping import role_of
from data.importers.tables.column_words import aliases, among
from data.importers.visibility_words import fold
from data.transcripts import Role, Turn

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from data.importers.limits import Limits

Comment = dict[str, Any]

_START = re.compile(
    r"\s*(?:\{\s*[\"'](?:comments|messages|articles|turns|events)[\"']\s*:\s*)?\[\s*\{\s*[\"']\w{1,40}[\"']\s*:"
)
_EMPTY = frozenset({"", "[]", "[ ]", "null", "None", "nan"})
_LISTS = ("comments", "messages", "articles", "turns", "events")
_ROLES = (
    "role", "author_role", "author_type", "sender_type", "user_type", "sender", "from", "author", "user", "direction",
    "incoming", "inbound", "from_agent", "is_agent", "is_customer",
)  # fmt: skip
_PEOPLE = (
    "author",
    "author_id",
    "user_id",
    "sender_id",
    "sender",
    "from",
    "user",
    "author_email",
    "author_name",
    "email",
)
_OF_A_PERSON = ("role", "type", "user_type")
_NAMED = ("name", "email", "id")
_WHEN = ("created", "time", "timestamp", "date")
_LITERAL = 200_000
"""Characters of a list as Python writes it: its reader takes a hundred times their memory."""
_LOOKED_AT = 4_000
_NOBODY = "-1"
_NOT_A_LETTER = re.compile(r"<[^<>]{0,2000}>|[\W_]+")


class CommentsError(ValueError):
    """A cell that holds comments and cannot be read as turns; the message says why and what to do."""


def holds_comments(cell: str) -> bool:
    """Whether a cell is a list of comments, or the beginning of one that was cut off."""
    if not _START.match(cell):
        return False
    keys = set(map(fold, re.findall(r"[\"'](\w{1,40})[\"']\s?:", cell[:_LOOKED_AT])))
    who = {*_ROLES, *_PEOPLE, *_WHEN, "public", "private", "internal", "created_at"}
    return not keys.isdisjoint(among("text")) and not keys.isdisjoint(who)


def is_empty(cell: str) -> bool:
    """Whether a cell of such a column holds no comment."""
    return cell.strip() in _EMPTY


def comments_of(cell: str, limits: Limits) -> list[Comment]:
    """The comments in a cell.

    Raises:
        CommentsError: it is cut off, is no list of objects, or is beyond a limit.

    """
    if problem := too_many(cell, limits):
        raise CommentsError(problem.replace("the line", "the cell"))
    value = _parsed(cell)
    if problem := too_intricate(value, limits):
        raise CommentsError(problem.replace("the line", "the cell"))
    if isinstance(value, dict):
        value = next((value[name] for name in _LISTS if isinstance(value.get(name), list)), None)
    if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
        raise CommentsError("expected a list of comments as JSON ([{…}, {…}])")
    return value


def _parsed(cell: str) -> object:
    try:
        return json.loads(cell)
    except (ValueError, RecursionError):
        pass
    if len(cell) <= _LITERAL and cell.count("[") + cell.count("{") < _LITERAL // 40:
        try:
            return ast.literal_eval(cell.strip())
        except (ValueError, SyntaxError, RecursionError, MemoryError, TypeError):
            pass
    raise CommentsError(
        f"the list of comments in this cell ({len(cell):,} characters) cannot be read as JSON; a spreadsheet cuts "
        "a cell after 32,767. Import what the help desk exported, not what a spreadsheet saved of it"
    )


def turns_of(comments: list[Comment], requester: Collection[str], values: Mapping[str, Role]) -> tuple[Turn, ...]:
    """The comments as turns, their other keys as extras.

    ``requester`` is what the row says of whose ticket it is; ``values`` what the user said of roles and people.

    Raises:
        CommentsError: it cannot be told who of them is the customer.

    """
    people = [frozenset(_people(comment)) for comment in comments]
    asked = frozenset(text for one in requester if (text := one.strip().casefold()))
    known = any(asked & one for one in people)
    turns = []
    for comment, own in zip(comments, people, strict=True):
        key, text = _text(comment)
        if not text:
            continue
        role = _role(comment, own, values)
        if role is None and known:
            role = Role.CUSTOMER if asked & own else Role.AGENT
        if role is None:
            raise CommentsError(
                "nothing says who of the comments' authors is the customer: name the column that says whose "
                "ticket it is as their comments do (--column requester=COLUMN), or who is of the team "
                "(--column 'agent_value=77|78')"
            )
        extras = {name: value for name, value in comment.items() if fold(name) not in among("text") and name != key}
        turns.append(Turn(role, text, _author(comment, own, role), _time(comment), extras))
    return tuple(turns)


def says_the_same(text: str, turns: Collection[Turn]) -> bool:
    """Whether a turn holds a text already, whatever its spaces and marks."""
    plain = _NOT_A_LETTER.sub("", text).casefold()
    return not plain or any(plain in _NOT_A_LETTER.sub("", turn.text).casefold() for turn in turns)


def _text(comment: Comment) -> tuple[str, str]:
    folded = {fold(name): name for name in comment}
    for one in aliases("text"):
        value = comment.get(folded.get(one, ""))
        if isinstance(value, str) and value.strip():
            return folded[one], value.replace("\x00", "")
    return "", ""


def _time(comment: Comment) -> str | None:
    folded = {fold(name): name for name in comment}
    for one in aliases("at"):
        value = comment.get(folded.get(one, ""))
        if isinstance(value, str | int | float) and not isinstance(value, bool) and value:
            return str(value)
    return None


def _role(comment: Comment, people: Collection[str], values: Mapping[str, Role]) -> Role | None:
    for person in people:
        if fold(person) in values:
            return values[fold(person)]
    for key in _ROLES:
        value = comment.get(key)
        said = [value.get(part) for part in _OF_A_PERSON] if isinstance(value, dict) else [value]
        for one in said:
            if isinstance(one, str | bool | int) and (role := role_of(str(one), key, values)) is not None:
                return role
    return Role.BOT if _NOBODY in people else None


def _people(comment: Comment) -> Iterator[str]:
    for key in _PEOPLE:
        value = comment.get(key)
        parts = [value.get(part) for part in _NAMED] if isinstance(value, dict) else [value]
        yield from (str(part).strip().casefold() for part in parts if isinstance(part, str | int) and str(part).strip())


def _author(comment: Comment, people: Collection[str], role: Role) -> str | None:
    if role is Role.CUSTOMER:
        return alias("customer", min(people)) if people else None
    for key in ("author_name", "author", "user", "sender", "from", "author_id", "user_id"):
        value = comment.get(key)
        value = value.get("name") or value.get("email") or value.get("id") if isinstance(value, dict) else value
        if isinstance(value, str | int) and not isinstance(value, bool) and str(value).strip():
            return str(value).strip()[:200]
    return None
