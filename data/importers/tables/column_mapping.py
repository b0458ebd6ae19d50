"""Maps the columns of a CSV to fields: by the user's mapping, else by the names help desks commonly export."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from data.importers.limits import clipped
from data.importers.source_options import OPTIONS
from data.importers.visibility_meaning import Kind, kind_of
from data.importers.visibility_words import fold, is_automatic, is_private
from data.transcripts import Role

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

MESSAGE_FIELDS = ("id", "role", "text")
PAIR_FIELDS = ("question", "answer")
OTHER_FIELDS = ("author", "at", "sequence", "language", "topic", "title")
COUNTS = frozenset({
    "sequence", "sequence_number", "seq", "position", "turn", "turn_index", "turn_number", "message_number",
    "message_index", "step",
})  # fmt: skip
"""Names of numbers that count the messages of a conversation, rather than being given out to them."""
ROLE_OPTIONS = tuple(f"{role}_value" for role in Role)

_ALIASES: Mapping[str, tuple[str, ...]] = {
    "id": (
        "conversation_id", "ticket_id", "chat_id", "thread_id", "case_id", "dialogue_id", "dialog_id", "session_id",
        "conversation", "ticket", "ticket_number", "case_number", "chat", "thread", "case", "conv_id", "vorgang",
        "vorgangsnummer", "ticketnummer", "ticket_nr", "id",
    ),
    "role": (
        "role", "author_role", "sender_role", "author_type", "sender_type", "user_type", "actor_type",
        "participant_type", "message_type", "speaker", "sender", "from", "author", "actor", "direction",
        "inbound", "incoming", "is_agent", "from_agent", "rolle", "ruolo", "rol", "角色",
    ),
    "text": (
        "plain_body", "body_text", "body_plain", "plain_text", "text_body", "plain_text_body",
        "content_text", "stripped_text",
        "text", "body", "message", "content", "message_body", "message_text", "comment", "comment_body",
        "utterance", "description_text", "description", "msg", "html_body", "body_html", "content_html", "html",
        "nachricht", "nachrichtentext", "mensaje", "messaggio", "bericht", "消息", "消息内容",
    ),
    "author": (
        "author", "author_name", "agent", "agent_name", "sender_name", "author_id", "sender", "name", "absender",
        "verfasser", "autor", "auteur", "autore", "remitente", "mittente", "afzender", "作者", "发送人",
    ),
    "at": (
        "at", "created_at", "created", "timestamp", "sent_at", "date", "time", "datetime", "created_time",
        "message_time", "created_datetime", "create_time", "commented_time", "date_created", "created_on", "posted_at",
        "sent_datetime", "date_time", "datum", "erstellt", "erstellt_am", "zeit", "zeitpunkt", "fecha", "data", "heure",
        "tijd", "时间", "日期", "创建时间", "发送时间",
    ),
    "sequence": (
        "message_id", "comment_id", "msg_id", "post_id", "entry_id", "reply_id", "sequence", "sequence_number", "seq",
        "position", "turn", "turn_id", "turn_index", "turn_number", "message_number", "message_index", "step", "id",
    ),
    "question": (
        "question", "query", "customer_message", "customer_question", "customer_text", "request", "inquiry",
        "instruction", "prompt", "input", "customer",
    ),
    "answer": (
        "answer", "response", "reply", "agent_reply", "agent_answer", "agent_response", "agent_message", "agent_text",
        "resolution", "output", "agent",
    ),
    "language": ("language", "lang", "locale"),
    "topic": ("topic", "category", "intent", "tag", "queue"),
    "title": ("title", "subject"),
}  # fmt: skip

_ROLE_VALUES: Mapping[Role, frozenset[str]] = {
    Role.CUSTOMER: frozenset({
        "customer", "user", "client", "visitor", "requester", "end_user", "enduser", "contact", "asker", "consumer",
        "buyer", "lead", "guest", "inbound", "incoming", "in", "caller", "kunde", "kundin", "cliente", "cliente_final",
        "klant", "客户", "顾客", "用户", "c",
    }),
    Role.AGENT: frozenset({
        "agent", "admin", "operator", "support", "staff", "helper", "representative", "rep", "employee", "advisor",
        "csr", "outbound", "outgoing", "out", "human_agent", "support_agent", "customer_service", "mitarbeiter",
        "agente", "medewerker", "客服", "坐席", "a",
    }),
    Role.BOT: frozenset({
        "bot", "chatbot", "assistant", "system", "automated", "automation", "auto", "workflow",
        "virtual_agent", "activity",
        "template", "event", "trigger", "notification", "ai", "ai_agent", "answer_bot", "fin",
    }),
    Role.NOTE: frozenset({"note", "internal", "internal_note", "private", "private_note", "internal_comment"}),
}  # fmt: skip

_TIME_PARTS = frozenset({
    "at", "time", "date", "datetime", "timestamp", "created", "sent", "posted", "received", "datum", "zeit", "uhrzeit",
    "fecha", "hora", "data", "ora", "heure", "tijd", "时间", "日期",
})  # fmt: skip
_OTHER_TIMES = frozenset({
    "updated", "modified", "changed", "closed", "resolved", "solved", "due", "first", "birth", "expiry", "expires",
    "until", "zone", "spent", "to", "by", "id", "name", "count", "seconds", "minutes", "hours", "response",
    "resolution", "read", "delivered", "deleted", "ticket", "order", "purchase", "signup", "last",
})  # fmt: skip
"""A time of something else than the message."""

_WEAK = frozenset({"customer", "agent", "input", "output", "prompt", "request", "resolution"})
"""Names that mean a question or an answer only where nothing else fits."""

_NAMED = 40  # columns listed in a message
_TRUE = frozenset({"true", "1", "yes", "t", "y"})
_FALSE = frozenset({"false", "0", "no", "f", "n"})
_TRUE_IS_CUSTOMER = frozenset({"inbound", "incoming"})
_TRUE_IS_AGENT = frozenset({"is_agent", "from_agent"})


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
        plain = fold(value)
        if plain in self.values:
            return self.values[plain]
        if self.role_header in _TRUE_IS_CUSTOMER | _TRUE_IS_AGENT and plain in _TRUE | _FALSE:
            truth_is = Role.CUSTOMER if self.role_header in _TRUE_IS_CUSTOMER else Role.AGENT
            other = Role.AGENT if truth_is is Role.CUSTOMER else Role.CUSTOMER
            return truth_is if plain in _TRUE else other
        known = next((role for role, values in _ROLE_VALUES.items() if plain in values), None)
        if known is None and is_private(plain):
            return Role.NOTE
        return Role.BOT if known is None and is_automatic(plain) else known


def columns_of(header: Sequence[str], options: Mapping[str, str]) -> Columns:
    """Find the fields among the header's columns.

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
            raise ColumnsError(f"there is no column {column!r} for {name}; {_found(header)}")
        places[name] = names.index(fold(column))
    _guess(places, names, options)
    _choose_form(places, options, header)
    values = {
        fold(value): Role(option.removesuffix("_value"))
        for option in ROLE_OPTIONS
        for value in options.get(option, "").split("|")
        if value.strip()
    }
    return Columns(places, len(header), values, names[places["role"]] if "role" in places else "")


def _check_named(names: Sequence[str], options: Mapping[str, str], header: Sequence[str]) -> None:
    for option in ("visibility", "ignore"):
        for column in options.get(option, "").split("|"):
            if column.strip() and fold(column) not in names:
                raise ColumnsError(f"there is no column {column.strip()!r} to {option}; {_found(header)}")


def _guess(places: dict[str, int], names: Sequence[str], options: Mapping[str, str]) -> None:
    """Add the fields that nobody has named, by what their columns are commonly called."""
    for name, aliases in _ALIASES.items():
        taken = set(places.values())
        place = next(
            (names.index(alias) for alias in aliases if alias in names and names.index(alias) not in taken), None
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
        if place not in taken and parts & _TIME_PARTS and not parts & _OTHER_TIMES and not flag:
            return place
    return None


def _choose_form(places: dict[str, int], options: Mapping[str, str], header: Sequence[str]) -> None:
    """Keep the fields of one form only: messages, or questions with answers."""
    messages = all(name in places for name in MESSAGE_FIELDS)
    pairs = all(name in places for name in PAIR_FIELDS)
    if messages and pairs:
        mapped = any(name in options for name in PAIR_FIELDS)
        plain = {name: fold(header[places[name]]) for name in ("role", "text", *PAIR_FIELDS)}
        named = plain["question"] not in _WEAK and plain["answer"] not in _WEAK and plain["role"] != "role"
        messages = any(name in options for name in ("role", "text")) or not (mapped or named)
    if not messages and not pairs:
        missing = [name for name in MESSAGE_FIELDS if name not in places]
        raise ColumnsError(
            f"no column for {', '.join(missing)}. Expected one row a message (id, role, text) or one row a question "
            f"with its answer (question, answer); {_found(header)}. Name the columns, for example: "
            "--column id=ticket_id --column role=author_type --column text=body",
        )
    for name in PAIR_FIELDS if messages else ("role", "text"):
        places.pop(name, None)


def _found(header: Sequence[str]) -> str:
    names = ", ".join(clipped(name.strip(), 60) or "(no name)" for name in header[:_NAMED])
    return f"columns found: {names}{f' and {len(header) - _NAMED:,} more' if len(header) > _NAMED else ''}"
