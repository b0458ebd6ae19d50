"""Is a port free: told before a server starts, as a sentence."""

from __future__ import annotations

import socket

from chatbot.errors import UnderstudyError


class PortTakenError(UnderstudyError):
    """Somebody else listens on the port."""

    code = "port_taken"
    title = "The port is taken"


def check_port(host: str, port: int) -> None:
    """Find out before the work whether the server could start at all.

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
