"""Requests to Help Scout with the token that an app's id and secret get, within what it lets be asked in a minute."""

from __future__ import annotations

import re
import time
from dataclasses import replace
from typing import TYPE_CHECKING

from chatbot.service.connectors.asking import Api, BusyError
from chatbot.service.connectors.reading import text, told

if TYPE_CHECKING:
    from collections.abc import Mapping

    from chatbot.service.connectors.asking import Asks
    from chatbot.service.outgoing.door import Answer

_UNAUTHORISED = 401
_TOKEN = re.compile(r"[!-~]{1,8000}")
_MINUTE = 60.0
_LEFT, _WAIT = "x-ratelimit-remaining-minute", "x-ratelimit-retry-after"


class Tokens:
    """Fetches a token before the first request, and another when it runs out or is refused, once for a request."""

    def __init__(self, client: Asks, url: str, app: str, secret: str, kind: str) -> None:
        self._client = client
        self._api = Api(client, url, {}, kind)
        self._given = {"grant_type": "client_credentials", "client_id": app, "client_secret": secret}
        self._token = ""
        self._good_until = 0.0
        self._left, self._left_until = 0, 0.0

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
        """Ask, unless it is known that nothing is left of this minute: reading takes one of it, writing two.

        Raises:
            BusyError: nothing is left.

        """
        now = time.monotonic()
        if now < self._left_until and self._left < (1 if method == "GET" else 2):
            raise BusyError("Help Scout is asked no more in this minute.", self._left_until - now)
        known = now < self._good_until
        if not known:
            await self._fetch()
        sent = {**headers, "Authorization": f"Bearer {self._token}"}
        answer = await self._client.ask(method, url, headers=sent, most=most, seconds=seconds, content=content)
        if answer.status == _UNAUTHORISED and known:
            await self._fetch()
            sent["Authorization"] = f"Bearer {self._token}"
            answer = await self._client.ask(method, url, headers=sent, most=most, seconds=seconds, content=content)
        self._note(answer)
        return replace(answer, headers={"retry-after": answer.headers.get(_WAIT, ""), **answer.headers})

    async def _fetch(self) -> None:
        said = await self._api.ask("POST", "v2/oauth2/token", self._given)
        with told("Help Scout", "token"):
            self._token = text(said.value["access_token"])
            if not _TOKEN.fullmatch(self._token):
                raise ValueError
            self._good_until = time.monotonic() + float(said.value["expires_in"]) - _MINUTE

    def _note(self, answer: Answer) -> None:
        left = answer.headers.get(_LEFT, "")
        if left.isascii() and left.isdigit():
            self._left, self._left_until = int(left[:9]), time.monotonic() + _MINUTE
