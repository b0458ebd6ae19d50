"""Finds e-mail addresses, also internationalised ones and those that are spelled out against robots.

U+E000 stands for text already masked: it is part of no address and breaks every context.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from data.masking.kinds import LETTERS

if TYPE_CHECKING:
    from collections.abc import Iterator

# Letters of Latin, Greek and Cyrillic: scripts without spaces would run into the address.
_LOCAL = rf"(?<![{LETTERS}\d.+'~_-])[{LETTERS}\d.+'~_-]++"
_LABEL = rf"[{LETTERS}\d](?:[{LETTERS}\d_-]{{0,61}}[{LETTERS}\d])?"
_TOP = rf"(?:xn--[a-z\d-]{{2,30}}|[{LETTERS}]{{2,24}})(?![{LETTERS}\d_])"
_WIDE_TOP = (
    "(?:\u4e2d\u56fd|\u4e2d\u570b|\u516c\u53f8|\u7f51\u7edc|\u7db2\u7d61|\u9999\u6e2f|\u53f0\u6e7e"
    "|\u53f0\u7063|\u65b0\u52a0\u5761|\u7f51\u5740|\u5728\u7ebf|\u5546\u57ce|\u5546\u5e97|\u96c6\u56e2"
    "|\u5e7f\u4e1c|\u6211\u7231\u4f60|\u6d4b\u8bd5|\u4f8b\u5b50|\u5e7f\u544a|\u4e16\u754c|\u307f\u3093\u306a"
    "|\u30b3\u30e0|\u30c6\u30b9\u30c8|\ud55c\uad6d|\u0dbd\u0d82\u0d9a\u0dcf|\u092d\u093e\u0930\u0924"
    "|\u0627\u0645\u0627\u0631\u0627\u062a|\u0627\u0644\u0633\u0639\u0648\u062f\u064a\u0629"
    "|\u0645\u0635\u0631)"
)
_WIDE = r"[\w\u0900-\u097f]"
_AT = re.compile(r"\s?[\[({<]\s?(?:at|@|\u00e4t|arobase|arroba|chiocciola)\s?[\])}>]\s?", re.IGNORECASE)
_BRACKETED_AT = re.compile(r"[\[({<]\s?(?:at|\u00e4t|arobase|arroba|chiocciola)\s?[\])}>]", re.IGNORECASE)
_DOT = re.compile(r"\s?[\[({<]\s?(?:dot|\.|punkt|point|punto|punt|ponto)\s?[\])}>]\s?", re.IGNORECASE)
_EMAIL = re.compile(
    rf"{_LOCAL}(?:@|\uff20|%40|{_AT.pattern})(?:{_LABEL}(?:\.|\uff0e|\u3002|{_DOT.pattern}))+{_TOP}", re.IGNORECASE
)
_WIDE_EMAIL = re.compile(
    rf"(?:(?<=[\s:\uff1a<(\uff08\"'\u201c\u662f\u4e3a\u5230\u306f])"
    rf"|^)[\w.+-]{{1,40}}[@\uff20](?:{_WIDE}[\w-]{{0,30}}[.\uff0e\u3002]){{1,3}}{_WIDE_TOP}"
    rf"|[A-Za-z\d._+-]{{1,64}}[@\uff20](?:{_WIDE}[\w-]{{0,30}}[.\uff0e\u3002]){{1,3}}{_WIDE_TOP}"
)
_SAID_AT = (
    r"(?:at|\u00e4t|klammeraffe|arobase|arrobas?|chiocciola|apenstaartje|ma\u0142pa|snabel[ -]?a"
    r"|alfakr\u00f8ll|zavin\u00e1\u010d|kukac)"
)
_SAID_DOT = r"(?:dot|punkt|point|punto|punt|ponto|kropka|prick|punktum|te\u010dka|pont)"
_SPELLED = re.compile(
    rf"(?<![{LETTERS}\d.+_-])[{LETTERS}\d][{LETTERS}\d._+-]{{0,40}}(?:\s{_SAID_DOT}\s[{LETTERS}\d_-]{{1,30}}){{0,2}}\s{_SAID_AT}\s[{LETTERS}\d-]{{1,40}}"
    rf"(?:(?:\s{_SAID_DOT}\s|\.)[{LETTERS}\d-]{{1,30}}){{0,3}}\s{_SAID_DOT}\s[{LETTERS}]{{2,12}}(?![{LETTERS}\d])",
    re.IGNORECASE,
)
_SPACED = re.compile(
    rf"(?<![{LETTERS}\d.+_-])[{LETTERS}\d._+-]{{1,40}} ?[@\uff20] ?(?:{_LABEL} ?\. ?){{1,3}}(?:com|net|org|de"
    rf"|fr|es|it|nl|pl|uk|cn|jp|se|br|pt|at|ch|be|in|eu|info|example)(?![{LETTERS}\d])",
    re.IGNORECASE,
)
_HALF = re.compile(
    rf"(?i:e-?mail(?: address)?|mail|courriel|correo|reach me|write(?: to)?(?: me)?|contact)(?: is|:)?:?"
    rf" ([{LETTERS}\d._+-]{{2,40}} at (?:{_LABEL}\.){{1,3}}[A-Za-z]{{2,12}})(?![{LETTERS}\d])"
)
_SAYS_AT = re.compile(rf"\s{_SAID_AT}\s", re.IGNORECASE)
_SAYS_DOT = re.compile(rf"\s{_SAID_DOT}\s", re.IGNORECASE)
_NOBODY = re.compile(
    r"(?:us|me|look|find|is|are|was|be|it|shop|visit|page|more|him|her|them|here|you)\s", re.IGNORECASE
)
_EDGES = ".+'~-"


def find_emails(text: str) -> Iterator[tuple[int, int, str]]:
    """E-mail addresses, also with [at] and [dot], "anna at example dot com", or %40 inside another address."""
    sign = "@" in text or "\uff20" in text
    if sign or "%40" in text or _BRACKETED_AT.search(text):
        for match in _EMAIL.finditer(text):
            raw = match.group()
            left = len(raw) - len(raw.lstrip(_EDGES))
            key = _DOT.sub(".", _AT.sub("@", raw[left:].replace("%40", "@"))).lower()
            if not key.startswith("@"):
                yield match.start() + left, match.end(), key
    if sign:
        for pattern in (_WIDE_EMAIL, _SPACED):
            for match in pattern.finditer(text):
                yield *match.span(), match.group().replace(" ", "").replace("\uff20", "@").lower()
    if _SAYS_AT.search(text):
        yield from _spelled(text)


def _spelled(text: str) -> Iterator[tuple[int, int, str]]:
    for match in _SPELLED.finditer(text):
        if not _NOBODY.match(match.group()):
            yield *match.span(), _SAYS_DOT.sub(".", _SAYS_AT.sub("@", match.group())).lower()
    for match in _HALF.finditer(text):
        yield *match.span(1), _SAYS_AT.sub("@", match[1]).lower()
