"""Checks that a text a model wrote is not one that it was trained on, said again.

What was learnt is kept as hashes of its runs of words, so that a copy is found and no text can be read. Knows words
only; whether copying matters is for whoever asks.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from hashlib import blake2b
from typing import TYPE_CHECKING, Self

import numpy as np

from chatbot.dialogue.answer import CheckResult
from chatbot.dialogue.check.evidence import CJK

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

RUN = 8
"""Words of a run that is looked up."""
LONGEST_RUN = 12
"""Words in a row that may stand in a training text. Brown et al. 2020 (GPT-3, arXiv:2005.14165) count 13 as the same
text."""
LARGEST_SHARE = 0.7
"""Share of a text's runs that one training text may hold. From 70 % of the runs of eight words, Chowdhery et al. 2022
(PaLM, arXiv:2204.02311) count a text as seen; it tells short copies, which have no run of 13."""
SET_PHRASE = 3
"""What stands in so many training texts is a way of speaking, and nobody's."""
_WORD = re.compile(rf"[{CJK}]|[^\W_{CJK}]+(?:['\u2019-][^\W_{CJK}]+)*")


@dataclass(frozen=True, slots=True)
class LearntRuns:
    """The runs of the training texts: ``hashes`` (runs) in order, and ``lines`` (runs), where the text of each stood.

    ``source`` is the name of their file.
    """

    hashes: NDArray[np.uint64]
    lines: NDArray[np.int64]
    source: str

    @classmethod
    def of(cls, texts: Iterable[tuple[int, str]], source: str) -> Self:
        """Of texts with the lines that they stood on."""
        found = sorted({(hashed, line) for line, text in texts for hashed in _runs(words_of(text))})
        return cls(
            np.array([hashed for hashed, _ in found], dtype=np.uint64),
            np.array([line for _, line in found], dtype=np.int64),
            source,
        )

    def holders(self, hashed: int) -> frozenset[int]:
        """The lines of the texts that have a run; none where it is a set phrase."""
        start, end = (int(self.hashes.searchsorted(np.uint64(hashed), side)) for side in ("left", "right"))
        return frozenset(self.lines[start:end].tolist()) if end - start < SET_PHRASE else frozenset()


def check_copied(text: str, learnt: LearntRuns, given: Sequence[str] = ()) -> CheckResult:
    """No long run of words, and no large part of a short text, comes word for word from one training text.

    What stands in the texts that were ``given`` to write from may be copied.
    """
    words = words_of(text)
    free = {hashed for each in given for hashed in _runs(words_of(each))}
    longest: defaultdict[int, int] = defaultdict(int)
    counts: defaultdict[int, int] = defaultdict(int)
    before: dict[int, int] = {}
    runs = _runs(words)
    for hashed in runs:
        before = {line: before.get(line, 0) + 1 for line in learnt.holders(hashed) if hashed not in free}
        for line, length in before.items():
            longest[line] = max(longest[line], length)
            counts[line] += 1
    for line in sorted(counts, key=lambda line: (-longest[line], line)):
        length = longest[line] + RUN - 1
        if length > LONGEST_RUN or counts[line] > LARGEST_SHARE * len(runs):
            detail = f"{length} words in a row from line {line} of {learnt.source}"
            return CheckResult("copied", passed=False, detail=detail)
    return CheckResult("copied", passed=True)


def words_of(text: str) -> list[str]:
    """The words of a text in small letters; of scripts without spaces, the characters."""
    return _WORD.findall(text.casefold())


def _runs(words: Sequence[str]) -> list[int]:
    """A hash for each run of ``RUN`` words, in their order."""
    runs = (" ".join(words[place : place + RUN]) for place in range(len(words) - RUN + 1))
    return [int.from_bytes(blake2b(run.encode("utf-8", "replace"), digest_size=8).digest(), "big") for run in runs]
