"""The receivers of docs/webhooks.md, each as it stands there, verify what a real server sends them and nothing else."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import socket
import sys
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest

from chatbot.service.access import api_keys
from chatbot.service.access.scopes import Scope
from chatbot.service.webhooks import sending
from chatbot.settings import Settings
from tests.test_api.conftest import serving, until_told
from tests.test_service.doubles import RulePipeline, StandInLoader

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs/webhooks.md"
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYo="
COMMANDS = {"python": [sys.executable], "js": ["node"], "php": ["php", "-S"]}
pytestmark = pytest.mark.integration


def command(language):
    first, *more = COMMANDS[language]
    if shutil.which(first) is None:
        pytest.skip(f"{first} is not installed")
    if language == "js" and not (ROOT / "web/node_modules/standardwebhooks").exists():
        pytest.skip("standardwebhooks for Node is not installed (make web)")
    return [first, *more]


@asynccontextmanager
async def receiver(language, folder):
    """The address of the page's receiver in a language, once it listens."""
    code = re.search(rf"```{language}\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)[1]
    file = folder / f"receive.{'cjs' if language == 'js' else language}"
    file.write_text(code, "utf-8")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    run = [*command(language), *([f"127.0.0.1:{port}"] if language == "php" else []), str(file)]
    variables = {"WEBHOOK_SECRET": SECRET, "PORT": str(port), "NODE_PATH": str(ROOT / "web/node_modules")}
    child = await asyncio.create_subprocess_exec(
        *run, env={**os.environ, **variables}, stderr=asyncio.subprocess.DEVNULL
    )
    try:
        for _ in range(200):
            with socket.socket() as tried:
                if tried.connect_ex(("127.0.0.1", port)) == 0:
                    break
            await asyncio.sleep(0.05)
        yield f"http://127.0.0.1:{port}/hooks"
    finally:
        child.terminate()
        await child.wait()


@pytest.mark.parametrize("language", COMMANDS)
async def test_the_pages_receiver_takes_what_is_ours_and_nothing_else(language, tmp_path, monkeypatch):
    monkeypatch.setattr(sending, "_LOOK_SECONDS", 0.05)
    settings = Settings(home=tmp_path / "home", outgoing_allow="127.0.0.1")
    async with receiver(language, tmp_path) as url, serving(settings, StandInLoader(RulePipeline.at_once())) as desk:
        key = await api_keys.create(desk.app.state.running.database, "crm", scopes=[Scope.ADMIN])
        headers = {"Authorization": f"Bearer {key}"}
        new = await desk.client.post("/v1/webhooks", json={"url": url, "secret": SECRET}, headers=headers)
        await desk.client.post(f"/v1/webhooks/{new.json()['id']}/secret", json={}, headers=headers)
        visitor = await desk.start()
        await visitor.say("Grüße – 你好", "1")
        await visitor.until("message.done")

        async def listed():
            answer = await desk.client.get(f"/v1/webhooks/{new.json()['id']}/deliveries", headers=headers)
            return answer.json()["deliveries"]

        told = await until_told(listed, lambda found: [each["state"] for each in found] == ["delivered"] * 3)
        assert {each["tries"][-1]["status"] for each in told} == {204}
        assert {len(each["tries"]) for each in told} == {1}
        async with httpx.AsyncClient() as stranger:
            forged = {"webhook-id": told[0]["id"], "webhook-timestamp": "1", "webhook-signature": "v1,AAAA"}
            assert (await stranger.post(url, content=told[0]["body"], headers=forged)).status_code == 401
