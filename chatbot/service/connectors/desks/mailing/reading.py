"""What a conversation by mail is as a ticket: its words without quotes and signatures, and where it stands."""

from __future__ import annotations

import re
from datetime import UTC, timedelta
from email.parser import BytesParser
from email.policy import compat32
from typing import TYPE_CHECKING

from chatbot.service.connectors.desks.mailing.letter import INBOX, is_nobody
from chatbot.service.connectors.desks.mailing.names import name_of
from chatbot.service.connectors.desks.mailing.threads import spoken
from chatbot.service.connectors.protocol import LONGEST, Remark, Theirs
from data.cleaning.html_text import plain_text
from data.cleaning.quoted_mail import unquoted, what_was_said
from data.importers.mail.body import body_of
from data.importers.mail.header import bare

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from chatbot.service.connectors.desks.mailing.letter import Letter
    from chatbot.service.connectors.desks.mailing.threads import Spoken, Thread
    from data.importers.mail.own import Own

MOST_OWN = 3
"""Answers of ours in one conversation within an hour, however much is asked in it: the end of every loop."""
_HOUR = timedelta(hours=1)
_SUBJECT = 500
_TAG = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.+-]{0,49}")
_NOT_TAGS = frozenset({"junk", "nonjunk", "notjunk", "recent"})
_MOST_LETTERS = 200
_UNREADABLE = (ValueError, LookupError, TypeError, AttributeError, AssertionError, RecursionError)


def words_of(data: bytes, *, opening: bool) -> str | None:
    """What was said in a mail; "" where nothing was, None where it is an invitation or an answer to one."""
    try:
        if _is_invitation(data):
            return None
        body = body_of(data)
    except _UNREADABLE:  # what the parser of mail raises over a mail that is none
        return ""
    words = plain_text(body.text)
    text = what_was_said(words, opening=opening).text or (unquoted(words) if opening else "")
    files = "1 file is attached" if body.attachments == 1 else f"{body.attachments} files are attached"
    text = f"{text.strip()[: LONGEST - 50]}\n\n[{files}]" if body.attachments else text.strip()[:LONGEST]
    return text.strip().encode("utf-8", "replace").decode()


def ticket(
    thread: Thread, own: Own, whole: Callable[[Letter], bytes], drafts: Sequence[tuple[Letter, bytes]], now: datetime
) -> Theirs | None:
    """The conversation as a ticket; None where no customer speaks in it. ``whole`` gives the bytes of a mail."""
    remarks, said = [], []
    everything = spoken(thread, own)
    for each in everything[:1] + everything[1:][-_MOST_LETTERS:]:
        opening = each.letter is thread.letters[0] and not each.letter.answers
        text = words_of(whole(each.letter), opening=opening)
        if text:
            said.append(each)
            remarks.append(_remark(each, text, now))
    customers = [each for each in said if each.role == "customer"]
    if not customers:
        return None
    last = customers[-1].letter
    noted = {letter.ours[1] for letter in (*thread.letters, *(one for one, _ in drafts)) if letter.ours is not None}
    if is_left_alone(said, own, now):
        noted.add(name_of(last.own))
    return Theirs(
        id=name_of(thread.root),
        url="",
        subject=(bare(thread.letters[0].head.subject) or "(no subject)")[:_SUBJECT],
        category=_category(said),
        priority=last.priority,
        email=customers[-1].who,
        remarks=tuple(remarks),
        noted=frozenset(noted),
        name=last.head.name or None,
        tags=tags_of(thread),
        drafts=tuple(text for _, data in drafts if (text := words_of(data, opening=False))),
    )


def is_left_alone(said: Sequence[Spoken], own: Own, now: datetime) -> bool:
    """Whether nothing is to be written to who asked last: nobody reads it, or we have written enough in this hour."""
    last = next((each for each in reversed(said) if each.role == "customer"), None)
    to = last and last.letter.answered_at(own)
    ours = sum(each.role == "bot" and each.letter.at > now - _HOUR for each in said)
    return not to or is_nobody(to) or own.has(to) or ours >= MOST_OWN


def tags_of(thread: Thread) -> tuple[str, ...]:
    """Keywords of its mails in the inbox, without what mail programs keep for themselves."""
    flags = {flag for letter in thread.letters if letter.folder == INBOX for flag in letter.flags}
    return tuple(sorted(flag for flag in flags if is_tag(flag)))


def is_tag(text: str) -> bool:
    """Whether a tag can be a keyword."""
    return _TAG.fullmatch(text) is not None and text.lower() not in _NOT_TAGS


def _remark(each: Spoken, text: str, now: datetime) -> Remark:
    head = each.letter.head
    at = min(each.letter.at, now).astimezone(UTC)
    author = None if each.role == "bot" else head.name or each.who or head.sender or None
    return Remark(name_of(each.letter.own), each.role, each.audience, text, author, at)


def _category(said: Sequence[Spoken]) -> str:
    """Waiting once somebody has answered; done where a mail program says so of an answer that is not seen here."""
    public = [each for each in said if each.audience == "customer"]
    if public[-1].role != "customer":
        return "waiting"
    return "done" if "\\Answered" in public[-1].letter.flags else "open"


def _is_invitation(data: bytes) -> bool:
    message = BytesParser(policy=compat32).parsebytes(data)
    parts = (part for part in message.walk() if part.get_content_type() == "text/calendar")
    return any(part.get_param("method") and part.get_content_disposition() != "attachment" for part in parts)
