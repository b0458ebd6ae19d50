"""Voices: who gave an answer to whom, so that two of them can be told apart. Keeps keys, no names.

What three customers were told by two agents is a desk's practice; what one was told may be a kindness, or about them.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING, NamedTuple

from data.transcripts import Role

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from data.transcripts import Turn

_ROLE_NAMES = (
    "agent agents support staff helper team operator admin system service bot customer customers user users asker "
    "client visitor guest requester enduser end-user end_user contact other unknown anonymous anonym none null "
    "me you human mitarbeiter kunde kundin kundenservice conseiller cliente agente usuario utente operatore klant "
    "medewerker \u5ba2\u670d \u5ba2\u6237 \u7528\u6237"
)
_ROLES = frozenset(_ROLE_NAMES.split())
"""Authors that say what somebody is, not who."""


UNTOLD = ""
"""The agent of an answer of which nobody can tell whose it is; those who are counted are not made more by it."""


class Voice(NamedTuple):
    """Who stands behind an answer, as keys that name nobody: the agent, the customer, and all the customer wrote.

    ``agent`` and ``customer`` are None where the transcript does not name them; the agent is ``UNTOLD`` where several
    wrote the answer, as nobody knows which of them said what.
    """

    agent: str | None = None
    customer: str | None = None
    words: str | None = None


def voice_of(agents: Collection[str | None], turns: Iterable[Turn]) -> Voice:
    """Who gave an answer to whom. The customer is the first named author among the customer's ``turns``.

    The words of two customers are never all the same, but for a transcript that came in twice.
    """
    said = [turn for turn in turns if turn.role is Role.CUSTOMER]
    customer = next((key for turn in said if (key := _key_of(turn.author))), None)
    words = " ".join(" ".join(turn.text for turn in said).casefold().split())
    keys = {_key_of(agent) for agent in agents}
    agent = UNTOLD if len(keys) > 1 else next(iter(keys), None)
    return Voice(agent, customer, _digest(words) if words else None)


def customers(voices: Iterable[Voice]) -> int:
    """How many different customers stand behind answers.

    Who is named twice is one; and so is who wrote the very words that another wrote: a transcript that came in twice.
    """
    names: set[str | None] = {None}
    words: set[str | None] = {None}
    count = 0
    for voice in voices:
        if (voice.customer and voice.customer in names) or (voice.words and voice.words in words):
            continue
        names.add(voice.customer)
        words.add(voice.words)
        count += 1
    return count


def _key_of(author: str | None) -> str | None:
    """A key for somebody by name; none for a role, a slot, or where nobody is named."""
    name = " ".join((author or "").casefold().split())
    return None if not name or name in _ROLES or name.startswith("[") else _digest(name)


def _digest(text: str) -> str:
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()
