"""Macros: texts that are written again and again, with variables, and what is done when one is sent.

Those of the desk are made by who leads; beside them everybody keeps their own, which nobody else sees. Knows no HTTP.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING, Any

from chatbot.errors import FullError, InputError, NameTakenError, NotFoundError, PermissionMissingError
from chatbot.service.conversations import tagging, variables, with_reply
from chatbot.service.worklist import teams
from chatbot.storage.queries import macros as stored
from chatbot.storage.queries import visitors
from chatbot.storage.queries.suggestions import newest_question
from chatbot.storage.queries.threads import open_question
from chatbot.storage.tables.macros import MacroRow

if TYPE_CHECKING:
    from collections.abc import Mapping

    from chatbot.service.conversations.rules import Rules
    from chatbot.storage.database import Session
    from chatbot.storage.tables.conversations import ConversationRow

MOST = 500
"""Of the desk, and of one person."""
QUESTIONS_EACH = 5
"""Questions to which a macro was used that are looked at, the newest."""
_MESSAGES = 3  # of an open question


async def listed(session: Session, *, me: str | None) -> list[dict[str, Any]]:
    """The desk's macros and somebody's own as they were written, the most used first."""
    return [_shown(row) for row in await stored.seen(session, me)]


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
    for row in await stored.seen(session, agent):
        text = variables.fill(row.text, values)
        made.append({**_shown(row), "text": text, "missing": variables.unfilled(text)})
    return made


async def asked(session: Session, conversation: ConversationRow) -> tuple[str, dict[str, list[str]]]:
    """What macros are ordered by for a conversation: its open question, and the questions to which each was used."""
    question = await open_question(session, conversation.id, limit=_MESSAGES)
    return question, await stored.questions(session, each=QUESTIONS_EACH)


async def save(
    rules: Rules,
    session: Session,
    *,
    name: str,
    text: str,
    by: str | None,
    leads: bool,
    acts: Mapping[str, Any] | None = None,
    personal: bool = False,
    macro_id: str | None = None,
) -> dict[str, Any]:
    """Make a macro, for the desk or (``personal``) for who makes it; with an id, change that one.

    Raises:
        InputError: it names a variable, a person or a team that there is not, or acts that do not go together.
        PermissionMissingError: it is the desk's, and who saves it does not lead.
        NotFoundError: there is no macro with this id that they see.
        NameTakenError: another macro has this name.
        FullError: there are as many as a desk or a person may have.

    """
    for variable, _, _ in variables.named(text):
        if variable not in variables.VARIABLES:
            raise InputError(f"There is no variable {variable}; there are {', '.join(variables.VARIABLES)}.")
    row = None if macro_id is None else await _seen(session, macro_id, by)
    _check_may(leads=leads or (personal and (row is None or row.owner is not None)))
    name, owner = " ".join(name.split()), by if personal else None
    key = _key(name, owner)
    known = [each for each in await stored.seen(session, by) if each.owner == owner and each is not row]
    if any(each.name_key == key for each in known):
        raise NameTakenError(f"There is a macro called {name} already.")
    if len(known) >= MOST:
        raise FullError(f"There are {MOST} macros, and may be no more; delete one first.")
    kept = await _checked(session, acts or {})
    if row is None:
        row = MacroRow(id=rules.clock.new_id("k"), used=0)
        session.add(row)
    row.name, row.name_key, row.text, row.owner, row.acts = name, key, text, owner, kept
    await session.flush()
    return _shown(row)


async def delete(session: Session, macro_id: str, *, by: str | None, leads: bool) -> None:
    """Delete a macro.

    Raises:
        NotFoundError: there is none with this id that they see.
        PermissionMissingError: it is the desk's, and who deletes it does not lead.

    """
    row = await _seen(session, macro_id, by)
    _check_may(leads=leads or row.owner is not None)
    await session.delete(row)


async def used(session: Session, macro_id: str, conversation_id: str | None = None, *, by: str | None) -> None:
    """Count that somebody put it into what they write, and in a conversation to which question.

    Raises:
        NotFoundError: there is none with this id that they see.

    """
    await _seen(session, macro_id, by)
    await stored.used(session, macro_id)
    question = conversation_id and await newest_question(session, conversation_id)
    if question:
        await stored.used_for(session, macro_id, question)


async def _seen(session: Session, macro_id: str, me: str | None) -> MacroRow:
    row = await session.get(MacroRow, macro_id)
    if row is None or row.owner not in {None, me}:
        raise NotFoundError("There is no macro with this id.")
    return row


async def _checked(session: Session, acts: Mapping[str, Any]) -> dict[str, Any]:
    """What is done, in the form in which it is kept, and not what cannot be done together."""
    given = {**acts}
    add, remove = tagging.checked(acts.get("add", ()), acts.get("remove", ()))
    given["add"], given["remove"] = list(add), list(remove)
    if "to" in given and given["to"] != with_reply.ME:
        given["to"] = await teams.somebody(session, given["to"])
    if "team" in given:
        given["team"] = (await teams.called(session, given["team"])).name
    if "until" in given:
        raise InputError("until: a macro has words for a time (`snooze`), which are read when it is sent.")
    if given.get("done") and with_reply.kinds(given) != ["done"]:
        raise InputError("What is done is neither put off nor given to anybody.")
    return {name: value for name, value in given.items() if value}


def _check_may(*, leads: bool) -> None:
    if not leads:
        raise PermissionMissingError("The desk's macros are made by who leads; keep your own with `personal`.")


def _key(name: str, owner: str | None) -> str:
    """The name as it is compared: among the desk's, or among one person's."""
    among = "" if owner is None else f"{blake2b(owner.encode(), digest_size=8).hexdigest()}:"
    return f"{among}{name.casefold()}"


def _shown(row: MacroRow) -> dict[str, Any]:
    shown = {"id": row.id, "name": row.name, "text": row.text, "acts": row.acts}
    return {**shown, "personal": row.owner is not None, "used": row.used}
