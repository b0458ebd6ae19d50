"""What the page of a training run shows of its search: the losses trial by trial, what mattered, and each trial."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chatbot.learning.reports.charts import Axis, Line, bars, chart, legend, round_axis, ticks
from chatbot.learning.reports.page import text
from chatbot.learning.training.found_settings import sentence, word
from chatbot.learning.training.settings_search import result_sentence

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def search_section(found: Mapping[str, Any] | None) -> str:
    """The section as HTML; nothing where there was no search."""
    if not found:
        return ""
    return (
        f'<h2>Search of settings</h2><p class="quiet">{text(result_sentence(dict(found)))}</p>'
        f'<div class="card">{_history(found["trials"])}</div>'
        '<p class="quiet">Held-out loss in nats a token after trials of equal time, by the number of the trial. '
        "The first is what would have been done without a search.</p>"
        f'<div class="card">{_importances(found["importances"])}</div>'
        f"<details><summary>All trials ({len(found['trials'])})</summary>"
        f'<div class="card">{_table(found["trials"])}</div></details>'
    )


def _history(trials: Sequence[Mapping[str, Any]]) -> str:
    known = [each for each in trials if each["loss"] is not None]
    best: list[tuple[float, float]] = []
    for each in known:
        if each["outcome"] == "done":
            best.append((each["number"], min([each["loss"], *(loss for _, loss in best[-1:])])))
    # Dots alone: between two trials there is nothing that a line would tell.
    dots = [Line("each trial", "train", ((each["number"], each["loss"]),), dots=True) for each in known]
    lines = [Line("the best so far", "held", tuple(best)), *dots]
    losses = [each["loss"] for each in known]
    last = max(2, len(trials))
    across = Axis(1.0, float(last), tuple(mark for mark in ticks(1.0, last) if mark == int(mark) and 1 <= mark <= last))
    return legend(lines[:2]) + chart(
        lines, across, round_axis(min(losses), max(losses)), label="Held-out loss by trial, and the best so far"
    )


def _importances(shares: Mapping[str, float]) -> str:
    if not shares:
        return (
            '<p class="quiet">What mattered most cannot be said yet: that takes eight whole trials and more of them '
            "than settings.</p>"
        )
    rows = [(word(name), share) for name, share in sorted(shares.items(), key=lambda pair: -pair[1])]
    return (
        '<p class="quiet">How much of the difference between trials each setting accounts for (fANOVA).</p>'
        f"{bars(rows)}"
    )


def _table(trials: Sequence[Mapping[str, Any]]) -> str:
    heading = "".join(f'<th scope="col">{name}</th>' for name in ("Trial", "Settings", "Seconds", "Ended", "Loss"))
    rows = "".join(
        f'<tr><th scope="row">{each["number"]}</th><td>{text(sentence(each["settings"]))}</td>'
        f"<td>{each['seconds']:.0f}</td><td>{text(each['problem'] or each['outcome'])}</td>"
        f"<td>{'' if each['loss'] is None else format(each['loss'], '.3f')}</td></tr>"
        for each in trials
    )
    return f"<table><thead><tr>{heading}</tr></thead><tbody>{rows}</tbody></table>"
