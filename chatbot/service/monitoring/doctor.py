"""Diagnoses a desk (`understudy doctor`): what is well, what is missing and what to do."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from chatbot.errors import NotReadyError
from chatbot.service.access import api_keys, secret_key
from chatbot.service.access.provider import Provider
from chatbot.service.access.scopes import Scope
from chatbot.service.files.shelf import Shelf
from chatbot.service.monitoring.home_health import examine_current, examine_home, examine_server
from chatbot.service.monitoring.index_health import examine_index
from chatbot.service.outgoing.door import Door
from chatbot.service.serving.loader import DeskLoader
from chatbot.service.webhooks import endpoints
from chatbot.storage.database import open_database
from chatbot.storage.queries import corpus, files, harvest, masking
from data.masking.kinds import VERSION

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from chatbot.settings import Settings


@dataclass(frozen=True, slots=True)
class Finding:
    """One part of a desk: whether it is well, and a sentence."""

    subject: str
    ok: bool
    sentence: str


async def examine(settings: Settings) -> list[Finding]:
    """Look at the home, its secret and keys, what serves and every part of that; never raises for what it finds."""
    home, loader = settings.desk(), DeskLoader.of(settings)
    return [
        await _look("home", asyncio.to_thread(examine_home, home)),
        await _look("secret", asyncio.to_thread(secret_key.examine, home)),
        await _look("serving", asyncio.to_thread(examine_current, home)),
        await _look("server", asyncio.to_thread(examine_server, settings)),
        await _look("database", _database(settings)),
        await _look("files", _files(settings)),
        await _look("keys", _keys(settings)),
        await _look("provider", _provider(settings)),
        await _look("webhooks", _webhooks(settings)),
        await _look("encoder", asyncio.to_thread(_encoder, loader)),
        await _look("index", _index(settings, loader)),
        await _look("model", asyncio.to_thread(_model, settings)),
        await _look("contract", _contract(settings)),
    ]


async def _look(subject: str, looking: Awaitable[str]) -> Finding:
    try:
        return Finding(subject, ok=True, sentence=await looking)
    except Exception as problem:  # noqa: BLE001 - whatever is wrong is the finding
        return Finding(subject, ok=False, sentence=str(problem) or type(problem).__name__)


async def _database(settings: Settings) -> str:
    if not settings.has_database():
        raise NotReadyError(f"No desk in {settings.home} yet: understudy import PATH makes one.")
    async with open_database(settings.database()) as database, database.read() as session:
        stored = await corpus.size(session)
        unreviewed = await harvest.count_undecided(session)
        unlinked = await corpus.articles_unlinked(session)
        older = await masking.count_older(session, VERSION)
    sentence = f"{stored.conversations:,} conversations and {stored.articles:,} articles."
    if unreviewed:
        sentence += f" The answers of {unreviewed:,} live ones wait for a person's judgement: understudy review."
    if unlinked:
        sentence += f" {unlinked:,} articles have an address that is not http or https, which nobody is shown."
    if not stored.conversations and not stored.articles:
        raise NotReadyError(f"{sentence} Import some: understudy import PATH.")
    if older:
        raise NotReadyError(f"{sentence} {older:,} were masked by older rules: understudy mask masks them anew.")
    return sentence


async def _files(settings: Settings) -> str:
    if not settings.has_database():
        return "None yet."
    async with open_database(settings.database()) as database, database.read() as session:
        hashes = await files.hashes(session)
    shelf = Shelf(settings.desk().files)
    missing = await asyncio.to_thread(lambda: sum(not shelf.place(each).exists() for each in hashes))
    if missing:
        raise NotReadyError(
            f"{missing:,} of {len(hashes):,} attached files are missing in {shelf.folder}: put that folder back from a "
            "backup; with several servers, all need the same home folder."
        )
    return f"{len(hashes):,} attached files, all there."


async def _keys(settings: Settings) -> str:
    if not settings.has_database():
        return "None yet."
    async with open_database(settings.database()) as database:
        keys = [key for key in await api_keys.list_all(database) if key.revoked_at is None]
    if not keys:
        return "No API keys."
    told = f"{len(keys):,} API keys, each for certain scopes only."
    if wide := [f"{key.name} ({key.id})" for key in keys if key.scopes is None]:
        told = (
            f"{len(wide):,} of {len(keys):,} API keys may do everything: {', '.join(wide)}. Give each system its own, "
            f"understudy keys create NAME --scope {' | '.join(Scope)}, then understudy keys revoke ID."
        )
    if shared := [f"{key.name} ({key.id})" for key in keys if key.agent is None and Scope.AGENT in (key.scopes or ())]:
        told += (
            f" Each of these counts as one agent, whoever answers through it: {', '.join(shared)}. Give each person "
            f"who answers their own, understudy keys create NAME --scope {Scope.AGENT} --agent PERSON."
        )
    return told


async def _provider(settings: Settings) -> str:
    provider = Provider.of(settings)
    return "None: people sign in by passwords and passkeys." if provider is None else await provider.examine()


async def _webhooks(settings: Settings) -> str:
    Door.of(settings)  # or it says what is wrong
    if not settings.has_database():
        return "None yet."
    async with open_database(settings.database()) as database, database.read() as session:
        found = await endpoints.list_all(session)
    bad = [
        f"{each.url} ({each.id}) is off, {each.off_because}"
        for each in found
        if each.off_because not in (None, endpoints.BY_HAND)
    ]
    bad += [
        f"{each.url} ({each.id}) fails since {each.failing_since:%Y-%m-%d %H:%M} UTC" for each in found if each.warned
    ]
    if bad:
        raise NotReadyError(
            f"{'; '.join(bad)}. One that fails for five days is switched off; nothing is lost: `understudy webhooks "
            "test ID`, then `switch ID --on`, and `resend ID --since TIME` for what was given up."
        )
    return f"{len(found)}, {sum(each.pending for each in found):,} deliveries wait." if found else "None."


def _encoder(loader: DeskLoader) -> str:
    encoder = loader.encoder()
    slower = f" Slower than it could be: {encoder.slower}" if encoder.slower else ""
    return f"{encoder.dimension} dimensions, fingerprint {encoder.fingerprint}, computed by {encoder.runtime}.{slower}"


async def _index(settings: Settings, loader: DeskLoader) -> str:
    health = await examine_index(settings, loader.retriever)
    if not health.ok:
        raise NotReadyError(health.sentence())
    return health.sentence()


def _model(settings: Settings) -> str:
    from chatbot.service.serving.model_in_use import load_model

    home = settings.desk()
    name = home.current().model
    if name is None:
        return "None serves; answers come from retrieval alone. understudy train makes one."
    model = load_model(home.models / name)
    if model.engine is None:
        raise NotReadyError(" ".join(model.notes))
    return " ".join([f"{name}: checksums right, computed by {model.engine.runner.runtime}.", *model.notes])


async def _contract(settings: Settings) -> str:
    from chatbot.dialogue.decide.error_budget import what_is_needed
    from chatbot.service.serving import alone
    from chatbot.service.serving import contract_versions as contract_folder
    from chatbot.service.serving.contract_in_use import LEARNT_SINCE
    from chatbot.service.serving.promise import promise_of

    home, cases, stopped = settings.desk(), 0, ""
    contract = await asyncio.to_thread(contract_folder.serving, home)
    promise = promise_of(settings)
    if settings.has_database():
        async with open_database(settings.database()) as database, database.read() as session:
            cases = (await corpus.size(session)).conversations
            switched = await alone.told(session)
        if not switched.on:
            stopped = f"{switched.by} has switched answering alone off; `understudy contracts resume`. "
    if contract is None:
        return f"{stopped}None serves: nothing is promised, answer_threshold decides. {what_is_needed(promise, cases)}"
    since = "" if contract.fitted_with.get("adapter") == home.current().adapter else LEARNT_SINCE
    told = contract.sentence(promise)
    fitted = f"{contract.version}, fitted {contract.created[:10]}."
    return f"{stopped}{fitted} {told} {since.format(version=contract.version)}".rstrip()
