"""API keys: shown once, kept as hashes, dead when revoked."""

from __future__ import annotations

import pytest

from chatbot.errors import InputError, NotFoundError, OtherAgentError, ScopeError, UnauthorisedError
from chatbot.service.access import api_keys
from chatbot.service.access.scopes import Scope, scopes


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


async def test_a_key_has_its_scopes_and_the_person_it_acts_for(database, clock):
    wide = await api_keys.create(database, "old", clock)
    narrow = await api_keys.create(database, "console", clock, scopes=[Scope.AGENT], agent=" Mira ")
    async with database.read() as session:
        old, console = await api_keys.authorise(session, wide), await api_keys.authorise(session, narrow)
    assert (old.scopes, old.agent) == (None, None)
    assert (console.scopes, console.agent) == ((Scope.AGENT,), "Mira")
    for scope in Scope:
        old.check(scope)
    console.check(Scope.AGENT)
    with pytest.raises(ScopeError, match="`knowledge`"):
        console.check(Scope.KNOWLEDGE)
    assert (old.acting_for("Jon"), console.acting_for("Mira")) == ("Jon", "Mira")
    with pytest.raises(OtherAgentError, match="Mira"):
        console.acting_for("Jon")


async def test_a_person_needs_a_key_that_may_answer(database):
    with pytest.raises(InputError, match="--scope agent"):
        await api_keys.create(database, "k", scopes=[Scope.KNOWLEDGE], agent="Mira")
    with pytest.raises(InputError, match="1 to 100"):
        await api_keys.create(database, "k", scopes=[Scope.AGENT], agent=" ")


def test_scopes_are_read_by_name_in_their_order():
    assert scopes(["agent", "suggest", "agent"]) == (Scope.SUGGEST, Scope.AGENT)
    with pytest.raises(InputError, match="nonsense"):
        scopes(["suggest", "nonsense"])
