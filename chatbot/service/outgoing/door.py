"""Requests to other servers, all of them: to public addresses and what the operator allows, bounded in size and time.

A host is looked up when a connection is made, every address that it has is checked, and one that was checked is
connected to: names, rebinding and forms of addresses that only the system reads are all covered by that. No redirects,
no proxies of the environment, no cookies, nothing unpacked. Knows nothing of what is asked for.
"""

from __future__ import annotations

import asyncio
import re
import socket
import ssl
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any

import httpcore2
import httpx2

from chatbot.errors import InputError
from chatbot.service.outgoing.addresses import Allowed, is_public, literal
from chatbot.service.outgoing.failing import AddressRefusedError, OutgoingError, UnheardError, why
from chatbot.service.outgoing.lines import Lines

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Mapping, Sequence

    from chatbot.service.outgoing.addresses import Address
    from chatbot.settings import Settings

__all__ = ["AddressRefusedError", "Answer", "Client", "Door", "OutgoingError", "Resolve"]
Resolve = Callable[[str, int], Awaitable[list[str]]]
"""All addresses of a host; ``OSError`` where it has none."""
SECONDS = 10.0
_LONGEST_URL = 2000
_IDLE_SECONDS = 5.0
_RESOLVING = 8
_HOST = re.compile(r"[a-z0-9_.:-]*[a-z0-9_:-]")  # a dot at its end is one more way to write the same
_PORTS = {None, *range(1, 65536)}
_FAILED = (
    httpcore2.TimeoutException,
    httpcore2.NetworkError,
    httpcore2.ProtocolError,
    httpcore2.ProxyError,
    httpcore2.UnsupportedProtocol,
    OSError,
    TimeoutError,
    ssl.SSLError,
)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: the body up to the bound, and whether there was ``more``.

    ``public``: the address is one that anybody could ask. What others answer is not shown to who only chose the URL.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes
    more: bool
    public: bool


class Door:
    """What may be asked, and how; ``open`` it to ask."""

    def __init__(self, allowed: Allowed, resolve: Resolve | None = None) -> None:
        self._allowed = allowed
        self._resolve = resolve

    @classmethod
    def of(cls, settings: Settings, *trusted: str) -> Door:
        """The door that is set; ``trusted`` are hosts whom the settings name elsewhere and so allow.

        Raises:
            NotReadyError: UNDERSTUDY_OUTGOING_ALLOW cannot be read.

        """
        return cls(Allowed.of((*settings.outgoing_allow, *trusted)))

    def check(self, url: str) -> str:
        """The URL as it will be asked, once its words are good; where its host is, is checked when it is connected to.

        Raises:
            InputError: it is no URL, or not https, or carries a password.
            AddressRefusedError: it names an address, in whatever form, that is not public and not allowed.

        """
        parsed = self.parsed(url)
        host = parsed.host
        try:  # as the system reads it: 2130706433, 0x7f.1 and 017700000001 are addresses as well
            found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
        except OSError:
            if literal(host) is not None:
                raise AddressRefusedError(_refusal(host)) from None
            return str(parsed)
        self.checked(host, [str(entry[4][0]) for entry in found])
        return str(parsed)

    @asynccontextmanager
    async def open(self, *, connections: int = 10) -> AsyncIterator[Client]:
        """A client, whose connections are shared by its requests and closed at the end."""
        # Threads of its own: a name server that is silent holds one for half a minute, and signing in needs some too.
        threads = ThreadPoolExecutor(_RESOLVING, thread_name_prefix="resolve")
        guarded = _Guarded(self, self._resolve or partial(_system_resolve, threads))
        tls = httpx2.create_ssl_context()
        pool = httpcore2.AsyncConnectionPool(
            ssl_context=tls,
            max_connections=connections,
            keepalive_expiry=_IDLE_SECONDS,
            network_backend=guarded,
        )
        try:
            async with pool:
                yield Client(self, pool, Lines(guarded.addresses, self._allowed.names_host, tls))
        finally:
            threads.shutdown(wait=False, cancel_futures=True)

    def parsed(self, url: str) -> httpx2.URL:
        """A URL that may be asked, as far as its words say.

        Raises:
            InputError: it is none, or not https, or carries a password.

        """
        try:
            parsed = httpx2.URL(url) if len(url) <= _LONGEST_URL else None
        except (httpx2.InvalidURL, UnicodeError, ValueError):
            parsed = None
        if parsed is None or not _HOST.fullmatch(parsed.host) or parsed.port not in _PORTS:
            raise InputError("That is no URL of a server: expected one such as https://crm.example/hooks.")
        if parsed.userinfo:
            raise InputError("A URL must not carry a name or a password.")
        if parsed.scheme != "https" and not (parsed.scheme == "http" and self._allowed.names_host(parsed.host)):
            raise InputError(
                "The URL has to be https. Plain http is for hosts of your own that UNDERSTUDY_OUTGOING_ALLOW names."
            )
        return parsed

    def checked(self, host: str, addresses: Sequence[str]) -> list[str]:
        """The addresses of a host, where every one of them may be connected to.

        Raises:
            AddressRefusedError: one is not public and not allowed, or there is none.

        """
        good = [address for each in addresses if self._may(host, address := _read(each)) and address is not None]
        if len(good) != len(addresses) or not good:
            raise AddressRefusedError(_refusal(host))
        return [str(address) for address in good]

    def _may(self, host: str, address: Address | None) -> bool:
        return address is not None and self._allowed.lets_through(host, address)


class _Guarded(httpcore2.AsyncNetworkBackend):
    """Connects to addresses that were checked, and to nothing else; each connection that is made goes through here."""

    def __init__(self, door: Door, resolve: Resolve) -> None:
        self._door = door
        self._resolve = resolve
        self._plain = httpcore2.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - the library's own
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        """One that answers, in the order of the resolver."""
        async with asyncio.timeout(timeout):
            *others, last = await self.addresses(host, port)
        for address in others:
            try:
                return await self._plain.connect_tcp(address, port, timeout, local_address, socket_options)
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout):
                continue
        return await self._plain.connect_tcp(last, port, timeout, local_address, socket_options)

    async def addresses(self, host: str, port: int) -> list[str]:
        """Where a host is, each address checked."""
        return self._door.checked(host, await self._resolve(host, port))

    async def connect_unix_socket(self, *_: Any, **__: Any) -> httpcore2.AsyncNetworkStream:
        """Never."""
        raise AddressRefusedError("Nothing is asked through a socket of this machine.")

    async def sleep(self, seconds: float) -> None:
        """Wait, between two tries."""
        await asyncio.sleep(seconds)


class Client:
    """Asks, through one door; ``lines`` are for what is not HTTP."""

    def __init__(self, door: Door, pool: httpcore2.AsyncConnectionPool, lines: Lines) -> None:
        self._door = door
        self._pool = pool
        self.lines = lines

    async def ask(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str],
        most: int,
        seconds: float = SECONDS,
        content: bytes | None = None,
        form: Mapping[str, str] | None = None,
    ) -> Answer:
        """Send a request and read at most so many bytes of the answer, all within a time.

        Raises:
            InputError: the URL is none that is asked.
            AddressRefusedError: the host is at an address that is not public.
            OutgoingError: it does not answer in time, or not HTTP.

        """
        parsed = self._door.parsed(url)
        made = httpx2.Request(
            method, parsed, headers={**headers, "Accept-Encoding": "identity"}, content=content, data=form
        )
        where = httpcore2.URL(scheme=parsed.raw_scheme, host=parsed.raw_host, port=parsed.port, target=parsed.raw_path)
        timeouts = dict.fromkeys(("connect", "read", "write", "pool"), seconds)
        request = httpcore2.Request(
            method, where, headers=made.headers.raw, content=made.read(), extensions={"timeout": timeouts}
        )
        try:
            async with asyncio.timeout(seconds):
                return await self._read(request, most)
        except _FAILED as error:
            reached = not isinstance(error, httpcore2.ConnectError | httpcore2.ConnectTimeout | socket.gaierror)
            kind = UnheardError if reached else OutgoingError
            raise kind(f"{parsed.host} does not answer ({why(error)}).") from error

    async def _read(self, request: httpcore2.Request, most: int) -> Answer:
        response = await self._pool.handle_async_request(request)
        try:
            stream = response.extensions["network_stream"]
            public = is_public(ip_address(stream.get_extra_info("server_addr")[0]))
            body = b""
            async for chunk in response.aiter_stream():
                body += chunk
                if len(body) > most:
                    break
        finally:
            await response.aclose()  # of one that is not read to its end this ends the connection
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in response.headers}
        return Answer(response.status, headers, body[:most], len(body) > most, public)


async def _system_resolve(threads: ThreadPoolExecutor, host: str, port: int) -> list[str]:
    look_up = partial(socket.getaddrinfo, host, port, type=socket.SOCK_STREAM)
    found = await asyncio.get_running_loop().run_in_executor(threads, look_up)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def _read(address: str) -> Address | None:
    """An address as a resolver gives it; None for one with a zone, which is of one network alone."""
    return None if "%" in address else literal(address)


def _refusal(host: str) -> str:
    return (
        f"{host} is at an address that is not public. Where it is a system of your own, name it or its network in "
        "UNDERSTUDY_OUTGOING_ALLOW."
    )
