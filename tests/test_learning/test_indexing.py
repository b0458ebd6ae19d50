"""Building an index: what would keep it from serving is found out before the work; what a kill left is taken away."""

from __future__ import annotations

import os
import time

import pytest

from chatbot.home import CurrentUnusableError, Home
from chatbot.learning import indexing
from chatbot.storage.database import open_database
from chatbot.storage.queries import corpus
from data.transcripts import Article
from tests.test_retrieval.conftest import WordEncoder


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setattr(indexing, "load_encoder", WordEncoder)
    return Home(tmp_path / "desk").create()


@pytest.fixture
async def database(home):
    async with open_database(home.database_url) as opened:
        async with opened.write() as session:
            await corpus.store_batch(session, [Article("returns", "Returns", "Send it back.")])
        yield opened


async def test_an_unreadable_current_json_is_told_before_the_work(home, database):
    (home.path / "current.json").write_text("{")
    with pytest.raises(CurrentUnusableError):
        await indexing.build_index(database, home)
    assert list(home.indexes.iterdir()) == []


async def test_copies_that_killed_servers_left_are_taken_away_and_those_being_opened_are_not(home, database):
    long_ago = time.time() - 2 * indexing._ABANDONED_SECONDS
    for name in (".opened-old", ".opened-now"):
        (home.indexes / name).mkdir()
    os.utime(home.indexes / ".opened-old", (long_ago, long_ago))
    for _ in range(5):
        await indexing.build_index(database, home)
    names = sorted(folder.name for folder in home.indexes.iterdir())
    assert names[0] == ".opened-now"
    assert len(names) == 1 + 2 + indexing._INDEXES_KEPT
