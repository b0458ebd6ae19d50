"""What goes wrong where another server is asked."""

from __future__ import annotations

import socket

import httpcore2

from chatbot.errors import UnderstudyError


class OutgoingError(UnderstudyError):
    """Another server does not answer, or not in bounds; the message says how."""

    code = "outgoing_failed"
    status = 502
    title = "Another server does not answer"


class UnheardError(OutgoingError):
    """Nothing came back in time, or not all: what was asked for may have been done all the same."""


class AddressRefusedError(OutgoingError):
    """A host is at an address that the desk is not sent to."""

    code = "address_refused"
    title = "The address is not public"


def why(error: BaseException) -> str:
    """In a few words."""
    if isinstance(error, socket.gaierror):
        return "no such host"
    return "not in time" if isinstance(error, httpcore2.TimeoutException | TimeoutError) else type(error).__name__
