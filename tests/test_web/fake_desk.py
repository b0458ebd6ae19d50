"""A desk that does what it is told: the visitor's part of the HTTP contract, in memory, on the standard library.

For browser tests of what a real server does not do on request: refuse with 429, be away, let a person join, write an
answer one word at a time and stop in the middle. ``python -m tests.test_web.fake_desk 8099`` serves the demo page
with it.
"""

from __future__ import annotations

import itertools
import json
import mimetypes
import sys
import threading
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

from tests.test_web.ports import lasting_port

REPOSITORY = Path(__file__).resolve().parents[2]
CSP = "default-src 'self'; base-uri 'none'; object-src 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
RETURNS = "You can send anything back within 30 days, unused and in its box. The label is £3.50, taken off the refund."
EVIDENCE = [
    {"id": "a1", "kind": "article", "title": "Return an item", "url": "/demo/#help/returns"},
    {"id": "a2", "kind": "article", "title": "Refunds", "url": None},
]


@dataclass
class Talk:
    """One conversation and its log."""

    id: str
    status: str = "open"
    rating: int | None = None
    contact: str | None = None
    agent: str | None = None
    handover: dict[str, Any] | None = None
    messages: list[dict[str, Any]] = field(default_factory=list)
    events: list[dict[str, Any]] = field(default_factory=list)
    listeners: int = 0  # open streams

    def view(self) -> dict[str, Any]:
        """The snapshot."""
        names = ("id", "status", "rating", "contact", "agent", "handover", "messages")
        return {"seq": len(self.events), **{name: getattr(self, name) for name in names}}


class FakeDesk:
    """Conversations, and what the next requests shall run into."""

    def __init__(self) -> None:
        self.news = threading.Condition()
        self.talks: dict[str, Talk] = {}
        self.keys: dict[str, str] = {}
        self.passing: list[tuple[str, dict[str, Any]]] = []
        self.refusals: list[tuple[int, str, int]] = []  # status, code, Retry-After
        self.lose_answers = 0  # requests that are carried out but never answered
        self.word_pause = 0.02
        self.answers = True
        self.deaf = False  # streams are taken and nothing ever comes through them, as behind some proxies
        self.stops: set[str] = set()
        self.stopping = False
        self._ids = itertools.count(1)
        self._server: ThreadingHTTPServer | None = None

    # -- what a test can do

    def start(self, port: int = 0) -> str:
        """Listen; returns the address. After ``stop`` it can be started again on the same port."""
        self.stopping = False
        ThreadingHTTPServer.allow_reuse_address = True
        self._server = ThreadingHTTPServer(("127.0.0.1", port or lasting_port()), partial(Handler, self))
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def stop(self) -> int:
        """End every stream and the server; returns the port."""
        assert self._server is not None
        port = self._server.server_address[1]
        with self.news:
            self.stopping = True
            self.news.notify_all()
        self._server.shutdown()
        self._server.server_close()
        return port

    def only(self) -> Talk:
        """The one conversation there is."""
        (talk,) = self.talks.values()
        return talk

    def log(self, talk: Talk, kind: str, payload: dict[str, Any]) -> None:
        """Append an event and wake the streams."""
        with self.news:
            seq = len(talk.events) + 1
            talk.events.append({"seq": seq, "kind": kind, "at": _now(), "payload": payload})
            self.news.notify_all()

    def passes(self, talk: Talk, kind: str, payload: dict[str, Any]) -> None:
        """Send something that is not stored."""
        with self.news:
            self.passing.append((talk.id, {"seq": None, "kind": kind, "at": _now(), "payload": payload}))
            self.news.notify_all()

    def say(self, talk: Talk, role: str, text: str, **more: Any) -> dict[str, Any]:
        """Store a message of anyone."""
        message = {
            "id": f"m{next(self._ids)}",
            "client_id": None,
            "role": role,
            "text": text,
            "at": _now(),
            "evidence": [],
        } | more
        if role == "agent":
            talk.status = "agent"
        talk.messages.append(message)
        self.log(talk, "message.created" if role == "customer" else "message.done", message)
        return message

    def join(self, talk: Talk, name: str) -> None:
        """A person takes the conversation."""
        talk.status, talk.agent = "agent", name
        self.log(talk, "agent.joined", {"name": name})

    def judge(self, talk: Talk, message_id: str, value: int) -> None:
        """Keep whether an answer helped."""
        for message in talk.messages:
            if message["id"] == message_id:
                message["feedback"] = value or None
        self.log(talk, "feedback.given", {"message_id": message_id, "value": value})

    def hand_over(self, talk: Talk, reason: str) -> None:
        """A person is asked for."""
        if talk.status == "open":
            talk.status, talk.handover = (
                "waiting",
                {"reason": reason, "text": "I am passing this on.", "meanwhile": True},
            )
            self.log(talk, "handover.requested", talk.handover)

    def answer(self, talk: Talk, text: str = RETURNS, *, stop_after: int | None = None) -> None:
        """Write an answer word by word, then store it; or fall silent after some words.

        It begins when somebody listens, as words that pass are not sent again.
        """
        with self.news:
            self.news.wait_for(lambda: talk.listeners or self.deaf or self.stopping, timeout=5)
        self.passes(talk, "typing", {"role": "bot", "on": True})
        identity, sent = f"m{next(self._ids)}", ""
        for at, word in enumerate(text.split(" ")):
            if at == stop_after:
                return
            time.sleep(self.word_pause)
            if talk.id in self.stops:
                self.stops.discard(talk.id)
                self.say(talk, "bot", sent, id=identity, decision="stopped")
                return
            piece = word if at == 0 else " " + word
            self.passes(talk, "message.delta", {"message_id": identity, "text": piece, "offset": len(sent)})
            sent += piece
        self.say(talk, "bot", text, id=identity, decision="answer", evidence=EVIDENCE)

    # -- what the widget asks for

    def create(self, key: str) -> dict[str, Any]:
        """POST /v1/conversations."""
        identity = self.keys.setdefault(key, f"c{len(self.keys) + 1}")
        if identity not in self.talks:
            self.talks[identity] = Talk(identity)
            self.log(self.talks[identity], "conversation.started", {"conversation_id": identity})
        return {"id": identity, "token": f"token-{identity}"}

    def act(self, talk: Talk, verb: str, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        """POST on a conversation."""
        if verb == "messages":
            return self._take(talk, body)
        if verb == "stop":
            self.stops.add(talk.id)
        elif verb == "handover":
            self.hand_over(talk, "customer_asked")
        elif verb == "meanwhile":
            talk.status = "open"
            self.log(talk, "bot.resumed", {"episode": 2})
        elif verb == "closure":
            talk.status = "closed"
            self.log(talk, "conversation.closed", {"by": "customer"})
        elif verb == "reopening":
            talk.status, talk.handover = "open", None
            self.log(talk, "conversation.reopened", {})
        elif verb == "contact":
            talk.contact = body["email"]
            self.log(talk, "contact.given", {"email": body["email"]})
        elif verb == "rating":
            talk.rating = body["score"]
            self.log(talk, "rating.given", {"score": body["score"], "comment": None})
        return 200, talk.view()

    def _take(self, talk: Talk, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        known = next((m for m in talk.messages if m["client_id"] == body["client_id"]), None)
        if known:
            return 200, known
        message = self.say(talk, "customer", body["text"], client_id=body["client_id"])
        if talk.status == "waiting":
            self.say(talk, "system", "Thank you, this has reached us.")
        if talk.status == "open" and self.answers:
            threading.Thread(target=self._reply, args=(talk, body["text"]), daemon=True).start()
        return 201, message

    def _reply(self, talk: Talk, text: str) -> None:
        if "person" in text.lower():
            self.say(
                talk, "bot", "I would rather not guess here. I am passing this on to a colleague.", decision="hand_over"
            )
            self.hand_over(talk, "not_sure")
        else:
            self.answer(talk)


class Handler(BaseHTTPRequestHandler):
    """The HTTP around it, and the files of the widget and the demo page."""

    protocol_version = "HTTP/1.1"

    def __init__(self, desk: FakeDesk, *args: Any) -> None:
        self.desk = desk
        super().__init__(*args)

    def log_message(self, *_: Any) -> None:
        """Stay silent."""

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers.get("Content-Length") or 0)) or b"{}")
        if self.desk.refusals:
            status, code, seconds = self.desk.refusals.pop(0)
            self._json(status, {"code": code, "title": code}, {"Retry-After": str(seconds)})
            return
        parts = self.path.strip("/").split("/")
        talk = self._talk(parts)
        if len(parts) == 2:
            status, answer = 201, self.desk.create(self.headers["Idempotency-Key"])
        elif talk is None:
            status, answer = 404, {"code": "not_found"}
        else:
            if len(parts) == 6:
                self.desk.judge(talk, parts[4], body["value"])
            status, answer = self.desk.act(talk, parts[-1], body)
        if self.desk.lose_answers:
            self.desk.lose_answers -= 1
            self.close_connection = True
            return
        self._json(status, answer)

    def do_GET(self) -> None:
        parts = self.path.strip("/").split("/")
        if parts[0] != "v1":
            self._file()
            return
        talk = self._talk(parts)
        if talk is None:
            self._json(404, {"code": "not_found"})
        elif parts[-1].startswith("events?"):
            self._poll(talk, {name: int(value[0]) for name, value in parse_qs(self.path.split("?")[1]).items()})
        elif parts[-1] == "events":
            self._stream(talk)
        else:
            self._json(200, talk.view())

    def _talk(self, parts: list[str]) -> Talk | None:
        identity = parts[2] if len(parts) > 2 else ""
        return (
            self.desk.talks.get(identity) if self.headers.get("Authorization") == f"Bearer token-{identity}" else None
        )

    def _stream(self, talk: Talk) -> None:
        after, passed = int(self.headers.get("Last-Event-ID") or 0), len(self.desk.passing)
        self._head(200, {"Content-Type": "text/event-stream", "Connection": "close"})
        self.close_connection = True
        with self.desk.news:
            talk.listeners += 1
            self.desk.news.notify_all()
        try:
            self.wfile.write(b"" if self.desk.deaf else b": open\n\n")
            while not self.desk.stopping:
                with self.desk.news:
                    ready = [event for identity, event in self.desk.passing[passed:] if identity == talk.id]
                    passed = len(self.desk.passing)
                    ready += talk.events[after:]
                    after = len(talk.events)
                    if not ready and not self.desk.stopping:
                        self.desk.news.wait(5)
                if self.desk.deaf:
                    continue
                for event in ready:
                    name = f"id: {event['seq']}\n" if event["seq"] else ""
                    self.wfile.write(f"{name}event: {event['kind']}\ndata: {json.dumps(event)}\n\n".encode())
                self.wfile.write(b"" if ready else b": still here\n\n")
                self.wfile.flush()
        except OSError:
            return
        finally:
            with self.desk.news:
                talk.listeners -= 1

    def _poll(self, talk: Talk, asked: dict[str, int]) -> None:
        with self.desk.news:
            self.desk.news.wait_for(lambda: len(talk.events) > asked["after"] or self.desk.stopping, asked["wait"])
        self._json(200, {"events": talk.events[asked["after"] :], "seq": len(talk.events)})

    def _file(self) -> None:
        path = self.path.split("?")[0]
        articles = path.startswith("/demo/articles/")
        root = REPOSITORY / "data/sample/articles" if articles else REPOSITORY / "web"
        path = path.removeprefix("/demo/articles/" if articles else "/") or "demo/"
        file = (root / (path + "index.html" if path.endswith("/") else path)).resolve()
        if not file.is_relative_to(root) or not file.is_file():
            self._json(404, {"code": "not_found"})
            return
        content = file.read_bytes()
        kind = mimetypes.guess_type(file.name)[0] or "text/plain"
        self._head(200, {"Content-Type": f"{kind}; charset=utf-8", "Content-Length": str(len(content))})
        self.wfile.write(content)

    def _json(self, status: int, body: Any, headers: dict[str, str] | None = None) -> None:
        content = json.dumps(body).encode()
        self._head(status, {"Content-Type": "application/json", "Content-Length": str(len(content)), **(headers or {})})
        self.wfile.write(content)

    def _head(self, status: int, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in {"Content-Security-Policy": CSP, "Cache-Control": "no-store", **headers}.items():
            self.send_header(name, value)
        self.end_headers()


def _now() -> str:
    return datetime.now(UTC).isoformat()


if __name__ == "__main__":
    FakeDesk().start(int(sys.argv[1]) if len(sys.argv) > 1 else 8099)
    threading.Event().wait()
