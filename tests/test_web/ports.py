"""Ports of servers that a test stops and starts again."""

from __future__ import annotations

import secrets
import socket


def lasting_port() -> int:
    """A free port that a server can come back to: the system gives it to nobody who asks for any.

    Those that it gives out begin at 32768; another worker of the same run may have got one of them meanwhile.
    """
    while True:
        port = 20_000 + secrets.randbelow(12_000)
        with socket.socket() as trial:
            try:
                trial.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
