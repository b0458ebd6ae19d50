"""Puts the pieces of one conversation together: who speaks, who may see it, in which order; knows no files.

What is said by nobody who is known to be of the team is never an agent's answer.
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from data.aliases import alias
from data.importers.helpdesks.pieces import Message, Ticket
from data.importers.importer import Found
from data.importers.rounded_ids import is_scientific
from data.importers.turn_marks import marked, timed
from data.masking.names import is_name
from data.transcripts import Conversation, Role, Turn

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from data.importers.helpdesks.gathered import Gathered
    from data.importers.importer import ImportOptions
    from data.importers.time_column import TimeColumn
    from data.importers.visibility import Rule

NO_MESSAGES = "no messages in it"
PASSER_BY = "other"
"""The author of a message by somebody who is neither the customer nor known as an agent; not learnt from."""
_TAG = re.compile(r"<[^<>]{0,2000}>")
_EARLIEST = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Team:
    """Who the user says is of the team, a program, or a customer: names, ids, addresses, @domains."""

    said: Mapping[Role, frozenset[str]] = field(default_factory=dict)

    @classmethod
    def of(cls, options: Mapping[str, str]) -> Team:
        """From ``agent_value``, ``bot_value``, ``customer_value`` and ``note_value``, several with ``|``."""
        said = {}
        for role in (Role.NOTE, Role.BOT, Role.CUSTOMER, Role.AGENT):
            words = (one.strip().casefold() for one in (options.get(f"{role}_value") or "").split("|"))
            if names := frozenset(filter(None, words)):
                said[role] = names
        return cls(said)

    def role(self, name: str, *ids: str) -> Role | None:
        """What was said of somebody of this name, these ids or addresses; what people call themselves is no domain."""
        folded = {one.casefold() for one in (name, *ids) if one}
        folded |= {one[one.rindex("@") :].casefold() for one in ids if "@" in one and one != name}
        return next((role for role, said in self.said.items() if not said.isdisjoint(folded)), None)

    @property
    def others(self) -> Role | None:
        """Whoever is not named: customers where the team is, the team where customers are."""
        if Role.AGENT in self.said:
            return Role.CUSTOMER
        return Role.AGENT if Role.CUSTOMER in self.said else None


@dataclass(frozen=True, slots=True)
class Assembly:
    """All that was decided over the whole export."""

    gathered: Gathered
    team: Team
    rules: Mapping[str, Rule]
    times: TimeColumn
    possible: tuple[int, ...]
    options: ImportOptions
    asks: bool
    in_order: bool
    newest_first: bool
    titled: bool
    source: str

    def conversation(self, key: str, line: int, pieces: Iterable[Ticket | Message]) -> Found:
        """One conversation, oldest turn first."""
        ticket, messages = _sorted_out(key, pieces)
        turns = [(message, self._turn(message, ticket)) for message in messages]
        turns = _without_doubled_opening(turns)
        if not self.in_order:
            turns = self._in_order(turns)
        stamped = [
            turn
            for message, said in turns
            for turn in timed((said,), message.at, self.times.moments(message.at, self.possible))
        ]
        against = ticket.against or (None if stamped else NO_MESSAGES)
        files = sum(message.files for message in messages)
        labels: dict[str, Any] = {**ticket.labels, **({"attachments": files} if files else {})}
        if ticket.subject:
            labels["title"] = ticket.subject
            stamped = _titled(stamped, ticket.subject) if self.titled else stamped
        created = next((turn.at for turn in stamped if turn.at), None) or ticket.created
        if created:
            labels["created"] = created[:10]
        name = ticket.name or next((one.name for one, turn in turns if turn.role is Role.CUSTOMER and one.name), "")
        return Found(
            line,
            Conversation(
                id=key,
                turns=tuple(stamped),
                language=ticket.language or self.options.language,
                labels=labels,
                source=self.source,
                # Masked like all names; it also tells which words of the texts are one.
                extras={"customer_name": name} if is_name(name) else {},
            ),
            against,
        )

    def _turn(self, message: Message, ticket: Ticket) -> Turn:
        role, author = self._who(message, ticket)
        flags = message.flags
        meanings = [(rule.meaning(flags.get(name)), rule.of_all and name in flags) for name, rule in self.rules.items()]
        return marked((Turn(role, message.text, author or None),), meanings)[0]

    def _who(self, message: Message, ticket: Ticket) -> tuple[Role, str]:
        """The role of a message, and who wrote it: an agent's name, an alias of a customer."""
        person = self.gathered.person(message.author) if message.author else None
        name = (person.name if person else "") or message.name
        role = message.role
        if role in {None, Role.AGENT, Role.CUSTOMER} and self.team.said:
            mail = person.mail if person else ""
            said = self.team.role(name, message.author, mail)
            role = said or role or (self.team.others if self.asks else None)
        if role is None and person is not None and person.role is not None:
            role = person.role
        if role is None and message.author and message.author in ticket.customers:
            role = Role.CUSTOMER
        if role is None:
            known = not self.gathered.people and not self.asks
            return Role.AGENT, (name or message.author) if known and message.author else PASSER_BY
        if role is Role.CUSTOMER:
            who = message.author or name
            return role, alias("customer", " ".join(who.casefold().split())) if who else ""
        return role, name or message.author

    def _in_order(self, turns: list[tuple[Message, Turn]]) -> list[tuple[Message, Turn]]:
        if self.newest_first:
            turns.reverse()
        numbers = [int(one.number) if one.number.isdecimal() and len(one.number) < 20 else -1 for one, _ in turns]  # noqa: PLR2004
        counted = min(numbers, default=-1) >= 0
        keys, last = [], _EARLIEST
        for place, (message, _) in enumerate(turns):
            last = self.times.moments(message.at, self.possible)[0] or last
            moment = _EARLIEST if message.opening else last
            keys.append((moment, numbers[place] if counted else 0, place))
        return [turns[key[2]] for key in sorted(keys)]


def is_rounded(key: str) -> bool:
    """Whether an id was a number that lost its last digits on the way."""
    return is_scientific(key)


def _sorted_out(key: str, pieces: Iterable[Ticket | Message]) -> tuple[Ticket, list[Message]]:
    """What is known of the ticket, later words over earlier ones, and its messages, each once."""
    ticket = Ticket(key)
    messages: dict[object, Message] = {}
    for piece in pieces:
        if isinstance(piece, Message):
            messages[piece.number or len(messages)] = piece
            continue
        ticket = Ticket(
            key,
            customers=[*ticket.customers, *piece.customers],
            labels={**ticket.labels, **piece.labels},
            name=piece.name or ticket.name,
            subject=piece.subject or ticket.subject,
            language=piece.language or ticket.language,
            created=piece.created or ticket.created,
            against=piece.against or ticket.against,
        )
    return ticket, list(messages.values())


def _without_doubled_opening(turns: list[tuple[Message, Turn]]) -> list[tuple[Message, Turn]]:
    """The ticket's own text goes where one of its messages says the same, whoever may see that."""
    openings = [pair for pair in turns if pair[0].opening]
    if not openings:
        return turns
    others = [pair for pair in turns if not pair[0].opening]
    said = [_bare(turn.text) for _, turn in others]
    left = [
        pair
        for pair in openings
        if (own := _bare(pair[1].text))
        and not any(own == one or (len(own) > 40 and one.startswith(own)) for one in said)  # noqa: PLR2004
    ]
    return [*left, *others]


def _bare(text: str) -> str:
    """Letters and digits alone, so that HTML and plain text of the same words are equal."""
    words = html.unescape(_TAG.sub(" ", text)) if "<" in text or "&" in text else text
    return "".join(filter(str.isalnum, words.casefold()))


def _titled(turns: Sequence[Turn], subject: str) -> list[Turn]:
    """The subject opens the first message where a customer wrote that, unless it says it already."""
    said = list(turns)
    if said and said[0].role is Role.CUSTOMER and _bare(subject) not in _bare(said[0].text):
        joined = (
            f"{subject}<br>{said[0].text}" if said[0].text.lstrip().startswith("<") else f"{subject}\n{said[0].text}"
        )
        said[0] = replace(said[0], text=joined)
    return said
