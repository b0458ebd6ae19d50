"""Finds public internet addresses, hardware addresses and coordinates.

Private ranges and netmasks are advice, not data.
"""

from __future__ import annotations

import ipaddress
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_V4 = re.compile(r"(?<![A-Za-z\d_.,-])(?:\d{1,3}\.){3}\d{1,3}(?![A-Za-z\d_-]|\.\d)")
_V6 = re.compile(
    r"(?<![A-Za-z\d_:.])(?:[0-9A-Fa-f]{1,4}:){2,7}(?::?[0-9A-Fa-f]{1,4}){1,7}(?![A-Za-z\d_:])"
    r"|(?<![A-Za-z\d_:.])(?:[0-9A-Fa-f]{1,4}:){1,6}:(?![A-Za-z\d_:])"
)
_VERSION = re.compile(
    r"(?:v|ver|version\w{0,12}|versie|versi[o\u00f3]n|wersja|vers\u00e3o|firmware|build|release|driver|treiber|patch"
    r"|update|esr|chrome|firefox|edge|safari|office|agent|app|ios"
    r"|section|chapter|kapitel|clause|abschnitt|\u7248\u672c|\u30d0\u30fc\u30b8\u30e7\u30f3)[ :/.=v\u53f7]{0,3}$",
    re.IGNORECASE,
)
_HARMLESS = tuple(
    ipaddress.ip_network(net)
    for net in (
        *("0.0.0.0/8", "10.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16", "224.0.0.0/3"),
        *("1.1.1.0/24", "1.0.0.0/24", "8.8.8.0/24", "8.8.4.0/24", "9.9.9.0/24", "208.67.222.0/24", "208.67.220.0/24"),
    )
)
_SHORT_V6 = 5
_MAC = re.compile(
    r"(?<![A-Za-z\d_:.-])(?:[0-9A-Fa-f]{2}([:-])(?:[0-9A-Fa-f]{2}\1){4}[0-9A-Fa-f]{2}"
    r"|(?:[0-9A-Fa-f]{4}\.){2}[0-9A-Fa-f]{4})(?![A-Za-z\d_:-])"
)
_COORDINATES = re.compile(
    r"(?<![A-Za-z\d_.,-])-?\d{1,2}\.\d{3,8}\u00b0?\s?[NSns]?(?:, ?|/| |;"
    r" ?)-?\d{1,3}\.\d{3,8}(?:\u00b0?\s?[EWOewo](?![a-z]))?(?![A-Za-z\d_]|\.\d)"
    r"|\d{1,2}\u00b0\s?\d{1,2}['\u2032\u2019]\s?(?:\d{1,2}(?:\.\d{1,5})?[\"\u2033\u201d]{1,2})?\s?[NS],?\s?\d{1,3}\u00b0\s?\d{1,2}['\u2032\u2019]\s?(?:\d{1,2}(?:\.\d{1,5})?[\"\u2033\u201d]{1,2})?\s?[EWO]"
)


def find_ips(text: str) -> Iterator[tuple[int, int, str]]:
    """Public IPv4 and IPv6 addresses; not versions, not a private net's, not the name servers everybody is told of."""
    for match in _V4.finditer(text):
        try:
            address = ipaddress.IPv4Address(match.group())
        except ValueError:
            continue
        known = any(address in net for net in _HARMLESS)
        if not known and not _VERSION.search(text, max(0, match.start() - 16), match.start()):
            yield *match.span(), match.group()
    if text.count(":") > 1:
        for match in _V6.finditer(text):
            try:
                v6 = ipaddress.IPv6Address(match.group())
            except ValueError:
                continue
            if (
                not (v6.is_loopback or v6.is_link_local or v6.is_multicast or v6.is_unspecified)
                and len(match.group()) > _SHORT_V6
            ):
                yield *match.span(), str(v6)


def find_macs(text: str) -> Iterator[tuple[int, int, str]]:
    """Hardware addresses; all ones and all zeros are nobody's."""
    for match in _MAC.finditer(text):
        key = "".join(c for c in match.group() if c.isalnum()).upper()
        if len(set(key)) > 1:
            yield *match.span(), key


def find_coordinates(text: str) -> Iterator[tuple[int, int, str]]:
    """Latitude and longitude, decimal or in degrees and minutes."""
    for match in _COORDINATES.finditer(text):
        yield *match.span(), match.group()
