"""The bars of `voice.py`: what a stage's figures have to reach, beside what they came to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from voice_corpus import TASKS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


def bars(desk: str, stages: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """Each bar that the given stages of one desk have figures for: wanted, found, met. ``wanted`` reads as at least."""
    found = {name: (wanted, value) for stage, row in stages.items() for name, wanted, value in _of(desk, stage, row)}
    return {
        name: {"wanted": wanted, "found": value, "met": value is not None and value >= wanted}
        for name, (wanted, value) in found.items()
    }


def _of(desk: str, stage: str, row: Mapping[str, Any]) -> Iterator[tuple[str, float, float | None]]:
    if stage == "bits":
        bits = row["bits"]
        ngram = next(value for name, value in bits.items() if "gram" in name)
        yield "bits saved by fine-tuning with evidence", 0.15, 1 - row["against the base"]
        yield "bits saved by evidence", 0.05, row["evidence gives"]
        yield "bits of the 5-gram by those of the base", 1.0, ngram / bits["base"]
    elif stage == "replies":
        yield "both at 1, by the better alone", 1.15, row["both against the better"]
    elif stage == "refined":
        yield from _of_replies(desk, row["figures"])
    elif stage == "completion":
        yield "keystrokes saved", 0.2, row["figures"]["both"]["saved"]
        yield "keystrokes saved, by the 5-gram's", 1.5, row["against the 5-gram"]
    elif stage == "speed":
        yield "training tokens a second, by the plain loop's", 2.2, row["ratio"]
    elif stage == "memorisation":
        yield "canaries not extracted", 1.0, 1 - row["fine-tuned"]["extracted"] / max(row["fine-tuned"]["canaries"], 1)


def _of_replies(desk: str, figures: Mapping[str, Mapping[str, Any]]) -> Iterator[tuple[str, float, float | None]]:
    """Of each way to write a reply: what it has to reach beside the past answer, and on the shop beside the composed.

    In task dialogues values change from one customer to the next, so there it has to be better by a quarter.
    """
    verbatim = figures["verbatim"]
    for way, row in figures.items():
        if way.startswith(("verbatim", "gpt2-alone", "suggested")) or "," in way:
            continue
        if desk in TASKS:
            yield f"chrF of {way}, by verbatim's", 1.25, row["chrf"] / verbatim["chrf"]
            yield f"known slots of {way}", 0.9, row["known slots"]
            yield f"same action of {way}, less verbatim's", 0.0, _less(row, verbatim, "same action")
        else:
            beside = "composed" if desk == "sample" and way != "composed" and "composed" in figures else "verbatim"
            yield f"chrF of {way}, less {beside}'s", 0.0, _less(row, figures[beside], "chrf")
            yield f"cosine of {way}, less {beside}'s", 0.0, _less(row, figures[beside], "cosine")
        yield f"{way} that pass their checks", 0.97 if desk == "sample" else 0.95, row["passed"]


def _less(row: Mapping[str, Any], other: Mapping[str, Any], name: str) -> float | None:
    return None if None in {row[name], other[name]} else row[name] - other[name]
