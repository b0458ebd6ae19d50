"""Parts a text into the words by which it is found again, the same on both databases. Knows no table and no search.

Letters and digits in one form and one case; where a script puts no spaces between words each character is a word of its
own, so that any run of them is found as a phrase. No stemming: a search that ends in ``*`` asks for beginnings.
"""

from __future__ import annotations

import re
import unicodedata
from itertools import islice

LONGEST_WORD = 100
"""Characters; the rest of a longer one is not looked at. PostgreSQL takes no word beyond 2 KB."""
READ_CHARACTERS = 100_000
MOST_WORDS = 20_000
"""Of one text; what is beyond is not found. PostgreSQL's index takes no megabyte of one message."""
_UNSPACED = "\u0e01-\u0e4e\u3005\u3007\u3041-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U000323af"
_WORD = re.compile(rf"[{_UNSPACED}]|[^\W_{_UNSPACED}]+")


def words_of(text: str) -> list[str]:
    """The words of a text in their order."""
    read = unicodedata.normalize("NFKC", text[:READ_CHARACTERS]).casefold()[:READ_CHARACTERS]
    return [found[0][:LONGEST_WORD] for found in islice(_WORD.finditer(read), MOST_WORDS)]
