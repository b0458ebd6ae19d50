"""Connections for what is not HTTP, such as mail: to addresses that the door has checked, with TLS by the host's name.

Knows none of the protocols. What is read and written on a connection blocks: that is for a thread.
"""

from __future__ import annotations

import asyncio
import re
import socket
from dataclasses import dataclass
from typing import TYPE_CHECKING

from chatbot.errors import InputError
from chatbot.service.outgoing.failing import OutgoingError, why

if TYPE_CHECKING:
    import ssl
    from collections.abc import Awaitable, Callable

_HOST = re.compile(r"[a-z0-9_.:-]{0,252}[a-z0-9_:-]")
_PORTS = range(1, 65536)


@dataclass(frozen=True, slots=True)
class Lines:
    """``tls`` checks a certificate and the host's name. ``may_be_plain``: the operator named the host as their own."""

    addresses: Callable[[str, int], Awaitable[list[str]]]
    may_be_plain: Callable[[str], bool]
    tls: ssl.SSLContext

    async def connect(self, host: str, port: int, *, seconds: float) -> socket.socket:
        """A connection to one of the host's addresses, all of which are checked; later calls on it take so long too.

        Raises:
            InputError: that is no host.
            AddressRefusedError: one of the addresses is not public.
            OutgoingError: it does not answer in time.

        """
        if not _HOST.fullmatch(host) or port not in _PORTS:
            raise InputError("That is no name of a server.")
        try:
            async with asyncio.timeout(seconds):
                *others, last = await self.addresses(host, port)
                for address in others:
                    try:
                        return await _connected(address, port, seconds)
                    except OSError:
                        continue
                return await _connected(last, port, seconds)
        except OSError as error:
            raise OutgoingError(f"{host} does not answer ({why(error)}).") from error


async def _connected(address: str, port: int, seconds: float) -> socket.socket:
    made = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_STREAM)
    try:
        made.setblocking(False)
        await asyncio.get_running_loop().sock_connect(made, (address, port))
        made.settimeout(seconds)
    except BaseException:
        made.close()
        raise
    return made
