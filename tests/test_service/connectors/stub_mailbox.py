"""A mailbox and a mail server in memory, for the connector to mail; and mails to lay into it."""

from __future__ import annotations

from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from types import SimpleNamespace

from chatbot.service.connectors.desks.mail import Mail
from chatbot.service.connectors.desks.mailing.letter import DRAFTS, INBOX, SENT, letter_of
from chatbot.service.connectors.desks.mailing.posting import NotSentError

DESK, ADA = "support@shop.example", "ada@mail.example"
BEGIN = datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=50)
VALIDITY = 7


def mail(words="Where is my parcel?", *, sender=f"Ada Lovelace <{ADA}>", to=DESK, own="<first@mail.example>", **fields):
    """A mail; an underscore in a field's name is a dash, None leaves it out."""
    message = EmailMessage()
    every = {"From": sender, "To": to, "Subject": "Parcel", "Message-ID": own}
    every |= {name.replace("_", "-"): value for name, value in fields.items()}
    for name, value in every.items():
        if value is not None:
            message[name] = value
    message.set_content(words)
    return bytes(message)


class StubBox:
    """What ``Mailbox`` does, over lists of (uid, flags, time, bytes)."""

    def __init__(self):
        self.mails = {INBOX: [], SENT: [], DRAFTS: []}
        self.minutes = 0
        self.began = datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=50)  # what an hour is counted from

    def put(self, data, folder=INBOX, *flags, at=None):
        self.minutes += 1
        at = at or self.began + timedelta(minutes=self.minutes)
        self.mails[folder].append((len(self.mails[folder]) + 1, set(flags), at, data))

    def arrived(self, folder, since, most):
        return [uid for uid, _, at, _ in self.mails[folder] if at >= since][-most:]

    def mentioning(self, folder, needles, *, own=False):
        found = ((uid, data.partition(b"\n\n")[0].replace(b"\r", b"")) for uid, _, _, data in self.mails[folder])
        return [uid for uid, head in found if any(needle.encode() in head for needle in needles)]

    def letters(self, folder, uids, validity=None):
        if validity not in {None, VALIDITY}:
            return []
        return [
            letter_of(folder, uid, VALIDITY, flags, at, len(data), data)
            for uid, flags, at, data in self.mails[folder]
            if uid in set(uids)
        ]

    def whole(self, letter):
        return next(data for uid, _, _, data in self.mails[letter.folder] if uid == letter.uid)

    def lay(self, folder, data):
        self.put(data, folder)

    def flag(self, folder, uids, add=(), remove=()):
        for uid, flags, _, _ in self.mails[folder]:
            if uid in uids:
                flags |= set(add)
                flags -= set(remove)


class StubServers:
    """Where the connector's visits go."""

    sender = SimpleNamespace(host="smtp.shop.example")

    def __init__(self):
        self.box = StubBox()
        self.posted_mails = []
        self.refuses = 0
        self.dies = False

    async def visit(self, work):
        return work(self.box)

    @asynccontextmanager
    async def posting(self):
        yield self

    async def posted(self, work):
        work()

    def begin(self, sender, recipient):
        self.envelope = (sender, recipient)

    def send(self, data):
        if self.refuses:
            self.refuses -= 1
            raise NotSentError("554 no")
        self.posted_mails.append((*self.envelope, data))
        if self.dies:
            raise KeyboardInterrupt  # the process ends here


def desk(address=DESK):
    """The connector over a mailbox in memory."""
    made = Mail(SimpleNamespace(lines=None), "imaps://imap.shop.example", {"address": address, "password": "x"})
    made._servers = StubServers()
    return made
