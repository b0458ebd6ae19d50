"""Synonyms: a few words swapped for others that say the same (EDA, Wei & Zou 2019, arXiv 1901.11196).

English words are looked up in WordNet (Miller 1995; Fellbaum 1998) where its files are installed, as Debian's
wordnet-base does; else, and in other languages, the caller's ``neighbours`` are asked, such as the nearest words of an
encoder (as counter-fitted vectors in Alzantot et al. 2018, arXiv 1804.07998). A word that the answer says too is never
swapped: it may be what the answer is about.

WordNet is read from its own index and data files (manual page wndb(5WN)): what NLTK reads them with wants a file that
Debian leaves out.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from finetune.augment.facts import free_words, words_in

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from data.moments import Moment

    Neighbours = Callable[[str], Sequence[str]]

_SWAPPED = 0.1
"""Share of the words, but at least one: EDA's alpha."""
_SHORTEST = 4
_POS = {"1": "noun", "2": "verb", "3": "adj", "4": "adv", "5": "adj"}
"""The kinds of senses, and in which file they stand."""
_PLAIN = re.compile(r"[a-z]{3,}")
_LICENCE = "  "
"""What its lines begin with, at the start of each file."""


class WordNet:
    """The synonyms of a word's most usual sense, from the files ``index.*``, ``data.*`` and ``cntlist.rev``.

    The last tells how often a word was seen in texts in each of its senses: "want" is mostly a verb, and nobody says
    "hebdomad" for a week. A word or a sense that was never seen has, and is, no synonym.
    """

    def __init__(self, folder: Path) -> None:
        """Reads what is counted and the indexes, 6 MB; the data is looked up word by word.

        Raises:
            OSError: it is not there.

        """
        self._seen: dict[tuple[str, int], int] = {}
        """By the word and the place of a sense in its file: each sense of each word."""
        self._usual: dict[str, tuple[int, str, int]] = {}
        counts: dict[tuple[str, str, int], int] = {}
        for line in (folder / "cntlist.rev").read_text("ascii").splitlines():
            key, sense, seen = line.split()
            word, kind = key.split("%")
            counts[word, _POS[kind[0]], int(sense)] = int(seen)
        for pos in set(_POS.values()):
            for line in (folder / f"index.{pos}").read_text("ascii").splitlines():
                if line.startswith(_LICENCE):
                    continue
                word, _, _, pointers, *rest = line.split()
                for number, offset in enumerate(map(int, rest[int(pointers) + 2 :]), 1):
                    count = counts.get((word, pos, number), 0)
                    if count:
                        self._seen[word, offset] = count
                        self._usual[word] = max(self._usual.get(word, (0, "", 0)), (count, pos, offset))
        self._data = {pos: (folder / f"data.{pos}").open("rb") for pos in set(_POS.values())}

    def __call__(self, word: str) -> list[str]:
        """Words in lower case, none of them several in one; empty for an unknown word or form."""
        if word not in self._usual:
            return []
        _, pos, offset = self._usual[word]
        self._data[pos].seek(offset)
        _, _, _, count, *rest = self._data[pos].readline().decode("ascii").split("|")[0].split()
        found = [rest[2 * place].split("(")[0] for place in range(int(count, 16))]
        return [other for other in found if other != word and _PLAIN.fullmatch(other) and (other, offset) in self._seen]

    def close(self) -> None:
        """Let go of the files."""
        for file in self._data.values():
            file.close()


def swapping(english: Neighbours | None, other: Neighbours | None) -> Callable[[str, Moment, random.Random], str]:
    """Says a customer's words with synonyms: ``english`` for English and unmarked moments, else ``other``."""
    from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS

    def swapped(text: str, moment: Moment, lots: random.Random) -> str:
        neighbours = english if english and (moment.language or "en").startswith("en") else other
        if neighbours is None:
            return text
        kept = words_in(moment.answer) | ENGLISH_STOP_WORDS
        places = [span for span in free_words(text, kept) if span[1] - span[0] >= _SHORTEST]
        lots.shuffle(places)
        wanted = max(1, round(_SWAPPED * len(text.split())))
        chosen: list[tuple[int, int, str]] = []
        for start, end in places:
            known = neighbours(text[start:end].lower())
            if known and len(chosen) < wanted:
                chosen.append((start, end, lots.choice(known)))
        for start, end, word in sorted(chosen, reverse=True):
            text = text[:start] + (word.capitalize() if text[start].isupper() else word) + text[end:]
        return text

    return swapped
