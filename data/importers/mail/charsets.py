"""Bytes of mails as text: by the charset they name where that works, else UTF-8, else Windows-1252."""

from __future__ import annotations

import codecs

_WESTERN = "cp1252"
_MEANT = {
    "iso8859-1": _WESTERN, "ascii": "utf-8", "gb2312": "gb18030", "gbk": "gb18030", "euc_kr": "cp949",
    "shift_jis": "cp932", "iso8859-9": "cp1254",
}  # fmt: skip
"""What mail programs mean by a name: the larger set, as browsers read it."""
_NO_CHARSETS = frozenset({"idna", "punycode", "undefined", "unicode_escape", "raw-unicode-escape"})


def decoded(data: bytes, charset: str | None) -> str:
    """The text; never fails."""
    for name in (_codec(charset), "utf-8"):
        if name is not None:
            try:
                # UTF-7 and its like make halves of characters, which no database takes.
                return data.decode(name).encode().decode()
            except (UnicodeError, LookupError, ValueError):
                continue
    return data.decode(_WESTERN, "replace")


def _codec(charset: str | None) -> str | None:
    try:
        name = codecs.lookup((charset or "").strip()).name
        "".encode(name)
    except (LookupError, ValueError, TypeError):
        return None
    return None if name in _NO_CHARSETS else _MEANT.get(name, name)
