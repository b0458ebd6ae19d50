"""Checks that a port is free before a server starts."""

from __future__ import annotations

import socket

from chatbot.errors import UnderstudyError


class PortTakenError(UnderstudyError):
    """Another program listens on the port."""

    code = "port_taken"
    title = "The port is taken"


def check_port(host: str, port: int) -> None:
    """See that a server could listen here.

    Raises:
        PortTakenError: something listens there already.

    """
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as problem:
            raise PortTakenError(
                f"Cannot listen on {host}:{port} ({problem.strerror}); choose another with --port."
            ) from None
