"""Cursors of lists: the (time, id) of the last item of a page, as a word that callers pass back and do not read."""

from __future__ import annotations

import base64
import binascii
from datetime import datetime
from typing import Annotated

from fastapi import Query

from chatbot.errors import InputError
from chatbot.service.access.wellformed import moment, plain

Cursor = Annotated[str | None, Query(max_length=200, description="`next` of the page before.")]
_NO_CURSOR = "cursor is none that a page of this list gave as `next`."


def cursor_of(at: datetime, name: str) -> str:
    """The cursor of an item."""
    return base64.urlsafe_b64encode(f"{at.isoformat()} {name}".encode()).decode()


def read_cursor(cursor: str | None) -> tuple[datetime, str] | None:
    """The point that a cursor stands for; None without one.

    Raises:
        InputError: it is no cursor.

    """
    if cursor is None:
        return None
    try:
        at, _, name = base64.urlsafe_b64decode(cursor.encode()).decode().partition(" ")
        when, named = moment(at), plain(name)
    except (binascii.Error, ValueError):
        raise InputError(_NO_CURSOR) from None
    if not named:
        raise InputError(_NO_CURSOR)
    return when, named
