"""Passwords: which are taken, how they are kept (argon2id) and checked. Knows nobody whose they are."""

from __future__ import annotations

import asyncio
import secrets
import unicodedata

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from chatbot.errors import InputError

SHORTEST, LONGEST = 12, 1000
_FEWEST_CHARACTERS = 5  # different ones
_SHORTEST_PART = 4  # of a name or an address, that a password must not consist of
_AT_ONCE = 2  # each takes 19 MiB


class Passwords:
    """Makes and checks hashes on threads, few at once. Belongs to one event loop.

    Parameters: OWASP's second choice for argon2id, 19 MiB, two passes, one lane.
    """

    def __init__(self) -> None:
        self._hasher = PasswordHasher(time_cost=2, memory_cost=19456, parallelism=1)
        self._room = asyncio.Semaphore(_AT_ONCE)
        self._nobodys = self._hasher.hash(secrets.token_urlsafe())

    async def hash(self, password: str) -> str:
        """What is kept of a password: argon2id with a fresh salt."""
        async with self._room:
            return await asyncio.to_thread(self._hasher.hash, _normal(password))

    async def matches(self, kept: str | None, password: str) -> bool:
        """Whether this is the password; takes as long where there is none to compare with."""
        async with self._room:
            return await asyncio.to_thread(self._matches, kept, _normal(password))

    def is_outdated(self, kept: str) -> bool:
        """Whether it was kept by other parameters than today's."""
        return self._hasher.check_needs_rehash(kept)

    def _matches(self, kept: str | None, password: str) -> bool:
        try:
            return self._hasher.verify(kept or self._nobodys, password) and kept is not None
        except (VerificationError, InvalidHashError):
            return False


def check(password: str, *, name: str, email: str) -> None:
    """See that a new password will do. No rules of composition: length is what counts (NIST SP 800-63B).

    Raises:
        InputError: it is short, too long, of a few characters only, or little more than the person's name or address.

    """
    said = _normal(password)
    if not SHORTEST <= len(said) <= LONGEST:
        raise InputError(
            f"Choose a password of at least {SHORTEST} characters (at most {LONGEST}); this has {len(said)}."
        )
    if len(set(said)) < _FEWEST_CHARACTERS:
        raise InputError("Choose a password that does not repeat a few characters.")
    left = said.casefold()
    for part in sorted({email, *email.replace("@", ".").split("."), *name.casefold().split()}, key=len, reverse=True):
        left = left.replace(part, "") if len(part) >= _SHORTEST_PART else left
    if len(left) < SHORTEST // 2:
        raise InputError("Choose a password that is not your name or address.")


def _normal(password: str) -> str:
    """The same characters however a keyboard put them together."""
    return unicodedata.normalize("NFKC", password)
