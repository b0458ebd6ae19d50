"""The people of the sample shop: a link that signs in as its lead, and a queue in which two agents are at work.

The conversations of ``data/sample/queue.jsonl`` are held once, over HTTP with the server that has just started: each
answer and each reason for a hand-over is the bot's own. Knows nothing of how any of it is stored.
"""

from __future__ import annotations

import json
import secrets
import threading
import time
import urllib.request
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.client import HTTPException
from typing import TYPE_CHECKING, Any
from urllib.error import HTTPError

import structlog
import typer

from chatbot.cli.terminal import in_session, with_database
from chatbot.clock import real_clock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from chatbot.settings import Settings
    from chatbot.storage.database import Database, Session

LEAD = ("priya@kettleandotter.example", "Priya")
_KEY = "the sample shop's agents"
_PATIENCE = 30.0
"""Seconds in which the bot has answered, or the conversation goes on without."""


@contextmanager
def open_desk(settings: Settings) -> Iterator[Callable[[int], None]]:
    """What to do once the port is known: print the lead's link, and fill the queue of a shop where nobody wrote yet.

    In the end the filling is waited for, which a server that has stopped ends: a thread that asks the database while
    the interpreter goes away crashes it.
    """
    token, password, empty = in_session(settings, _lead, write=True)
    filling: list[threading.Thread] = []

    def tell(port: int) -> None:
        from chatbot.service.access import links

        address = settings.address(port)
        typer.echo(f"  The console, as the shop's lead: once, on this machine\n  {links.address(address, token)}\n")
        if password:
            typer.echo(f"  Where it asks who you are: {LEAD[0]}, password {password}\n")
        if empty:
            filling.append(threading.Thread(target=_fill, args=(settings, address)))
            filling[-1].start()

    try:
        yield tell
    finally:
        for each in filling:
            each.join()


async def _lead(session: Session) -> tuple[str, str | None, bool]:
    """A link for the lead, who is made where there is none; a password; whether none of its agents was there yet.

    What is dangerous takes the password anew, ten minutes after the link was opened. It is another one at each start,
    until the lead has set one: then it is theirs, and None here.
    """
    from chatbot.service.access import links, people
    from chatbot.service.access.passwords import Passwords
    from chatbot.service.access.roles import Role
    from chatbot.service.audit import Act, latest
    from chatbot.storage.queries import agents
    from chatbot.storage.queries import people as stored

    clock = real_clock()
    row = await stored.by_email(session, LEAD[0])
    if row is None:
        row = people.new_row(clock, email=LEAD[0], name=LEAD[1], role=Role.LEAD)
        await people.add(session, row)
    password = None
    if not await latest(session, [Act.PASSWORD_SET], [row.id]):
        password = secrets.token_urlsafe(12)
        row.password = await Passwords().hash(password)
    worked = await agents.anybody_since(session, datetime.min.replace(tzinfo=UTC))
    return await links.make(session, clock, links.Kind.DEMO, person_id=row.id), password, not worked


def _fill(settings: Settings, address: str) -> None:
    """Hold the conversations, until the server stops; a demo without them is a demo all the same."""
    from data.sample import QUEUE

    try:
        key = with_database(settings, _make_key)
        for line in QUEUE.read_text(encoding="utf-8").splitlines():
            _Held(address, key).hold(json.loads(line))
    except Exception as error:  # noqa: BLE001 - logged, unless the server was stopped
        if isinstance(error, HTTPError) or not isinstance(error, OSError | HTTPException):
            structlog.get_logger("demo").exception("the sample shop's queue is not whole")
    finally:
        with_database(settings, _revoke_keys)


async def _make_key(database: Database) -> str:
    from chatbot.service.access import api_keys
    from chatbot.service.access.scopes import Scope

    return await api_keys.create(database, _KEY, scopes=[Scope.AGENT])


async def _revoke_keys(database: Database) -> None:
    from chatbot.service.access import api_keys

    for each in await api_keys.list_all(database):
        if each.name == _KEY:
            await api_keys.revoke(database, each.id)


def _later(hours: float = 0.0) -> str:
    return (datetime.now(UTC) + timedelta(hours=hours)).isoformat()


class _Held:
    """One conversation, as both sides write it."""

    def __init__(self, address: str, key: str) -> None:
        self._address, self._key = address, key
        self._count = 0
        begun = self._call("POST", "/v1/conversations")
        self._id, self._token = begun["id"], begun["token"]

    def hold(self, acts: list[list[Any]]) -> None:
        """Do what a line of the file says, one after the other: who does it, what, and with which words."""
        for who, what, *words in acts:
            if who == "customer":
                getattr(self, f"_{what}")(*words)
            else:
                self._of_agent(who, what, *words)

    def _says(self, text: str) -> None:
        self._visitors("messages", {"client_id": self._next(), "text": text})
        until = time.monotonic() + _PATIENCE
        while time.monotonic() < until:
            found = self._call("GET", f"/v1/conversations/{self._id}", token=self._token)
            if found["status"] != "open" or found["messages"][-1]["role"] != "customer":
                return
            time.sleep(0.3)

    def _asks_for_a_person(self) -> None:
        self._visitors("handover", {})

    def _leaves(self, email: str) -> None:
        self._visitors("contact", {"email": email})

    def _rates(self, score: int, comment: str) -> None:
        self._visitors("rating", {"score": score, "comment": comment})

    def _of_agent(self, agent: str, what: str, *words: Any) -> None:
        if what in ("replies", "notes"):
            body = {
                "client_id": self._next(),
                "text": words[0],
                "visible_to": "team" if what == "notes" else "customer",
            }
            self._team(f"/v1/conversations/{self._id}/replies", {"agent": agent, **body})
            return
        act: dict[str, Any] = {"do": what}
        if what == "tag":
            act["add"] = words
        elif what == "snooze":
            act["until"] = _later(*words)
        self._team("/v1/worklist/acts", {"agent": agent, "ids": [self._id], **act})

    def _next(self) -> str:
        self._count += 1
        return f"demo-{self._count}"

    def _visitors(self, path: str, body: dict[str, Any]) -> None:
        self._call("POST", f"/v1/conversations/{self._id}/{path}", body, token=self._token)

    def _team(self, path: str, body: dict[str, Any]) -> None:
        self._call("POST", path, body, token=self._key)

    def _call(self, method: str, path: str, body: dict[str, Any] | None = None, *, token: str | None = None) -> Any:
        headers = {"Content-Type": "application/json", **({"Authorization": f"Bearer {token}"} if token else {})}
        data = None if method == "GET" else json.dumps(body or {}).encode()
        asked = urllib.request.Request(f"{self._address}{path}", data, headers, method=method)  # noqa: S310 - our own
        with urllib.request.urlopen(asked, timeout=_PATIENCE) as answer:  # noqa: S310 - our own server
            return json.load(answer)
