"""API keys, with which other systems and the desk's people call the server: made, listed, revoked, checked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from chatbot.clock import real_clock
from chatbot.errors import InputError, NotFoundError, OtherAgentError, ScopeError, UnauthorisedError
from chatbot.service.access.scopes import MEANING, Scope, scopes
from chatbot.service.access.tokens import KEY_PREFIX, new_api_key, token_hash
from chatbot.service.audit import COMMAND_LINE, Act, Actor, record
from chatbot.storage.queries import api_keys as stored
from chatbot.storage.tables.access import ApiKeyRow
from data.aliases import alias

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from chatbot.clock import Clock
    from chatbot.storage.database import Database, Session

_LONGEST_NAME = 100
_HINT = 8
_ACTING = frozenset({Scope.AGENT, Scope.TICKETS})


@dataclass(frozen=True, slots=True)
class ApiKey:
    """What may be shown of a key; ``hint`` is its beginning.

    Without ``scopes`` it may do everything; with ``agent`` it acts for that person only.
    """

    id: str
    name: str
    hint: str
    created_at: datetime
    revoked_at: datetime | None
    scopes: tuple[Scope, ...] | None = None
    agent: str | None = None

    def check(self, needed: Scope) -> None:
        """Refuse what the key is not for.

        Raises:
            ScopeError: it lacks this scope.

        """
        if self.scopes is not None and needed not in self.scopes:
            raise ScopeError(
                f"This key lacks the scope `{needed}` ({MEANING[needed]}). "
                f"A key that has it: understudy keys create NAME --scope {needed}."
            )

    @property
    def leads(self) -> bool:
        """Whether what others have is theirs to give away: a key that acts for anybody could do it in their names."""
        return self.agent is None

    @property
    def counts_as(self) -> str:
        """Who is behind it, where agents are counted: whom it acts for, else one agent, whatever names it gives."""
        return self.agent or alias("key", self.id)

    def actor(self, address: str | None) -> Actor:
        """Who does what is recorded."""
        return Actor(self.name, f"key {self.id}", address)

    def acting_for(self, agent: str | None) -> str:
        """The person whom a request names, where the key may act for them; one who acts for somebody need not say.

        Raises:
            OtherAgentError: it acts for another.
            InputError: it acts for anybody, and nobody is named.

        """
        agent = agent or self.agent
        if agent is None:
            raise InputError("Name the person in `agent`: this key acts for nobody in particular.")
        if self.agent is not None and agent != self.agent:
            raise OtherAgentError(f"This key acts for {self.agent} only; the request names {agent}.")
        return agent


async def create(
    database: Database,
    name: str,
    clock: Clock | None = None,
    *,
    scopes: Sequence[Scope] | None = None,
    agent: str | None = None,
    actor: Actor = COMMAND_LINE,
) -> str:
    """Make a key and return it: it is shown once, and only its hash is stored. Without scopes it may do everything.

    Raises:
        InputError: a name is empty or longer than 100 characters, or an agent is named whom the key cannot act for.

    """
    name = name.strip()
    if not 0 < len(name) <= _LONGEST_NAME:
        raise InputError("Give the key a name of 1 to 100 characters, such as the system that will use it.")
    if agent is not None and not 0 < len(agent := agent.strip()) <= _LONGEST_NAME:
        raise InputError("Give the agent a name of 1 to 100 characters, as customers read it.")
    if agent is not None and scopes is not None and not _ACTING.intersection(scopes):
        raise InputError(f"A key that acts for {agent} needs the scope `{Scope.AGENT}`: --scope {Scope.AGENT}.")
    clock = clock or real_clock()
    key = new_api_key()
    row = ApiKeyRow(
        id=clock.new_id("k"),
        name=name,
        hint=key[:_HINT],
        hash=token_hash(key),
        scopes=None if scopes is None else [str(scope) for scope in scopes],
        agent=agent,
        created_at=clock.now(),
    )
    async with database.write() as session:
        session.add(row)
        held = {"name": name, "scopes": row.scopes, "agent": agent}
        await record(session, row.created_at, actor, Act.KEY_MADE, row.id, **held)
    return key


async def list_all(database: Database) -> list[ApiKey]:
    """Every key, oldest first, revoked ones included."""
    async with database.read() as session:
        return [_shown(row) for row in await stored.all_keys(session)]


async def revoke(database: Database, key_id: str, clock: Clock | None = None, *, actor: Actor = COMMAND_LINE) -> ApiKey:
    """Take a key out of use from now on; again is no error.

    Raises:
        NotFoundError: there is no key with this id.

    """
    clock = clock or real_clock()
    async with database.write() as session:
        row = await stored.by_id(session, key_id)
        if row is None:
            raise NotFoundError(f"There is no API key {key_id}; `understudy keys list` shows them.")
        if row.revoked_at is None:
            row.revoked_at = clock.now()
            await record(session, row.revoked_at, actor, Act.KEY_REVOKED, row.id, name=row.name)
        return _shown(row)


async def authorise(session: Session, key: str | None) -> ApiKey:
    """The key a request came with.

    Raises:
        UnauthorisedError: it came with none, an unknown one or a revoked one; which of these is not told.

    """
    if key and key.startswith(KEY_PREFIX):
        row = await stored.by_hash(session, token_hash(key))
        if row is not None and row.revoked_at is None:
            return _shown(row)
    raise UnauthorisedError("Send a valid API key as `Authorization: Bearer us_…`.")


def _shown(row: ApiKeyRow) -> ApiKey:
    held = None if row.scopes is None else scopes(row.scopes)
    return ApiKey(row.id, row.name, row.hint, row.created_at, row.revoked_at, held, row.agent)
