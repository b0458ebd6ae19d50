"""What whoever watches the server may see: everybody the health, and the metrics who has their token."""

from __future__ import annotations

import httpx
import pytest
from pydantic import ValidationError

from chatbot.service.access import api_keys
from chatbot.service.access.scopes import Scope
from chatbot.settings import Settings
from tests.test_api.conftest import serving
from tests.test_service.doubles import StandInLoader

TOKEN = "the token of the metrics"


async def test_without_a_token_metrics_answer_on_this_machine_alone(desk):
    assert "understudy_requests_total" in (await desk.client.get("/metrics")).text
    for name, value in (("X-Forwarded-For", "203.0.113.9"), ("Forwarded", "for=127.0.0.1"), ("Via", "1.1 proxy")):
        assert (await desk.client.get("/metrics", headers={name: value})).status_code == 401  # a proxy on it
    for address, status in (("127.0.0.1", 200), ("::1", 200), ("192.0.2.7", 401), ("2001:db8::1", 401)):
        transport = httpx.ASGITransport(desk.app, client=(address, 1))
        async with httpx.AsyncClient(transport=transport, base_url="http://desk.test") as elsewhere:
            answer = await elsewhere.get("/metrics")
            assert answer.status_code == status
            assert ("UNDERSTUDY_METRICS_TOKEN" in answer.text) == (status == 401)
    key = await api_keys.create(desk.app.state.running.database, "watcher", scopes=[Scope.ADMIN])
    passed_on = {"X-Forwarded-For": "203.0.113.9", "Authorization": f"Bearer {key}"}
    assert (await desk.client.get("/metrics", headers=passed_on)).status_code == 200


async def test_metrics_need_their_token(settings):
    settings = Settings(**{**settings.model_dump(), "metrics_token": TOKEN})
    async with serving(settings, StandInLoader()) as desk:
        database = desk.app.state.running.database
        keys = {scope: await api_keys.create(database, str(scope), scopes=[scope]) for scope in Scope}
        wide, visitor = await api_keys.create(database, "wide"), await desk.start()

        async def status(token):
            headers = {} if token is None else {"Authorization": f"Bearer {token}"}
            answer = await desk.client.get("/metrics", headers=headers)
            assert ("understudy_requests_total" in answer.text) == (answer.status_code == 200)
            return answer.status_code

        wrong = (None, "x", TOKEN[:-1], TOKEN + "x", "us_", visitor.token)
        assert [await status(token) for token in wrong] == [401] * len(wrong)
        assert [await status(token) for token in (TOKEN, wide, keys[Scope.ADMIN])] == [200] * 3
        assert await status(keys[Scope.AGENT]) == 403
        assert (await desk.client.get("/health/ready")).status_code == 200
        assert TOKEN not in repr(settings)


def test_a_token_that_anybody_guesses_is_none(tmp_path, monkeypatch):
    for token in ("", "short"):
        monkeypatch.setenv("UNDERSTUDY_METRICS_TOKEN", token)
        with pytest.raises(ValidationError, match="metrics_token"):
            Settings(home=tmp_path)
