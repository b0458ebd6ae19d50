"""The API against its own description: schemathesis draws requests, well-formed ones and others, and reads the answers.

Drawn from a fixed seed and few of each, so that it takes seconds; no 5xx, no status, header or body that OpenAPI does
not tell of, no malformed request that is taken.
"""

from __future__ import annotations

import asyncio
import threading
import warnings
from contextlib import contextmanager

import httpx
import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings

from chatbot.app import create_app
from chatbot.server import build
from chatbot.service import keys
from chatbot.settings import Settings
from tests.test_service.doubles import StandInLoader

EXAMPLES = 8
SEED = 20261125


@contextmanager
def serving(folder):
    """A server on a thread of its own, because schemathesis waits for its answers: address, API key and visitor."""
    configured = Settings(home=folder / "home", stream_seconds=0.05, port=0)
    app = create_app(configured, pipeline_loader=StandInLoader())
    listening: list[int] = []
    started = threading.Event()
    server = build(app, configured, on_started=lambda port: (listening.append(port), started.set()))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    assert started.wait(30)
    url = f"http://127.0.0.1:{listening[0]}"
    try:
        loop = app.state.running.answering._tasks[0].get_loop()
        made = keys.create(app.state.running.database, "drawn")
        key = asyncio.run_coroutine_threadsafe(made, loop).result(30)
        yield url, key, httpx.post(f"{url}/v1/conversations").json()
    finally:
        server.should_exit = True
        thread.join(30)


def test_what_is_described_is_what_is_done(tmp_path, monkeypatch):
    monkeypatch.setenv("SCHEMATHESIS_HOOKS", "")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import schemathesis
        from schemathesis.core.failures import FailureGroup

    found = []
    with serving(tmp_path) as (url, key, visitor):
        schema = schemathesis.openapi.from_url(f"{url}/openapi.json")
        operations = [result.ok() for result in schema.get_all_operations()]
        assert len(operations) > 30
        for operation in operations:
            for token in (visitor["token"], key):
                found += try_out(operation, url, token, visitor["id"], FailureGroup)
    assert not found, "\n\n".join(dict.fromkeys(found))


def try_out(operation, url, token, conversation_id, failures):
    """Send what is drawn for one operation; the failures, in words."""
    found = []
    headers = {"Authorization": f"Bearer {token}"}

    @seed(SEED)
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy())
    def check(case):
        if "conversation_id" in (case.path_parameters or {}):
            case.path_parameters["conversation_id"] = conversation_id
        response = case.call(base_url=url, headers=headers, timeout=20)
        try:
            case.validate_response(response)
        except failures as error:
            found.extend(
                f"{operation.label}: {one!r} {response.status_code} {response.text[:300]}" for one in error.exceptions
            )

    check()
    return found


@pytest.mark.parametrize("path", ["/docs/", "/openapi.json"])
async def test_the_description_itself_is_served(desk, path):
    assert (await desk.client.get(path)).status_code == 200
