"""Macros: texts that the team writes again and again, with variables that are filled in for one conversation.

A variable is `{{name}}`, or `{{name|what stands there without a value}}`; the names are a closed list. One without
value and fallback stays as it is written, and no reply is sent that still holds one. Knows no HTTP.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chatbot.errors import FullError, InputError, NameTakenError, NotFoundError
from chatbot.storage.queries import macros as stored
from chatbot.storage.queries import visitors
from chatbot.storage.queries.suggestions import newest_question
from chatbot.storage.queries.threads import open_question
from chatbot.storage.tables.macros import MacroRow

if TYPE_CHECKING:
    from collections.abc import Iterator

    from chatbot.service.conversations.rules import Rules
    from chatbot.storage.database import Session
    from chatbot.storage.tables.conversations import ConversationRow

VARIABLES = ("customer.first_name", "customer.name", "agent.name", "conversation.number")
MOST = 500
QUESTIONS_EACH = 5
"""Questions to which a macro was used that are looked at, the newest."""
_MESSAGES = 3  # of an open question


async def listed(session: Session) -> list[dict[str, Any]]:
    """Every macro as it was written, the most used first."""
    return [_shown(row) for row in await stored.everyone(session)]


async def rendered(session: Session, conversation: ConversationRow, agent: str) -> list[dict[str, Any]]:
    """Every macro as somebody would write it here, with the variables that have neither value nor fallback.

    The most used first; ``macro_ranking`` has the order for this conversation.
    """
    name = await visitors.name_of(session, conversation.visitor_id) if conversation.visitor_id else None
    name = (name or "").strip()
    values = {
        "customer.first_name": name.split()[0] if name else "",
        "customer.name": name,
        "agent.name": agent,
        "conversation.number": conversation.id,
    }
    made = []
    for row in await stored.everyone(session):
        text = fill(row.text, values)
        made.append({**_shown(row), "text": text, "missing": unfilled(text)})
    return made


async def asked(session: Session, conversation: ConversationRow) -> tuple[str, dict[str, list[str]]]:
    """What macros are ordered by for a conversation: its open question, and the questions to which each was used."""
    question = await open_question(session, conversation.id, limit=_MESSAGES)
    return question, await stored.questions(session, each=QUESTIONS_EACH)


async def save(rules: Rules, session: Session, *, name: str, text: str, macro_id: str | None = None) -> dict[str, Any]:
    """Make a macro; with an id, change that one.

    Raises:
        InputError: it names a variable that there is not.
        NotFoundError: there is no macro with this id.
        NameTakenError: another macro has this name.
        FullError: there are as many as a desk may have.

    """
    for variable, _, _ in _variables(text):
        if variable not in VARIABLES:
            raise InputError(f"There is no variable {variable}; there are {', '.join(VARIABLES)}.")
    name = " ".join(name.split())
    key = name.casefold()
    known = {row.id: row for row in await stored.everyone(session)}
    if any(row.name_key == key and row.id != macro_id for row in known.values()):
        raise NameTakenError(f"There is a macro called {name} already.")
    if macro_id is None:
        if len(known) >= MOST:
            raise FullError(f"A desk has {MOST} macros; delete one first.")
        row = MacroRow(id=rules.clock.new_id("k"), used=0)
        session.add(row)
    elif macro_id in known:
        row = known[macro_id]
    else:
        raise _unknown()
    row.name, row.name_key, row.text = name, key, text
    await session.flush()
    return _shown(row)


async def delete(session: Session, macro_id: str) -> None:
    """Delete a macro.

    Raises:
        NotFoundError: there is none with this id.

    """
    if not await stored.gone(session, macro_id):
        raise _unknown()


async def used(session: Session, macro_id: str, conversation_id: str | None = None) -> None:
    """Count that somebody put it into what they write, and in a conversation to which question.

    Raises:
        NotFoundError: there is none with this id.

    """
    if not await stored.used(session, macro_id):
        raise _unknown()
    question = conversation_id and await newest_question(session, conversation_id)
    if question:
        await stored.used_for(session, macro_id, question)


def fill(text: str, values: dict[str, str]) -> str:
    """The text with its variables filled in; what has neither value nor fallback stays."""
    for variable, fallback, written in list(_variables(text)):
        value = values.get(variable) or fallback
        if value is not None:
            text = text.replace(written, value)
    return text


def unfilled(text: str) -> list[str]:
    """The variables of the closed list that still stand in a text, in their order."""
    return list(dict.fromkeys(variable for variable, _, _ in _variables(text) if variable in VARIABLES))


def check_filled(text: str) -> None:
    """Refuse what would reach the customer with a variable in it.

    Raises:
        InputError: a variable of a macro was not filled in.

    """
    left = unfilled(text)
    if left:
        raise InputError(f"There is no value for {', '.join(left)}: write what is meant instead of {{{{{left[0]}}}}}.")


def _variables(text: str) -> Iterator[tuple[str, str | None, str]]:
    """Each variable's name, its fallback and how it is written."""
    for piece in text.split("{{")[1:]:
        inside, end, _ = piece.partition("}}")
        if end:
            name, bar, fallback = inside.partition("|")
            yield name.strip(), fallback.strip() if bar else None, f"{{{{{inside}}}}}"


def _shown(row: MacroRow) -> dict[str, Any]:
    return {"id": row.id, "name": row.name, "text": row.text, "used": row.used}


def _unknown() -> NotFoundError:
    return NotFoundError("There is no macro with this id.")
