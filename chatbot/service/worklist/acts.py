"""What a person does with conversations of the work list, one or many: each act names those that undo it.

``ownership`` says who may have a conversation; here acts are put together of its changes. The caller holds each
conversation's lock and commits. Nothing is written of an act that is refused.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from chatbot.errors import InputError, UnderstudyError
from chatbot.service.conversations import opening, ownership, snoozing, tagging
from chatbot.service.conversations.views import status_word
from chatbot.service.worklist import teams
from chatbot.storage.queries import worklist as stored
from chatbot.storage.tables.conversations import Owner, Status

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chatbot.service.conversations.rules import Rules
    from chatbot.storage.database import Session
    from chatbot.storage.queries.worklist import Search
    from chatbot.storage.tables.conversations import ConversationRow


class Do(StrEnum):
    """What is done."""

    CLAIM = "claim"
    RELEASE = "release"
    TO_BOT = "to_bot"
    DONE = "done"
    REOPEN = "reopen"
    SNOOZE = "snooze"
    WAKE = "wake"
    TAG = "tag"
    ASSIGN = "assign"


@dataclass(frozen=True, slots=True)
class Act:
    """One act. ``until`` is a snooze's; ``add`` and ``remove`` are tags; ``to`` and ``team`` are an assignment's.

    ``leads``: whoever does it may give away what others have.
    """

    do: Do
    until: datetime | None = None
    add: tuple[str, ...] = ()
    remove: tuple[str, ...] = ()
    to: str | None = None
    team: str | None = None
    leads: bool = False

    def checked(self, now: datetime) -> Act:
        """The act with its tags in the form in which they are kept.

        Raises:
            InputError: something is missing, or is no time to come.

        """
        if self.do is Do.SNOOZE:
            snoozing.check_to_come(self.until, now)
        if self.do is Do.TAG and not (self.add or self.remove):
            raise InputError("Name the tags to `add` or to `remove`.")
        add, remove = tagging.checked(self.add, self.remove)
        return replace(self, add=add, remove=remove)


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one conversation: where it stands, or why nothing was done; and what would undo it."""

    id: str
    row: ConversationRow | None = None
    error: UnderstudyError | None = None
    undo: tuple[Act, ...] = ()


async def act_on(rules: Rules, session: Session, agent: str, act: Act, ids: Sequence[str]) -> list[Result]:
    """Do the same to each of these conversations; one that is refused leaves the others as they are.

    Raises:
        InputError: the act itself cannot be done.

    """
    act = act.checked(rules.clock.now())
    results = {}
    for name in sorted(set(ids)):  # in one order, so that two who act on the same never wait for each other
        try:
            row = await opening.for_agent(session, name, lock=True)
            results[name] = Result(name, row, undo=await act_once(rules, session, row, agent, act))
        except UnderstudyError as error:
            results[name] = Result(name, error=error)
    await session.flush()
    return [results[name] for name in dict.fromkeys(ids)]


async def act_once(rules: Rules, session: Session, row: ConversationRow, agent: str, act: Act) -> tuple[Act, ...]:
    """Do something that was ``checked`` to one conversation; what undoes it."""
    return await _ACTS[act.do](rules, session, row, agent, act)


async def take_next(rules: Rules, session: Session, agent: str, search: Search) -> ConversationRow | None:
    """Claim the conversation of these that has waited longest for a person; None where none waits.

    What is another team's to take comes last.
    """
    row = await stored.first_waiting(session, search, agent=agent, now=rules.clock.now())
    if row is not None:
        await ownership.claim(rules, session, row, agent)
    return row


def as_json(results: Sequence[Result]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The results, and the acts that undo them, each with the ids that it is for; in the order they are to be done."""
    told = [{"id": one.id, "error": _problem(one.error), "state": one.row and _state(one.row)} for one in results]
    undo: dict[tuple[int, Act], list[str]] = {}
    for one in results:
        for step, act in enumerate(one.undo):
            undo.setdefault((step, act), []).append(one.id)
    steps = sorted(undo.items(), key=lambda item: item[0][0])
    return told, [{**_without_nothing(act), "ids": ids} for (_, act), ids in steps]


def _problem(error: UnderstudyError | None) -> dict[str, Any] | None:
    if error is None:
        return None
    return {"code": error.code, "status": error.status, "detail": str(error)}


def _state(row: ConversationRow) -> dict[str, Any]:
    return {"id": row.id, "seq": row.last_seq, "status": status_word(row)}


def _without_nothing(act: Act) -> dict[str, Any]:
    given = {name: value for name, value in asdict(act).items() if value or (name, value) == ("team", "")}
    given.pop("leads", None)  # that is asked of whoever undoes it
    return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in given.items()}


async def _claim(rules: Rules, session: Session, row: ConversationRow, agent: str, _: Act) -> tuple[Act, ...]:
    before = row.owner
    await ownership.claim(rules, session, row, agent)
    return () if before == Owner.AGENT else (_given_back(before),)


async def _release(rules: Rules, session: Session, row: ConversationRow, agent: str, act: Act) -> tuple[Act, ...]:
    await ownership.release(rules, session, row, agent, "bot" if act.do is Do.TO_BOT else "waiting")
    return (Act(Do.CLAIM),)


async def _done(rules: Rules, session: Session, row: ConversationRow, agent: str, _: Act) -> tuple[Act, ...]:
    """Close it; of what nobody has, whoever closes it is the one who had it."""
    if row.status == Status.CLOSED:
        return ()
    before = row.owner
    await ownership.claim(rules, session, row, agent)
    await ownership.release(rules, session, row, agent, "closed")
    return (Act(Do.REOPEN),) if before == Owner.AGENT else (Act(Do.REOPEN), _given_back(before))


async def _reopen(rules: Rules, session: Session, row: ConversationRow, agent: str, _: Act) -> tuple[Act, ...]:
    """Open it again as one's own: the bot says nothing to what is taken up again by a person."""
    if row.status == Status.OPEN:
        return ()
    await ownership.reopen(rules, session, row)
    await ownership.claim(rules, session, row, agent)
    return (Act(Do.DONE),)


async def _snooze(rules: Rules, session: Session, row: ConversationRow, agent: str, act: Act) -> tuple[Act, ...]:
    before = row.snoozed_until
    ownership.check_not_anothers(row, agent)
    await snoozing.snooze(rules, session, row, until=act.until, by=agent)
    slept = before is not None and before > rules.clock.now()
    if before == row.snoozed_until or (not slept and act.until is None):
        return ()
    return (Act(Do.SNOOZE, until=before) if slept else Act(Do.WAKE),)


async def _tag(rules: Rules, session: Session, row: ConversationRow, agent: str, act: Act) -> tuple[Act, ...]:
    added, removed = await tagging.tag(rules, session, row, agent, add=act.add, remove=act.remove)
    return (Act(Do.TAG, add=removed, remove=added),) if added or removed else ()


async def _assign(rules: Rules, session: Session, row: ConversationRow, agent: str, act: Act) -> tuple[Act, ...]:
    before = row.owner
    changed = await teams.assign(rules, session, row, to=act.to, team=act.team, by=agent, leads=act.leads)
    if changed is None:
        return ()
    had, team = changed
    if before == Owner.BOT and row.owner == Owner.AGENT:  # only who has it gives it back to the bot
        return (Act(Do.ASSIGN, to=agent, team=team), Act(Do.TO_BOT))
    return (Act(Do.ASSIGN, to=had, team=team),)


def _given_back(before: str) -> Act:
    return Act(Do.TO_BOT if before == Owner.BOT else Do.RELEASE)


_ACTS = {
    Do.CLAIM: _claim,
    Do.RELEASE: _release,
    Do.TO_BOT: _release,
    Do.DONE: _done,
    Do.REOPEN: _reopen,
    Do.SNOOZE: _snooze,
    Do.WAKE: _snooze,
    Do.TAG: _tag,
    Do.ASSIGN: _assign,
}
