"""Finds the whole conversations of some mails in the inbox and Sent, by the names they give one another."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from chatbot.service.connectors.desks.mailing.letter import DRAFTS, INBOX, SENT
from chatbot.service.connectors.desks.mailing.names import name_of, needle_in, needle_of, place_of
from chatbot.service.connectors.desks.mailing.reading import ticket
from chatbot.service.connectors.desks.mailing.threads import threads

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from chatbot.service.connectors.desks.mailing.letter import Letter
    from chatbot.service.connectors.desks.mailing.threads import Thread
    from chatbot.service.connectors.protocol import Theirs
    from data.importers.mail.own import Own

_ROUNDS = 8
_MOST = 2000
_NEEDLES = 400  # in one round
_SHORTEST = 5  # characters that are searched for: who writes <a> into a mail finds nothing by it
_SHOWN_IDS = 30  # of one mail: the first that it names, and the last


class Box(Protocol):
    """What is asked of a mailbox; ``mailbox.Mailbox`` says what of each."""

    def arrived(self, folder: str, since: datetime, most: int) -> list[int]:  # noqa: D102
        ...

    def mentioning(self, folder: str, needles: Sequence[str], *, own: bool = False) -> list[int]:  # noqa: D102
        ...

    def letters(self, folder: str, uids: Sequence[int], validity: int | None = None) -> list[Letter]:  # noqa: D102
        ...

    def whole(self, letter: Letter) -> bytes:  # noqa: D102
        ...

    def lay(self, folder: str, data: bytes) -> None:  # noqa: D102
        ...

    def flag(  # noqa: D102
        self, folder: str, uids: Sequence[int], add: Sequence[str] = (), remove: Sequence[str] = ()
    ) -> None: ...


@dataclass
class _Found:
    """Mails by where they lie, and which names were searched for."""

    letters: dict[tuple[str, int], Letter] = field(default_factory=dict)
    sought: set[str] = field(default_factory=set)

    def add(self, more: Iterable[Letter]) -> None:
        self.letters |= {(each.folder, each.uid): each for each in more}

    def ids(self) -> set[str]:
        """Every name of a mail in them."""
        return {one for each in self.letters.values() for one in _named(each)}

    def needles(self, *, up: bool) -> list[str]:
        """What is still to be searched for; ``up``: only mails that are answered, and not here yet."""
        ids = self.ids() - ({each.own for each in self.letters.values()} if up else set())
        known = (needle for one in ids if (needle := needle_of(one)) and len(needle) >= _SHORTEST)
        new = sorted(set(known) - self.sought)[:_NEEDLES]
        self.sought.update(new)
        return new


def arrived(box: Box, since: datetime, most: int) -> list[Letter]:
    """The mails that came, or were sent, since; the newest of them where they are more than ``most``."""
    found = [each for folder in (INBOX, SENT) for each in box.letters(folder, box.arrived(folder, since, most))]
    return sorted(found, key=lambda each: each.at)[-most:]


def conversations(box: Box, seeds: Iterable[Letter], own: Own, *, up: bool = False) -> list[Thread]:
    """The conversations that these mails are in, whole; ``up``: as far as they name them, which many at once do fast.

    The newest mails of a mailbox hold every later answer, so that what ``up`` misses are old ones beside the others.
    """
    found = _Found()
    found.add(seeds)
    for _ in range(_ROUNDS):
        needles = found.needles(up=up)
        if not needles or len(found.letters) >= _MOST:
            break
        for folder in (INBOX, SENT):
            uids = [uid for uid in box.mentioning(folder, needles, own=up) if (folder, uid) not in found.letters]
            ids = found.ids()  # a search finds parts of names as well
            found.add(each for each in box.letters(folder, uids) if not ids.isdisjoint(_named(each)))
    return threads(found.letters.values(), own)


def named(box: Box, name: str, own: Own) -> Thread | None:
    """The conversation of this name, which may be anybody's; None where there is none."""
    if (place := place_of(name)) is not None:
        seeds = box.letters(INBOX, [place[1]], place[0])
    else:
        needle = needle_in(name)
        seeds = [] if needle is None else [each for one in (INBOX, SENT) for each in _mentioning(box, one, needle)]
    right = [each for each in seeds if any(name_of(one) == name for one in (each.own, *each.answers))]
    return next((each for each in conversations(box, right, own) if name_of(each.root) == name), None)


def drafts(box: Box, thread: Thread) -> list[tuple[Letter, bytes]]:
    """The replies to a conversation that lie unsent."""
    ids = {each.own for each in thread.letters} | {thread.root}
    needles = sorted({needle for one in ids if (needle := needle_of(one))})
    found = box.letters(DRAFTS, box.mentioning(DRAFTS, needles))
    return [(each, box.whole(each)) for each in found if ids & set(each.answers)]


def tickets(box: Box, found: Iterable[Thread], own: Own, now: datetime) -> list[Theirs]:
    """The conversations in which a customer speaks, with their words."""
    read = (ticket(each, own, box.whole, drafts(box, each), now) for each in found)
    return [each for each in read if each is not None]


def _mentioning(box: Box, folder: str, needle: str) -> list[Letter]:
    return box.letters(folder, box.mentioning(folder, [needle]))


def _named(letter: Letter) -> tuple[str, ...]:
    names = (letter.own, *letter.answers)
    return names if len(names) <= _SHOWN_IDS else (*names[:2], *names[2 - _SHOWN_IDS :])
