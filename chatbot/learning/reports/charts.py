"""Line charts as inline SVG and bars as a little HTML; draws what it is given and fetches nothing.

The lines are stretched to whatever width there is, the labels are not: they are HTML placed by percentages, so that
they can be read on a phone. What a place means can be told by the ``<title>`` of a strip there.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_TICKS = 4


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a chart: its name, the CSS class that colours it, and (x, y) points in the order of x."""

    name: str
    style: str
    points: tuple[tuple[float, float], ...]
    dots: bool = False


@dataclass(frozen=True, slots=True)
class Axis:
    """One side of a chart: what it spans, the numbers written along it, and their unit."""

    low: float
    high: float
    marks: tuple[float, ...]
    unit: str = ""

    def place(self, value: float) -> float:
        """Where a value stands, in percent of the side."""
        return 100 * (value - self.low) / ((self.high - self.low) or 1.0)

    def labels(self, side: str) -> str:
        """The numbers as HTML, each so far from ``side``: left or bottom."""
        return "".join(
            f'<span style="{side}:{self.place(mark):.2f}%">{mark:g}{self.unit}</span>' for mark in self.marks
        )


PERCENT = Axis(0.0, 100.0, (0, 20, 40, 60, 80, 100), "%")


def round_axis(low: float, high: float, unit: str = "") -> Axis:
    """An axis from a round number at or below ``low`` to one at or above ``high``."""
    marks = ticks(low, high)
    return Axis(min(low, marks[0]), max(high, marks[-1]), tuple(marks), unit)


def chart(
    lines: Sequence[Line],
    across: Axis,
    up: Axis,
    *,
    label: str,
    attributes: str = 'class="plot"',
    strips: Sequence[str] = (),
    over: str = "",
) -> str:
    """The chart as HTML; later lines are drawn over earlier ones.

    ``strips`` are the titles of as many strips of equal width, from the left; ``over`` is HTML placed on top.
    """
    grid = "".join(f'<path class="grid" d="M0 {100 - up.place(mark):.2f} H100"/>' for mark in up.marks)
    paths = "".join(_path(line, across, up) for line in lines if line.points)
    width = 100 / max(1, len(strips))
    titles = "".join(
        f'<rect x="{number * width:.2f}" y="0" width="{width:.2f}" height="100"><title>{escape(title)}</title></rect>'
        for number, title in enumerate(strips)
    )
    return (
        f'<div {attributes}><div class="heights">{up.labels("bottom")}</div>'
        f'<svg viewBox="0 0 100 100" preserveAspectRatio="none" role="img" aria-label="{escape(label)}">'
        f'{grid}{paths}{titles}</svg>{over}<div class="widths">{across.labels("left")}</div></div>'
    )


def legend(lines: Sequence[Line]) -> str:
    """The names of lines in their colours."""
    names = "".join(f'<span class="{line.style}">{escape(line.name)}</span>' for line in lines)
    return f'<div class="legend">{names}</div>'


def bars(rows: Sequence[tuple[str, float]]) -> str:
    """A bar for each (name, share of the whole), with its percents."""
    return "".join(
        f'<div class="measure"><span>{escape(name)}</span><i><b style="width:{100 * share:.1f}%"></b></i>'
        f"<span>{100 * share:.0f} %</span></div>"
        for name, share in rows
    )


def ticks(low: float, high: float) -> list[float]:
    """Round numbers about ``_TICKS`` apart that lie around ``low`` and ``high``, at least two."""
    span = (high - low) or max(abs(high), 1.0) * 0.1
    step = 10.0 ** math.floor(math.log10(span / _TICKS))
    step = next(step * factor for factor in (1, 2, 5, 10) if span / (step * factor) <= _TICKS)
    first, last = math.floor(low / step), math.ceil(high / step)
    return [round(number * step, 12) for number in range(first, max(last, first + 1) + 1)]


def _path(line: Line, across: Axis, up: Axis) -> str:
    places = [f"{across.place(x):.2f} {100 - up.place(y):.2f}" for x, y in line.points]
    path = f'<path class="{line.style}" d="M{" L".join(places)}"/>'
    if line.dots:  # a line of no length with round ends is a dot, whatever the stretching
        path += f'<path class="{line.style} dots" d="{" ".join(f"M{each} h0" for each in places)}"/>'
    return path
