"""Finds web addresses that carry a secret: a token, a session, a password, an e-mail address, a document's key.

Plain links to pages stay readable: they are what a good answer points to.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterator

_LINK = re.compile(r"https?://[^\s<>\"\u201c\u201d\ue000]+|(?<![\w@.])www\.[^\s<>\"\u201c\u201d\ue000]+", re.IGNORECASE)
_BARE_LINK = re.compile(
    r"(?<![\w@./:-])(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.){1,4}[A-Za-z]{2,24}(?::\d{2,5})?[/?#][A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]{4,2000}"
)
"""Without a scheme: a domain and a path; only ASCII, so that Chinese may follow at once."""
_SIGNED_IN = re.compile(
    r"(?<![\w+.-])[A-Za-z][\w+.-]{1,14}://[^\s/:@<>\ue000]{1,64}:[^\s/@<>\ue000]{1,128}@[^\s<>\"\ue000]{1,500}"
)
_TRAILING = ".,;:!?'*_\u2026"
_PARAMETER = re.compile(r"[&;?#]+")
_KEY_PART = re.compile(r"[A-Z]?[a-z]+|[A-Z]+|\d+")
_SECRET_KEYS = frozenset({
    "token", "session", "sessionid", "sid", "auth", "authorization", "password", "passwd", "pwd",
    "pass", "secret", "apikey", "jwt", "otp", "ticket", "nonce", "credential", "credentials", "phpsessid", "jsessionid",
    "email", "mail", "user", "username", "login",
})  # fmt: skip
_SOMETIMES_SECRET = frozenset({
    "sig", "signature", "key", "code", "hash", "access", "confirm", "confirmation", "verify", "pin",
})  # fmt: skip
_SECRET_LENGTH = 6
_SECRET_PLACES = re.compile(
    r"/(?:reset|confirm|verify|verification|activate|activation|unsubscribe|invite|invitation|login|magic|token|auth"
    r"|password|session)(?:[-_](?:password|email|mail|account|link|token))?/(?=(?:[^/\d]*\d){4})[\w.~%=-]{16,}",
    re.IGNORECASE,
)
_PUBLIC_PLACES = re.compile(
    r"/(?:commit|commits|rev|blob|tree|raw|file|annotate|changeset|releases?|crash|report)s?/", re.IGNORECASE
)
_STYLE_FILES = (".woff", ".woff2", ".ttf", ".css", ".js")
_RANDOM_LENGTH = 24
_LONG_WORD = re.compile(r"[A-Za-z0-9_=]{24,}")
_CAPITALS = 4
_DIGITS = 3


def find_links(text: str) -> Iterator[tuple[int, int, str]]:
    """Each link with a secret in it as (start, end, link)."""
    if "/" not in text and "www." not in text.lower() and "?" not in text:
        return
    for match in (*_LINK.finditer(text), *_SIGNED_IN.finditer(text), *_BARE_LINK.finditer(text)):
        link = _trimmed(match.group())
        if _carries_secret(link):
            yield match.start(), match.start() + len(link), link


def _trimmed(link: str) -> str:
    """Without the closing bracket, and all after it, and the punctuation that belong to the sentence."""
    depth = 0
    for place, character in enumerate(link):
        depth += (character in "([{") - (character in ")]}")
        if depth < 0:
            link = link[:place]
            break
    return link.rstrip(_TRAILING)


def _carries_secret(link: str) -> bool:
    try:
        parts = urlsplit(link if "://" in link else f"http://{link}")
    except ValueError:  # a bracket that opens no IPv6 address
        return "@" in link
    if "@" in parts.netloc or _SECRET_PLACES.search(parts.path):
        return True
    if any(_secret_parameter(pair) for pair in _PARAMETER.split(f"{parts.query}&{parts.fragment}")):
        return True
    public = _PUBLIC_PLACES.search(parts.path) or parts.path.endswith(_STYLE_FILES)
    return not public and any(_random(word) for word in _LONG_WORD.findall(parts.path))


def _secret_parameter(pair: str) -> bool:
    key, equals, value = pair.partition("=")
    value = unquote(value)
    if not equals or not value:
        return False
    if "@" in value or key.lower() in _SECRET_KEYS:
        return True
    names = {part.lower() for part in _KEY_PART.findall(unquote(key))} | {key.lower()}
    if len(value) < _SECRET_LENGTH:
        return False
    return bool(names & _SECRET_KEYS) or (bool(names & _SOMETIMES_SECRET) and any(c.isdigit() for c in value))


def _random(word: str) -> bool:
    """Whether a long word is a key rather than a name: letters of both cases and digits, thoroughly mixed."""
    if len(word) < _RANDOM_LENGTH:
        return False
    digits = sum(character.isdigit() for character in word)
    capitals = sum(character.isupper() for character in word)
    small = sum(character.islower() for character in word)
    return digits >= _DIGITS and capitals >= _CAPITALS and small >= _CAPITALS
