"""An Idempotency-Key stands for one request of one caller, on both databases."""

from __future__ import annotations

import pytest

from chatbot.service.access import api_keys
from tests.test_api.transport.test_problems import is_problem


@pytest.fixture
def settings(settings, database_url):
    return settings.model_copy(update={"database_url": database_url})


async def test_a_key_stands_for_method_path_query_and_body(desk):
    database = desk.app.state.running.database
    tool, other = [{"Authorization": f"Bearer {await api_keys.create(database, name)}"} for name in ("one", "two")]
    article = {"title": "Returns", "text": "Send it back."}
    for name in ("returns", "x" * 300):
        assert (
            await desk.client.put(
                f"/v1/articles/{name}", json={**article, "text": f"Send it back to {name[:9]}."}, headers=tool
            )
        ).status_code == 201

    async def send(method, path, headers=tool, **sent):
        return await desk.client.request(method, path, headers={**headers, "Idempotency-Key": "one"}, **sent)

    first = await send("DELETE", "/v1/articles/returns?language=en")
    assert first.status_code == 404  # what failed is not kept
    first = await send("DELETE", "/v1/articles/returns")
    assert first.status_code == 200
    again = await send("DELETE", "/v1/articles/returns")
    assert (again.json(), again.headers["idempotent-replayed"]) == (first.json(), "true")
    for method, path, sent in (
        ("DELETE", "/v1/articles/returns?language=en", {}),
        ("DELETE", f"/v1/articles/{'x' * 300}", {}),
        ("DELETE", "/v1/retirements/returns", {}),
        ("PUT", "/v1/articles/returns", {"json": article}),
        ("DELETE", "/v1/articles/returns", {"json": article}),
    ):
        is_problem(await send(method, path, **sent), 422, "idempotency_mismatch")
    # Somebody else's key is their own.
    assert (await send("DELETE", f"/v1/articles/{'x' * 300}", other)).status_code == 200
