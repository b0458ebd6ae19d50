"""A database of its own for each test of a job."""

from __future__ import annotations

import pytest

from chatbot.storage.database import open_database


@pytest.fixture
async def database(tmp_path):
    async with open_database(f"sqlite:///{tmp_path / 'app.db'}") as opened:
        yield opened
