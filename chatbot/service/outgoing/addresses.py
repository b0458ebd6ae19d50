"""Which addresses on the network the desk may be sent to: public ones, and what its operator names. Resolves nothing.

``ipaddress.is_global`` is not enough: it says yes to 6to4, NAT64 and IPv4-compatible forms of 169.254.169.254, to
multicast and to site-local addresses. Forms that carry an IPv4 address are unwrapped, and that address is judged.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import TYPE_CHECKING

from chatbot.errors import NotReadyError

if TYPE_CHECKING:
    from collections.abc import Iterable

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

_NAME = re.compile(r"[a-z0-9_]([a-z0-9_.-]{0,251}[a-z0-9_])?")
_NAT64 = IPv6Network("64:ff9b::/96")
_TRANSLATED = IPv6Network("::ffff:0:0:0/96")  # SIIT, RFC 2765
_COMPATIBLE = IPv6Network("::/96")
_ISATAP = frozenset({0x0000_5EFE, 0x0200_5EFE})
_GLOBAL_UNICAST = IPv6Network("2000::/3")
_NOWHERE: tuple[Network, ...] = (
    IPv4Network("192.88.99.0/24"),  # relays of 6to4: whoever runs one reads along
    IPv4Network("192.0.0.0/24"),  # of protocols, some of which Python calls global
    IPv6Network("2001::/23"),  # the same, Teredo among them, which carries an address in disguise
    IPv6Network("2001:db8::/32"),
    IPv6Network("3fff::/20"),
)
_LINK_LOCAL: tuple[Network, ...] = (IPv4Network("169.254.0.0/16"), IPv6Network("fe80::/10"))


def unwrapped(address: Address) -> Address:
    """The IPv4 address that an IPv6 address carries, where whatever is sent to the one arrives at the other."""
    if isinstance(address, IPv4Address):
        return address
    if inner := address.ipv4_mapped or address.sixtofour:
        return inner
    carries = address in _NAT64 or address in _TRANSLATED or address in _COMPATIBLE
    if carries or (int(address) >> 32) & 0xFFFF_FFFF in _ISATAP:
        return IPv4Address(int(address) & 0xFFFF_FFFF)
    return address


def is_public(address: Address) -> bool:
    """Whether an address is one that anybody on the internet could reach."""
    if address.is_multicast or any(address in network for network in _NOWHERE if network.version == address.version):
        return False  # before it is unwrapped: a prefix that is nowhere stays so, whatever it carries
    inner = unwrapped(address)
    if inner != address:
        return is_public(inner)
    unicast = isinstance(address, IPv4Address) or address in _GLOBAL_UNICAST
    return unicast and address.is_global and not address.is_reserved


def literal(host: str) -> Address | None:
    """The address that a host is written as, in the one usual form; None for a name and for every other form."""
    try:
        return ip_address(host)
    except ValueError:
        return None


@dataclass(frozen=True)
class Allowed:
    """What the operator lets through beside the public internet: networks, and hosts by name."""

    networks: tuple[Network, ...] = ()
    names: frozenset[str] = frozenset()

    @classmethod
    def of(cls, entries: Iterable[str]) -> Allowed:
        """Read ``UNDERSTUDY_OUTGOING_ALLOW``.

        Raises:
            NotReadyError: an entry is neither a network nor the name of a host.

        """
        networks, names = [], set()
        for entry in entries:
            try:
                networks.append(ip_network(entry, strict=False))
            except ValueError:
                name = entry.lower().rstrip(".")
                if not _NAME.fullmatch(name) or name.replace(".", "").isdigit():
                    raise NotReadyError(
                        f"UNDERSTUDY_OUTGOING_ALLOW names {entry!r}: expected networks and names of hosts, such as "
                        "10.0.5.0/24,crm.local."
                    ) from None
                names.add(name)
        return cls(tuple(networks), frozenset(names))

    def names_host(self, host: str) -> bool:
        """Whether a host as it is written was named: then plain http to it is the operator's choice too."""
        address = literal(host)
        return self._has(address) if address else host.lower().rstrip(".") in self.names

    def lets_through(self, host: str, address: Address) -> bool:
        """Whether a host that is at an address may be connected to there.

        A named host may be at a private address, but neither at a link-local one (where clouds keep credentials) nor at
        one that is no single host's: those take a network.
        """
        if is_public(address) or self._has(address):
            return True
        inner = unwrapped(address)
        odd = inner.is_multicast or inner.is_unspecified or inner.is_reserved
        odd = odd or any(inner in network for network in (*_LINK_LOCAL, *_NOWHERE) if network.version == inner.version)
        return not odd and host.lower().rstrip(".") in self.names

    def _has(self, address: Address) -> bool:
        forms = {address, unwrapped(address)}
        return any(form in network for form in forms for network in self.networks if network.version == form.version)
