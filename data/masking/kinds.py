"""The kinds of personal data, and how a placeholder is written: the one place that everything else asks."""

from __future__ import annotations

import re

KINDS = (
    "EMAIL", "PHONE", "CARD", "IBAN", "URL", "ORDER", "TRACKING", "ACCOUNT", "ID", "PLATE", "CODE", "SECRET", "IP",
    "MAC", "DATE", "ADDRESS", "NAME",
)  # fmt: skip
"""ID: national ids, tax numbers, passports. CODE: card codes, one-time codes, door codes, PINs. SECRET: passwords and
keys. DATE: of birth. ADDRESS: streets, postcodes, coordinates."""

PRIVATE = frozenset({"CARD", "IBAN", "ACCOUNT", "ID", "SECRET"})
"""Never sent, whosever it is: a chat is not the place for it."""

REFILLED = frozenset({"EMAIL", "PHONE", "ORDER", "TRACKING", "URL"})
"""Slots of a past answer that may be filled with the live customer's own value; all others stay, and stop the text."""

ONE_CASE = frozenset(KINDS) - {"EMAIL", "PHONE", "URL", "NAME"}
"""Kinds that stand in an answer only where it was about one customer's case."""

PLACEHOLDER = re.compile(rf"\[({'|'.join(KINDS)})(?:_(\d{{1,9}}))?\]")
"""Matches what masking writes, and the bare [EMAIL] of sources that masked before us."""

SLOT = rf"\[(?:{'|'.join(KINDS)}|[A-Z]{{3,}})(?:_\d+)?\]"
"""The same, and what other systems write: [STREET_1]. No text with one is sent."""

BLANK = "\ue000"
"""Stands for masked text while looking further; the detectors know it as the end of everything."""

VERSION = 3
"""Counts up when the rules find more: transcripts masked by an older one are masked anew by `understudy mask`."""

LETTERS = "A-Za-z\u00c0-\u052f"
"""Letters of Latin, Greek and Cyrillic, for bounds of words: Chinese and Japanese are written without spaces."""

CJK = "\u3040-\u30ff\u3400-\u9fff"
