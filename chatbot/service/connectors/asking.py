"""Asks the JSON API of a help desk, and says in a sentence what it answers wrongly."""

from __future__ import annotations

import json
from base64 import b64encode
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import urlencode, urlsplit

from chatbot.service.outgoing.door import OutgoingError

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from chatbot.service.outgoing.door import Answer

_MOST = 20_000_000  # bytes of an answer
_SECONDS = 20.0
_BUSY = {429, 503}
_CHANGED = {409, 412}
_LONGEST_WAIT = 3600.0
_SOME_TIME = 60.0
_IS_A_DATE = 1e9  # seconds since 1970


class BusyError(OutgoingError):
    """The help desk wants to be asked later: after ``wait`` seconds."""

    def __init__(self, detail: str, wait: float) -> None:
        super().__init__(detail)
        self.wait = wait


class ChangedMeanwhileError(OutgoingError):
    """The ticket was changed there since it was read: nothing was written."""


@dataclass(frozen=True, slots=True)
class Said:
    """What came back. ``value`` is the JSON of the body, None where there is none; the headers' names are small."""

    status: int
    headers: Mapping[str, str]
    value: Any


class Asks(Protocol):
    """What requests go through: the door's client, or one before it that adds what they need."""

    async def ask(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str],
        most: int,
        seconds: float,
        content: bytes | None = None,
    ) -> Answer:
        """Send a request, and read at most so many bytes of the answer."""
        ...


class Api:
    """One help desk's API. ``url`` is what paths are put behind, ``headers`` go with each request.

    ``gone`` are the statuses by which it says that something is not there (any more).
    """

    def __init__(
        self, client: Asks, url: str, headers: Mapping[str, str], kind: str, gone: Collection[int] = (404, 410)
    ) -> None:
        self._client, self._kind, self._gone = client, kind, gone
        self.url = url.rstrip("/")
        self._host = urlsplit(self.url).netloc
        self._headers = {"Accept": "application/json", "User-Agent": "Understudy/1", **headers}

    async def get(self, path: str, **query: Any) -> Any:
        """What lies there; parameters that are None are left out."""
        return (await self.ask("GET", path, query=query)).value

    async def find(self, path: str, **query: Any) -> Any | None:
        """The same; None where there is nothing (any more)."""
        said = await self.ask("GET", path, query=query, missing=True)
        return None if said is None else said.value

    async def ask(
        self,
        method: str,
        path: str,
        given: Any = None,
        *,
        query: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        missing: bool = False,
    ) -> Any:
        """A request; ``Said``, or None where ``missing`` may be and it is. ``path`` may be a whole URL of this API.

        Raises:
            BusyError: it wants to be asked later.
            ChangedMeanwhileError: a condition (If-Match, or one of its own) does not hold any more.
            OutgoingError: it says no, or nothing that can be read; the message says what.

        """
        url = self._where(path, query or {})
        sent = self._headers | ({"Content-Type": "application/json"} if given is not None else {}) | dict(headers or {})
        content = None if given is None else json.dumps(given).encode()
        answer = await self._client.ask(method, url, headers=sent, content=content, most=_MOST, seconds=_SECONDS)
        if answer.status in self._gone and missing:
            return None
        where = f"{method} {urlsplit(url).path}"
        self._check(answer, where)
        if not answer.body.strip():
            return Said(answer.status, answer.headers, None)
        try:
            return Said(answer.status, answer.headers, json.loads(answer.body))
        except (ValueError, RecursionError) as error:
            raise OutgoingError(f"{self._host} answers no JSON to {where}: is it a {self._kind}?") from error

    def _where(self, path: str, query: Mapping[str, Any]) -> str:
        url = path if "://" in path else f"{self.url}/{path.lstrip('/')}"
        if urlsplit(url)[:2] != urlsplit(self.url)[:2]:
            raise OutgoingError(f"{self._host} sends us on to another host, who would get its credentials.")
        kept = {name: value for name, value in query.items() if value is not None}
        return f"{url}{'&' if '?' in url else '?'}{urlencode(kept)}" if kept else url

    def _check(self, answer: Answer, where: str) -> None:
        if answer.status in {401, 403}:
            raise OutgoingError(f"{self._host} refuses the credentials ({answer.status} to {where}).")
        if answer.status in _BUSY:
            raise BusyError(f"{self._host} is busy ({answer.status}).", _wait(answer.headers))
        if answer.status in _CHANGED:
            raise ChangedMeanwhileError(f"{self._host}: the ticket was changed meanwhile.")
        if not 200 <= answer.status < 300:  # noqa: PLR2004 - HTTP's own
            doubt = f": is it a {self._kind}?" if answer.status < 500 else "."  # noqa: PLR2004 - HTTP's own
            raise OutgoingError(f"{self._host} answers {answer.status} to {where}{doubt}")
        if answer.more:
            raise OutgoingError(f"{self._host} answers more than {_MOST:,} bytes to {where}.")


def basic(user: str, password: str) -> str:
    """The Authorization header of who signs in by name and password."""
    return f"Basic {b64encode(f'{user}:{password}'.encode()).decode()}"


def _wait(headers: Mapping[str, str]) -> float:
    """Seconds, of Retry-After: a number, or a date; else of when the limit begins anew."""
    given = headers.get("retry-after") or headers.get("x-ratelimit-reset", "")
    try:
        seconds = float(given)
        if seconds > _IS_A_DATE:
            seconds -= datetime.now(UTC).timestamp()
    except ValueError:
        try:
            seconds = (parsedate_to_datetime(given) - datetime.now(UTC)).total_seconds()
        except (ValueError, TypeError):
            return _SOME_TIME
    return min(max(seconds, 1.0), _LONGEST_WAIT) if seconds == seconds else _SOME_TIME  # noqa: PLR0124 - not NaN
