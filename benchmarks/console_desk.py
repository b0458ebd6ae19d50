"""A desk's database full of conversations, for ``console.py``: written by the product's own services, fast.

Thousands of conversations of a past year, most of them done, some waiting, some with the person who will sign in, and
one that is as long as none should be. Each says its own number in every message, by which a page can be asked what it
shows. Times are the clock's that is handed in, set by hand.
"""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from chatbot.clock import real_clock
from chatbot.service.access import api_keys, people
from chatbot.service.access.roles import Role
from chatbot.service.access.scopes import Scope
from chatbot.service.audit import COMMAND_LINE
from chatbot.service.conversations import opening, ownership
from chatbot.service.conversations.appending import append_message, append_reply
from chatbot.service.conversations.rules import Rules
from chatbot.service.visitors.visitors import Visitors
from chatbot.settings import Settings
from chatbot.storage.database import open_database
from chatbot.storage.queries import conversations as stored
from chatbot.storage.queries import events
from chatbot.storage.tables.conversations import ConversationRow, MessageRow

if TYPE_CHECKING:
    from pathlib import Path

    from chatbot.storage.database import Session

MIRA = "Mira"
_AT_ONCE = 100  # conversations of one transaction
_TEXT = (
    "my kettle leaks at the handle since last week and the lid does not close where is parcel number I ordered two "
    "grinders in March for a friend one of them is blue and came without its box can I send it back or do you have "
    "another one please tell me what it would cost to Vienna thank you very much kind regards"
)
_WORDS = _TEXT.split()


class _Past:
    """Rules whose clock stands where it is set."""

    def __init__(self, secret: bytes) -> None:
        self.at = datetime.now(UTC)
        clock = replace(real_clock(), now=lambda: self.at)
        self.rules, self.visitors = Rules(clock), Visitors(clock, secret)

    def go_on(self, seconds: float) -> None:
        """Let time pass."""
        self.at += timedelta(seconds=seconds)


async def fill(home: Path, conversations: int, long: int, *, seed: int = 18) -> tuple[str, str, str]:
    """Fill an empty home; Mira's link to the console, a key of the scope ``agent``, the id of the long conversation."""
    chance = random.Random(seed)
    past = _Past(b"of a benchmark")
    end = past.at
    async with open_database(Settings(home=home).database()) as database:
        for first in range(0, conversations, _AT_ONCE):
            async with database.write() as session:
                for number in range(first, min(first + _AT_ONCE, conversations)):
                    left = (conversations - number) / conversations
                    past.at = end - timedelta(days=365 * left, hours=1)
                    await _conversation(past, session, number, _fate(chance, left), chance)
        async with database.write() as session:
            past.at = end - timedelta(minutes=long + 60)
            longest = await _long(past, session, conversations, long, chance)
        async with database.write() as session:
            await events.number(session)
            _, link = await people.invite(
                session, real_clock(), COMMAND_LINE, email="mira@shop.example", name=MIRA, role=Role.LEAD
            )
        key = await api_keys.create(database, "agents", scopes=[Scope.AGENT])
    return link, key, longest


def _fate(chance: random.Random, left: float) -> str:
    """What became of a conversation: the older, the likelier done."""
    if left > 0.1:
        return "done"
    return chance.choices(("done", "waiting", "mine", "bot"), (40, 40, 12, 8))[0]


async def _conversation(past: _Past, session: Session, number: int, fate: str, chance: random.Random) -> None:
    row = await _begun(past, session)
    for _ in range(chance.randint(1, 4)):
        asked = await _says(past, session, row, "customer", number, chance)
        await _says(past, session, row, "bot", number, chance, in_reply_to=asked)
    if fate == "bot":
        return
    await ownership.hand_over(past.rules, session, row)
    await _says(past, session, row, "customer", number, chance)
    if fate == "waiting":
        return
    await ownership.claim(past.rules, session, row, MIRA)
    for _ in range(chance.randint(1, 3)):
        await _says(past, session, row, "agent", number, chance)
        await _says(past, session, row, "customer", number, chance)
    if fate == "done":
        await ownership.release(past.rules, session, row, MIRA, "closed")


async def _long(past: _Past, session: Session, number: int, messages: int, chance: random.Random) -> str:
    row = await _begun(past, session)
    await ownership.hand_over(past.rules, session, row)
    await ownership.claim(past.rules, session, row, MIRA)
    for at in range(messages):
        past.go_on(60)
        await _says(past, session, row, "customer" if at % 2 == 0 else "agent", number, chance)
    return row.id


async def _begun(past: _Past, session: Session) -> ConversationRow:
    started = await opening.start(past.visitors, session)
    row = await stored.locked(session, started.id)
    assert row is not None
    return row


async def _says(
    past: _Past,
    session: Session,
    row: ConversationRow,
    role: str,
    number: int,
    chance: random.Random,
    in_reply_to: str | None = None,
) -> str:
    """One more message, some seconds later; its id. It begins with the number of the conversation."""
    past.go_on(chance.uniform(5, 90))
    begin = chance.randrange(len(_WORDS))
    words = (_WORDS * 3)[begin : begin + chance.randint(4, 45)]
    said = MessageRow(id=past.rules.clock.new_id("m"), role=role, text=f"({number}) {' '.join(words)}")
    if role == "agent":
        said.author = MIRA
        await append_reply(past.rules, session, row, said)
    else:
        said.in_reply_to, said.decision = in_reply_to, "answer" if in_reply_to else None
        await append_message(past.rules, session, row, said)
    return said.id
