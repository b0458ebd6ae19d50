"""Builds the application: storage, services and routes are put together here and nowhere else."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING

from fastapi import FastAPI

from chatbot.api.agent import review, waiting
from chatbot.api.integration import knowledge, openai, suggestions, traces
from chatbot.api.site import frames, health, pages
from chatbot.api.transport import long_polling, permissions, problems
from chatbot.api.transport.cors import ListedOrigins
from chatbot.api.transport.dependencies import Running, key_holder
from chatbot.api.transport.middleware import Edge
from chatbot.api.visitor import conversations, feedback, identity
from chatbot.clock import real_clock
from chatbot.engine.worker import Worker
from chatbot.service.access import idempotency
from chatbot.service.access.encryption import Encryptor
from chatbot.service.access.rate_limits import Limits
from chatbot.service.access.secret_key import secret_key
from chatbot.service.answering.bot import Answering
from chatbot.service.background.loops import Loop, Loops
from chatbot.service.conversations.office_hours import OfficeHours
from chatbot.service.conversations.rules import Rules
from chatbot.service.monitoring.engine_metrics import EngineMetrics
from chatbot.service.monitoring.loop_metrics import LoopMetrics
from chatbot.service.monitoring.probes import (
    ENGINE_QUIET_SECONDS,
    STORING_QUIET_SECONDS,
    probe_engine,
    probe_storing,
)
from chatbot.service.monitoring.server_metrics import Metrics
from chatbot.service.realtime.hub import Hub
from chatbot.service.realtime.relay import QUIET_SECONDS, Relay
from chatbot.service.serving import compaction
from chatbot.service.serving.loader import DeskLoader
from chatbot.service.serving.server_lock import server_lock
from chatbot.service.serving.serving import Serving
from chatbot.service.serving.upkeep import IndexUpkeep
from chatbot.service.visitors.admission import Admission
from chatbot.service.visitors.visitors import Visitors
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


def create_app(
    settings: Settings, *, pipeline_loader: PipelineLoader | None = None, clock: Clock | None = None
) -> FastAPI:
    """Build the app of one desk. The database is opened, and the model loaded, when the server starts."""
    metrics = Metrics()
    clock = clock or real_clock()
    limits = Limits(
        address=settings.rate_address,
        starts=settings.rate_starts,
        starts_here=settings.rate_starts_here,
        visitor=settings.rate_visitor,
        conversation=settings.rate_conversation,
    )

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
    for router in (
        long_polling.router,
        waiting.router,
        waiting.conversation,
        review.router,
        conversations.router,
        feedback.router,
        identity.router,
        frames.router,
        suggestions.router,
        openai.router,
        traces.router,
        knowledge.router,
        health.router,
    ):
        app.include_router(router)
    permissions.install(app, key_holder)
    pages.install(app, pages.web_folder(), demo=settings.demo)
    app.add_middleware(Edge, metrics=metrics, limits=limits, max_body_bytes=settings.max_body_bytes)
    app.add_middleware(ListedOrigins)
    return app


@asynccontextmanager
async def _running(
    settings: Settings, metrics: Metrics, clock: Clock, loader: PipelineLoader | None, limits: Limits
) -> AsyncIterator[Running]:
    home = settings.desk().create()
    secret = secret_key(home)
    visitors = Visitors(clock, secret)
    async with open_database(settings.database()) as database:
        async with database.write() as session:
            await idempotency.forget_old(session, now=clock.now())
            await visitors.forget_old(session)
        admission = Admission(database, settings.allowed_origins)
        await admission.refresh()
        hub = Hub(clock)
        rules = _rules(settings, clock)
        worker = Worker()
        loops = Loops()
        building = loops.heart("building an index", quiet=compaction.QUIET_SECONDS)
        serving = Serving(
            loader or DeskLoader.of(settings, worker),
            IndexUpkeep(settings, database, building),
            reload_seconds=settings.reload_seconds,
        )
        answering = Answering(database=database, hub=hub, rules=rules, serving=serving, metrics=metrics)
        metrics.registry.register(EngineMetrics(lambda: serving.loaded.engine))
        metrics.registry.register(LoopMetrics(loops))
        relay = _relay(settings.database(), database, hub, answering, clock) if database.server else None
        serving.start(loops)
        answering.start(loops)
        beside = _start_beside(loops, database, worker, relay)
        try:
            yield Running(
                settings=settings,
                clock=clock,
                database=database,
                hub=hub,
                rules=rules,
                visitors=visitors,
                serving=serving,
                answering=answering,
                metrics=metrics,
                admission=admission,
                encryptor=Encryptor(secret),
                limits=limits,
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


def _rules(settings: Settings, clock: Clock) -> Rules:
    return Rules(
        clock,
        longest_message=settings.max_message_characters,
        most_messages=settings.max_conversation_messages,
        most_bytes=settings.max_conversation_bytes,
        keep=settings.keep,
        countries=settings.country,
        hours=OfficeHours.parse(settings.hours) if settings.hours else None,
    )


def _start_beside(loops: Loops, database: Database, worker: Worker, relay: Relay | None) -> list[Loop]:
    """Start the loops that belong to no other part."""
    storing = partial(probe_storing, database=database)
    stepping = partial(probe_engine, worker=worker)
    return [
        loops.start("storing", storing, quiet=STORING_QUIET_SECONDS),
        loops.start("the engine's thread", stepping, quiet=ENGINE_QUIET_SECONDS),
        *([loops.start("relaying", relay.run, quiet=QUIET_SECONDS)] if relay else ()),
    ]


def _relay(url: str, database: Database, hub: Hub, answering: Answering, clock: Clock) -> Relay:
    """What tells other server processes on this database, and hears from them."""
    relay = Relay(url, database, hub, clock.new_id("s"), answering.superseded)
    hub.forward = relay.tell
    return relay


def _version() -> str:
    try:
        return version("understudy")
    except PackageNotFoundError:  # run from a checkout that was never installed
        return "0"
