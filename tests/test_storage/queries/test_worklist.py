"""Words in the database: found by both kinds, erased with their conversation without a trace."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from alembic import command
from sqlalchemy import delete, text

from chatbot.storage.database import migration_config
from chatbot.storage.queries import conversations as stored
from chatbot.storage.queries import events as log
from chatbot.storage.queries import worklist
from chatbot.storage.queries.worklist import Field, Term
from chatbot.storage.tables.conversations import ConversationRow, EventRow, MessageRow, Owner, Status
from chatbot.storage.tables.worklist import Order
from chatbot.storage.words import words_of

NOW = datetime(2026, 3, 1, tzinfo=UTC)


async def say(session, name, *texts, role="customer"):
    row = await stored.find(session, name)
    if row is None:
        row = ConversationRow(id=name, status=Status.OPEN, owner=Owner.BOT, last_seq=0, created_at=NOW, updated_at=NOW)
        session.add(row)
        await session.flush()
    for said in texts:
        entry = await log.append(session, row, "message.created", {"text": said}, at=NOW)
        message = MessageRow(id=f"m_{name}_{entry.seq}", conversation_id=name, seq=entry.seq, role=role, text=said)
        message.created_at = NOW
        await stored.add_message(session, message)


async def find(database, text):
    search = ((Term(Field.WORDS, tuple(words_of(text))),),)
    async with database.read() as session:
        found = await worklist.page(session, search, order=Order.NEWEST, after=None, limit=9, now=NOW)
        assert await worklist.count(session, search, now=NOW) == len(found)
    return [row.id for row, _ in found]


def test_words_have_one_form_and_scripts_without_spaces_one_character_a_word():
    assert words_of("Straße, STRASSE 12.5€ e\u0301te\u0301") == ["strasse", "strasse", "12", "5", "été"]
    assert words_of("退款 Ｏ２ไทย") == ["退", "款", "o2", "ไ", "ท", "ย"]
    assert words_of("'\"\\:&|!*()<->_") == []
    assert len(words_of("a" * 9000)[0]) == 100


async def test_long_texts_and_strange_words_are_kept_and_found(database):
    texts = {
        "c_long": "needle " + "hay " * 8000 + "thread",
        "c_wide": "长" * 300_000,
        "c_many": " ".join(f"w{place}" for place in range(6000)),
        "c_all": "".join(map(chr, range(0x4E00, 0x9FFF))) + "\ufdfa" * 100_000,
        "c_one": "x" * 32_000,
        "c_odd": "it's a \\backslash 'quoted' 😀 नमस्ते 한국어",
    }
    async with database.write() as session:
        for name, said in texts.items():
            await say(session, name, said)
    assert await find(database, "thread") == ["c_long"]
    assert await find(database, "长长长") == ["c_wide"]
    assert await find(database, "一丁丂") == ["c_all"]
    assert await find(database, "w5999") == ["c_many"]
    assert await find(database, "x" * 32_000) == ["c_one"]
    assert await find(database, "한국어") == ["c_odd"]
    assert await find(database, "नमस्ते") == ["c_odd"]
    assert await find(database, "it's") == ["c_odd"]


async def test_what_the_desk_says_by_itself_is_not_found(database):
    async with database.write() as session:
        await say(session, "c_1", "your message was received", role="system")
        await say(session, "c_1", "a note of ours", role="note")
    assert await find(database, "received") == []
    assert await find(database, "note") == ["c_1"]


async def test_a_write_that_fails_leaves_no_words(database):
    async def fail():
        async with database.write() as session:
            await say(session, "c_1", "zebra")
            raise KeyError

    with pytest.raises(KeyError):
        await fail()
    assert await find(database, "zebra") == []


async def test_words_are_erased_with_their_conversation_and_leave_no_trace(database):
    async with database.write() as session:
        await say(session, "c_1", "zebra crossing", "zebrafish")
        await say(session, "c_2", "giraffe")
    async with database.write() as session:
        for row, column in ((EventRow, "conversation_id"), (MessageRow, "conversation_id"), (ConversationRow, "id")):
            await session.execute(delete(row).where(getattr(row, column) == "c_1"))
    assert (await find(database, "zebra"), await find(database, "giraffe")) == ([], ["c_2"])
    tables = ["message_words"]
    if not database.server:
        tables += [f"message_words_fts_{part}" for part in ("data", "idx")]
    async with database.read() as session:
        kept = [
            bytes(str(row), "utf-8") for name in tables for row in await session.execute(text(f"SELECT * FROM {name}"))
        ]
    assert b"raffe" in b"".join(kept)
    assert b"zebra" not in b"".join(kept)


async def test_what_was_said_before_there_was_a_search_is_found(database):
    async with database.write() as session:
        await session.run_sync(lambda opened: command.downgrade(migration_config(opened.connection()), "0011"))
        row = "'c_1', 'open', 'bot', 2, '2026-01-01', '2026-01-01'"
        await session.execute(
            text(f"INSERT INTO conversation (id, status, owner, last_seq, created_at, updated_at) VALUES ({row})")
        )
        for seq, said in enumerate(("zebra", "申请退款"), 1):
            row = f"'m_{seq}', 'c_1', {seq}, 'customer', '{said}', '2026-01-01'"
            await session.execute(
                text(f"INSERT INTO message (id, conversation_id, seq, role, text, created_at) VALUES ({row})")
            )
            row = f"'c_1', {seq}, 'message.created', 'customer', '{{}}', '2026-01-01'"
            await session.execute(
                text(f"INSERT INTO event (conversation_id, seq, kind, audience, payload, created_at) VALUES ({row})")
            )
    await database.upgrade()
    assert (await find(database, "zebra"), await find(database, "退款")) == (["c_1"], ["c_1"])
    async with database.read() as session:
        assert await log.reached(session) == 2
        assert [each.number for each in await log.numbered_after(session, 0, limit=9)] == [1, 2]
