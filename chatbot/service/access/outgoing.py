"""Requests to another server for JSON: over https (or to this machine), bounded in size and time, no redirects.

Knows nothing of what is asked for.
"""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from chatbot.errors import UnderstudyError

if TYPE_CHECKING:
    from collections.abc import Mapping

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_SECONDS = 10.0
_LONGEST = 500_000  # bytes
_LONGEST_WORD = 60


class ProviderError(UnderstudyError):
    """The provider through which people may sign in does not answer, or not as it should; the message says why."""

    code = "provider_failed"
    status = 502
    title = "Signing in through the provider failed"


def is_safe(address: object) -> bool:
    """Whether an address is one that nobody in between reads or answers for."""
    try:
        parts = urlsplit(str(address))
        host = parts.hostname
    except ValueError:
        return False
    by_name = parts.username is None and parts.password is None and bool(host)
    return by_name and (parts.scheme == "https" or (parts.scheme == "http" and host in LOOPBACK))


async def fetch(
    address: str, *, form: Mapping[str, str] | None = None, login: tuple[str, str] | None = None
) -> dict[str, Any]:
    """The JSON object at an address; a ``form`` is posted there.

    Raises:
        ProviderError: the address is not safe, or what is there does not answer so.

    """
    import httpx2

    if not is_safe(address):
        raise ProviderError(f"{address} is not https.")
    place, body = urlsplit(address).netloc, b""
    headers = {"Accept": "application/json", "Accept-Encoding": "identity"}  # what unpacks is not counted
    try:
        async with asyncio.timeout(_SECONDS), httpx2.AsyncClient(timeout=_SECONDS, follow_redirects=False) as client:
            asked = client.stream("POST" if form else "GET", address, data=form, auth=login, headers=headers)
            async with asked as response:
                async for chunk in response.aiter_raw():
                    body += chunk
                    if len(body) > _LONGEST:
                        raise ProviderError(f"{place} answers with more than {_LONGEST:,} bytes.")
    except (httpx2.HTTPError, httpx2.InvalidURL, OSError, TimeoutError) as error:
        raise ProviderError(f"{place} does not answer ({type(error).__name__}).") from error
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        found = None
    if response.status_code != httpx2.codes.OK or not isinstance(found, dict):
        word = str(found.get("error", ""))[:_LONGEST_WORD] if isinstance(found, dict) else "no JSON object"
        raise ProviderError(f"{place} answers {response.status_code} {word}".rstrip() + ".")
    return found
