"""People: invited, given a role, disabled; the last admin stays, also where two go at once."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pyotp
import pytest

from chatbot.errors import (
    CodeNeededError,
    InputError,
    KnownPersonError,
    LastAdminError,
    LinkError,
    OtherAgentError,
    PasswordNeededError,
    PermissionMissingError,
    RateLimitedError,
    SignInError,
    UnauthorisedError,
)
from chatbot.service import audit
from chatbot.service.access import links, people, second_factor
from chatbot.service.access import signed_in as sessions
from chatbot.service.access.encryption import Encryptor
from chatbot.service.access.passwords import Passwords
from chatbot.service.access.rate_limits import Limits
from chatbot.service.access.roles import ROLES, Permission, Role
from chatbot.service.access.sign_ins import SignIns, Whence
from chatbot.service.audit import COMMAND_LINE

PASSWORD = "correct horse battery"
HERE = Whence("Firefox on Linux", "192.0.2.7")


@pytest.fixture
def database(either_database):
    return either_database


class Time:
    """A clock that can be put forward."""

    def __init__(self, clock):
        self.late = timedelta()
        self.clock = replace(clock, now=lambda: clock.now() + self.late)


@pytest.fixture
def time(clock):
    return Time(clock)


@pytest.fixture
def clock_(time):
    return time.clock


@pytest.fixture
def door(database, clock_):
    return SignIns(database, clock_, Passwords(), Limits(), Encryptor(b"s" * 32))


@pytest.fixture
def joined(database, clock_, door):
    async def make(name, role=Role.AGENT):
        async with database.write() as session:
            _, link = await people.invite(
                session, clock_, COMMAND_LINE, email=f"{name}@shop.example", name=name, role=role
            )
        return (await door.accept(link, PASSWORD, HERE))[1].person

    return make


async def holder(database, token, clock):
    async with database.read() as session:
        return await sessions.holder(session, token, clock.now())


async def change(database, act, *args):
    async with database.write() as session:
        return await act(session, *args)


async def test_the_first_link_makes_an_admin_once(database, door, clock_):
    first = await change(database, links.first, clock_)
    for name, email in (
        ("", "a@b.example"),
        ("Ada", "nonsense"),
        ("x" * 101, "a@b.example"),
        ("A\0", "a@b.example"),
        ("\ud83d", "a@b.example"),
        (None, None),
    ):
        with pytest.raises(InputError):
            await door.accept(first, PASSWORD, HERE, name=name, email=email)
    _, ada = await door.accept(first, PASSWORD, HERE, name=" Ada  Lovelace ", email="Ada@Shop.example ")
    person = ada.person
    assert (person.name, person.email, person.role) == ("Ada Lovelace", "ada@shop.example", Role.ADMIN)
    with pytest.raises(LinkError):
        await door.accept(first, PASSWORD, HERE, name="Eve", email="eve@shop.example")
    assert await change(database, links.first, clock_) is None


async def test_a_demos_link_signs_in_without_a_password_once_and_on_this_machine_alone(database, clock_, joined, door):
    person = await joined("priya", Role.LEAD)
    demo = SignIns(database, clock_, Passwords(), Limits(), Encryptor(b"s" * 32), demo=True)

    async def link():
        async with database.write() as session:
            return await links.make(session, clock_, links.Kind.DEMO, person_id=person.id)

    token = await link()
    for refused, whence in (
        (door, replace(HERE, address="127.0.0.1")),  # no demo
        (demo, replace(HERE, address="203.0.113.9")),
        (demo, replace(HERE, address=None)),
    ):
        with pytest.raises(LinkError):
            await refused.accept(token, None, whence)
    _, signed_in = await demo.accept(token, None, replace(HERE, address="::1"))
    assert (signed_in.person.name, signed_in.person.role) == ("priya", Role.LEAD)
    with pytest.raises(LinkError):
        await demo.accept(token, None, replace(HERE, address="::1"))
    first = await change(database, links.first, clock_)
    with pytest.raises(InputError):  # any other link sets a password
        await demo.accept(first, None, HERE)


async def test_two_who_use_a_first_link_at_once_make_one_admin(database, door, clock_):
    first = await change(database, links.first, clock_)
    tries = [door.accept(first, PASSWORD, HERE, name=name, email=f"{name}@b.example") for name in ("Ada", "Eve")]
    results = await asyncio.gather(*tries, return_exceptions=True)
    assert sorted(isinstance(each, LinkError) for each in results) == [False, True]
    async with database.read() as session:
        assert len(await people.listed(session)) == 1


async def test_an_invitation_is_used_once_and_ends(database, door, clock_, time):
    invited = {"email": "Jon@shop.example", "name": "Jon", "role": Role.LEAD}
    async with database.write() as session:
        jon, link = await people.invite(session, clock_, COMMAND_LINE, **invited)
    assert jon.state == "invited"
    async with database.read() as session:
        shown, _ = await links.look(session, link, clock_.now())
    assert (shown.kind, shown.name, shown.email, shown.made_by) == (
        "invitation",
        "Jon",
        "jon@shop.example",
        "command line",
    )
    with pytest.raises(SignInError):
        await door.sign_in("jon@shop.example", "", HERE)
    async with database.write() as session:  # a new one ends the one before
        _, second = await people.new_link(session, clock_, COMMAND_LINE, jon.id)
    with pytest.raises(LinkError):
        await door.accept(link, PASSWORD, HERE)
    time.late = timedelta(days=8)
    with pytest.raises(LinkError):
        await door.accept(second, PASSWORD, HERE)
    time.late = timedelta()
    _, signed_in = await door.accept(second, PASSWORD, HERE)
    assert (signed_in.person.role, signed_in.person.state) == (Role.LEAD, "active")
    with pytest.raises(LinkError):
        await door.accept(second, PASSWORD, HERE)


@pytest.mark.parametrize(
    ("email", "name"), [("JON@shop.example", "Other"), ("x@shop.example", "jon"), ("x@shop.example", " JON ")]
)
async def test_address_and_name_are_one_persons(database, joined, clock_, email, name):
    await joined("Jon")
    with pytest.raises(KnownPersonError):
        async with database.write() as session:
            await people.invite(session, clock_, COMMAND_LINE, email=email, name=name, role=Role.AGENT)


@pytest.mark.parametrize(
    "password", ["short", "x" * 40, "abababababab", "jon@shop.example", "Jon Jon Jon Jon", "y" * 2000]
)
async def test_a_password_that_will_not_do(database, door, clock_, password):
    async with database.write() as session:
        _, link = await people.invite(
            session, clock_, COMMAND_LINE, email="jon@shop.example", name="Jon", role=Role.AGENT
        )
    with pytest.raises(InputError):
        await door.accept(link, password, HERE)
    await door.accept(link, PASSWORD, HERE)  # the link is not used up by what was refused


async def test_a_password_is_the_same_however_it_was_typed(door, joined):
    jon = await joined("Jon")
    await door.sign_in(jon.email.upper(), PASSWORD.replace("c", "\uff43"), HERE)


async def test_the_last_admin_can_neither_be_disabled_nor_demoted(database, joined, clock_):
    ada = await joined("Ada", Role.ADMIN)
    async with database.write() as session:  # one who has not come yet cannot look after the desk
        await people.invite(session, clock_, COMMAND_LINE, email="b@b.example", name="Bo", role=Role.ADMIN)
    for act, rest in ((people.disable, ()), (people.change_role, (Role.LEAD,))):
        with pytest.raises(LastAdminError):
            await change(database, act, clock_, COMMAND_LINE, ada.id, *rest)
    eve = await joined("Eve", Role.ADMIN)
    assert (await change(database, people.disable, clock_, COMMAND_LINE, ada.id)).state == "disabled"
    with pytest.raises(LastAdminError):
        await change(database, people.change_role, clock_, COMMAND_LINE, eve.id, Role.AGENT)
    assert (await change(database, people.change_role, clock_, COMMAND_LINE, eve.id, Role.ADMIN)).role == Role.ADMIN


async def test_of_two_admins_who_go_at_once_one_stays(database, joined, clock_):
    for number in range(4):
        pair = [await joined(f"{name}{number}", Role.ADMIN) for name in ("ada", "eve")]
        async with database.read() as session:
            others = [
                each for each in await people.listed(session) if each.role == Role.ADMIN and each.state == "active"
            ]
        for other in others:
            if other.id not in {each.id for each in pair}:
                await change(database, people.change_role, clock_, COMMAND_LINE, other.id, Role.AGENT)
        goes = (
            change(database, people.disable, clock_, COMMAND_LINE, pair[0].id),
            change(database, people.change_role, clock_, COMMAND_LINE, pair[1].id, Role.LEAD),
        )
        results = await asyncio.gather(*goes, return_exceptions=True)
        assert sum(isinstance(each, LastAdminError) for each in results) == 1, results


async def test_a_sign_in_ends(database, door, joined, clock_, time):
    jon = await joined("Jon")
    token, signed_in = await door.sign_in(jon.email, PASSWORD, HERE)
    assert (await holder(database, token, clock_)).person == jon
    time.late = sessions.IDLE - timedelta(minutes=1)
    await sessions.note(database, await holder(database, token, clock_), clock_.now())
    time.late += sessions.IDLE - timedelta(minutes=1)
    kept = await holder(database, token, clock_)
    assert kept.id == signed_in.id
    time.late += timedelta(minutes=2)
    with pytest.raises(UnauthorisedError):
        await holder(database, token, clock_)
    time.late = timedelta()
    token, _ = await door.sign_in(jon.email, PASSWORD, HERE)
    while time.late < sessions.LONGEST - timedelta(hours=6):
        time.late += timedelta(hours=6)
        await sessions.note(database, await holder(database, token, clock_), clock_.now())
    time.late += timedelta(hours=7)
    with pytest.raises(UnauthorisedError):
        await holder(database, token, clock_)


@pytest.mark.parametrize("act", [people.disable, people.change_role])
async def test_whose_rights_change_is_signed_out(database, door, joined, clock_, act):
    jon = await joined("Jon")
    token, _ = await door.sign_in(jon.email, PASSWORD, HERE)
    await change(database, act, clock_, COMMAND_LINE, jon.id, *([Role.LEAD] if act is people.change_role else []))
    with pytest.raises(UnauthorisedError):
        await holder(database, token, clock_)


async def test_who_is_disabled_comes_in_by_nothing_until_enabled(database, door, joined, clock_):
    jon = await joined("Jon")
    _, link = await change(database, people.new_link, clock_, COMMAND_LINE, jon.id)
    await change(database, people.disable, clock_, COMMAND_LINE, jon.id)
    with pytest.raises(SignInError):
        await door.sign_in(jon.email, PASSWORD, HERE)
    with pytest.raises(LinkError):
        await door.accept(link, "another good password", HERE)
    with pytest.raises(InputError, match="enable"):
        await change(database, people.new_link, clock_, COMMAND_LINE, jon.id)
    await change(database, people.enable, clock_, COMMAND_LINE, jon.id)
    await door.sign_in(jon.email, PASSWORD, HERE)


async def test_a_reset_sets_the_password_and_ends_what_was_signed_in(database, door, joined, clock_, time):
    jon = await joined("Jon")
    token, _ = await door.sign_in(jon.email, PASSWORD, HERE)
    _, link = await change(database, people.new_link, clock_, COMMAND_LINE, jon.id)
    assert (await holder(database, token, clock_)).person.id == jon.id  # not before it is used
    await door.accept(link, "another good password", HERE)
    with pytest.raises(UnauthorisedError):
        await holder(database, token, clock_)
    with pytest.raises(SignInError):
        await door.sign_in(jon.email, PASSWORD, HERE)
    _, late = await change(database, people.new_link, clock_, COMMAND_LINE, jon.id)
    time.late = timedelta(minutes=61)
    with pytest.raises(LinkError):
        await door.accept(late, "a third good password", HERE)


async def test_wrong_passwords_are_throttled_by_account_and_address_and_right_ones_are_not(door, joined):
    jon, mira = await joined("Jon"), await joined("Mira")
    for _ in range(8):
        await door.sign_in(jon.email, PASSWORD, HERE)
    for email in (jon.email, "nobody@shop.example"):  # who is there and who is not hear the same
        for _ in range(5):
            with pytest.raises(SignInError, match="address, the password"):
                await door.sign_in(email, "wrong wrong wrong", HERE)
        with pytest.raises(RateLimitedError):
            await door.sign_in(email, PASSWORD, HERE)
    await door.sign_in(mira.email, PASSWORD, HERE)
    for number in range(8):
        with pytest.raises(SignInError):
            await door.sign_in(f"{number}@shop.example", PASSWORD, HERE)
    with pytest.raises(RateLimitedError):  # twenty from this address
        await door.sign_in("9@shop.example", PASSWORD, HERE)
    await door.sign_in(mira.email, PASSWORD, Whence("", "192.0.2.8"))


async def test_who_is_unknown_waits_for_a_password_to_be_checked_too(door, joined, monkeypatch):
    jon = await joined("Jon")
    checked = []
    real = Passwords._matches
    monkeypatch.setattr(
        Passwords, "_matches", lambda self, kept, given: checked.append(kept) or real(self, kept, given)
    )
    for email in (jon.email, "nobody@shop.example"):
        with pytest.raises(SignInError):
            await door.sign_in(email, "wrong wrong wrong", HERE)
    assert len(checked) == 2


async def test_the_password_anew_makes_a_new_token(database, door, joined, clock_, time):
    jon = await joined("Jon")
    token, signed_in = await door.sign_in(jon.email, PASSWORD, HERE)
    time.late = timedelta(minutes=11)
    with pytest.raises(PasswordNeededError):
        (await holder(database, token, clock_)).check_recent(clock_.now())
    with pytest.raises(SignInError):
        await door.prove(signed_in, "wrong wrong wrong", None)
    fresh, again = await door.prove(signed_in, PASSWORD, None)
    again.check_recent(clock_.now())
    assert again.id == signed_in.id
    with pytest.raises(UnauthorisedError):
        await holder(database, token, clock_)
    (await holder(database, fresh, clock_)).check_recent(clock_.now())


async def test_a_person_acts_for_nobody_else(door, joined):
    jon = await joined("Jon")
    _, signed_in = await door.sign_in(jon.email, PASSWORD, HERE)
    assert signed_in.acting_for(None) == signed_in.acting_for("Jon") == signed_in.counts_as == "Jon"
    with pytest.raises(OtherAgentError, match="Mira"):
        signed_in.acting_for("Mira")
    with pytest.raises(PermissionMissingError, match="`people`"):
        signed_in.check(Permission.PEOPLE)


def test_roles_grow():
    assert ROLES[Role.AGENT] < ROLES[Role.LEAD] < ROLES[Role.ADMIN] == set(Permission)


async def test_a_second_factor_is_asked_for_and_its_codes_work_once(database, door, joined, clock_, time):
    jon = await joined("Jon")
    encryptor, now = Encryptor(b"s" * 32), clock_.now
    begun = await change(database, second_factor.begin, encryptor, jon.id)
    assert begun.qr.startswith("data:image/svg+xml")
    assert "jon%40shop.example" in begun.uri
    app = pyotp.TOTP(begun.secret)

    async def confirmed(code):
        return await change(database, second_factor.confirm, encryptor, now(), COMMAND_LINE, jon.id, code)

    await door.sign_in(jon.email, PASSWORD, HERE)  # it does not count before the app has shown a code
    with pytest.raises(InputError):
        await confirmed("none")
    recovery = await confirmed(app.at(now()))
    assert len(set(recovery)) == 10
    for _ in range(6):  # who is asked for the code has guessed nothing
        with pytest.raises(CodeNeededError):
            await door.sign_in(jon.email, PASSWORD, HERE)
    with pytest.raises(SignInError):  # the code that was shown is used up
        await door.sign_in(jon.email, PASSWORD, HERE, app.at(now()))
    time.late = timedelta(minutes=2)
    code = app.at(now())
    _, signed_in = await door.sign_in(jon.email, PASSWORD, HERE, f"{code[:3]} {code[3:]}")
    assert signed_in.person.second_factor
    for wrong in (code, "", recovery[0][:-1], "123"):
        with pytest.raises(SignInError):
            await door.sign_in(jon.email, PASSWORD, HERE, wrong)
    with pytest.raises(RateLimitedError):  # codes are guessed no faster than passwords
        await door.sign_in(jon.email, PASSWORD, HERE, recovery[0])


async def test_a_recovery_code_works_once_and_a_link_does_not_replace_the_factor(database, door, joined, clock_):
    jon = await joined("Jon")
    encryptor = Encryptor(b"s" * 32)
    begun = await change(database, second_factor.begin, encryptor, jon.id)
    code = pyotp.TOTP(begun.secret).at(clock_.now())
    first, second, *_ = await change(
        database, second_factor.confirm, encryptor, clock_.now(), COMMAND_LINE, jon.id, code
    )
    await door.sign_in(jon.email, PASSWORD, HERE, first.upper())
    with pytest.raises(SignInError):
        await door.sign_in(jon.email, PASSWORD, HERE, first)
    _, link = await change(database, people.new_link, clock_, COMMAND_LINE, jon.id)
    with pytest.raises(CodeNeededError):
        await door.accept(link, "another good password", HERE)
    with pytest.raises(SignInError):
        await door.accept(link, "another good password", HERE, code="000")
    await door.accept(link, "another good password", HERE, code=second)
    await change(database, second_factor.remove, clock_.now(), COMMAND_LINE, jon.id)
    await door.sign_in(jon.email, "another good password", HERE)
    async with database.read() as session:
        acts = [row.act async for row in audit.lines(session)]
    assert (acts.count("factor_set"), acts.count("factor_removed")) == (1, 1)
