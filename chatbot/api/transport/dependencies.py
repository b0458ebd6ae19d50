"""Dependencies of routes: the running server, a unit of work, and who is calling.

The unit of work is one write transaction a request. It commits when the route has returned and before the caller has
the answer, and only then are listeners told.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Annotated, Any

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from chatbot.clock import Clock
from chatbot.errors import AheadError
from chatbot.service.access.encryption import Encryptor
from chatbot.service.access.passkeys import Passkeys
from chatbot.service.access.provider_sign_ins import ProviderSignIns
from chatbot.service.access.rate_limits import Limits
from chatbot.service.access.sign_ins import SignIns
from chatbot.service.answering.bot import Answering
from chatbot.service.background.loops import Loops
from chatbot.service.classifying.classes import Classes
from chatbot.service.connectors.syncing import Syncing
from chatbot.service.conversations import opening, rights
from chatbot.service.conversations.rules import Rules
from chatbot.service.files.keeping import Files
from chatbot.service.monitoring.server_metrics import Metrics
from chatbot.service.outgoing.door import Door
from chatbot.service.realtime.feed import Feed
from chatbot.service.realtime.follow import Right
from chatbot.service.realtime.hub import Hub
from chatbot.service.serving.serving import Serving
from chatbot.service.visitors.admission import Admission
from chatbot.service.visitors.visitors import Visitor, Visitors
from chatbot.service.worklist.macro_ranking import MacroRanking
from chatbot.settings import Settings
from chatbot.storage.database import Database, Session

_visitor = HTTPBearer(
    auto_error=False, scheme_name="Visitor token", description="From POST /v1/conversations; opens that one."
)


@dataclass(frozen=True, slots=True)
class Running:
    """The parts of a running server. Built in the lifespan, because some belong to its event loop."""

    settings: Settings
    clock: Clock
    database: Database
    hub: Hub
    feed: Feed
    rules: Rules
    files: Files
    visitors: Visitors
    serving: Serving
    macros: MacroRanking
    classes: Classes
    answering: Answering
    metrics: Metrics
    admission: Admission
    encryptor: Encryptor
    door: Door
    connectors: Syncing
    limits: Limits
    sign_ins: SignIns
    passkeys: Passkeys
    provider: ProviderSignIns | None
    loops: Loops


@dataclass(slots=True)
class Work:
    """One request's transaction and what is to follow its commit."""

    session: Session
    _then: list[Callable[[], None]] = field(default_factory=list)

    def after_commit(self, call: Callable[[], None]) -> None:
        """Do this once what was written can be read by others; not at all where it was rolled back."""
        self._then.append(call)

    def committed(self) -> None:
        """Run what ``after_commit`` collected."""
        for call in self._then:
            call()


def running(request: Request) -> Running:
    """The server this request came to."""
    found: Running = request.app.state.running
    return found


async def _running(request: Request) -> Running:  # async: FastAPI calls a plain function on another thread
    return running(request)


RunningDep = Annotated[Running, Depends(_running)]


async def _work(request: Request) -> AsyncIterator[Work]:
    async with running(request).database.write() as session:
        work = Work(session)
        yield work
    work.committed()


# scope="function": the code after ``yield`` runs before the answer is sent, so that an answer means "stored".
WorkDep = Annotated[Work, Depends(_work, scope="function")]

_Credentials = Annotated[HTTPAuthorizationCredentials | None, Depends(_visitor)]


async def _token(credentials: _Credentials) -> str | None:
    return credentials.credentials if credentials else None


TokenDep = Annotated[str | None, Depends(_token)]


@dataclass(frozen=True, slots=True)
class From:
    """Where a request comes from: address, and as far as it says the page's origin and the name it called us by."""

    address: str | None
    origin: str | None
    host: str | None


async def _from(request: Request) -> From:
    await running(request).admission.refresh()
    address = request.client.host if request.client else None
    return From(address, request.headers.get("origin"), request.headers.get("host"))


Caller = Annotated[From, Depends(_from)]


async def _visited(conversation_id: str, request: Request, work: WorkDep, credentials: _Credentials) -> Any:
    server, token = running(request), await _token(credentials)
    visitor = await server.visitors.find(work.session, token)
    conversation = await opening.for_visitor(work.session, conversation_id, visitor, lock=True)
    assert visitor is not None
    await admit(request, visitor, conversation_id)
    return conversation


# The conversation row, locked, for who holds its token. Any: the api does not know the tables.
VisitedDep = Annotated[Any, Depends(_visited)]


# The busiest dependency. It names few others, because FastAPI solves each anew wherever it is named.
async def _posting(conversation_id: str, request: Request, work: WorkDep, credentials: _Credentials) -> Any:
    server, token = running(request), await _token(credentials)
    visitor, standing = await opening.for_sender(server.visitors, work.session, conversation_id, token)
    await admit(request, visitor, conversation_id)
    return standing


# Where the conversation stands, locked, for who holds its token and only adds a message.
PostingDep = Annotated[Any, Depends(_posting)]


async def admit(request: Request, visitor: Visitor, conversation_id: str) -> None:
    """Let a visitor write: from this page, and not too much."""
    server, caller = running(request), await _from(request)
    inbox = server.admission.inbox(visitor.inbox_id)
    server.admission.check(inbox, verified=visitor.verified, origin=caller.origin, host=caller.host)
    server.limits.write(visitor.id, conversation_id, inbox.id, inbox.rate)


@dataclass(frozen=True, slots=True)
class Followed:
    """A conversation that may be followed, as long as ``right`` says so; a stream must not hold a transaction."""

    id: str
    last_seq: int
    right: Right
    ended: Callable[[], Awaitable[object]]
    """Raises what somebody is told who asks by a right that has ended."""

    def after(self, number: int) -> int:
        """The number of the last event that a client has seen.

        Raises:
            AheadError: there is no such event yet, and following from there would miss what comes up to it.

        """
        if number > self.last_seq:
            raise AheadError(
                f"You have seen event {number}, the log ends with {self.last_seq}: read the conversation anew "
                "and follow from its seq."
            )
        return number


async def _followed(conversation_id: str, token: TokenDep, server: RunningDep) -> Followed:
    async def check() -> int:
        async with server.database.read() as session:
            return (await opening.by_token(server.visitors, session, conversation_id, token)).last_seq

    last_seq = await check()
    right = rights.of_visitor(server.database, server.clock, conversation_id, token or "")
    return Followed(conversation_id, last_seq, right, check)


FollowedDep = Annotated[Followed, Depends(_followed)]
