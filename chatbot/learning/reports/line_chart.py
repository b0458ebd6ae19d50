"""A line chart of losses as inline SVG and a little HTML; draws what it is given and fetches nothing.

The lines are stretched to whatever width there is, the labels are not: they are HTML placed by percentages, so that
they can be read on a phone.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_MOST_POINTS = 120
_TICKS = 4


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a chart: its name, the CSS class that colours it, and (x, y) points in the order of x."""

    name: str
    style: str
    points: tuple[tuple[float, float], ...]
    dots: bool = False


def loss_lines(curve: Sequence[Mapping[str, Any]]) -> list[Line]:
    """Training and held-out loss (nats a token) over minutes of training, from the rows of a loss log.

    What is not a number is left out; a long log is averaged down, which also calms it.
    """
    lines = []
    for key, name, style in (("loss", "training", "train"), ("eval_loss", "held out", "held")):
        points = [(row["seconds"] / 60, row[key]) for row in curve if key in row and "seconds" in row]
        kept = [point for point in points if all(math.isfinite(value) for value in point)]
        if kept:
            lines.append(Line(name, style, tuple(_thinned(kept)), dots=key == "eval_loss"))
    return lines


def chart(lines: Sequence[Line], *, label: str) -> str:
    """The chart as HTML; nothing but a sentence where there are no points."""
    points = [point for line in lines for point in line.points]
    if not points:
        return '<p class="quiet">Nothing was logged: the run was too short.</p>'
    right = max(*(x for x, _ in points), 1e-9)
    low, high = min(y for _, y in points), max(y for _, y in points)
    rows = ticks(low, high)
    low, high = min(low, rows[0]), max(high, rows[-1])
    span = (high - low) or 1.0

    def place(point: tuple[float, float]) -> str:
        return f"{100 * point[0] / right:.2f} {100 - 100 * (point[1] - low) / span:.2f}"

    paths = []
    for line in lines:
        places = [place(point) for point in line.points]
        paths.append(f'<path class="{line.style}" d="M{" L".join(places)}"/>')
        if line.dots:  # a line of no length with round ends is a dot, whatever the stretching
            paths.append(f'<path class="{line.style} dots" d="{" ".join(f"M{each} h0" for each in places)}"/>')
    grid = "".join(f'<path class="grid" d="M0 {100 - 100 * (row - low) / span:.2f} H100"/>' for row in rows)
    heights = "".join(f'<span style="bottom:{100 * (row - low) / span:.2f}%">{row:g}</span>' for row in rows)
    widths = "".join(
        f'<span style="left:{100 * mark / right:.2f}%">{mark:g}</span>' for mark in ticks(0.0, right) if mark <= right
    )
    legend = "".join(f'<span class="{line.style}">{escape(line.name)}</span>' for line in lines)
    return (
        f'<div class="legend">{legend}</div><div class="plot"><div class="heights">{heights}</div>'
        f'<svg viewBox="0 0 100 100" preserveAspectRatio="none" role="img" aria-label="{escape(label)}">'
        f'{grid}{"".join(paths)}</svg><div class="widths">{widths}</div></div>'
    )


def ticks(low: float, high: float) -> list[float]:
    """Round numbers about ``_TICKS`` apart that lie around ``low`` and ``high``, at least two."""
    span = (high - low) or max(abs(high), 1.0) * 0.1
    step = 10.0 ** math.floor(math.log10(span / _TICKS))
    step = next(step * factor for factor in (1, 2, 5, 10) if span / (step * factor) <= _TICKS)
    first, last = math.floor(low / step), math.ceil(high / step)
    return [round(number * step, 12) for number in range(first, max(last, first + 1) + 1)]


def _thinned(points: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    size = math.ceil(len(points) / _MOST_POINTS)
    runs = [points[start : start + size] for start in range(0, len(points), size)]
    return [(sum(x for x, _ in run) / len(run), sum(y for _, y in run) / len(run)) for run in runs]
