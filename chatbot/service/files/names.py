"""A file's name as people gave it, made harmless: one line of visible characters without a path."""

from __future__ import annotations

import unicodedata

LONGEST = 100
_NOT_SHOWN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Control, bidi and other invisible characters, and what is no character at all."""
_NOT_IN_NAMES = frozenset('<>:"|?*%;')


def clean_name(given: str, kind: str) -> str:
    """The last part of ``given`` as text, with the ending of what the file is: "invoice.exe" of a picture says so."""
    last = given.replace("\\", "/").rpartition("/")[2]
    shown = "".join(each for each in unicodedata.normalize("NFC", last) if unicodedata.category(each) not in _NOT_SHOWN)
    shown = "".join("_" if each in _NOT_IN_NAMES else each for each in shown)
    stem, dot, ending = " ".join(shown.split()).rpartition(".")
    known = {"jpg": "jpeg"}.get(ending.lower(), ending.lower())
    name = stem if dot and known == kind else shown
    return f"{name.strip(' .')[:LONGEST] or 'file'}.{'jpg' if kind == 'jpeg' else kind}"
