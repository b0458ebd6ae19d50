"""An import stores batch by batch: what is in memory at once is bounded by all that is stored, not by its texts."""

from __future__ import annotations

import json

import pytest

from chatbot.service.corpus import importing
from chatbot.storage.queries import corpus

MOST = 20_000
ASKED = {"role": "customer", "text": "%d?"}


@pytest.fixture
def batches(monkeypatch):
    """The sizes of the batches stored, in items."""
    sizes = []
    store = corpus.store_batch

    async def counted(session, items):
        sizes.append(len(items))
        return await store(session, items)

    monkeypatch.setattr(corpus, "store_batch", counted)
    monkeypatch.setattr(importing, "_CHARACTERS_PER_TRANSACTION", MOST)
    monkeypatch.setattr(importing, "_SECONDS_PER_TRANSACTION", 1e9)
    return sizes


@pytest.mark.parametrize(
    "line",
    [
        {"slug": "s%d", "title": "t", "text": "%d WORDS"},
        {"slug": "s%d", "title": "t", "text": "%d", "pictures": "WORDS"},
        {"id": "c%d", "turns": [ASKED, {"role": "agent", "text": "Yes, %d", "raw": "WORDS"}]},
        {"id": "c%d", "turns": [ASKED, {"role": "agent", "text": "Yes, %d"}], "labels": {"more": ["WORDS"]}},
    ],
)
async def test_what_stands_beside_the_text_counts(tmp_path, database, batches, line):
    path = tmp_path / "a.jsonl"
    words = "ab cd " * (MOST // 24)
    names = ["lamp", "door", "chair", "kettle", "hinge", "parcel", "refund", "colour", "order", "return"]
    path.write_text("\n".join(json.dumps(line).replace("%d", name).replace("WORDS", words) for name in names))
    summary = await importing.import_paths(database, [path])
    assert summary.new == len(names)
    assert batches == [4, 4, 2]
