"""A help desk's JSON API in memory, and what every adapter has to bear of one: shared by the tests of the adapters."""

from __future__ import annotations

import copy
import json
import re
from collections import deque
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl, urlsplit

import pytest

from chatbot.service.connectors.asking import BusyError
from chatbot.service.connectors.protocol import LONGEST, Change, Rung, Theirs, UnsignedError
from chatbot.service.outgoing.door import Answer, OutgoingError

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
FOREIGN_NAMES = (
    *(
        "",
        " ",
        "../users",
        "7/../8",
        "7?x=1",
        "7#x",
        "7;x",
        "%2e%2e",
        "7%2f8",
        "7 ",
        "7\n",
        "\x00",
        "\ud800",
        "x" * 5000,
    ),
    *("/etc", "//evil.example", "https://evil.example/7", "-1&x=1", "٧", "..", "."),
)
"""Names that are no ticket's in any help desk, and lead elsewhere where they are put into a path."""
STRANGE_BODIES = (
    *(b"", b"null", b"7", b'"7"', b"[]", b"{}", b"[[1]]", b"\xff\xfe", b"{", b"[" * 100_000, b'{"x": NaN}'),
    *(b'{"ticket": {}}', b'{"ticket": []}', b'{"ticket": "../users"}', b'{"ticket": true}', b'{"data": []}'),
    *(b'{"data": {"item": 7}}', b'{"detail": 7}', b'{"conversation": 7}', b'{"event": [], "id": {}}', b"9" * 5000),
)
JUNK = (
    *(None, True, False, 0, -1, 7, 10**30, 1.5, float("nan"), float("inf"), "", "x", "\ud800\0", "2026-13-45", []),
    *([[]], [None], ["x"], [7], {}, {"id": {}}, "<p>" * 50 + "x", "x" * 30_000),
)
SECRET = "A VIP."
"""What a note of the team says in a fake's ticket: it is never read as what customers read."""
_MOST_ASKED = 400
_SAID_OPENLY = {("public",), ("private",), ("internal",)}  # who reads a message, as help desks name it


@dataclass(frozen=True)
class Asked:
    """One request; ``given`` is the JSON of its body. ``url`` is as it was asked for, ``path`` lacks the query."""

    method: str
    url: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    given: object


def on(method, path):
    """Marks what answers requests by ``method`` to paths that match: called with ``Asked`` and the groups.

    It returns JSON, or a status and JSON, or a status, JSON and headers.
    """

    def mark(function):
        function.answers = (*getattr(function, "answers", ()), (method, re.compile(path)))
        return function

    return mark


class FakeApi:
    """A client; a subclass is the help desk behind it. ``first`` are answers that come before its own, once each."""

    host = "help.example"

    def __init__(self):
        self.headers: dict[str, str] = {}  # of every answer
        self.asked: list[Asked] = []
        self.first: deque[tuple] = deque()
        members = (getattr(type(self), name) for name in dir(type(self)))
        self._routes = [(*route, each) for each in members for route in getattr(each, "answers", ())]

    async def ask(self, method, url, *, headers, content=None, **_):
        parts = urlsplit(url)
        assert (parts.scheme, parts.netloc) == ("https", self.host), f"asks {url}"
        given = None if content is None else json.loads(content, parse_constant=_no_json)
        asked = Asked(method, url, parts.path, dict(parse_qsl(parts.query)), headers, given)
        self.asked.append(asked)
        assert len(self.asked) < _MOST_ASKED, "asks for ever"
        said = self.first.popleft() if self.first else self.answer(asked)
        status, value, more = (*said, {})[:3] if isinstance(said, tuple) else (200, said, {})
        body = value if isinstance(value, bytes) else b"" if value is None else json.dumps(value).encode()
        return Answer(status, {**self.headers, **more}, body, False, False)

    def answer(self, asked):
        for method, path, function in self._routes:
            found = path.fullmatch(asked.path)
            if found and method == asked.method:
                return function(self, asked, *found.groups())
        raise AssertionError(f"nothing is at {asked.method} {asked.path}")

    def of(self, *methods):
        """The requests of these methods."""
        return [each for each in self.asked if each.method in methods]

    def writes(self):
        """Method, path and JSON of what was to change something."""
        return [(each.method, each.path, each.given) for each in self.asked if each.method != "GET"]


def _no_json(constant):
    raise AssertionError(f"{constant} is sent, which is no JSON")


class Answering:
    """A client that answers as another one does, but for one answer, which is given as ``instead`` makes of it."""

    def __init__(self, client, number, instead):
        self.client, self.number, self.instead, self.count = client, number, instead, 0

    async def ask(self, method, url, **more):
        try:
            answer = await self.client.ask(method, url, **more)
        except (ValueError, KeyError, TypeError):  # asked for by the junk that it was given
            return Answer(400, {}, b"{}", False, False)
        self.count += 1
        if self.count - 1 != self.number or not answer.body:
            return answer
        value = self.instead(json.loads(answer.body))
        return Answer(answer.status, answer.headers, json.dumps(value).encode(), False, False)


def mutations(value):
    """Functions that each make one other value of a JSON value: every part of it left out, or put as junk."""
    for path in _paths(value):
        for junk in JUNK:
            yield path, junk, lambda given, path=path, junk=junk: _with(given, path, junk)
        if path:
            yield path, "left out", lambda given, path=path: _with(given, path, None, left_out=True)


def _paths(value, path=(), most=2):
    yield path
    parts = value.items() if isinstance(value, dict) else enumerate(value[:most]) if isinstance(value, list) else ()
    for name, part in parts:
        yield from _paths(part, (*path, name))


def _with(value, path, junk, *, left_out=False):
    if not path:
        return junk
    value = copy.deepcopy(value)
    part = value
    for name in path[:-1]:
        part = part[name]
    if left_out:
        del part[path[-1]]
    else:
        part[path[-1]] = junk
    return value


def check_theirs(theirs):
    """A ticket is such as is taken here, whatever it was read from."""
    assert isinstance(theirs, Theirs)
    assert theirs.category in {"open", "waiting", "done"}
    assert theirs.priority in {None, "urgent", "high", "normal", "low"}
    assert isinstance(theirs.noted, frozenset)
    assert all(isinstance(each, str) for each in theirs.noted)
    texts = [theirs.id, theirs.url, theirs.subject, theirs.email, theirs.name, *(theirs.tags or ()), *theirs.drafts]
    assert len(theirs.subject) <= 500
    assert 0 < len(theirs.id) <= 200
    for remark in theirs.remarks:
        assert remark.role in {"customer", "agent", "bot"}
        assert remark.audience in {"customer", "team"}
        assert (remark.role, remark.audience) != ("customer", "team"), "it is not taken here"
        assert remark.text.strip()
        assert len(remark.text) <= LONGEST
        assert remark.at is None or remark.at.utcoffset() == timedelta(0)
        texts += [remark.key, remark.text, remark.author]
    for each in texts:
        assert each is None or isinstance(each, str)
        (each or "").encode()  # no half of a character, which cannot be kept
    keys = [each.key for each in theirs.remarks]
    assert all(keys)


async def bears_what_it_is_answered(make, name, kind, given, url="https://help.example"):
    """Every part of every answer is put as junk in turn: a sentence is raised, or what can be taken comes of it.

    ``make`` makes the fake anew, ``name`` is a ticket that it has.
    """
    readings = (
        lambda desk: desk.fetch(name),
        lambda desk: _all(desk.changes(NOW - timedelta(days=1))),
        lambda desk: _all(desk.changes(None)),
        lambda desk: desk.newest(3),
        lambda desk: _all(desk.check()),
    )
    tried, seen = 0, set()
    for read in readings:
        fake = make()
        recorded = _Recording(fake)
        await read(kind(recorded, url, given))
        assert recorded.values, "nothing was asked"
        for number, value in enumerate(recorded.values):
            shape = json.dumps(value, sort_keys=True)
            if shape in seen:
                continue
            seen.add(shape)
            for path, junk, instead in mutations(value):
                tried += 1
                try:
                    found = await read(kind(Answering(make(), number, instead), url, given))
                except OutgoingError:
                    continue
                except Exception as error:
                    raise AssertionError(f"{path} as {junk!r:.60} raises {error!r}") from error
                for each in found if isinstance(found, list) else [found]:
                    if isinstance(each, Theirs):
                        check_theirs(each)
                        public = isinstance(junk, bool) and path[-1:] in _SAID_OPENLY
                        assert public or not _tells(each), f"{path} as {junk!r:.60} tells customers of a note"
    assert tried > 100


def _tells(theirs):
    return any(SECRET in each.text and each.audience != "team" for each in theirs.remarks)


class _Recording:
    def __init__(self, client):
        self.client, self.values = client, []

    async def ask(self, method, url, **more):
        answer = await self.client.ask(method, url, **more)
        self.values.append(json.loads(answer.body) if answer.body else None)
        return answer


async def _all(steps):
    return [each async for each in steps]


async def bears_foreign_names(make, kind, given, url="https://help.example", names=FOREIGN_NAMES):
    """What is no ticket's name is not there, and nothing is asked for under it; nor written."""
    fake = make()
    desk = kind(fake, url, given)
    for name in names:
        assert await desk.fetch(name) is None, name
        for write in (desk.note, desk.reply):
            with pytest.raises(OutgoingError):
                await write(name, "Hello")
        with pytest.raises(OutgoingError):
            await desk.change(name, Change(category="done"))
    assert not fake.asked


async def tells_errors(make, name, kind, given, url="https://help.example", hidden=()):
    """What goes wrong is told as a sentence; what wants to be asked later is told with when.

    By a status that is ``hidden`` a help desk says no more than that there is nothing.
    """
    wrong = [
        (401, {}, "refuses the credentials"),
        (403, {}, "refuses the credentials"),
        (500, b"oops", "answers 500"),
        (302, b"", "answers 302"),
        (200, b"<html>", "no JSON"),
        (200, b"[" * 100_000, "no JSON"),
    ]
    for status, body, said in (each for each in wrong if each[0] not in hidden):
        fake = make()
        fake.first.append((status, body))
        with pytest.raises(OutgoingError, match=said):
            await kind(fake, url, given).fetch(name)
    fake = make()
    fake.first.append((429, {}, {"retry-after": "7"}))
    with pytest.raises(BusyError) as busy:
        await kind(fake, url, given).fetch(name)
    assert busy.value.wait == 7
    for write in ("note", "reply"):
        fake = make()
        fake.first.extend([(500, b"")] * 9)
        with pytest.raises(OutgoingError):
            await getattr(kind(fake, url, given), write)(name, "Hello")


def bears_strange_hooks(kind, given):
    """A hook of any form is a hint at most, or refused; never an error."""
    for body in STRANGE_BODIES:
        try:
            rung = kind.heard({}, body, given, NOW)
        except UnsignedError:
            continue
        assert isinstance(rung, Rung)
        assert rung.ticket is None or re.fullmatch(r"[\w.:-]{1,200}", rung.ticket, re.ASCII)
