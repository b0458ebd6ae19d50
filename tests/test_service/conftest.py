"""Services on a real database, with a clock and ids that a test can foretell."""

from __future__ import annotations

import pytest

from chatbot.service.conversations import Conversations
from chatbot.storage.database import open_database
from tests.test_service.doubles import ticking


@pytest.fixture
def surroundings():
    return ticking()


@pytest.fixture
async def database(database_url):
    async with open_database(database_url) as opened:
        yield opened


@pytest.fixture
def talks(surroundings):
    return Conversations(b"secret", surroundings)
