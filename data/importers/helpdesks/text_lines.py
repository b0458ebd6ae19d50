"""The lines of a text of any size; a line longer than a message may be comes in parts."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from data.importers.json_records import Text

_LONGEST = 1_000_000


def text_lines(text: Text) -> Iterator[str]:
    """Each line without its end; what is no UTF-8 is marked as such."""
    text.peek()
    while True:
        end = text.buffer.find("\n", text.at)
        if end < 0 and len(text.buffer) - text.at < _LONGEST and text.more():
            continue
        if end < 0 and text.at >= len(text.buffer):
            return
        end = end if end >= 0 else len(text.buffer)
        line = text.buffer[text.at : end]
        text.at = min(end + 1, len(text.buffer))
        yield line.rstrip("\r").encode("utf-8", "replace").decode().replace("\0", "")
