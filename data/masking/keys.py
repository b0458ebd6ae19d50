"""Finds keys and tokens by how they look: prefixes of well-known services, JSON web tokens, key blocks, random words.

What only a word announces ("my password is …") is ``cued``'s.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_PREFIXED = re.compile(
    r"(?<![\w/.-])(?:GOCSPX-[\w-]{16,64}|(?:sk|pk|rk)_(?:live|test)_[A-Za-z0-9]{8,128}|whsec_[\w/+=]{16,128}|(?:AKIA|ASIA|AGPA|AIDA"
    r"|AROA)[A-Z0-9]{12,32}"
    r"|gh[pousr]_[A-Za-z0-9]{20,255}|github_pat_\w{20,255}|gl(?:pat|dt|rt)-[\w-]{16,64}"
    r"|xox[abeoprs]-[\w-]{10,255}|xapp-[\w-]{10,255}"
    r"|SG\.[\w-]{16,64}\.[\w-]{16,64}|AIza[\w-]{30,45}|ya29\.[\w-]{20,255}|npm_[A-Za-z0-9]{30,64}"
    r"|pypi-[\w-]{30,255}|do[opr]_v1_[a-f0-9]{32,128}"
    r"|shp(?:at|ca|pa|ss)_[a-fA-F0-9]{24,64}|sk-(?:ant-|proj-|svcacct-)?[\w-]{20,255}|hf_[A-Za-z0-9]{20,64}"
    r"|sq0(?:atp|csp)-[\w-]{16,64}|EAAC[A-Za-z0-9]{20,255}"
    r"|(?:AC|SK)[a-f0-9]{32}|key-[a-f0-9]{32}|us_[A-Za-z0-9_-]{24,64}|dapi[a-f0-9]{32}|lin_api_\w{20,64}"
    r"|glc_[\w=]{20,255}|rpa_\w{20,64}|vercel_\w{20,64}"
    r"|eyJ[\w-]{8,2048}\.[\w-]{8,4096}(?:\.[\w-]{0,1024})?)"
)
_BLOCK = re.compile(
    r"-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----[^\ue000-]{0,8000}(?:-----END [A-Z ]{0,30}PRIVATE KEY-----)?"
)
_AFTER = re.compile(
    r"(?i:\bbearer|\bbasic|api[_-]?key|x-api-key|token|secret|passw(?:or)?d|pwd|client_secret|access_key"
    r"|auth)[\"']?\s?(?::|=|\s)\s?[\"']?(?P<value>[\w./+=~-]{8,512})"
)
_LONG = re.compile(r"(?<![\w./\\@:%#=+-])[A-Za-z0-9+/_-]{20,200}+={0,2}(?![\w./\\@:+-])")
_HEX = re.compile(r"[0-9a-f-]+|[0-9A-F-]+")
_BITS = 3.8
_LEAST = 2
_AWS_LENGTH = 40


def find_keys(text: str) -> Iterator[tuple[int, int, str]]:
    """Each key as (start, end, key)."""
    if "PRIVATE KEY" in text:
        for match in _BLOCK.finditer(text):
            yield *match.span(), match.group()
    for match in _PREFIXED.finditer(text):
        yield *match.span(), match.group()
    for match in _AFTER.finditer(text):
        value = match["value"].rstrip(".")
        if _is_mixed(value):
            start = match.start("value")
            yield start, start + len(value), value
    for match in _LONG.finditer(text):
        if _is_random(match.group()):
            yield *match.span(), match.group()


def _is_mixed(value: str) -> bool:
    digits = sum(character.isdigit() for character in value)
    letters = sum(character.isalpha() for character in value)
    return digits >= _LEAST and letters >= _LEAST and digits + letters >= 8  # noqa: PLR2004  # shorter ones are `cued`'s


def _is_random(word: str) -> bool:
    """Letters of both cases and digits, spread as chance spreads them; hashes and ids in hexadecimal are harmless."""
    if _HEX.fullmatch(word) or word.count("-") + word.count("_") > 1 or word.count("/") > len(word) // 10:
        return False
    small = sum(character.islower() for character in word)
    capital = sum(character.isupper() for character in word)
    digits = sum(character.isdigit() for character in word)
    if min(small, capital, digits) < (1 if len(word) == _AWS_LENGTH else _LEAST):
        return False
    changes = sum(a.isdigit() != b.isdigit() or a.isupper() != b.isupper() for a, b in pairwise(word))
    bits = -sum(n / len(word) * math.log2(n / len(word)) for n in Counter(word).values())
    return bits >= _BITS and changes >= len(word) // 4
