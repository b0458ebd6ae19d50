"""What the doctor says of the home folder, the key, what serves, and the server that has the desk."""

from __future__ import annotations

import asyncio
import json
import os
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from chatbot.service.monitoring.doctor import examine
from chatbot.service.serving.server_lock import server_lock
from chatbot.settings import Settings
from chatbot.storage.database import open_database
from chatbot.storage.queries import corpus
from data.transcripts import Article

SUBJECTS = ["home", "secret", "serving", "server"]


@pytest.fixture
def settings(tmp_path):
    settings = Settings(home=tmp_path / "desk")
    settings.desk().create()
    return settings


@contextmanager
def answering(status, body):
    """A server that says one thing; yields its port."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(status)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_port
        server.shutdown()


async def finding(settings, subject):
    return next(each for each in await examine(settings) if each.subject == subject)


async def test_a_new_desk_is_private_and_says_what_comes(settings):
    found = {each.subject: each for each in await examine(settings)}
    assert all(found[subject].ok for subject in SUBJECTS)
    assert "first start makes one" in found["secret"].sentence
    assert found["serving"].sentence == "current.json names nothing."
    assert found["server"].sentence == "None runs on this desk."


async def test_an_open_home_is_told_with_how_to_mend_it(settings):
    home = settings.home
    (home / "app.db").touch(mode=0o644)
    (home / "app.db").chmod(0o644)
    home.chmod(0o755)
    told = await finding(settings, "home")
    assert not told.ok
    assert "mode 0755" in told.sentence
    assert "app.db" in told.sentence
    command = told.sentence.split("`")[1]
    assert command == f"chmod -R go= {home}"
    done = await asyncio.create_subprocess_exec(*command.split())
    assert await done.wait() == 0
    assert (await finding(settings, "home")).ok


async def test_a_key_and_a_current_json_that_cannot_be_used_are_told(settings):
    settings.desk().secret_key.write_bytes(b"short")
    (settings.home / "current.json").write_text('{"index": "../../etc"}')
    found = {each.subject: each for each in await examine(settings)}
    assert not found["secret"].ok
    assert not found["serving"].ok
    assert "names no version here" in found["serving"].sentence
    assert "names no version here" in found["index"].sentence


async def test_the_server_that_has_the_desk_is_asked_how_it_does(settings):
    body = json.dumps({"missing": ['The loop "answering" is stuck.']}).encode()
    with server_lock(settings) as tell_port:
        with answering(503, body) as port:
            tell_port(port)
            told = await finding(settings, "server")
            assert not told.ok
            assert f"process {os.getpid()}" in told.sentence
            assert '"answering" is stuck' in told.sentence
        with answering(200, b'{"missing": []}') as port:
            tell_port(port)
            assert (await finding(settings, "server")).ok
        assert "does not answer (ConnectionRefusedError)" in (await finding(settings, "server")).sentence
        with answering(200, b"<html>") as port:
            tell_port(port)
            assert not (await finding(settings, "server")).ok


async def test_articles_that_no_page_may_link_to_are_counted(settings):
    async with open_database(settings.database()) as database, database.write() as session:
        articles = [
            Article("a", "A", "text", url="javascript:alert(1)"),
            Article("b", "B", "text b", url="https://b.example"),
        ]
        await corpus.store_batch(session, articles)
    assert "1 articles have an address" in (await finding(settings, "database")).sentence
