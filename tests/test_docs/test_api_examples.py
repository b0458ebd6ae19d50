"""The requests of docs/api.md are sent, one after the other, and get what the page says."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from chatbot.service.access import api_keys
from chatbot.service.access.scopes import Scope
from chatbot.settings import Settings
from tests.test_api.conftest import eventually, serving
from tests.test_service.doubles import StandInLoader

PAGE = Path(__file__).resolve().parents[2] / "docs/api.md"
EXAMPLE = re.compile(r"```http\n(GET|POST) (\S+)\n(?:(\{.*?\})\n)?(\d{3})\n(\{.*?)\n```", re.DOTALL)


def beginning(told, got):
    """What was answered, cut to what the page tells of it: its fields, and as many items as it shows."""
    if isinstance(told, dict) and isinstance(got, dict):
        return {name: beginning(value, got.get(name)) for name, value in told.items()}
    if isinstance(told, list) and isinstance(got, list):
        return [beginning(one, other) for one, other in zip(told, got, strict=False)]
    return got


@pytest.mark.integration
async def test_what_the_page_shows_is_what_happens(tmp_path, database_url):
    settings = Settings(home=tmp_path / "home", database_url=database_url, held_back=0)
    async with serving(settings, StandInLoader()) as desk:
        visitor = await desk.start()
        await visitor.say("Where is my parcel?", "1")
        await eventually(desk.idle)
        await visitor.post("/handover")
        key = await api_keys.create(
            desk.app.state.running.database, "page", scopes=[Scope.AGENT, Scope.SUGGEST, Scope.KNOWLEDGE]
        )
        headers = {"Authorization": f"Bearer {key}"}
        filled = PAGE.read_text("utf-8").replace("{id}", visitor.id)
        filled = filled.replace("{tomorrow}", (datetime.now(UTC) + timedelta(days=1)).isoformat())
        examples = EXAMPLE.findall(filled)
        assert len(examples) == filled.count("```http") > 5
        made = "{set}"
        for method, path, body, status, told in examples:
            sent = json.loads(body) if body else None
            answer = await desk.client.request(method, path.replace("{set}", made), json=sent, headers=headers)
            assert answer.status_code == int(status), answer.text
            made = answer.json().get("set_id", made)
            expected = json.loads(told.replace("{set}", made))
            assert beginning(expected, answer.json()) == expected, path
