"""A database of its own for each test, as in use: SQLite in a file, and PostgreSQL."""

from __future__ import annotations

import pytest

from chatbot.storage.database import open_database


@pytest.fixture
async def database(database_url):
    async with open_database(database_url) as opened:
        yield opened


@pytest.fixture
async def sqlite_database(tmp_path):
    async with open_database(f"sqlite:///{tmp_path / 'app.db'}") as opened:
        yield opened
