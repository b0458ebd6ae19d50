"""Queries on teams and on who can be given a conversation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, exists, func, insert, select, true, update

from chatbot.storage.tables.conversations import AgentRow, ConversationRow
from chatbot.storage.tables.people import PersonRow
from chatbot.storage.tables.worklist import ConversationTagRow, TeamMemberRow, TeamRow

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from chatbot.storage.database import Session

_MOST_TAGS = 500


async def everyone(session: Session) -> list[tuple[TeamRow, list[str]]]:
    """The teams by name, each with its members."""
    members: dict[str, list[str]] = {}
    for team_id, agent in await session.execute(
        select(TeamMemberRow.team_id, TeamMemberRow.agent).order_by(TeamMemberRow.agent)
    ):
        members.setdefault(team_id, []).append(agent)
    rows = await session.scalars(select(TeamRow).order_by(TeamRow.name_key))
    return [(row, members.get(row.id, [])) for row in rows]


async def by_name(session: Session, name_key: str) -> TeamRow | None:
    """The team of this name."""
    return await session.scalar(select(TeamRow).where(TeamRow.name_key == name_key))


async def names(session: Session, ids: Collection[str | None]) -> dict[str, str]:
    """What these teams are called."""
    rows = await session.execute(select(TeamRow.id, TeamRow.name).where(TeamRow.id.in_(ids)))
    return {team: name for team, name in rows}  # noqa: C416 - rows are no pairs to mypy


async def has(session: Session, team_id: str, agent: str) -> bool:
    """Whether somebody is in a team."""
    return await session.get(TeamMemberRow, (team_id, agent)) is not None


async def set_members(session: Session, team_id: str, agents: Collection[str]) -> None:
    """These and nobody else are in the team."""
    await session.execute(delete(TeamMemberRow).where(TeamMemberRow.team_id == team_id))
    if agents:
        await session.execute(insert(TeamMemberRow), [{"team_id": team_id, "agent": agent} for agent in agents])


async def delete_team(session: Session, team_id: str) -> bool:
    """Delete a team, whose conversations are nobody's in particular then; whether there was one."""
    await session.execute(update(ConversationRow).where(ConversationRow.team == team_id).values(team=None))
    gone = delete(TeamRow).where(TeamRow.id == team_id).returning(TeamRow.id)
    return await session.scalar(gone) is not None


async def colleagues(session: Session, *, invited: bool = False) -> Sequence[str]:
    """The names of all who can be given a conversation, by name: people who are let in, and whom API keys have named.

    ``invited``: also of those who were invited and have not come yet.
    """
    people = select(PersonRow.name.label("name")).where(
        PersonRow.disabled_at.is_(None), true() if invited else PersonRow.password.is_not(None)
    )
    known = exists().where(PersonRow.name == AgentRow.name)
    found = people.union(select(AgentRow.name).where(~known)).subquery()
    return (await session.scalars(select(found.c.name).order_by(func.lower(found.c.name)))).all()


async def tags(session: Session) -> Sequence[str]:
    """The tags in use, the most used first."""
    query = select(ConversationTagRow.tag).group_by(ConversationTagRow.tag)
    return (await session.scalars(query.order_by(func.count().desc(), ConversationTagRow.tag).limit(_MOST_TAGS))).all()
