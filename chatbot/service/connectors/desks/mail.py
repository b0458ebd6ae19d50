"""The connector to a mailbox: IMAP in, SMTP out. A ticket is a conversation by mail, named by its first Message-ID.

Mail has neither notes nor states: what is suggested lies in the folder of drafts, and who had the last word says where
a conversation stands. Nothing is marked read, moved or deleted. Programs' mails are no questions, and get no answers.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from chatbot.errors import InputError
from chatbot.service.connectors.asking import ChangedMeanwhileError
from chatbot.service.connectors.desks.mailing import gathering
from chatbot.service.connectors.desks.mailing.composing import answer_id, is_address, recipient, reply_to
from chatbot.service.connectors.desks.mailing.letter import ANSWER, DRAFT, DRAFTS, INBOX, REPLY, SENT
from chatbot.service.connectors.desks.mailing.names import name_of
from chatbot.service.connectors.desks.mailing.places import checked, mailbox_at, sender_at
from chatbot.service.connectors.desks.mailing.posting import NotSentError
from chatbot.service.connectors.desks.mailing.reading import is_left_alone, is_tag
from chatbot.service.connectors.desks.mailing.threads import spoken
from chatbot.service.connectors.desks.mailing.visits import Servers
from chatbot.service.connectors.protocol import Abilities, Change, Rung, Setting, Theirs, Usual, Written
from chatbot.service.outgoing.door import OutgoingError
from data.importers.mail import own as addresses

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from chatbot.service.connectors.desks.mailing.letter import Letter
    from chatbot.service.connectors.desks.mailing.threads import Thread
    from chatbot.service.outgoing.door import Client, Door

_BEGINNING = timedelta(days=30)
_MOST, _AT_ONCE = 1000, 20
_TAKING_BACK = (1.0, 5.0, 15.0, 60.0)  # seconds between the tries
_ANSWERED, _UNSENT = "\\Answered", "\\Draft"


class Mail(Usual):
    """One mailbox."""

    kind: ClassVar[str] = "mail"
    title: ClassVar[str] = "E-mail"
    abilities: ClassVar[Abilities] = Abilities(note=False, draft=True, reply=True, status=True, tags=True, since=True)
    settings: ClassVar[tuple[Setting, ...]] = (
        Setting("address", "The team's address, then its other ones, with commas: support@shop.example"),
        Setting("user", "Account of the mailbox (empty: the address)", optional=True),
        Setting("password", "Its password, of an app where there are such", secret=True),
        Setting("smtp", "Server that sends, such as smtp.shop.example:587 (empty: the mailbox's own)", optional=True),
    )
    to_ring: ClassVar[str] = ""

    def __init__(self, client: Client, url: str, given: Mapping[str, str]) -> None:
        every = [one.strip().lower() for one in given["address"].split(",") if one.strip()]
        if not every or not is_address(every[0]):
            raise InputError("That is no address of a team: expected one such as support@shop.example.")
        try:
            self._own = addresses.named("|".join(every))
        except ValueError as error:
            raise InputError(f"{error}.") from error
        self._address = every[0]
        place = mailbox_at(url)
        sender = sender_at(given.get("smtp", ""), place)
        user = given.get("user") or self._address
        self._servers = Servers(client.lines, place, sender, self._address, user, given["password"])

    @staticmethod
    def checked(door: Door, url: str) -> str:
        """The URL of a mailbox, which is none of the web.

        Raises:
            InputError: it is none.
            AddressRefusedError: it names an address that is not public.

        """
        return checked(door, url)

    async def check(self) -> AsyncIterator[str]:
        """See that we get into the mailbox and to its folders, and whether we could send."""
        count, sent, drafts = await self._servers.visit(lambda box: (box.count(), box.folder(SENT), box.folder(DRAFTS)))
        yield f"The mailbox lets us in: {count:,} mails."
        if drafts is None:
            raise OutgoingError("The mailbox has no folder for drafts: make one that is called Drafts.")
        yield f"Drafts are laid into {drafts}."
        yield f"What the team answers is read in {sent}." if sent else "It has no folder Sent: answers are not read."
        try:
            async with self._servers.posting():
                pass
        except OutgoingError as error:
            yield f"Mails cannot be sent from here, drafts can be laid: {error}"
        else:
            yield f"{self._servers.sender.host} would send for {self._address}."

    async def changes(self, since: datetime | None) -> AsyncIterator[Theirs]:
        """The conversations with mails that came since; of a month where there is no since."""
        begin = datetime.now(UTC) - _BEGINNING if since is None else since
        seeds = await self._servers.visit(lambda box: gathering.arrived(box, begin, _MOST))
        async for each in self._tickets(seeds):
            yield each

    async def newest(self, most: int) -> list[Theirs]:
        """The conversations with the newest mails."""
        begin = datetime.now(UTC) - 12 * _BEGINNING
        seeds = await self._servers.visit(lambda box: gathering.arrived(box, begin, 4 * most))
        found: list[Theirs] = []
        async for each in self._tickets(list(reversed(seeds))):
            found.append(each)
            if len(found) >= most:
                break
        return found

    async def fetch(self, external_id: str) -> Theirs | None:
        """One conversation, as far as it lies in the inbox and in Sent."""
        return await self._servers.visit(lambda box: self._fetched(box, external_id))

    async def note(self, external_id: str, text: str) -> Written:
        """There are none in mail.

        Raises:
            OutgoingError: always.

        """
        del external_id, text
        raise OutgoingError("A mailbox keeps no notes.")

    async def draft(self, external_id: str, text: str) -> Written:
        """Lay a reply to what the customer wrote last into the folder of drafts; once."""
        return await self._servers.visit(lambda box: self._drafted(box, external_id, text))

    async def reply(self, external_id: str, text: str) -> Written:
        """Send what a person answers to what the customer wrote last; the same words once."""
        return await self._send(external_id, text, REPLY)

    async def reply_alone(self, external_id: str, text: str) -> Written:
        """Answer what the customer wrote last, once, as a program: it says so, and has no answer to what says so.

        Raises:
            ChangedMeanwhileError: there is nothing to answer any more.

        """
        return await self._send(external_id, text, ANSWER)

    async def _send(self, external_id: str, text: str, kind: str) -> Written:
        """A copy lies in Sent before the mail goes: who is stopped in between finds it there, and sends nothing twice.

        Raises:
            OutgoingError: it was not sent, or it is open whether it was.

        """
        letter, copy = await self._servers.visit(lambda box: self._to_answer(box, external_id, text, kind))
        own = answer_id(letter, self._address, text if kind == REPLY else "")
        written = Written(self._address, name_of(own))
        if copy is not None and _UNSENT not in copy.flags:
            return written
        data = reply_to(letter, self._address, self._own, text, datetime.now(UTC), kind)
        to = recipient(letter, self._own)
        async with self._servers.posting() as post:
            await self._servers.posted(lambda: post.begin(self._address, to))
            if copy is None:
                await self._servers.visit(lambda box: box.lay(SENT, data))
            else:
                await self._servers.visit(lambda box: self._copy_is(box, own, sent=True))
            try:
                await self._servers.posted(lambda: post.send(data))
            except NotSentError:
                await self._take_back(own)
                raise
        with suppress(OutgoingError):
            await self._servers.visit(lambda box: box.flag(INBOX, [letter.uid], add=[_ANSWERED]))
        return written

    async def _take_back(self, own: str) -> None:
        """See to it that what was certainly not sent does not lie there as if it were, if the mailbox is away too."""
        for pause in _TAKING_BACK:
            with suppress(OutgoingError):
                await self._servers.visit(lambda box: self._copy_is(box, own, sent=False))
                return
            await asyncio.sleep(pause)

    async def change(self, external_id: str, change: Change) -> None:
        """Tags are keywords, as far as the server keeps such; what is done is marked as answered."""
        await self._servers.visit(lambda box: self._changed(box, external_id, change))

    @staticmethod
    def heard(headers: Mapping[str, str], body: bytes, given: Mapping[str, str], now: datetime) -> Rung:
        """Nothing rings here."""
        del headers, body, given, now
        return Rung()

    async def _tickets(self, seeds: list[Letter]) -> AsyncIterator[Theirs]:
        """The conversations of these mails, which are the newest, each once and in their order."""
        if not seeds:
            return
        many = len(seeds) > _AT_ONCE
        found = await self._servers.visit(lambda box: gathering.conversations(box, seeds, self._own, up=many))
        place = {each.own: number for number, each in enumerate(seeds)}
        firsts = [
            (min((place[one.own] for one in each.letters if one.own in place), default=-1), each) for each in found
        ]
        threads = [each for first, each in sorted(firsts, key=lambda one: one[0]) if first >= 0]
        for start in range(0, len(threads), _AT_ONCE):
            some = threads[start : start + _AT_ONCE]
            for theirs in await self._servers.visit(partial(self._read, some=some)):
                yield theirs

    def _read(self, box: gathering.Box, some: list[Thread]) -> list[Theirs]:
        return gathering.tickets(box, some, self._own, datetime.now(UTC))

    def _fetched(self, box: gathering.Box, external_id: str) -> Theirs | None:
        thread = gathering.named(box, external_id, self._own)
        found = [] if thread is None else gathering.tickets(box, [thread], self._own, datetime.now(UTC))
        return found[0] if found else None

    def _drafted(self, box: gathering.Box, external_id: str, text: str) -> Written:
        thread, letter = self._asked(box, external_id)
        key = name_of(letter.own)
        written = Written(self._address, None)
        if any(each.ours == (DRAFT, key) for each, _ in gathering.drafts(box, thread)):
            return written
        box.lay(DRAFTS, reply_to(letter, self._address, self._own, text, datetime.now(UTC), DRAFT))
        return written

    def _to_answer(self, box: gathering.Box, external_id: str, text: str, kind: str) -> tuple[Letter, Letter | None]:
        """What is to be answered, and the copy of this answer where there is one already."""
        thread, letter = self._asked(box, external_id)
        own = answer_id(letter, self._address, text if kind == REPLY else "")
        found = box.letters(SENT, box.mentioning(SENT, [own]))
        copy = next((each for each in found if each.own == own), None)
        said = spoken(thread, self._own)
        public = [each for each in said if each.audience == "customer"]
        if kind == REPLY or copy is not None:
            return letter, copy
        if public[-1].role != "customer" or is_left_alone(said, self._own, datetime.now(UTC)):
            raise ChangedMeanwhileError("The conversation was answered meanwhile, or is not to be answered alone.")
        return letter, copy

    def _asked(self, box: gathering.Box, external_id: str) -> tuple[Thread, Letter]:
        thread = gathering.named(box, external_id, self._own)
        asked = [] if thread is None else [each for each in spoken(thread, self._own) if each.role == "customer"]
        if thread is None or not asked:
            raise OutgoingError("The conversation does not lie in the mailbox any more.")
        return thread, asked[-1].letter

    @staticmethod
    def _copy_is(box: gathering.Box, own: str, *, sent: bool) -> None:
        """A copy of what was certainly not sent is a draft."""
        uids = [each.uid for each in box.letters(SENT, box.mentioning(SENT, [own])) if each.own == own]
        box.flag(SENT, uids, **{"remove" if sent else "add": [_UNSENT]})

    def _changed(self, box: gathering.Box, external_id: str, change: Change) -> None:
        thread = gathering.named(box, external_id, self._own)
        uids = [] if thread is None else [each.uid for each in thread.letters if each.folder == INBOX]
        add = [each for each in change.add_tags if is_tag(each)]
        remove = [each for each in change.remove_tags if is_tag(each)]
        add += [_ANSWERED] if change.category == "done" else []
        remove += [_ANSWERED] if change.category == "open" else []
        if uids and (add or remove):
            box.flag(INBOX, uids, add, remove)
