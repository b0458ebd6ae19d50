"""Whether anything of a text can be seen: an answer to nothing is no answer. Refuses to know what the text says.

The invisible are Unicode's Default_Ignorable_Code_Points (zero width, directions, variation selectors, Hangul fillers,
soft hyphen, tags), which Python's own tables leave out, its separators and controls, and a few that are drawn as
nothing. The widget knows the same ones (web/shared/blank.js).
"""

from __future__ import annotations

import re

_IGNORABLE = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f"
    "\ufeff\uffa0\ufff0-\ufff8\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
_DRAWN_AS_NOTHING = "\u2800\ufff9-\ufffc\U0001d159"  # the empty Braille cell, anchors, an empty note head
_BLANK = re.compile(rf"[\s\x00-\x1f\x7f-\x9f{_IGNORABLE}{_DRAWN_AS_NOTHING}]*")


def is_blank(text: str) -> bool:
    """Whether nothing of a text can be seen."""
    return _BLANK.fullmatch(text) is not None
