"""What docs/help-desks.md says to an engineer is run as it stands there, in its order, against a real server."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import sys
from pathlib import Path

import pytest

from chatbot.service.access import api_keys
from chatbot.service.access.scopes import Scope
from tests.test_api.conftest import serving
from tests.test_service.doubles import StandInLoader

PAGE = Path(__file__).parents[3] / "docs/help-desks.md"
BLOCK = re.compile(r"^```(sh|python)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


async def run(desk, key, *command):
    found = {**os.environ, "DESK": desk.url, "KEY": key}
    piped = {"stdout": asyncio.subprocess.PIPE, "stderr": asyncio.subprocess.PIPE}
    process = await asyncio.create_subprocess_exec(*command, env=found, **piped)
    said, wrong = await process.communicate()
    assert process.returncode == 0, wrong.decode()
    return said.decode()


@pytest.mark.skipif(shutil.which("curl") is None, reason="the page's requests are curl's: apt install curl")
async def test_every_snippet_does_what_it_says(settings):
    blocks = BLOCK.findall(PAGE.read_text("utf-8"))
    calls = [code for language, code in blocks if language == "sh" and "curl" in code]
    assert (len(calls), sum(language == "python" for language, _ in blocks)) == (2, 3)
    async with serving(settings, StandInLoader()) as desk:
        scopes = [Scope.TICKETS, Scope.SUGGEST]
        key = await api_keys.create(desk.app.state.running.database, "ticketing", scopes=scopes)
        brought = await run(desk, key, "sh", "-c", calls[0])
        assert '"result":"created"' in brought
        script = "\n".join(code for language, code in blocks if language == "python")
        lines = (await run(desk, key, sys.executable, "-c", script)).splitlines()
        assert lines[0].endswith(" updated")
        assert "200 waiting" in lines
        assert lines[-1] == "answer confident 0.9 None"
        assert any(line.startswith("asked 0 ") for line in lines)
        assert len(lines) > 2, "it suggested nothing"
        listed = await run(desk, key, "sh", "-c", calls[1])
        assert listed.count('"changed":true') == 1
