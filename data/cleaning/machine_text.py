"""Tells what a program wrote for programs from what a person said: JSON and other serialised objects, and markup.

Nothing of it may be sent to a customer as an answer. A text that only holds some is a person's.
"""

from __future__ import annotations

import re

_OBJECT = re.compile(r"\s*(?:\[\s*)?\{\s*(?:[\"'][^\"'\n]{0,80}[\"']\s*(?::|=>)|:?\w{1,40}\s*(?:=>|:\s*[\"'{\[\d]))")
_EMPTY = re.compile(r"\s*(?:\{\s*\}|\[\s*\]|null|undefined|None|NaN|\[object Object\]|nil)\s*")
_LIST = re.compile(r"\s*\[\s*(?:[\"'{]|\[\s*[\"'{\d]|-?\d+(?:\.\d+)?\s*,|null\b|true\b|false\b)")
_PHP = re.compile(r"\s*(?:a:\d+:\{|O:\d+:\"|s:\d+:\")")
_YAML = re.compile(r"\s*---\s*(?:!ruby|\n\s*:?\w{1,40}:)")
_XML = re.compile(
    r"\s*<\?xml\b|\s*<[a-z][\w.-]{0,40}:[\w.-]{1,40}[\s>]|\s*%PDF-|\s*data:\w{1,20}/[\w.+-]{1,40};base64,"
)
_TAG = re.compile(r"</?[A-Za-z!][^<>]{0,2000}>")
_BASE64 = re.compile(r"\s{0,9}(?:[A-Za-z0-9+/]{60,76}\r?\n){3}")
_MARKUP = re.compile(r"</[A-Za-z]|/>|<[!?]|<[A-Za-z][^<>]{0,200}=[\"']")
"""What no placeholder such as <your name> has."""
_MOSTLY, _NEARLY_ALL = 0.5, 0.7
_FEW_WORDS = 8


def is_machine_text(text: str) -> bool:
    """Whether a text as a whole is a serialised object, encoded bytes, or markup with hardly a word in it."""
    if _EMPTY.fullmatch(text):
        return True
    if _PHP.match(text) or _YAML.match(text) or _XML.match(text) or _BASE64.match(text):
        return True
    if _OBJECT.match(text) or (_LIST.match(text) and text.rstrip().endswith("]")):
        return True
    return _MARKUP.search(text) is not None and _is_mostly_markup(text)


def _is_mostly_markup(text: str) -> bool:
    words = _TAG.sub(" ", text)
    marks = 1 - len(words) / len(text)
    return marks > _NEARLY_ALL or (marks > _MOSTLY and len(words.split()) < _FEW_WORDS)
