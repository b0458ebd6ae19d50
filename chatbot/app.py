"""Builds the application: storage, services and routes are put together here and nowhere else."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager, suppress
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any

from fastapi import FastAPI

from chatbot.api.agent import (
    changes,
    desk,
    inboxes,
    macros,
    numbers,
    passkeys,
    people,
    provider,
    review,
    serving,
    sign_ins,
    statuses,
    suggested,
    teams,
    threads,
    topics,
    waiting,
    worklist,
    writing,
)
from chatbot.api.agent import files as agent_files
from chatbot.api.integration import (
    connectors,
    knowledge,
    openai,
    reading,
    suggestions,
    tickets,
    traces,
    triage,
    webhooks,
)
from chatbot.api.site import files as served_files
from chatbot.api.site import frames, health, pages
from chatbot.api.transport import long_polling, permissions, problems
from chatbot.api.transport.cors import ListedOrigins
from chatbot.api.transport.dependencies import Running
from chatbot.api.transport.middleware import Edge
from chatbot.api.transport.team import authorised
from chatbot.api.visitor import conversations, feedback, identity
from chatbot.api.visitor import files as visitor_files
from chatbot.clock import real_clock
from chatbot.engine.worker import Worker
from chatbot.service.access import idempotency
from chatbot.service.access.encryption import Encryptor
from chatbot.service.access.passkeys import Passkeys
from chatbot.service.access.passwords import Passwords
from chatbot.service.access.provider_sign_ins import ProviderSignIns
from chatbot.service.access.rate_limits import Limits
from chatbot.service.access.secret_key import secret_key
from chatbot.service.access.sign_ins import SignIns
from chatbot.service.access.signed_in import forget_old
from chatbot.service.answering.bot import Answering
from chatbot.service.background.loops import Loop, Loops
from chatbot.service.classifying.classes import Classes
from chatbot.service.connectors.syncing import Syncing
from chatbot.service.conversations.rules import Rules
from chatbot.service.files import sweeping
from chatbot.service.files.keeping import Files
from chatbot.service.monitoring.engine_metrics import EngineMetrics
from chatbot.service.monitoring.loop_metrics import LoopMetrics
from chatbot.service.monitoring.probes import (
    ENGINE_QUIET_SECONDS,
    STORING_QUIET_SECONDS,
    probe_engine,
    probe_storing,
)
from chatbot.service.monitoring.server_metrics import Metrics
from chatbot.service.outgoing.door import Door
from chatbot.service.realtime.feed import Feed
from chatbot.service.realtime.hub import Hub
from chatbot.service.realtime.relay import QUIET_SECONDS, Relay
from chatbot.service.serving import compaction
from chatbot.service.serving.loader import DeskLoader
from chatbot.service.serving.server_lock import server_lock
from chatbot.service.serving.serving import Serving
from chatbot.service.serving.upkeep import IndexUpkeep
from chatbot.service.visitors.admission import Admission
from chatbot.service.visitors.visitors import Visitors
from chatbot.service.webhooks.sending import Sender
from chatbot.service.worklist import releasing, wakening
from chatbot.service.worklist.macro_ranking import MacroRanking
from chatbot.storage.database import open_database

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from chatbot.clock import Clock
    from chatbot.service.serving.loaded import PipelineLoader
    from chatbot.settings import Settings
    from chatbot.storage.database import Database

_ABOUT = """
Answers customers from what the support team wrote before, with evidence, and hands over where it is not sure.
Errors are `application/problem+json` with a stable `code`. Requests that write take an `Idempotency-Key`.
"""

_ROUTERS = (
    long_polling.router,
    worklist.router,
    teams.router,
    macros.router,
    changes.router,
    threads.router,
    numbers.router,
    desk.router,
    serving.router,
    inboxes.router,
    waiting.router,
    waiting.conversation,
    writing.router,
    writing.conversation,
    review.router,
    sign_ins.router,
    sign_ins.own,
    passkeys.router,
    passkeys.own,
    provider.router,
    people.router,
    conversations.router,
    visitor_files.router,
    agent_files.router,
    served_files.router,
    feedback.router,
    identity.router,
    frames.router,
    suggestions.router,
    statuses.router,
    tickets.router,
    waiting.ticket,
    writing.ticket,
    suggested.router,
    triage.router,
    openai.router,
    traces.router,
    reading.router,
    knowledge.router,
    topics.router,
    webhooks.router,
    connectors.router,
    health.router,
)


def create_app(
    settings: Settings, *, pipeline_loader: PipelineLoader | None = None, clock: Clock | None = None
) -> FastAPI:
    """Build the app of one desk. The database is opened, and the model loaded, when the server starts."""
    metrics = Metrics()
    clock = clock or real_clock()
    limits = Limits.of(settings)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        with server_lock(settings) as app.state.tell_port:
            async with _running(settings, metrics, clock, pipeline_loader, limits) as running:
                app.state.running = running
                yield

    app = FastAPI(
        title="Understudy",
        version=_version(),
        description=_ABOUT,
        lifespan=lifespan,
        docs_url=None,  # FastAPI's page loads its parts from a CDN; ours is web/docs/
        redoc_url=None,
        separate_input_output_schemas=False,
    )
    app.state.settings = settings
    problems.install(app)
    for router in _ROUTERS:
        app.include_router(router)
    permissions.install(app, authorised)
    pages.install(app, pages.web_folder(), demo=settings.demo)
    app.add_middleware(Edge, metrics=metrics, limits=limits, max_body_bytes=settings.max_body_bytes)
    app.add_middleware(ListedOrigins)
    return app


@asynccontextmanager
async def _running(
    settings: Settings, metrics: Metrics, clock: Clock, loader: PipelineLoader | None, limits: Limits
) -> AsyncIterator[Running]:
    secret = secret_key(settings.desk().create())
    visitors = Visitors(clock, secret)
    async with open_database(settings.database()) as database:
        await _forget_old(database, visitors, clock)
        encryptor, door = Encryptor(secret), Door.of(settings)
        admission = Admission(database, settings.allowed_origins)
        await admission.refresh()
        hub, rules = Hub(clock), Rules.of(settings, clock)
        files = Files.of(settings, clock, secret)
        worker, loops = Worker(), Loops()
        building = loops.heart("building an index", quiet=compaction.QUIET_SECONDS)
        upkeep, source = IndexUpkeep(settings, database, building), loader or DeskLoader.of(settings, worker)
        serving = Serving(source, upkeep, reload_seconds=settings.reload_seconds)
        answering = Answering(database=database, hub=hub, rules=rules, serving=serving, metrics=metrics)
        for own in (EngineMetrics(lambda: serving.loaded.engine), LoopMetrics(loops)):
            metrics.registry.register(own)
        relay = _relay(settings.database(), database, hub, answering, clock) if database.server else None
        serving.start(loops)
        answering.start(loops)
        connecting = Syncing(settings, database, hub, rules, serving, door, encryptor, answering.leases)
        beside = [
            *_start_beside(loops, database, worker, relay, hub, rules),
            sweeping.start(loops, database, files),
            Sender(settings, database, hub, door, encryptor, clock, metrics.registry).start(loops),
            connecting.start(loops),
        ]
        try:
            yield Running(
                settings=settings,
                clock=clock,
                database=database,
                hub=hub,
                feed=Feed(),
                rules=rules,
                files=files,
                visitors=visitors,
                serving=serving,
                macros=MacroRanking(serving),
                classes=Classes(database, serving, settings.desk()),
                answering=answering,
                metrics=metrics,
                admission=admission,
                encryptor=encryptor,
                door=door,
                connectors=connecting,
                limits=limits,
                **_ways_in(settings, database, clock, limits, encryptor),
                loops=loops,
            )
        finally:
            hub.close()
            loops.close()
            for loop in beside:
                await loop.stop()
            await asyncio.to_thread(worker.stop)  # whoever waits for the model is told, so that answering can stop
            await answering.stop()
            await serving.stop()


async def _forget_old(database: Database, visitors: Visitors, clock: Clock) -> None:
    async with database.write() as session:
        await idempotency.forget_old(session, now=clock.now())
        await visitors.forget_old(session)
        await forget_old(session, clock.now())


def _ways_in(
    settings: Settings, database: Database, clock: Clock, limits: Limits, encryptor: Encryptor
) -> dict[str, Any]:
    """The parts by which people sign in."""
    sign_ins = SignIns(database, clock, Passwords(), limits, encryptor, demo=settings.demo)
    provider = ProviderSignIns.of(settings, database, clock, limits, sign_ins)
    return {"sign_ins": sign_ins, "passkeys": Passkeys(database, clock, limits, sign_ins), "provider": provider}


def _start_beside(
    loops: Loops, database: Database, worker: Worker, relay: Relay | None, hub: Hub, rules: Rules
) -> list[Loop]:
    """Start the loops that belong to no other part."""
    storing = partial(probe_storing, database=database)
    stepping = partial(probe_engine, worker=worker)
    waking = partial(wakening.keep_waking, database=database, hub=hub, rules=rules)
    releasing_held = partial(releasing.keep_releasing, database=database, hub=hub, rules=rules)
    started = [
        loops.start("storing", storing, quiet=STORING_QUIET_SECONDS),
        loops.start("the engine's thread", stepping, quiet=ENGINE_QUIET_SECONDS),
        loops.start("waking what was put off", waking, quiet=wakening.QUIET_SECONDS),
        loops.start("sending what is held", releasing_held, quiet=releasing.QUIET_SECONDS),
    ]
    return started if relay is None else [*started, loops.start("relaying", relay.run, quiet=QUIET_SECONDS)]


def _relay(url: str, database: Database, hub: Hub, answering: Answering, clock: Clock) -> Relay:
    """What tells other server processes on this database, and hears from them."""
    relay = Relay(url, database, hub, clock.new_id("s"), answering.superseded)
    hub.forward = relay.tell
    return relay


def _version() -> str:
    with suppress(PackageNotFoundError):  # run from a checkout that was never installed
        return version("understudy")
    return "0"
