"""API keys: shown once, kept as hashes, dead when revoked."""

from __future__ import annotations

import pytest

from chatbot.errors import InputError, NotFoundError, UnauthorisedError
from chatbot.service.access import api_keys


@pytest.fixture
def database(either_database):
    return either_database


async def test_a_key_works_until_it_is_revoked(database, clock):
    key = await api_keys.create(database, " help desk ", clock)
    assert key.startswith("us_")
    (listed,) = await api_keys.list_all(database)
    assert (listed.name, listed.hint) == ("help desk", key[:8])
    async with database.read() as session:
        assert (await api_keys.authorise(session, key)).id == listed.id
    revoked = await api_keys.revoke(database, listed.id, clock)
    assert await api_keys.revoke(database, listed.id, clock) == revoked
    async with database.read() as session:
        for wrong in (key, None, "", "us_", key[:-1], "usv_x"):
            with pytest.raises(UnauthorisedError):
                await api_keys.authorise(session, wrong)


async def test_mistakes_are_told(database):
    for name in ("", "  ", "x" * 101):
        with pytest.raises(InputError):
            await api_keys.create(database, name)
    with pytest.raises(NotFoundError, match="k_none"):
        await api_keys.revoke(database, "k_none")
