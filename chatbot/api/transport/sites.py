"""Where a browser is, as its request says: what a passkey is for. Only a host that has a name, over a safe line.

That a request may name any host harms nobody: a device signs for the host that its browser is at, and says so.
"""

from __future__ import annotations

from ipaddress import ip_address

from fastapi import Request

from chatbot.errors import HttpsNeededError
from chatbot.service.access.webauthn_json import Site

_DEFAULT_PORTS = {"https": ":443", "http": ":80"}


def takes_passkeys(request: Request) -> bool:
    """Whether browsers take passkeys where this request was sent to."""
    host = request.url.hostname or ""
    return _is_named(host) and (request.url.scheme == "https" or host == "localhost")


def site_for_passkeys(request: Request) -> Site:
    """Where the browser is.

    Raises:
        HttpsNeededError: browsers take no passkeys there.

    """
    if not takes_passkeys(request):
        raise HttpsNeededError("Passkeys need https and a host name, or http://localhost; an IP address has none.")
    netloc = request.url.netloc.lower().removesuffix(_DEFAULT_PORTS[request.url.scheme])
    return Site(request.url.hostname or "", f"{request.url.scheme}://{netloc}")


def _is_named(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return bool(host)
    return False
