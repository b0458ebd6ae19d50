"""The bars of `voice.py`: what a stage's figures have to reach, beside what they came to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


def bars(stages: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """Each bar that the given stages of one desk have figures for: wanted, found, met. ``wanted`` reads as at least."""
    found = {name: (wanted, value) for stage, row in stages.items() for name, wanted, value in _of(stage, row)}
    return {
        name: {"wanted": wanted, "found": value, "met": value is not None and value >= wanted}
        for name, (wanted, value) in found.items()
    }


def _of(stage: str, row: Mapping[str, Any]) -> Iterator[tuple[str, float, float | None]]:
    if stage == "bits":
        bits = row["bits"]
        ngram = next(value for name, value in bits.items() if "gram" in name)
        yield "bits saved by fine-tuning with evidence", 0.15, 1 - row["against the base"]
        yield "bits saved by evidence", 0.05, row["evidence gives"]
        yield "bits of the 5-gram by those of the base", 1.0, ngram / bits["base"]
    elif stage == "replies":
        yield "both at 1, by the better alone", 1.15, row["both against the better"]
    elif stage == "refined":
        refined, verbatim = row["figures"]["refined"], row["figures"]["verbatim top-1"]
        yield "chrF of refined, less verbatim", 0.0, refined["chrf"] - verbatim["chrf"]
        yield "cosine of refined, less verbatim", 0.0, refined["cosine"] - verbatim["cosine"]
        yield "refined that pass their checks", 0.95, row["refined that pass"]
    elif stage == "completion":
        yield "keystrokes saved", 0.2, row["figures"]["both"]["saved"]
        yield "keystrokes saved, by the 5-gram's", 1.5, row["against the 5-gram"]
    elif stage == "speed":
        yield "training tokens a second, by the plain loop's", 2.2, row["ratio"]
    elif stage == "memorisation":
        yield "canaries not extracted", 1.0, 1 - row["fine-tuned"]["extracted"] / max(row["fine-tuned"]["canaries"], 1)
