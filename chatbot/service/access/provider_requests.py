"""What the provider of identities is asked, and its answers as JSON. Through the guarded door, as all that is asked."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from chatbot.errors import InputError, UnderstudyError
from chatbot.service.outgoing.door import AddressRefusedError, OutgoingError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from chatbot.service.outgoing.door import Door

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_LONGEST = 500_000  # bytes
_LONGEST_WORD = 60
_WELL = 200


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
    door: Door, address: str, *, form: Mapping[str, str] | None = None, login: tuple[str, str] | None = None
) -> dict[str, Any]:
    """The JSON object at an address; a ``form`` is posted there.

    Raises:
        ProviderError: the address is not safe, or what is there does not answer so.

    """
    if not is_safe(address):
        raise ProviderError(f"{address} is not https.")
    place = urlsplit(address).netloc
    headers = {"Accept": "application/json"}
    if login:
        headers["Authorization"] = f"Basic {base64.b64encode(':'.join(login).encode()).decode()}"
    try:
        async with door.open() as client:
            answer = await client.ask("POST" if form else "GET", address, most=_LONGEST, headers=headers, form=form)
    except AddressRefusedError as error:
        raise ProviderError(str(error)) from error
    except (OutgoingError, InputError) as error:
        raise ProviderError(f"{place} does not answer ({error})") from error
    if answer.more:
        raise ProviderError(f"{place} answers with more than {_LONGEST:,} bytes.")
    try:
        found = json.loads(answer.body)
    except (ValueError, RecursionError):
        found = None
    if answer.status != _WELL or not isinstance(found, dict):
        word = str(found.get("error", ""))[:_LONGEST_WORD] if isinstance(found, dict) else "no JSON object"
        raise ProviderError(f"{place} answers {answer.status} {word}".rstrip() + ".")
    return found
