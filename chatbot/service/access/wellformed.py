"""What comes from outside and is no text, address or time: one place says so, for bodies, paths, cursors and claims.

PostgreSQL stores no NUL, neither database half of a surrogate pair, and a time next to year 1 or 9999 overflows as soon
as somebody reckons with it. Each function raises ``ValueError`` with words that fit after the name of a field.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from urllib.parse import unquote_plus, urlsplit

from chatbot.dialogue.text.blank import is_blank

# Embeddings, overrides and isolates; the marks U+200E and U+200F only say what a neutral character belongs to.
_TURNS_ROUND = re.compile(r"[\u202a-\u202e\u2066-\u2069]")
_HOST = re.compile(r"[A-Za-z0-9._~%!$&'()*+,;=:\[\]-]*")
_SURROGATE = re.compile("[\ud800-\udfff]")
_NO_HOST = "has a Host that is none"
_LAST_YEAR = 9000
_LAST = datetime(_LAST_YEAR, 1, 1, tzinfo=UTC)
_FIRST = datetime(1970, 1, 1, tzinfo=UTC)


def plain(text: str) -> str:
    """A text that names something, as it is: an id, a claim."""
    if "\0" in text:
        raise ValueError("holds a NUL character, which is not text")
    if _SURROGATE.search(text):
        raise ValueError("holds half of a surrogate pair, which is not text")
    return text


def storable(text: str) -> str:
    """A text that somebody wrote: half of a surrogate pair becomes U+FFFD, as in a browser's own encoder."""
    if "\0" in text:
        raise ValueError("holds a NUL character, which is not text")
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def visible(text: str) -> str:
    """A name that people read: something of it is seen, and it turns nothing round that stands beside it."""
    text = storable(text)
    if is_blank(text):
        raise ValueError("holds nothing that can be seen")
    if _TURNS_ROUND.search(text):
        raise ValueError("holds a character that turns the direction of writing round")
    return text


def seconds(value: object) -> datetime:
    """A time that is a number of seconds since 1970."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError("has to be a time in seconds since 1970")  # noqa: TRY004 - as the docstring says
    if not _FIRST.timestamp() <= value < _LAST.timestamp():  # nor is NaN
        raise ValueError(f"has to be a time between 1970 and {_LAST_YEAR}, in seconds since 1970")
    return datetime.fromtimestamp(value, tz=UTC)


def moment(text: str) -> datetime:
    """A time in ISO 8601 with its zone."""
    found = datetime.fromisoformat(text)
    if found.tzinfo is None or not 1 < found.year < _LAST_YEAR or found.astimezone(UTC) < _FIRST:
        raise ValueError(f"has to be a time between 1970 and {_LAST_YEAR}, with its zone")
    return found


def address(path: str, query: bytes, host: str) -> None:
    """What a request is sent to."""
    plain(path)
    if "\ufffd" in path:  # what was no UTF-8 in it
        raise ValueError("is no UTF-8")
    plain(unquote_plus(query.decode("latin-1")))
    if not _HOST.fullmatch(host):
        raise ValueError(_NO_HOST)
    try:
        urlsplit(f"http://{host}/")
    except ValueError:
        raise ValueError(_NO_HOST) from None
