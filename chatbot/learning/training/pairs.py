"""Pairs of an outline and a text that a writer learns from: read from a file, divided, laid out as examples.

A broken row is told with its file and line and costs itself only. No outline is in two parts. Knows no model.
"""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, replace
from statistics import median
from typing import TYPE_CHECKING, Any

from chatbot.dialogue.check.copying import words_of
from chatbot.errors import InputError
from chatbot.learning.given_rows import given_rows
from data.importers.importer import Broken
from data.split import held_out
from finetune.pair_prompt import LENGTHS, Brief

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from finetune.examples import Example

COLUMNS = ("outline", "text", "length", "tone", "split")
EXPECTED = 'expected {"outline": "what it is about", "text": "the text itself"} on each line'
PARTS = {"train": "learnt", "validation": "stopping", "heldout": "measured", "held-out": "measured", "test": "measured"}
"""What may stand under "split", and the part that it means."""
HELD_OUT = 0.1
"""Share of the outlines that is measured on, by hash, and as much again that training stops early by."""
MEASURED = 400
FEWEST_LEARNT, FEWEST_MEASURED = 10, 2
WISH_LEFT_OUT = 0.25
"""Share of the examples without a length, and without a tone, so that a writer does without being asked for one."""
ENDS = 0.2
"""Share of the texts by which short, and by which long, is measured: thirds are all alike where most texts are."""
_MOST_PAIRS = 100_000
_LONGEST_TEXT, _LONGEST_TONE = 20_000, 40
_MOST_WORDS = 10_000


@dataclass(frozen=True, slots=True)
class Pair:
    """One outline with its text. ``line`` is where it stands; ``length`` one of ``LENGTHS`` or a number of words."""

    line: int
    outline: str
    text: str
    length: str | int | None = None
    tone: str | None = None
    part: str | None = None


@dataclass(frozen=True, slots=True)
class PairSource:
    """Pairs in their order, what they are called, and a sentence for each row that is none."""

    name: str
    pairs: tuple[Pair, ...]
    broken: tuple[str, ...] = ()
    doubled: int = 0


@dataclass(frozen=True, slots=True)
class PairParts:
    """Pairs to learn from, to stop early by and to measure on; ``lengths``: the words of a short, medium, long one."""

    learnt: list[Pair]
    stopping: list[Pair]
    measured: list[Pair]
    lengths: Mapping[str, float]

    def counts(self) -> dict[str, int]:
        """Pairs in each part."""
        return {"learnt": len(self.learnt), "stopping": len(self.stopping), "measured": len(self.measured)}

    def tones(self) -> tuple[str, ...]:
        """The tones that are learnt, the most frequent first."""
        return tuple(tone for tone, _ in Counter(pair.tone for pair in self.learnt if pair.tone).most_common())

    def brief(self, pair: Pair) -> Brief:
        """A pair's outline with its length, which its text tells where nobody has, and its tone."""
        length = pair.length
        if length is None or isinstance(length, int):
            words = length or len(words_of(pair.text))
            length = next((name for name in LENGTHS[:-1] if words <= _border(self.lengths, name)), LENGTHS[-1])
        return Brief(pair.outline, length, pair.tone)


def read_pairs(path: Path) -> PairSource:
    """Read a file of pairs: JSON lines or a table, plain or gzip.

    Raises:
        InputError: there is no file, or not one pair in it; the message says what was expected.

    """
    if not path.is_file():
        there = "that is a folder" if path.is_dir() else "there is no such file"
        raise InputError(f"{path}: {there}; {EXPECTED}, or a table with those columns (docs/writing.md).")
    pairs: dict[tuple[str, str], Pair] = {}
    broken: list[str] = []
    doubled = 0
    for number, row in given_rows(path, expected=EXPECTED, columns=COLUMNS, needed=COLUMNS[:2]):
        problem = row if isinstance(row, Broken) else _problem(row)
        if problem is None and len(pairs) == _MOST_PAIRS:
            problem = f"at most {_MOST_PAIRS:,} pairs are read; put the rest into another file."
        if problem is not None:
            broken.append(str(problem if isinstance(problem, Broken) else Broken(path, number, problem)))
            continue
        assert not isinstance(row, Broken)
        pair = _pair(row, number)
        doubled += (pair.outline, pair.text) in pairs
        pairs.setdefault((pair.outline, pair.text), pair)
    if not pairs:
        words = f"{path}: there is no pair in it; {EXPECTED}, or a table with those columns (docs/writing.md)."
        raise InputError("\n".join([*broken[:3], words]))
    return PairSource(path.name, tuple(pairs.values()), tuple(broken), doubled)


def divided(source: PairSource, seed: int) -> PairParts:
    """Each pair goes where its "split" says, or else where a hash of its outline says, the same way in every run.

    Where a tenth of so few is hardly any, so much more is held out as can be measured on.

    Raises:
        InputError: too little is left to learn from.

    """
    share = HELD_OUT
    parts = _parts(source.pairs, share)
    while len(parts["measured"]) < FEWEST_MEASURED and share < 3 * HELD_OUT:
        share += HELD_OUT / 2
        parts = _parts(source.pairs, share)
    learnt, stopping, measured = (parts[name] for name in ("learnt", "stopping", "measured"))
    if len(learnt) < FEWEST_LEARNT or len(measured) < FEWEST_MEASURED:
        raise InputError(
            f"{source.name}: with {_counted(len(source.pairs))} there are {len(learnt)} to learn from and "
            f"{len(measured)} held out to measure on; a writer needs at least {FEWEST_LEARNT} and {FEWEST_MEASURED}. "
            "Add more: with fifty a style begins to show."
        )
    chosen = random.Random(seed)
    return PairParts(learnt, stopping, chosen.sample(measured, min(len(measured), MEASURED)), _lengths(learnt))


def examples_of_pairs(
    parts: PairParts, pairs: Sequence[Pair], tokenizer: Any, *, max_tokens: int, seed: int | None = None
) -> list[Example]:
    """The pairs laid out, as they are written with all wishes; with a ``seed`` some lose wishes by lot."""
    from finetune.examples import example_of_pair

    lots = random.Random(f"wishes {seed}")
    examples = []
    for pair in pairs:
        brief = parts.brief(pair)
        if seed is not None:
            brief = replace(
                brief,
                length=None if lots.random() < WISH_LEFT_OUT else brief.length,
                tone=None if lots.random() < WISH_LEFT_OUT else brief.tone,
            )
        examples.append(example_of_pair(brief, pair.text, tokenizer, max_tokens=max_tokens))
    return examples


def _parts(pairs: Sequence[Pair], share: float) -> dict[str, list[Pair]]:
    parts: dict[str, list[Pair]] = {"learnt": [], "stopping": [], "measured": []}
    for pair in pairs:
        if pair.part:
            parts[pair.part].append(pair)
        elif held_out(pair.outline, share):
            parts["measured"].append(pair)
        else:
            parts["stopping" if held_out(pair.outline, HELD_OUT, salt="early stopping") else "learnt"].append(pair)
    return parts


def _lengths(learnt: Sequence[Pair]) -> dict[str, float]:
    """The median words of the shortest fifth of the texts, of the middle and of the longest fifth, by name."""
    words = sorted(max(1, len(words_of(pair.text))) for pair in learnt)
    fifth = max(1, round(len(words) * ENDS))
    parts = (words[:fifth], words[fifth:-fifth], words[-fifth:])
    return {name: float(median(part)) for name, part in zip(LENGTHS, parts, strict=True)}


def _border(lengths: Mapping[str, float], name: str) -> float:
    """The most words of a text that is called so: halfway to the next length, by ratio."""
    after = LENGTHS[LENGTHS.index(name) + 1]
    return float((lengths[name] * lengths[after]) ** 0.5)


def _pair(row: Mapping[str, Any], line: int) -> Pair:
    length = row.get("length")
    if isinstance(length, str):
        length = length.strip().casefold()
        length = int(length) if length.isdigit() else length
    tone = " ".join(str(row.get("tone") or "").split()).casefold()
    part = str(row.get("split") or "").strip().casefold()
    return Pair(line, row["outline"].strip(), row["text"].strip(), length or None, tone or None, PARTS.get(part))


def _problem(row: Mapping[str, Any]) -> str | None:
    """What is wrong with a row, as a sentence; None where nothing is."""
    for key in ("outline", "text"):
        value = row.get(key)
        if not isinstance(value, str) or not value.strip():
            found = "nothing" if value in (None, "") or isinstance(value, str) else type(value).__name__
            return f'"{key}" has to hold words; found {found}. {EXPECTED[:1].upper()}{EXPECTED[1:]}.'
        if len(value) > _LONGEST_TEXT:
            return f'"{key}" has {len(value):,} characters; at most {_LONGEST_TEXT:,} are read. Divide it into parts.'
    length = row.get("length")
    if not (length in (None, "") or _is_length(length)):
        return f'"length" is {str(length)[:40]!r}; expected {", ".join(LENGTHS)} or a number of words.'
    tone = row.get("tone")
    if not (tone is None or (isinstance(tone, str) and len(tone) <= _LONGEST_TONE)):
        return f'"tone" is {str(tone)[:60]!r}; expected a word or two, as in "warm".'
    part = row.get("split")
    if not (part in (None, "") or (isinstance(part, str) and part.strip().casefold() in PARTS)):
        return f'"split" is {str(part)[:40]!r}; expected {", ".join(PARTS)}, or leave it out.'
    return None


def _is_length(value: object) -> bool:
    if isinstance(value, str):
        word = value.strip().casefold()
        return word in LENGTHS or (word.isdecimal() and 0 < int(word[:9]) <= _MOST_WORDS)
    return isinstance(value, int) and not isinstance(value, bool) and 0 < value <= _MOST_WORDS


def _counted(count: int) -> str:
    return "1 pair" if count == 1 else f"{count:,} pairs"
