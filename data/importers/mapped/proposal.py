"""What each column of an unknown table may be, by its name and by what stands in it: a proposal, no decision."""

from __future__ import annotations

from typing import TYPE_CHECKING

from data.importers.mapped.json_rows import NUMBER, chain_of
from data.importers.tables.column_mapping import role_of
from data.importers.tables.column_words import aliases, among
from data.importers.visibility_meaning import Kind, kind_of
from data.importers.visibility_words import fold, has, is_flag, is_private, parts, words
from data.transcripts import Role

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from data.importers.mapped.looking import Look, Seen

_SAYS_WHO_SEES = (Kind.PRIVATE, Kind.PUBLIC, Kind.WHO, Kind.SENT)
_ROLES_AT_MOST = 12
_MOST = 0.8
_WORDY = 12
_NAMED, _PARTLY = 4.0, 2.0
_LEAST = 2.0
_SHARED = 0.02  # of the cells of an id are different, at least: a hundred messages a conversation are few


def proposed(look: Look) -> dict[str, str]:
    """The likeliest column for each field, and what the values of the role column mean where that is known."""
    found: dict[str, str] = {}
    everything = list(look.columns.values())
    pair = {field: _best(everything, field, _wordy, found.values()) for field in ("question", "answer")}
    role = _role(everything)
    if all(pair.values()) and pair["question"] is not pair["answer"] and role is None:
        found |= {field: seen.name for field, seen in pair.items() if seen}
    elif (text := _best(everything, "text", _wordy, ())) is not None:
        found["text"] = text.name
    there = within(look, found.get("text") or found.get("answer") or "")
    if "text" in found and (role := _role(there)) is not None and role.name != found["text"]:
        found["role"] = role.name
    flag = next(filter(_says_who_sees, there), None)
    if flag is not None and flag.name not in found.values():
        found["visibility"] = flag.name
    if (named := _best(there, "id", _repeats, found.values())) is not None:
        found["id"] = named.name
    elif look.format == "json" and "text" in found:
        found["id"] = NUMBER
    for field, fits in (("at", _is_time), ("author", _is_name), ("title", _is_title), ("topic", _is_name)):
        if (one := _best(there, field, fits, found.values())) is not None:
            found[field] = one.name
    return {**found, **said_of_values(look, found)}


def within(look: Look, text: str) -> list[Seen]:
    """The columns that stand beside or above the text: a list apart from it has rows of its own."""
    chain = chain_of(text)
    return [one for name, one in look.columns.items() if not text or set(chain_of(name)) <= set(chain)]


def speaker(value: str, column: str) -> Role | None:
    """Who speaks by a value of the role column, where its words say it."""
    return role_of(value, fold(column.rsplit(".", 1)[-1]), {})


def is_internal(value: str, column: str) -> bool:
    """Whether a value of the column for visibility seems to say that customers do not see the message."""
    kind, folded = kind_of(column), fold(value)
    if is_flag(folded):
        return (folded in words("true")) == (kind not in {Kind.PUBLIC, Kind.SENT})
    return is_private(folded) or not (has("public", folded) or has("everyone", folded) or has("channel", folded))


def said_of_values(look: Look, fields: dict[str, str]) -> dict[str, str]:
    """``customer_value`` and the like for the role column, ``private_value`` for that of visibility."""
    said: dict[str, list[str]] = {}
    role, sight = look.columns.get(fields.get("role", "")), look.columns.get(fields.get("visibility", ""))
    for value in (role.values or {}) if role else ():
        if role and "|" not in value and (who := speaker(value, role.name)) is not None:
            said.setdefault(f"{who}_value", []).append(value)
    for value in (sight.values or {}) if sight else ():
        if sight and "|" not in value:
            said.setdefault("private_value" if is_internal(value, sight.name) else "public_value", []).append(value)
    return {key: "|".join(values) for key, values in said.items()}


def _best(columns: Collection[Seen], field: str, fits: Callable[[Seen], float], taken: Collection[str]) -> Seen | None:
    scored = [
        (score + _name_score(one.name, field), -number, one)
        for number, one in enumerate(columns)
        if one.name not in taken and (score := fits(one)) > 0
    ]
    best = max(scored, key=lambda entry: entry[:2], default=None)
    return best[2] if best is not None and best[0] >= _LEAST else None


def _name_score(name: str, field: str) -> float:
    last, whole = fold(name.rsplit(".", 1)[-1]), fold(name.replace("[]", ""))
    if last in among(field) or whole in among(field):
        known = aliases(field)
        return _NAMED - min(known.index(last if last in known else whole), 40) / 100
    known_parts = {part for one in among(field) for part in one.split("_") if len(part) > 1}
    return _PARTLY if not parts(last).isdisjoint(known_parts) else 0.0


def _role(columns: Collection[Seen]) -> Seen | None:
    """The column whose few values say who speaks; of those, the one that is named so."""
    found = []
    for number, one in enumerate(columns):
        values = one.values or {}
        if not values or len(values) > _ROLES_AT_MOST or (one.filled < len(values) * 2 and len(values) > len(Role)):
            continue
        last = fold(one.name.rsplit(".", 1)[-1])
        if kind_of(one.name) in _SAYS_WHO_SEES or (
            all(value.isdigit() for value in values) and last not in among("role")
        ):
            continue
        known = {who for value in values if (who := speaker(value, one.name)) is not None}
        score = len(known - {Role.NOTE}) * _PARTLY + (_NAMED if last in among("role") else 0)
        if score >= _NAMED and (known - {Role.NOTE, Role.BOT} or last in among("role")):
            found.append((score, -number, one))
    return max(found, key=lambda entry: entry[:2])[2] if found else None


def _says_who_sees(one: Seen) -> bool:
    """Whether a column is named so, or as a kind of message with one of its values internal."""
    kind = kind_of(one.name)
    named = kind is Kind.HINT and any(is_private(fold(value)) for value in one.values or {})
    return one.filled > 0 and (named or kind in _SAYS_WHO_SEES)


def _average(one: Seen) -> float:
    return one.letters / one.filled if one.filled else 0.0


def _wordy(one: Seen) -> float:
    if not one.filled or one.timed or one.spaced < one.filled / 2 or _average(one) < _WORDY:
        return 0.0
    return 1.0 + min(_average(one), 400) / 100 + (len(one.distinct) / one.filled)


def _repeats(one: Seen) -> float:
    """Whether the cells name conversations: each in several rows, and not all in one."""
    if not one.filled or (one.timed and not _is_number(one)) or _average(one) > 80 or one.spaced > one.filled / 2:  # noqa: PLR2004
        return 0.0
    share = len(one.distinct) / one.filled
    named = _name_score(one.name, "id") >= _PARTLY
    numbered = all(any(letter.isdigit() for letter in sample) for sample in one.samples)
    return (1.0 if named else 0.0) + (_LEAST if _SHARED < share < _MOST and len(one.distinct) > 1 and numbered else 0.0)


def _is_time(one: Seen) -> float:
    return 2.0 if one.filled and one.timed >= min(one.filled, 200) * _MOST and not _is_number(one) else 0.0


def _is_number(one: Seen) -> bool:
    return all(sample.isdigit() and len(sample) < 9 for sample in one.samples)  # noqa: PLR2004 - seconds have more


def _is_name(one: Seen) -> float:
    named = 0 < _average(one) < 60 and len(one.distinct) < max(one.filled, 2)  # noqa: PLR2004
    return 0.2 if named else 0.0


def _is_title(one: Seen) -> float:
    return 0.2 if 0 < _average(one) < 200 else 0.0  # noqa: PLR2004
