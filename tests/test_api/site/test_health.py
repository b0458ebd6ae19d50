"""Readiness: every loop that ends, fails or is stuck shows there, in the log and in the metrics, and comes back."""

from __future__ import annotations

import asyncio
import json
import sqlite3
import threading

import pytest

from chatbot.service.background import loops as loop_room
from chatbot.service.monitoring import probes
from chatbot.service.realtime.relay import Relay
from chatbot.service.serving.loaded import Loaded
from tests.test_api.conftest import eventually, serving
from tests.test_service.doubles import StandInLoader
from tests.test_service.live_desk import LiveLoader

ALL = [
    "answering",
    "looking for waiting conversations",
    "watching what serves",
    "following the corpus",
    "storing",
    "waking what was put off",
]


@pytest.fixture(autouse=True)
def soon(monkeypatch):
    """What takes seconds for a desk takes a test a moment."""
    monkeypatch.setattr(loop_room, "_LOOK_SECONDS", 0.02)
    monkeypatch.setattr(loop_room, "_PROVEN_SECONDS", 0.3)
    monkeypatch.setattr(probes, "_EVERY_SECONDS", 0.02)


async def ready(desk):
    answered = await desk.client.get("/health/ready")
    return answered.status_code, " ".join([*answered.json()["missing"], *answered.json()["notes"]])


async def until_ready(desk, status):
    for _ in range(500):
        found, words = await ready(desk)
        if found == status:
            return words
        await asyncio.sleep(0.02)
    raise AssertionError(f"not {status}: {words}")


async def well(desk, name):
    told = (await desk.client.get("/metrics")).text
    return float(next(line for line in told.splitlines() if f'loop_well{{loop="{name}"' in line).rpartition(" ")[2])


def heart(desk, name):
    return next(one for one in desk.app.state.running.loops.hearts if one.name == name)


async def test_all_is_well_at_first(desk):
    assert await ready(desk) == (200, "No model.")
    for name in ALL:
        assert await well(desk, name) == 1


@pytest.mark.parametrize("name", ALL)
async def test_a_loop_that_is_ended_from_outside_shows_and_is_begun_again(desk, name, logging):
    next(task for task in asyncio.all_tasks() if task.get_name() == name).cancel()
    assert f'"{name}" ended (cancelled)' in await until_ready(desk, 503)
    assert await well(desk, name) == 0
    await until_ready(desk, 200)
    assert await well(desk, name) == 1
    await asyncio.sleep(0.2)
    told = [
        line["event"] for line in map(json.loads, logging.readouterr().err.splitlines()) if line.get("loop") == name
    ]
    assert told == ["a loop is begun again", "a loop is not well", "a loop is well again"]


async def test_after_the_bot_was_ended_it_answers(desk):
    next(task for task in asyncio.all_tasks() if task.get_name() == "answering").cancel()
    await until_ready(desk, 503)
    visitor = await desk.start()
    await visitor.say("hello", "1")
    assert (await visitor.until("message.done"))[-1]["payload"]["text"] == "You said: hello"


@pytest.mark.parametrize(
    ("name", "part", "method"),
    [
        ("answering", "answering", "_answer"),
        ("looking for waiting conversations", "answering", "_sweep"),
        ("watching what serves", "serving", "_tell_unread"),
    ],
)
async def test_a_loop_that_raises_shows_without_the_words_of_the_error(desk, name, part, method, monkeypatch, logging):
    def broken(*_, **__):
        raise RuntimeError("a customer's words")

    with monkeypatch.context() as patched:
        patched.setattr(getattr(desk.app.state.running, part), method, broken)
        visitor = await desk.start()
        await visitor.say("hello", "1")
        words = await until_ready(desk, 503)
    assert f'"{name}" ended (RuntimeError)' in words
    assert "a customer's words" not in words
    await until_ready(desk, 200)
    told = logging.readouterr().err
    assert "a loop ended" in told
    assert "a customer's words" not in told


async def test_a_loop_whose_rounds_fail_shows(desk, monkeypatch):
    async def broken():
        raise RuntimeError

    with monkeypatch.context() as patched:
        patched.setattr("chatbot.service.serving.serving._FOLLOW_AGAIN_SECONDS", 0.01)
        patched.setattr(desk.app.state.running.serving._upkeep, "advance", broken)
        assert '"following the corpus" fails again and again (RuntimeError)' in await until_ready(desk, 503)
    await until_ready(desk, 200)


async def test_a_database_that_takes_nothing_shows(desk, monkeypatch):
    def full(_):
        raise sqlite3.OperationalError("database or disk is full")

    with monkeypatch.context() as patched:
        patched.setattr("chatbot.storage.sqlite.group_commit.commit", full)
        assert '"storing" fails again and again (NotStoredError)' in await until_ready(desk, 503)
    await until_ready(desk, 200)


async def test_a_commit_that_hangs_shows(desk, monkeypatch):
    heart(desk, "storing").quiet = 0.1
    heart(desk, "storing").beat()  # until now it was due in a minute
    release = threading.Event()
    with monkeypatch.context() as patched:
        patched.setattr("chatbot.storage.sqlite.group_commit.commit", lambda _: release.wait(20))
        assert '"storing" is stuck' in await until_ready(desk, 503)
        release.set()
    await until_ready(desk, 200)


async def test_an_answer_that_hangs_shows(settings):
    loader = StandInLoader()
    async with serving(settings, loader) as desk:
        heart(desk, "answering").quiet = 0.1
        loader.pipeline.released.clear()
        visitor = await desk.start()
        await visitor.say("hello", "1")
        assert '"answering" is stuck' in await until_ready(desk, 503)
        loader.pipeline.released.set()
        await until_ready(desk, 200)


async def test_a_model_thread_that_hangs_shows_although_nobody_asks(desk, monkeypatch):
    monkeypatch.setattr("chatbot.service.serving.serving._QUIET_SECONDS", 0.1)
    await asyncio.sleep(1)  # the watch has told once how long it may be quiet; it must have told the shorter time
    release = threading.Event()
    asked = asyncio.create_task(desk.app.state.running.serving.ask(lambda _: release.wait(20)))
    assert '"watching what serves" is stuck' in await until_ready(desk, 503)
    release.set()
    await asked
    await until_ready(desk, 200)


async def test_a_long_load_is_no_trouble(settings, monkeypatch):
    monkeypatch.setattr("chatbot.service.serving.serving._QUIET_SECONDS", 1.0)
    release = threading.Event()

    class Slow(StandInLoader):
        def load(self):
            release.wait(20)
            return super().load()

    loader = Slow()
    loader.pipeline = None  # so that the fixture does not wait
    async with serving(settings, loader) as desk:
        await asyncio.sleep(1.5)
        assert "stuck" not in (await ready(desk))[1]
        release.set()


async def test_an_engine_thread_that_died_shows(desk, monkeypatch):
    monkeypatch.setattr("chatbot.engine.worker.Worker.alive", False)
    assert '"the engine\'s thread" fails' in await until_ready(desk, 503)


async def test_a_current_json_that_cannot_be_read_is_told_and_what_serves_goes_on(settings, logging):
    home = settings.desk().create()
    async with serving(settings, LiveLoader(home)) as desk:
        path = home.path / "current.json"
        good = path.read_text()
        for bad in (good[:20], "", "[]", '{"index": 7}', '{"index": "../elsewhere"}', "\x00", "[" * 100_000):
            path.write_text(bad)
            await eventually(lambda: desk.app.state.running.serving.unread is not None)
            status, words = await ready(desk)
            assert status == 200
            assert "current.json" in words
            path.write_text(good)
            await eventually(lambda: desk.app.state.running.serving.unread is None)
            assert await ready(desk) == (200, "")
        path.unlink()
        path.mkdir()
        await eventually(lambda: desk.app.state.running.serving.unread is not None)
        assert (await ready(desk))[0] == 200
    told = logging.readouterr().err
    assert told.count("what should serve cannot be read") == 8
    assert "Traceback" not in told


async def test_a_server_that_starts_on_an_unreadable_current_json_waits_for_it(settings):
    home = settings.desk().create()
    loader = LiveLoader(home)
    loader.pipeline = None
    good = (home.path / "current.json").read_text()
    (home.path / "current.json").write_text(good[:9])
    async with serving(settings, loader) as desk:
        assert "current.json" in await until_ready(desk, 503)
        (home.path / "current.json").write_text(good)
        await until_ready(desk, 200)


@pytest.mark.parametrize("how", ["nothing", "raises"])
async def test_a_version_that_cannot_be_loaded_is_told_and_tried_again(settings, monkeypatch, how):
    monkeypatch.setattr("chatbot.service.serving.serving._RETRY_SECONDS", 0.05)

    class Failing(StandInLoader):
        broken = False

        def load(self):
            if self.broken and how == "raises":
                raise OSError("a disk that was away")
            return Loaded(pipeline=None, missing=("The index two cannot be used.",)) if self.broken else super().load()

    loader = Failing()
    async with serving(settings, loader) as desk:
        loader.broken, loader.version = True, "two"
        await eventually(lambda: desk.app.state.running.serving.refused is not None)
        status, words = await ready(desk)
        assert status == 200, "what served before goes on"
        assert "What served before goes on" in words
        loader.broken = False
        await eventually(lambda: desk.app.state.running.serving.loaded.index == "two")
        assert "before" not in (await ready(desk))[1]


@pytest.mark.integration
async def test_a_relay_that_ends_fails_or_hangs_shows(settings, postgresql, monkeypatch):
    monkeypatch.setattr("chatbot.service.realtime.relay._RECONNECT_SECONDS", 0.1)
    monkeypatch.setattr("chatbot.service.realtime.relay._LOOK_SECONDS", 0.1)
    shared = settings.model_copy(update={"database_url": postgresql.url()})

    async def broken(*_):
        raise RuntimeError

    async with serving(shared, StandInLoader()) as desk:
        next(task for task in asyncio.all_tasks() if task.get_name() == "relaying").cancel()
        assert '"relaying" ended' in await until_ready(desk, 503)
        await until_ready(desk, 200)
        with monkeypatch.context() as patched:
            patched.setattr(Relay, "_work", broken)
            assert '"relaying" fails again and again' in await until_ready(desk, 503)
        await until_ready(desk, 200)
        heart(desk, "relaying").quiet = 0.3
        with monkeypatch.context() as patched:
            patched.setattr(Relay, "_work", lambda *_: asyncio.sleep(2))
            assert '"relaying" is stuck' in await until_ready(desk, 503)
        await until_ready(desk, 200)


async def test_how_many_wait_is_told_while_nothing_is_loaded(settings):
    loader = StandInLoader()
    loader.missing, loader.pipeline = ("no index",), None
    async with serving(settings, loader) as desk:
        for number in range(3):
            await (await desk.start()).say("hello", str(number))

        async def waiting():
            told = (await desk.client.get("/metrics")).text
            return next(line for line in told.splitlines() if line.startswith("understudy_answers_waiting "))

        for _ in range(700):
            if await waiting() == "understudy_answers_waiting 3.0":
                break
            await asyncio.sleep(0.01)
        assert await waiting() == "understudy_answers_waiting 3.0"
