"""Which addresses are the team's own: those the user names, else the one that stands in most conversations."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Own:
    """Addresses and whole domains (``@shop.example``), lower case."""

    addresses: frozenset[str]
    domains: frozenset[str]

    def has(self, address: str) -> bool:
        """Whether an address is the team's."""
        return address in self.addresses or address.rpartition("@")[2] in self.domains


def named(text: str) -> Own:
    """From ``agent_address``: several with ``|``, whole domains with ``@`` in front.

    Raises:
        ValueError: one of them is no address.

    """
    parts = [part.strip().lower() for part in text.split("|") if part.strip()]
    if wrong := [part for part in parts if "@" not in part or part.endswith("@")]:
        raise ValueError(f"agent_address: expected addresses or @domains, found {wrong[0][:60]!r}")
    return Own(
        frozenset(part for part in parts if not part.startswith("@")),
        frozenset(part[1:] for part in parts if part.startswith("@")),
    )


def found(conversations: int, often: list[tuple[str, int]]) -> tuple[Own, str]:
    """The team's addresses and a sentence about them, by how many conversations each address stands in.

    Raises:
        ValueError: it is not clear whose mails these are; the message asks.

    """
    desks = [address for address, _ in often if _is_desk(address)]
    domains = {address.rpartition("@")[2] for address in desks}
    if often:
        first, count = often[0]
        own = _of(first)
        second = next((other for address, other in often[1:] if not own.has(address)), 0)
        if conversations > 1 and 2 * count > conversations and 2 * second <= count:
            return own, _said(own, f"{first} stands in {count:,} of {conversations:,} conversations")
        if len(domains) == 1:
            return _of(desks[0]), _said(_of(desks[0]), f"{desks[0]} is named as one of a team")
    shown = ", ".join(f"{address} ({count:,})" for address, count in often[:_SHOWN])
    raise ValueError(
        f"it is not clear which address is your team's; found in most conversations: {shown or 'none'}. Nothing was "
        "stored. Say it: --column agent_address=support@shop.example, several with |, a whole domain as @shop.example"
    )


def _is_desk(address: str) -> bool:
    local = address.partition("@")[0].replace("-", "").replace(".", "").replace("_", "")
    return local in _words("desks")


def _of(address: str) -> Own:
    domain = address.rpartition("@")[2]
    if domain.partition(".")[0] in _words("providers"):
        return Own(frozenset({address}), frozenset())
    return Own(frozenset(), frozenset({domain}))


def _said(own: Own, why: str) -> str:
    whose = ", ".join([*own.addresses, *(f"@{domain}" for domain in own.domains)])
    return (
        f"what {whose} wrote was taken for your team's answers ({why}); if it is another, say --column agent_address=…"
    )


@cache
def _words(group: str) -> frozenset[str]:
    text = files(__package__).joinpath("addresses.toml").read_text(encoding="utf-8")
    return frozenset(tomllib.loads(text)[group].split())
