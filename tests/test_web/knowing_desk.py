"""The real server over a small desk that knows something: two articles, three past answers, three topics.

``python -m tests.test_web.knowing_desk HOME PORT``, as ``real_desk``.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import numpy as np

from chatbot import logs
from chatbot.app import create_app
from chatbot.server import build
from chatbot.settings import Settings
from chatbot.storage.database import open_database
from chatbot.storage.queries import corpus
from data.transcripts import Article, Conversation, Role, Turn
from retrieval.topics.topic_file import write_topics
from retrieval.topics.topics import Example, Topic, Topics
from tests.test_service.live_desk import SearchedLoader

PARTS = "We have them all.\n\nPart | Price\nLid | £8\nCord | £6"
ARTICLES = (Article("parts", "Spare parts", PARTS, "en"), Article("returns", "Returns", "You have 30 days.", "en"))
SAID = (
    ("my kettle leaks", "Press the seal of the lid in until it clicks."),
    ("my kettle leaks badly", "Press the seal of the lid in until it clicks."),
    ("where is my parcel", "It is on its way, two days."),
)
NAMES = ("lids, leaks", "parcels, late", "refunds")


def conversations() -> list[Conversation]:
    return [
        Conversation(f"t{at}", (Turn(Role.CUSTOMER, asked), Turn(Role.AGENT, told, "Joss")), source="mail")
        for at, (asked, told) in enumerate(SAID)
    ]


def topics() -> Topics:
    found = tuple(
        Topic(f"t{at}", name, (), (Example("t0", SAID[0][0]),), 30 - at, 10, "2026-01-01")
        for at, name in enumerate(NAMES, 1)
    )
    count = len(found)
    centres = np.eye(count, 8, dtype=np.float32)
    floors = np.full(count, 0.5, dtype=np.float32)
    return Topics("words", "2026-01-01", found, centres, np.arange(count), floors, 100, 30, next_number=count + 1)


def main(home: str, port: str) -> None:
    logs.configure("WARNING", as_json=True)
    settings = Settings(home=Path(home), port=int(port), reload_seconds=0.05, demo=True)
    loader = SearchedLoader(settings.desk())

    async def fill() -> None:
        async with open_database(settings.database()) as database, database.write() as session:
            await corpus.store_batch(session, [*ARTICLES, *conversations()])

    asyncio.run(fill())
    write_topics(topics(), settings.desk().topics)
    app = create_app(settings, pipeline_loader=loader)
    build(app, settings, on_started=lambda listening: print(listening, flush=True)).run()  # noqa: T201


if __name__ == "__main__":
    main(*sys.argv[1:])
