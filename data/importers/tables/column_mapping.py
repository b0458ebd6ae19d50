"""Maps the columns of a CSV to fields: by the user's mapping, else by the names help desks commonly export."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from data.importers.limits import clipped
from data.importers.source_options import OPTIONS
from data.importers.tables.column_words import aliases, among
from data.importers.visibility_meaning import Kind, kind_of
from data.importers.visibility_words import fold, is_automatic, is_flag, is_private, words
from data.transcripts import Role

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

MESSAGE_FIELDS = ("id", "role", "text")
PAIR_FIELDS = ("question", "answer")
OTHER_FIELDS = ("author", "at", "sequence", "language", "topic", "title", "requester")
COUNTS = frozenset({
    "sequence", "sequence_number", "seq", "position", "turn", "turn_index", "turn_number", "message_number",
    "message_index", "step",
})  # fmt: skip
"""Names of numbers that count the messages of a conversation, rather than being given out to them."""
ROLE_OPTIONS = tuple(f"{role}_value" for role in Role)

_FIELDS = (
    "id", "role", "text", "author", "at", "sequence", "question", "answer", "language", "topic", "title",
)  # fmt: skip
"""In the order in which they choose their columns."""
_NAMED = 40  # columns listed in a message


class ColumnsError(ValueError):
    """The columns do not make conversations; the message lists those found and how to map them."""


@dataclass(frozen=True, slots=True)
class Columns:
    """Places of the known fields in a row, and how role values are read."""

    places: Mapping[str, int]
    width: int
    values: Mapping[str, Role]
    role_header: str

    @property
    def paired(self) -> bool:
        """Whether each row holds a question and its answer (else one message)."""
        return "question" in self.places

    def get(self, row: Sequence[str], field: str) -> str:
        """The field's text in a row, empty where the table has no such column."""
        place = self.places.get(field)
        return "" if place is None else row[place].strip().replace("\x00", "")

    def others(self, header: Sequence[str]) -> dict[int, str]:
        """The columns that no field is read from, by their places; one of them may say what is internal."""
        times = self.places.get("at")
        flag = times is not None and kind_of(header[times]) is Kind.SENT  # "sent" may be either
        taken = set(self.places.values()) - ({times} if flag else set())
        return {place: name.strip() for place, name in enumerate(header) if place not in taken and name.strip()}

    def role(self, value: str) -> Role | None:
        """Who speaks, or None for a value nobody has explained."""
        return role_of(value, self.role_header, self.values)


def role_of(value: str, header: str, values: Mapping[str, Role]) -> Role | None:
    """Who speaks by a value of a column with that folded name; ``values`` are those that the user has explained."""
    plain = fold(value)
    if plain in values:
        return values[plain]
    customer = header in among("true_is_customer")
    if (customer or header in among("true_is_agent")) and is_flag(plain):
        return Role.CUSTOMER if customer is (plain in words("true")) else Role.AGENT
    known = next((role for role in Role if plain in among(role)), None)
    if known is None and is_private(plain):
        return Role.NOTE
    return Role.BOT if known is None and is_automatic(plain) else known


def columns_of(header: Sequence[str], options: Mapping[str, str], sample: Sequence[Sequence[str]] = ()) -> Columns:
    """Find the fields among the header's columns; ``sample`` are some rows, which say what stands in a column.

    ``options`` maps fields to column names, and ``customer_value``, ``agent_value``, ``bot_value`` and
    ``note_value`` to the values (several with ``|``) of the role column.

    Raises:
        ColumnsError: a mapped column does not exist, or too few fields were found.

    """
    known = (*MESSAGE_FIELDS, *PAIR_FIELDS, *OTHER_FIELDS, *ROLE_OPTIONS, *OPTIONS)
    if unknown := sorted(set(options) - set(known)):
        raise ColumnsError(f"cannot map {', '.join(unknown)}; what can be mapped: {', '.join(known)}")
    names = [fold(name) for name in header]
    _check_named(names, options, header)
    places: dict[str, int] = {}
    for name, column in options.items():
        if name in ROLE_OPTIONS or name in OPTIONS:
            continue
        if fold(column) not in names:
            raise ColumnsError(f"there is no column {column!r} for {name}; {found_columns(header)}")
        places[name] = names.index(fold(column))
    values = role_values(options)
    if "role" not in places and (place := _role_place(names, places, values, sample)) is not None:
        places["role"] = place
    _guess(places, names, options)
    _choose_form(places, options, header)
    return Columns(places, len(header), values, names[places["role"]] if "role" in places else "")


def named_place(header: Sequence[str], name: str) -> int | None:
    """The first column of a name, however it is written."""
    folded = fold(name)
    return next((place for place, own in enumerate(header) if fold(own) == folded), None)


def role_values(options: Mapping[str, str]) -> dict[str, Role]:
    """What the user said of values of the role column."""
    return {
        fold(value): Role(option.removesuffix("_value"))
        for option in ROLE_OPTIONS
        for value in options.get(option, "").split("|")
        if value.strip()
    }


def _role_place(
    names: Sequence[str], places: Mapping[str, int], values: Mapping[str, Role], sample: Sequence[Sequence[str]]
) -> int | None:
    """The first column of a fitting name whose values say who speaks: a "sender" may be a name or a role."""
    for alias in aliases("role"):
        place = names.index(alias) if alias in names else None
        if place is None or place in places.values():
            continue
        said = [row[place] for row in sample if place < len(row) and row[place].strip()]
        if said and all(role_of(value, alias, values) is not None for value in said):
            return place
    return None


def _check_named(names: Sequence[str], options: Mapping[str, str], header: Sequence[str]) -> None:
    for option in ("visibility", "ignore"):
        for column in options.get(option, "").split("|"):
            if column.strip() and fold(column) not in names:
                raise ColumnsError(f"there is no column {column.strip()!r} to {option}; {found_columns(header)}")


def _guess(places: dict[str, int], names: Sequence[str], options: Mapping[str, str]) -> None:
    """Add the fields that nobody has named, by what their columns are commonly called."""
    for name in _FIELDS:
        taken = set(places.values())
        place = next(
            (names.index(one) for one in aliases(name) if one in names and names.index(one) not in taken), None
        )
        if name not in places and place is not None:
            places[name] = place
    if "at" not in places and (place := _time_by_name(names, set(places.values()))) is not None:
        places["at"] = place
    for name in ("at", "sequence"):
        if name in places and names[places[name]] in set(map(fold, options.get("ignore", "").split("|"))):
            del places[name]


def _time_by_name(names: Sequence[str], taken: set[int]) -> int | None:
    """The first column that is named as a time of writing, whatever else its name says."""
    for place, name in enumerate(names):
        parts = set(name.split("_"))
        flag = len(parts) > 1 and kind_of(name) is Kind.SENT
        if place not in taken and parts & among("time_parts") and not parts & among("other_times") and not flag:
            return place
    return None


def _choose_form(places: dict[str, int], options: Mapping[str, str], header: Sequence[str]) -> None:
    """Keep the fields of one form only: messages, or questions with answers."""
    messages = all(name in places for name in MESSAGE_FIELDS)
    pairs = all(name in places for name in PAIR_FIELDS)
    if messages and pairs:
        mapped = any(name in options for name in PAIR_FIELDS)
        plain = {name: fold(header[places[name]]) for name in ("role", "text", *PAIR_FIELDS)}
        named = (
            plain["question"] not in among("weak") and plain["answer"] not in among("weak") and plain["role"] != "role"
        )
        messages = any(name in options for name in ("role", "text")) or not (mapped or named)
    if not messages and not pairs:
        missing = [name for name in MESSAGE_FIELDS if name not in places]
        if _lists_tickets({fold(name) for name in header}):
            raise ColumnsError(
                "this looks like a list of tickets without what was said in them; export their messages or comments as "
                f"well (of Zendesk as JSON), or name the columns that hold them; {found_columns(header)}"
            )
        raise ColumnsError(
            f"no column for {', '.join(missing)}. Expected one row a message (id, role, text) or one row a question "
            f"with its answer (question, answer); {found_columns(header)}. Name the columns, for example: "
            "--column id=ticket_id --column role=author_type --column text=body",
        )
    for name in PAIR_FIELDS if messages else ("role", "text"):
        places.pop(name, None)


def _lists_tickets(names: set[str]) -> bool:
    """Whether a table has a line a ticket: who asked and how far it is, and no messages."""
    return not (names.isdisjoint(among("requester")) or names.isdisjoint(among("status")))


def found_columns(header: Sequence[str]) -> str:
    """The names of a header's columns, for a message."""
    names = ", ".join(clipped(name.strip(), 60) or "(no name)" for name in header[:_NAMED])
    return f"columns found: {names}{f' and {len(header) - _NAMED:,} more' if len(header) > _NAMED else ''}"
