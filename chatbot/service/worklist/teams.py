"""Teams, and giving conversations to a team or to a person: who may, and what undoes it.

An agent gives what nobody else has to themselves, to a colleague or to a team of their own, and takes back what they
gave; who leads gives anybody's to anybody. The caller holds the conversation's lock and commits. Knows no HTTP.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chatbot.errors import FullError, InputError, NameTakenError, NotFoundError, PermissionMissingError
from chatbot.service.conversations import ownership
from chatbot.service.conversations.tagging import tag_of
from chatbot.service.realtime.event import EventKind
from chatbot.storage.queries import events as log
from chatbot.storage.queries import teams as stored
from chatbot.storage.tables.conversations import Audience, Owner
from chatbot.storage.tables.worklist import TeamRow

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chatbot.service.conversations.rules import Rules
    from chatbot.storage.database import Session
    from chatbot.storage.tables.conversations import ConversationRow

MOST_TEAMS = 100
_NO_TEAMS = frozenset({"", "none", "mine"})  # what a search says of teams


async def listed(session: Session) -> list[dict[str, Any]]:
    """Every team with its members, by name."""
    return [_shown(row, members) for row, members in await stored.everyone(session)]


async def save(
    rules: Rules, session: Session, *, name: str, members: Sequence[str], team_id: str | None = None
) -> dict[str, Any]:
    """Make a team; with an id, change that one.

    Raises:
        InputError: it is no name, or one of the members is nobody at the desk.
        NotFoundError: there is no team with this id.
        NameTakenError: another team has this name.
        FullError: there are as many as a desk may have.

    """
    name = " ".join(name.split())
    key = tag_of(name)
    if key in _NO_TEAMS or '"' in name:
        raise InputError("A team needs a name, without quotes, which is not `none` or `mine`.")
    teams = {row.id: row for row, _ in await stored.everyone(session)}
    if any(row.name_key == key and row.id != team_id for row in teams.values()):
        raise NameTakenError(f"There is a team called {name} already.")
    if team_id is None:
        if len(teams) >= MOST_TEAMS:
            raise FullError(f"A desk has {MOST_TEAMS} teams; delete one first.")
        row = TeamRow(id=rules.clock.new_id("g"), name=name, name_key=key)
        session.add(row)
    elif team_id in teams:
        row = teams[team_id]
        row.name, row.name_key = name, key
    else:
        raise NotFoundError("There is no team with this id.")
    known = await stored.colleagues(session)
    agents = sorted({_named(known, member) for member in members})
    await session.flush()
    await stored.set_members(session, row.id, agents)
    return _shown(row, agents)


async def delete(session: Session, team_id: str) -> None:
    """Delete a team; what was the team's to take is everybody's.

    Raises:
        NotFoundError: there is none with this id.

    """
    if not await stored.delete_team(session, team_id):
        raise NotFoundError("There is no team with this id.")


async def somebody(session: Session, name: str) -> str:
    """The person of this name, as it is written.

    Raises:
        InputError: there is nobody.

    """
    return _named(await stored.colleagues(session), name)


async def called(session: Session, name: str) -> TeamRow:
    """The team of this name.

    Raises:
        InputError: there is none.

    """
    found = await stored.by_name(session, tag_of(name))
    if found is None:
        raise InputError(f"There is no team called {name}.")
    return found


async def assign(
    rules: Rules, session: Session, row: ConversationRow, *, to: str | None, team: str | None, by: str, leads: bool
) -> tuple[str | None, str] | None:
    """Give a conversation to a person (``to``), to a team ("" for none), or with neither to nobody in particular.

    Returns:
        Who had it, where a person did, and the team that it was for; None where nothing is changed.

    Raises:
        InputError: there is nobody of this name, or no such team.
        PermissionMissingError: it is not theirs to give.

    """
    had = row.agent if row.owner == Owner.AGENT else None
    called = (await stored.names(session, [row.team])).get(row.team or "", "")
    wanted = await _team(session, row, to, team)
    given = None if to is None else await somebody(session, to)
    if (had, row.team) == (given, wanted):
        return None
    if not leads:
        if had not in {None, by} and row.given_by != by:
            raise PermissionMissingError(f"{had} has this conversation; who leads may give it to somebody else.")
        if wanted not in {None, row.team} and not await stored.has(session, str(wanted), by):
            raise PermissionMissingError("You are not in this team; who leads may give conversations to any.")
    await ownership.give(rules, session, row, given, by=by)
    row.team = wanted
    names = await stored.names(session, [wanted])
    payload = {"agent": given, "team": names.get(wanted or ""), "by": by}
    await log.append(session, row, EventKind.ASSIGNED, payload, at=rules.clock.now(), audience=Audience.AGENT)
    await session.flush()
    return had, called


async def _team(session: Session, row: ConversationRow, to: str | None, team: str | None) -> str | None:
    """The id of the team that it will be for."""
    if team is None:
        return row.team if to is not None else None
    return (await called(session, team)).id if tag_of(team) else None


def _named(known: Sequence[str], name: str) -> str:
    key = tag_of(name)
    found = next((each for each in known if tag_of(each) == key), None)
    if found is None:
        raise InputError(f"There is nobody called {name} at this desk.")
    return found


def _shown(row: TeamRow, members: Sequence[str]) -> dict[str, Any]:
    return {"id": row.id, "name": row.name, "members": list(members)}
