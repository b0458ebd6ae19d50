"""Builds the application: storage, services and routes are put together here and nowhere else."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING

from fastapi import FastAPI

from chatbot.api.agent import waiting
from chatbot.api.integration import knowledge, openai, suggestions, traces
from chatbot.api.site import frames, health, pages
from chatbot.api.transport import long_polling, problems
from chatbot.api.transport.cors import ListedOrigins
from chatbot.api.transport.dependencies import Running
from chatbot.api.transport.middleware import Edge
from chatbot.api.visitor import conversations, feedback, identity
from chatbot.clock import real_clock
from chatbot.engine.worker import Worker
from chatbot.service.access import idempotency
from chatbot.service.access.encryption import Encryptor
from chatbot.service.access.rate_limits import Limits
from chatbot.service.answering.bot import Answering
from chatbot.service.conversations.office_hours import OfficeHours
from chatbot.service.conversations.rules import Rules
from chatbot.service.monitoring.engine_metrics import EngineMetrics
from chatbot.service.monitoring.server_metrics import Metrics
from chatbot.service.realtime.hub import Hub
from chatbot.service.realtime.relay import Relay
from chatbot.service.serving.loader import DeskLoader
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
        visitor=settings.rate_visitor,
        conversation=settings.rate_conversation,
    )

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
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
    pages.install(app, pages.web_folder(), demo=settings.demo)
    app.add_middleware(Edge, metrics=metrics, limits=limits, max_body_bytes=settings.max_body_bytes)
    app.add_middleware(ListedOrigins)
    return app


@asynccontextmanager
async def _running(
    settings: Settings, metrics: Metrics, clock: Clock, loader: PipelineLoader | None, limits: Limits
) -> AsyncIterator[Running]:
    home = settings.desk().create()
    secret = home.secret()
    visitors = Visitors(clock, secret)
    async with open_database(settings.database()) as database:
        async with database.write() as session:
            await idempotency.forget_old(session, now=clock.now())
            await visitors.forget_old(session)
        admission = Admission(database, settings.allowed_origins)
        await admission.refresh()
        hub = Hub(clock)
        rules = Rules(
            clock,
            longest_message=settings.max_message_characters,
            keep=settings.keep,
            countries=settings.country,
            hours=OfficeHours.parse(settings.hours) if settings.hours else None,
        )
        worker = Worker()
        serving = Serving(
            loader or DeskLoader.of(settings, worker),
            IndexUpkeep(settings, database),
            reload_seconds=settings.reload_seconds,
        )
        answering = Answering(database=database, hub=hub, rules=rules, serving=serving, metrics=metrics)
        metrics.registry.register(EngineMetrics(lambda: serving.loaded.engine))
        serving.start()
        answering.start()
        relaying = _relay(settings.database(), database, hub, answering, clock) if database.server else None
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
            )
        finally:
            hub.close()
            if relaying is not None:
                relaying.cancel()
                await asyncio.gather(relaying, return_exceptions=True)
            await asyncio.to_thread(worker.stop)  # whoever waits for the model is told, so that answering can stop
            await answering.stop()
            await serving.stop()


def _relay(url: str, database: Database, hub: Hub, answering: Answering, clock: Clock) -> asyncio.Task[None]:
    """Begin to tell other server processes on this database, and to hear from them."""
    relay = Relay(url, database, hub, clock.new_id("s"), answering.superseded)
    hub.forward = relay.tell
    return asyncio.create_task(relay.run(), name="relaying")


def _version() -> str:
    try:
        return version("understudy")
    except PackageNotFoundError:  # run from a checkout that was never installed
        return "0"
