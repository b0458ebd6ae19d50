"""Finds Chinese and Japanese names by the words around them: greetings, forms of address, signatures, "my name is"."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from data.closings import WIDE_CLOSINGS

if TYPE_CHECKING:
    from collections.abc import Iterator

_HAN = (  # family names, the most frequent
    "\u738b\u674e\u5f20\u5218\u9648\u6768\u9ec4\u8d75\u5434\u5468\u5f90\u5b59\u9a6c\u6731\u80e1\u90ed\u4f55"
    "\u6797\u9ad8\u7f57\u90d1\u6881\u8c22\u5b8b\u5510\u8bb8\u97e9\u9093\u51af\u66f9\u5f6d\u66fe\u8096\u7530"
    "\u8463\u6f58\u8881\u8521\u848b\u4f59\u4e8e\u675c\u53f6\u7a0b\u9b4f\u82cf\u5415\u4e01\u4efb\u5362\u59da"
    "\u6c88\u949f\u59dc\u5d14\u8c2d\u9646\u8303\u6c6a\u5ed6\u77f3\u91d1\u97e6\u8d3e\u590f\u4ed8\u65b9\u90b9"
    "\u718a\u767d\u5b5f\u79e6\u90b1\u4faf\u6c5f\u5c39\u859b\u95eb\u6bb5\u96f7\u9f99\u9ece\u53f2\u9676\u8d3a"
    "\u6bdb\u90dd\u987e\u9f9a\u90b5\u4e07\u8983\u6b66\u94b1\u6234\u4e25\u83ab\u5b54\u5411\u5e38\u6b27\u502a\u845b\u8042\u67ef\u9c81\u9673\u5f35"
    "\u5289\u694a\u9ec3\u8d99\u5433\u5b6b\u99ac"
)
_JAPANESE = (  # family names, the most frequent
    "(?:\u4f50\u85e4|\u9234\u6728|\u9ad8\u6a4b|\u7530\u4e2d|\u4f0a\u85e4|\u6e21\u8fba|\u5c71\u672c|\u4e2d\u6751|\u5c0f\u6797|\u52a0\u85e4|\u5409\u7530|\u5c71\u7530|\u4f50\u3005\u6728|\u5c71\u53e3|\u677e\u672c|\u4e95\u4e0a"
    "|\u6728\u6751|\u658e\u85e4|\u6e05\u6c34|\u5c71\u5d0e|\u6c60\u7530|\u6a4b\u672c|\u963f\u90e8|\u77f3\u5ddd|\u4e2d\u5cf6|\u77f3\u4e95|\u5c0f\u5ddd|\u524d\u7530|\u5ca1\u7530|\u9577\u8c37\u5ddd|\u85e4\u7530|\u5f8c\u85e4|\u8fd1\u85e4|\u6751\u4e0a|\u9060\u85e4)"
)
_DOUBLE = r"[\u6b27\u53f8\u4e0a\u8bf8\u590f\u4e1c][\u9633\u9a6c\u5b98\u845b\u4faf\u65b9]"
_PERSON = rf"(?:{_DOUBLE}|[{_HAN}])[\u4e00-\u9fff]{{1,2}}"
_WIDE = re.compile(
    rf"(?:\u6211\u53eb|\u6211\u7684\u540d\u5b57(?:\u662f|\u53eb)|\u6211\u540d\u53eb|\u59d3\u540d(?:\u662f"
    rf"|[:\uff1a])? ?|\u6536\u4ef6\u4eba(?:\u662f|[:\uff1a])? ?|\u6536\u8d27\u4eba(?:\u662f|[:\uff1a])? ?"
    rf"|\u8054\u7cfb\u4eba(?:\u662f|[:\uff1a])? ?|\u6301\u5361\u4eba(?:\u662f|[:\uff1a])? ?|\u672c\u4eba"
    rf"|\u6237\u540d(?:\u662f|[:\uff1a])?"
    rf" ?)(?P<zh>(?:[\u6b27\u53f8\u4e0a\u8bf8\u590f\u4e1c][\u9633\u9a6c\u5b98\u845b\u4faf\u65b9]"
    rf"|[{_HAN}])[\u4e00-\u9fff]{{1,2}})"
    rf"|\u6211\u662f(?P<self>[{_HAN}][\u4e00-\u9fff]{{1,2}})(?=[\uff0c\u3002,.!\uff01\s]|$)"
    rf"|(?P<desu>{_JAPANESE})(?=\u3067\u3059|\u3055\u3093)"
    rf"|(?P<sir>[{_HAN}][\u4e00-\u9fff]{{0,2}})(?=\u5148\u751f|\u5973\u58eb|\u5c0f\u59d0|\u592a\u592a|\u8001\u5e08)"
    r"|(?:\u540d\u524d\u306f|\u6c0f\u540d(?:\u306f|[:\uff1a])|\u304a\u540d\u524d[:\uff1a]"
    r"|\u540d\u7fa9\u306f)(?P<ja>[\u4e00-\u9fff\u3041-\u3096\u30a1-\u30f6]{2,8}?)(?=\u3067\u3059|\u3068|\u3002"
    r"|\n|$)"
    r"|(?P<sama>[\u4e00-\u9fff]{2,5})(?=\u69d8(?!\u5b50)|\u3068\u7533\u3057\u307e\u3059)"
    r"|(?:[\u60a8\u4f60]\u597d|\u4eb2\u7231\u7684|\u5c0a\u656c\u7684|\u55e8|\u54c8\u55bd)[\uff0c, ]?"
    rf"(?P<greeted>{_PERSON})"
    r"(?=[\uff0c\u3002,.!\uff01\uff1a:\s]|$)"
    rf"|(?:^|[\n\uff0c\u3002,\uff01! ])(?P<first>{_PERSON})(?=[\uff0c, ]?[\u60a8\u4f60]\u597d)"
    rf"|(?:^|[^\u4e00-\u9fff]|(?<=[\u627e\u95ee\u7cfb\u7ed9\u8c22\u8ddf\u548c\u8bf7\u5411\u53eb]))(?P<title>[{_HAN}])"
    r"(?=\u5e08\u5085|\u7ecf\u7406|\u533b\u751f|\u6559\u6388|\u4e3b\u4efb|\u540c\u5b66|\u963f\u59e8|\u603b(?:[\u60a8\u4f60\uff0c,]|$))"
    rf"|(?:^|\n)(?:(?:{'|'.join(WIDE_CLOSINGS)})[\uff0c\u3002,!\uff01 ]{{0,2}}\n{{1,2}}[ \t]{{0,9}}){{1,2}}"
    rf"(?P<signed>{_PERSON}|[\u4e00-\u9fff]{{2,3}})"
    r"(?=[ \t]{0,9}(?:\n|$))"
)
_WORDS = re.compile(
    "\u9a6c\u4e0a|\u65b9\u4fbf|\u9ad8\u5174|\u4f55\u65f6|\u4efb\u4f55|\u4efb\u52a1|\u5468[\u4e00-\u4e94\u516d\u65e5\u672b\u671f]|[\u767d\u9ec4\u91d1]\u8272|\u4e07\u4e00|\u4e8e\u662f"
    "|\u5e38[\u89c1\u5e38]|\u94b1[\u6b3e\u5df2]|\u767d\u5929|\u4f59\u989d|\u91d1\u989d|\u65b9[\u5f0f\u6cd5\u6848]|\u5f20\u8d34|\u8bb8\u591a|\u5e94\u8be5|\u65b0\u5e74|\u656c\u793c|\u987e\u5ba2|\u656c\u4e0a"
)
"""Words that begin like a family name."""


def find_wide_names(text: str) -> Iterator[tuple[int, int, str]]:
    """Chinese and Japanese names, by the words around them."""
    for match in _WIDE.finditer(text):
        group = str(match.lastgroup)
        if not _WORDS.match(match[group]):
            yield *match.span(group), match[group]
