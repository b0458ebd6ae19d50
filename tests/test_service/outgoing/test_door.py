"""The door for outgoing requests: every form of an address that is not public, lying resolvers, redirects, proxies."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address

import pytest

from chatbot.errors import InputError, NotReadyError
from chatbot.service.outgoing.addresses import Allowed, is_public
from chatbot.service.outgoing.door import AddressRefusedError, Door, OutgoingError
from chatbot.settings import Settings

METADATA = "169.254.169.254"
REFUSED = (
    # as it is written, and as the system reads it
    *("127.0.0.1", "127.1", "127.0.1", "0177.0.0.1", "0x7f.0.0.1", "0x7f000001", "2130706433", "017700000001", "0"),
    *(
        "127.0.0.1.",
        "localhost",
        "localhost.",
        "LOCALHOST",
        "127。0。0。1",
        "①②⑦.⓪.⓪.①",
        "１２７.0.0.1",
        "%31%32%37.0.0.1",
    ),
    *("127.0.0.1%00", "127.0.0.1%20", "127.0.0.1 ", "ⓛocalhost", "0.0.0.0", "255.255.255.255", METADATA, "2852039166"),
    *("0xa9fea9fe", "169.254.43518", "10.0.0.1", "172.16.0.1", "192.168.1.1", "100.64.0.1", "192.0.0.9", "192.0.2.1"),
    *("198.18.0.1", "203.0.113.9", "192.88.99.3", "224.0.0.1", "239.255.255.250", "240.0.0.1"),
    # IPv6, and what carries an address of the one kind in the other
    *("[::1]", "[::]", "[0:0:0:0:0:0:0:1]", "[::ffff:127.0.0.1]", "[0:0:0:0:0:ffff:127.0.0.1]", "[::ffff:7f00:1]"),
    *("[::ffff:a9fe:a9fe]", "[::169.254.169.254]", "[::7f00:1]", "[2002:a9fe:a9fe::]", "[2002:7f00:1::1]"),
    *("[64:ff9b::a9fe:a9fe]", "[64:ff9b::127.0.0.1]", "[64:ff9b:1::808:808]", "[2001:0:4136:e378:8000:63bf:3fff:fdd2]"),
    *("[::ffff:0:127.0.0.1]", "[fe80::5efe:127.0.0.1]", "[2a00:1450::5efe:7f00:1]", "[fe80::1]", "[fe80::1%25eth0]"),
    *("[fe80::1%eth0]", "[::1%25lo]", "[fc00::1]", "[fd00:ec2::254]", "[fec0::1]", "[ff02::1]", "[2001:db8::1]"),
    *("[3fff::1]", "[100::1]", "[5f00::1]", "[4000::1]"),
    # what stands around it
    *("user:pass@crm.example", "user@crm.example", "crm.example\\@127.0.0.1", "crm.example@127.0.0.1", ""),
    *("crm.example:0", "crm.example:99999", "[1::2::3]", "[::1", "\t127.0.0.1", "127.0.0.1:443\r\nHost: x"),
)
PUBLIC = ("93.184.216.34", "2606:4700::1111", "64:ff9b::808:808", "2002:808:808::1", "::ffff:8.8.8.8")


def door(allow=(), places=None):
    """A door whose resolver knows these names; without any it is the system's."""

    async def resolve(host, port):
        found = places[host]
        return found.pop(0) if isinstance(found[0], list) else found

    return Door(Allowed.of(allow), resolve if places else None)


async def ask(one, url, **given):
    async with one.open() as client:
        return await client.ask("POST", url, **{"most": 4000, "headers": {}, "content": b"{}", "seconds": 5, **given})


class Receiver(ThreadingHTTPServer):
    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.answer = (200, {}, b"well")
        self.heard = []


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        self.rfile.read(int(self.headers.get("content-length", 0)))
        self.server.heard.append((self.path, dict(self.headers)))
        status, headers, body = self.server.answer
        self.send_response(status)
        for name, value in {"content-length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        with contextlib.suppress(OSError):
            self.wfile.write(body)

    def log_message(self, *args):
        pass


@pytest.fixture
def receiver():
    with Receiver() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def test_there_are_sixty_forms():
    assert len(set(REFUSED)) >= 60


@pytest.mark.parametrize("host", REFUSED)
async def test_every_form_of_an_address_that_is_not_public_is_refused(host):
    with pytest.raises((AddressRefusedError, InputError)):
        await ask(door(), f"https://{host}/hook")


@pytest.mark.parametrize("host", [host for host in REFUSED if "localhost" not in host.lower()])
def test_they_are_refused_before_anything_is_stored_too(host):
    with pytest.raises((AddressRefusedError, InputError)):
        door().check(f"https://{host}/hook")


@pytest.mark.parametrize("host", [host for host in REFUSED if host[:1] == "[" or host.replace(".", "").isdigit()])
async def test_nor_does_a_name_lead_there(host):
    bare = host.strip("[]").replace("%25", "%")
    with pytest.raises((AddressRefusedError, OutgoingError)):
        await ask(door(places={"crm.example": [bare]}), "https://crm.example/")
    with pytest.raises((AddressRefusedError, OutgoingError)):  # one bad address among good ones
        await ask(door(places={"crm.example": ["93.184.216.34", bare]}), "https://crm.example/")


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_are_let_through_in_every_form(address):
    assert is_public(ip_address(address))
    assert Allowed().lets_through("crm.example", ip_address(address))


@pytest.mark.parametrize(
    "url", ["ftp://crm.example/", "file:///etc/passwd", "gopher://crm.example/", "crm.example", ""]
)
def test_nothing_but_http(url):
    with pytest.raises(InputError):
        door(["crm.example"]).check(url)


def test_plain_http_is_for_what_the_operator_names():
    door().check("https://crm.example/")
    for url in ("http://crm.example/", "http://10.0.5.7/", "http://2130706433/"):
        with pytest.raises(InputError, match="https"):
            door(["crm.local", "127.0.0.0/8"]).check(url)
    door(["crm.local", "10.0.5.0/24"]).check("http://CRM.local/")
    door(["crm.local", "10.0.5.0/24"]).check("http://10.0.5.7/")


@pytest.mark.parametrize("entry", ["10.0.0.0/33", "http://crm.local", "crm local", "*.local", "1.2.3"])
def test_an_entry_that_cannot_be_read_is_told(entry):
    with pytest.raises(NotReadyError, match="UNDERSTUDY_OUTGOING_ALLOW"):
        Door.of(Settings(outgoing_allow=entry))


def test_a_named_host_may_be_at_home_but_not_where_clouds_keep_credentials():
    allowed = Allowed.of(["crm.local", "10.0.5.0/24"])
    for address in ("192.168.1.5", "127.0.0.1", "fd00::5", "::ffff:10.1.1.1"):
        assert allowed.lets_through("crm.local", ip_address(address))
    for address in (METADATA, "fe80::1", "::ffff:169.254.169.254", "2002:a9fe:a9fe::", "224.0.0.1", "0.0.0.0", "::"):
        assert not allowed.lets_through("crm.local", ip_address(address))
    assert allowed.lets_through("other.local", ip_address("::ffff:10.0.5.9"))
    assert not allowed.lets_through("other.local", ip_address("10.0.6.9"))


async def test_a_name_that_moves_after_it_was_checked_is_checked_again(receiver):
    url = f"http://crm.local:{receiver.server_port}/"
    moving = door(["crm.local"], {"crm.local": [["127.0.0.1"], [METADATA]]})
    assert (await ask(moving, url)).status == 200
    with pytest.raises(AddressRefusedError):
        await ask(moving, url)
    assert len(receiver.heard) == 1


async def test_what_is_connected_to_is_what_was_checked_not_what_the_system_finds(receiver):
    """`nowhere.invalid` has no address but the one that our resolver gave."""
    one = door(["nowhere.invalid"], {"nowhere.invalid": ["127.0.0.1"]})
    answer = await ask(one, f"http://nowhere.invalid:{receiver.server_port}/a")
    assert (answer.status, answer.public) == (200, False)
    assert receiver.heard[0][1]["Host"] == f"nowhere.invalid:{receiver.server_port}"


async def test_a_name_without_an_address_is_a_failed_try_and_nothing_is_let_through():
    async def away(host, port):
        raise OSError

    with pytest.raises(OutgoingError, match="does not answer"):
        await ask(Door(Allowed(), away), "https://crm.example/")
    with pytest.raises(AddressRefusedError):
        await ask(door(places={"crm.example": [[]]}), "https://crm.example/")


async def test_redirects_are_answers_and_not_followed(receiver):
    receiver.answer = (302, {"location": f"http://127.0.0.1:{receiver.server_port}/secret"}, b"")
    assert (await ask(door(["127.0.0.1"]), f"http://127.0.0.1:{receiver.server_port}/a")).status == 302
    assert [path for path, _ in receiver.heard] == ["/a"]


async def test_proxies_of_the_environment_are_ignored(receiver, monkeypatch):
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{receiver.server_port}")
    with pytest.raises(OutgoingError):
        await ask(door(["crm.local"], {"crm.local": ["127.0.0.1"]}), "http://crm.local:9/")
    assert receiver.heard == []


async def test_an_answer_is_read_to_its_bound_and_is_not_unpacked(receiver):
    receiver.answer = (200, {"content-encoding": "gzip"}, b"x" * 1_000_000)
    answer = await ask(door(["127.0.0.1"]), f"http://127.0.0.1:{receiver.server_port}/", most=100)
    assert (answer.body, answer.more) == (b"x" * 100, True)
    assert receiver.heard[0][1]["Accept-Encoding"] == "identity"


async def test_one_that_drips_is_left_in_time():
    async def drip(reader, writer):
        with contextlib.suppress(OSError):
            writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n")
            while not writer.is_closing():
                writer.write(b"x")
                await writer.drain()
                await asyncio.sleep(0.01)
        writer.close()

    server = await asyncio.start_server(drip, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server:
        with pytest.raises(OutgoingError, match="not in time"):
            await ask(door(["127.0.0.1"]), f"http://127.0.0.1:{port}/", seconds=0.3)
        await asyncio.sleep(0.1)  # it sees that we have left, and closes


async def test_one_that_speaks_no_http_is_a_failed_try():
    async def speak(reader, writer):
        writer.write(b"220 mail.example ESMTP\r\n")
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()

    server = await asyncio.start_server(speak, "127.0.0.1", 0)
    async with server:
        with pytest.raises(OutgoingError):
            await ask(door(["127.0.0.1"]), f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/")
