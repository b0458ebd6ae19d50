"""Services on a real database, with a clock and ids that a test can foretell."""

from __future__ import annotations

import pytest

from chatbot.service.conversations.rules import Rules
from chatbot.service.visitors.visitors import Visitors
from chatbot.storage.database import open_database
from tests.test_service.doubles import ticking


@pytest.fixture
def clock():
    return ticking()


@pytest.fixture
async def database(tmp_path):
    """An empty database in a file: for what only reads a corpus, and takes long."""
    async with open_database(f"sqlite:///{tmp_path / 'app.db'}") as opened:
        yield opened


@pytest.fixture
async def either_database(database_url):
    """An empty database of each kind in turn; a module that lives by what the database does makes it its own."""
    async with open_database(database_url) as opened:
        yield opened


@pytest.fixture
def rules(clock):
    return Rules(clock)


@pytest.fixture
def visitors(clock):
    return Visitors(clock, b"secret")
