"""The API against its own description: schemathesis draws requests, well-formed ones and others, and reads the answers.

Drawn from a fixed seed and few of each, so that it takes seconds; no 5xx, no status, header or body that OpenAPI does
not tell of, no malformed request that is taken.
"""

from __future__ import annotations

import asyncio
import threading
import warnings
from contextlib import contextmanager, suppress

import httpx
import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.errors import Unsatisfiable

from chatbot.app import create_app
from chatbot.server import build
from chatbot.service.access import api_keys, people
from chatbot.service.access.roles import Role
from chatbot.service.audit import COMMAND_LINE
from chatbot.settings import Settings
from tests.test_service.live_desk import SearchedLoader

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # what it warns of on import is its own
    import schemathesis
    from schemathesis.core.failures import FailureGroup
    from schemathesis.generation import GenerationMode
    from schemathesis.specs.openapi.checks import ignored_auth, positive_data_acceptance

pytestmark = pytest.mark.integration
EXAMPLES = 4
SEED = 20261125
# A made-up token gets 404 rather than 401, so that it learns nothing (test_authorisation has every caller). And a text
# with NUL, or a body with two proofs, is refused by rules that JSON Schema does not tell.
EXCLUDED = [ignored_auth, positive_data_acceptance]


@contextmanager
def serving(folder, database_url):
    """A server on a thread of its own, because schemathesis waits for its answers: address, callers, a visitor."""
    configured = Settings(home=folder / "home", database_url=database_url, stream_seconds=0.05, port=0)
    app = create_app(configured, pipeline_loader=SearchedLoader(configured.desk()))
    listening: list[int] = []
    started = threading.Event()
    server = build(app, configured, on_started=lambda port: (listening.append(port), started.set()))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    assert started.wait(30)
    url = f"http://127.0.0.1:{listening[0]}"
    try:
        running = app.state.running
        loop = running.answering._loops[0]._task.get_loop()

        async def invited():
            async with running.database.write() as session:
                who = {"email": "ada@shop.example", "name": "Ada", "role": Role.ADMIN}
                return (await people.invite(session, running.clock, COMMAND_LINE, **who))[1]

        made = api_keys.create(running.database, "drawn")
        key, link = (asyncio.run_coroutine_threadsafe(each, loop).result(30) for each in (made, invited()))
        accepted = httpx.post(f"{url}/v1/links/accept", json={"token": link, "password": "not that of the examples"})
        visitor = httpx.post(f"{url}/v1/conversations").json()
        callers = {
            "Visitor token": {"headers": {"Authorization": f"Bearer {visitor['token']}"}},
            "API key": {"headers": {"Authorization": f"Bearer {key}"}},
            "Signed in": {"headers": {"Sec-Fetch-Site": "same-origin"}, "cookies": dict(accepted.cookies)},
        }
        yield url, callers, visitor["id"]
    finally:
        server.should_exit = True
        thread.join(30)


def test_what_is_described_is_what_is_done(tmp_path, database_url):
    found, sent = [], []
    with serving(tmp_path, database_url) as (url, callers, visitor_id):
        schema = schemathesis.openapi.from_url(f"{url}/openapi.json")
        refused = schema.config.checks.negative_data_rejection
        refused.expected_statuses = [*refused.expected_statuses, "413"]  # so long that it is not even read
        operations = [result.ok() for result in schema.get_all_operations()]
        for operation in sorted(operations, key=lambda each: each.label == "DELETE /v1/session"):
            ways = {way for each in operation.definition.raw.get("security", []) for way in each}
            by_person = "Signed in" in ways and "API key" not in ways
            for caller in ("Visitor token", "Signed in" if by_person else "API key"):
                # The cookie has another name at localhost than is described: leaving that one out is no mistake.
                modes = [GenerationMode.POSITIVE, *[GenerationMode.NEGATIVE] * (caller != "Signed in")]
                for mode in modes:
                    try_out(operation, mode, url, callers[caller], visitor_id, found, sent)
    assert not found, "\n\n".join(dict.fromkeys(found))
    assert len(operations) > 30
    # Many were let in: a test in which everything is refused would see nothing. A drawn id is nobody's.
    assert sum(status < 300 for status in sent) > len(operations) * EXAMPLES // 2


def try_out(operation, mode, url, caller, conversation_id, found, sent):
    """Send what is drawn for one operation; failures go to ``found`` in words, statuses to ``sent``."""

    @seed(SEED)
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def check(case):
        if "conversation_id" in (case.path_parameters or {}):
            case.path_parameters["conversation_id"] = conversation_id
        if isinstance((case.query or {}).get("wait"), int | float):
            case.query["wait"] = min(case.query["wait"], 0.05)  # a poll that finds nothing would wait that long
        response = case.call(base_url=url, timeout=30, **caller)
        sent.append(response.status_code)
        try:
            case.validate_response(response, excluded_checks=EXCLUDED)
        except FailureGroup as group:
            for one in group.exceptions:
                told = f"{response.status_code} {response.text[:300]}\n{case.as_curl_command()[:2000]}"
                found.append(f"{operation.label} ({mode.value}): {one.title}: {one.message}\n{told}")

    # Where everything is well-formed nothing malformed can be drawn.
    with suppress(*([Unsatisfiable] if mode is GenerationMode.NEGATIVE else [])):
        check()
