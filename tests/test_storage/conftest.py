"""A database of its own for each test: SQLite in a file, as in use."""

from __future__ import annotations

import pytest

from chatbot.storage.database import open_database


@pytest.fixture
async def database(tmp_path):
    async with open_database(f"sqlite+aiosqlite:///{tmp_path / 'home' / 'app.db'}") as opened:
        yield opened
