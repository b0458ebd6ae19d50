"""Which mails are one conversation: those that name one another, as long as who writes is one of its people.

Who merely knows a Message-ID of somebody else's conversation does not get into it: that is a conversation of its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from chatbot.service.connectors.desks.mailing.letter import ANSWER, is_question

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from chatbot.service.connectors.desks.mailing.letter import Letter
    from data.importers.mail.own import Own

_CUSTOMER, _TEAM = "customer", "team"
_UNSENT = "\\Draft"
_LONGEST_CHAIN = 50  # of mails that each name only the one before, in the wrong order


@dataclass(frozen=True, slots=True)
class Thread:
    """One conversation, oldest first; ``root`` is the first Message-ID that it names."""

    root: str
    letters: tuple[Letter, ...]


@dataclass(frozen=True, slots=True)
class Spoken:
    """A mail, whose it is (customer, agent, bot), who reads it (customer, team), and who outside wrote it."""

    letter: Letter
    role: str
    audience: str
    who: str | None


def threads(letters: Iterable[Letter], own: Own) -> list[Thread]:
    """The conversations of these mails; what a program wrote, and what only claims to be the team's, is in none."""
    once: dict[str, Letter] = {}
    for letter in sorted(letters, key=lambda each: (not each.sent, each.at, each.uid)):
        if letter.sent or is_question(letter, own):
            once.setdefault(letter.own, letter)
    roots: dict[str, str] = {}
    people: dict[str, set[str]] = {}
    found: dict[str, list[Letter]] = {}
    for letter in _in_order(once):
        root = next((roots[one] for one in reversed(letter.answers) if one in roots), None)
        root = root or next(iter(letter.answers), letter.own)
        if not letter.sent and root in people and (letter.head.doubted or letter.writer(own) not in people[root]):
            root = letter.own
        roots[letter.own] = root
        people.setdefault(root, set()).update(letter.head.people)
        found.setdefault(root, []).append(letter)
    return [Thread(root, tuple(each)) for root, each in found.items()]


def _in_order(letters: Mapping[str, Letter]) -> list[Letter]:
    """Oldest first, each after those it answers: servers say seconds, and a mail may come before what it answers."""
    places = {own: (letter.at, 0) for own, letter in letters.items()}
    for _ in range(_LONGEST_CHAIN):
        changed = False
        for own, letter in letters.items():
            before = max((places[one] for one in letter.answers if one in places and one != own), default=None)
            if before is not None and places[own] <= before:
                places[own] = (before[0], before[1] + 1)
                changed = True
        if not changed:
            break
    return sorted(letters.values(), key=lambda each: (*places[each.own], each.uid))


def spoken(thread: Thread, own: Own) -> list[Spoken]:
    """Who says what to whom. What the team wrote to others than who asked is its own matter, and so is their answer."""
    said: list[Spoken] = []
    asked: set[str] = set()
    for letter in thread.letters:
        outside = {one for one in letter.head.recipients if not own.has(one)}
        if letter.sent:
            if _UNSENT in letter.flags or (letter.automatic and letter.ours is None):
                continue
            public = bool(outside & asked if asked else outside)
            role = "bot" if letter.ours is not None and letter.ours[0] == ANSWER else "agent"
            asked |= outside if public else set()
            said.append(Spoken(letter, role, _CUSTOMER if public else _TEAM, None))
            continue
        who = letter.writer(own)
        if who is None:
            continue
        if asked and who not in asked:
            said.append(Spoken(letter, "agent", _TEAM, who))
            continue
        asked |= {who, *outside}
        said.append(Spoken(letter, _CUSTOMER, _CUSTOMER, who))
    return said
