"""Connections for what is not HTTP: to checked addresses only, whatever a name leads to, with TLS by its name."""

from __future__ import annotations

import asyncio
import ssl

import pytest

from chatbot.errors import InputError
from chatbot.service.outgoing.addresses import Allowed
from chatbot.service.outgoing.door import AddressRefusedError, Door, OutgoingError
from tests.test_service.outgoing.test_door import METADATA, REFUSED, door


async def connect(one, host, port=993, seconds=5.0):
    async with one.open() as client:
        return await client.lines.connect(host, port, seconds=seconds)


@pytest.fixture
async def port():
    """A server that takes every connection."""
    server = await asyncio.start_server(lambda reader, writer: writer.close(), "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]


@pytest.mark.parametrize("host", REFUSED)
async def test_every_form_of_an_address_that_is_not_public_is_refused(host):
    with pytest.raises((AddressRefusedError, InputError, OutgoingError)):
        await connect(door(), host.strip("[]"))


async def test_a_name_is_looked_up_and_all_its_addresses_are_checked(port):
    with pytest.raises(AddressRefusedError):
        await connect(door(places={"imap.example": ["93.184.216.34", "127.0.0.1"]}), "imap.example", port)
    with pytest.raises(AddressRefusedError):
        await connect(door(places={"imap.example": [[]]}), "imap.example", port)


async def test_a_name_that_moves_after_it_was_checked_is_checked_again(port):
    moving = door(["imap.local"], {"imap.local": [["127.0.0.1"], [METADATA]]})
    line = await connect(moving, "imap.local", port)
    assert line.getpeername() == ("127.0.0.1", port)
    assert line.gettimeout() == 5.0
    line.close()
    with pytest.raises(AddressRefusedError):
        await connect(moving, "imap.local", port)


async def test_the_next_address_is_tried_and_silence_has_an_end(port):
    line = await connect(door(["imap.local"], {"imap.local": ["127.0.0.2", "127.0.0.1"]}), "imap.local", port)
    line.close()
    with pytest.raises(OutgoingError, match="does not answer"):
        await connect(door(["imap.local"], {"imap.local": ["127.0.0.1"]}), "imap.local", 9)

    async def silent(host, port):
        await asyncio.Event().wait()

    with pytest.raises(OutgoingError, match="not in time"):
        await connect(Door(Allowed(), silent), "imap.example", seconds=0.05)


async def test_certificates_and_names_are_checked_and_plain_is_for_what_the_operator_names():
    async with door(["imap.local"]).open() as client:
        assert client.lines.tls.check_hostname
        assert client.lines.tls.verify_mode == ssl.CERT_REQUIRED
        assert client.lines.may_be_plain("imap.local")
        assert not client.lines.may_be_plain("imap.example")
