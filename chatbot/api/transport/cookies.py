"""The cookie of who is signed in: its name, when it is sent back, and whether a request with it is our own page's.

`__Host-` makes a browser refuse the cookie from another host, path or a plain connection. Browsers do not take that
name on plain http, so at localhost, where nobody listens in between, it goes without the prefix. Knows no person.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from fastapi import Request, Response

from chatbot.errors import CrossSiteError, HttpsNeededError
from chatbot.service.access.sign_ins import Whence
from chatbot.service.access.signed_in import LONGEST

NAME = "__Host-understudy"
LOCAL_NAME = "understudy"
_ERRAND, _ERRAND_SECONDS = "-provider", 600
_LOCAL = frozenset({"localhost", "127.0.0.1", "::1"})
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_LONGEST_DEVICE = 40
_BROWSERS = {"Edg": "Edge", "OPR": "Opera", "Firefox": "Firefox", "Chrome": "Chrome", "Safari": "Safari"}
_SYSTEMS = {
    "iPhone": "iPhone",
    "iPad": "iPad",
    "Android": "Android",
    "Windows": "Windows",
    "Macintosh": "Mac",
    "Linux": "Linux",
}


def token(request: Request) -> str | None:
    """The token that a browser sent, under the one name that this connection allows."""
    return request.cookies.get(_name(request))


def keep(request: Request, response: Response, value: str) -> None:
    """Let the browser keep a token."""
    _set(request, response, value, int(LONGEST.total_seconds()))


def forget(request: Request, response: Response) -> None:
    """Let the browser forget it."""
    _set(request, response, "", 0)


def errand(request: Request) -> str | None:
    """The secret of a browser that went to the provider to sign in."""
    return request.cookies.get(_name(request) + _ERRAND)


def keep_errand(request: Request, response: Response, value: str) -> None:
    """Let the browser keep that secret until it is back. Lax: it comes back by a link from another site."""
    _set(request, response, value, _ERRAND_SECONDS, _ERRAND)


def forget_errand(request: Request, response: Response) -> None:
    """Let the browser forget it."""
    _set(request, response, "", 0, _ERRAND)


def check_own_page(request: Request, *, known_by_cookie: bool) -> None:
    """Refuse what another site's page made a browser send (the order of Go's ``CrossOriginProtection``).

    Whoever says neither `Sec-Fetch-Site` nor `Origin` is no browser of today; with a cookie that is refused as well.

    Raises:
        CrossSiteError: it did not come from a page of this server.

    """
    if request.method in _SAFE:
        return
    site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
    if site is not None:
        own = site in {"same-origin", "none"}
    elif origin is not None:
        own = urlsplit(origin).netloc.lower() == request.headers.get("host", "").lower() != ""
    else:
        own = not known_by_cookie
    if not own:
        raise CrossSiteError(
            "A request with a cookie has to come from a page of this server: with Sec-Fetch-Site: same-origin, or with "
            "this server as its Origin. Programs use an API key."
        )


def whence(request: Request) -> Whence:
    """Where somebody signs in.

    Raises:
        HttpsNeededError: over a connection that others may read, so that the browser would not keep the cookie.

    """
    if request.url.scheme != "https" and not _is_local(request):
        raise HttpsNeededError(
            "Open this server over https (or at http://localhost) to sign in. Behind a proxy that speaks https, name "
            "the proxy in UNDERSTUDY_TRUSTED_PROXIES and let it send X-Forwarded-Proto."
        )
    return Whence(_device(request.headers.get("user-agent", "")), address_of(request), token(request))


def address_of(request: Request) -> str | None:
    """Where a request comes from, where that is known."""
    return request.client.host if request.client else None


def _set(request: Request, response: Response, value: str, seconds: int, use: str = "") -> None:
    secure, name = request.url.scheme == "https", _name(request) + use
    response.set_cookie(name, value, max_age=seconds, path="/", secure=secure, httponly=True, samesite="lax")


def _name(request: Request) -> str:
    return LOCAL_NAME if request.url.scheme != "https" and _is_local(request) else NAME


def _is_local(request: Request) -> bool:
    return request.url.hostname in _LOCAL


def _device(user_agent: str) -> str:
    """What a browser calls itself, in three words: "Firefox on Linux"."""
    browser = next((name for mark, name in _BROWSERS.items() if f"{mark}/" in user_agent), None)
    system = next((name for mark, name in _SYSTEMS.items() if mark in user_agent), None)
    if browser is None:
        return user_agent.partition(" ")[0][:_LONGEST_DEVICE] or "unknown"
    return f"{browser} on {system}" if system else browser
