"""The two diagrams of a replay: risk against coverage, and whether a probability is true."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from chatbot.learning.reports.charts import PERCENT, Line, chart, legend, round_axis

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_STRIPS = 50
_MOST_POINTS = 200
_NOISE = 0.05
"""The first answers of a curve jump between 0 and 100 %; they do not set the height of the diagram."""
_NOTHING = '<p class="quiet">No case has a verdict, so there is nothing to draw.</p>'


def risk_diagram(curves: Mapping[str, Mapping[str, Any]], promised: float) -> str:
    """Share wrong (upwards) over share answered (to the right), for the probability and for similarity."""
    ours, theirs = (_points(curves[name]) for name in ("probability", "similarity"))
    if not ours:
        return _NOTHING
    high = highest(curves, promised)
    up = round_axis(0.0, 100 * high, "%")
    held = Line("by our probability", "held", _percent(ours, high))
    train = Line("by likeness of the question alone", "train", _percent(theirs, high))
    allowed = Line(
        f"allowed: {100 * promised:g}%", "allowed", _percent([(0, promised), (1, promised)] if promised <= high else [])
    )
    return (
        legend([held, train, allowed])
        + chart(
            [allowed, train, held],
            PERCENT,
            up,
            label="Share of answers that are wrong, over the share of questions that is answered alone",
            attributes='class="plot" id="risk"',
            strips=[_title((number + 1) / _STRIPS, ours, theirs) for number in range(_STRIPS)],
            over='<span class="here" hidden></span>',
        )
        + '<p class="axis">Upwards: of the answers, how many are wrong. To the right: how many questions are answered '
        "alone, the surest first.</p>"
    )


def highest(curves: Mapping[str, Mapping[str, Any]], promised: float) -> float:
    """The risk at the top of the diagram."""
    points = [point for curve in curves.values() for point in _points(curve)]
    settled = [risk for cover, risk in points if cover >= _NOISE]
    return round_axis(0.0, 100 * min(1.0, max([*settled, promised * 1.2]) * 1.05)).high / 100


def risk_at(curve: Mapping[str, Any], cover: float) -> float:
    """The risk where this share is covered; 0 before the first threshold."""
    return _at(list(zip(curve["coverages"], curve["risks"], strict=True)), cover) or 0.0


def reliability_diagram(reliability: Mapping[str, Any] | None) -> str:
    """Share that is right (upwards) over the probability that was told (to the right); the diagonal is the truth."""
    if not reliability:
        return _NOTHING
    bins = [(float(mean), float(share), int(count)) for mean, share, count in reliability["bins"] if count]
    most = max((count for _, _, count in bins), default=1)
    dots = "".join(
        f'<span class="dot" style="left:{100 * mean:.2f}%;bottom:{100 * share:.2f}%;--size:'
        f'{0.4 + 0.6 * math.sqrt(count / most):.2f}rem" '
        f'title="{count} cases: told {mean:.0%}, right {share:.0%}"></span>'
        for mean, share, count in bins
    )
    truth = Line("exactly true", "truth", ((0, 0), (100, 100)))
    found = Line("found", "held", _percent([(mean, share) for mean, share, _ in bins]))
    return (
        chart(
            [truth, found],
            PERCENT,
            PERCENT,
            label="Share of replies that are right, over the probability that was told for them",
            attributes='class="plot square"',
            over=dots,
        )
        + '<p class="axis">Upwards: how many replies are right. To the right: how probable we said that is.</p>'
    )


def _points(curve: Mapping[str, Any]) -> list[tuple[float, float]]:
    """At most about 200 of the curve's (coverage, risk), the last among them."""
    points = list(zip(curve["coverages"], curve["risks"], strict=True))
    step = max(1, len(points) // _MOST_POINTS)
    return points[::step] + (points[-1:] if points and (len(points) - 1) % step else [])


def _percent(points: Sequence[tuple[float, float]], high: float = 1.0) -> tuple[tuple[float, float], ...]:
    """Shares as percent, none above ``high``."""
    return tuple((100 * x, 100 * min(y, high)) for x, y in points)


def _at(points: Sequence[tuple[float, float]], cover: float) -> float | None:
    """The risk at the last point that covers no more than this."""
    below = [risk for reached, risk in points if reached <= cover + 1e-9]
    return below[-1] if below else None


def _title(cover: float, ours: Sequence[tuple[float, float]], theirs: Sequence[tuple[float, float]]) -> str:
    told = [
        f"{risk:.1%} wrong {name}"
        for name, points in (("by our probability", ours), ("by likeness alone", theirs))
        if (risk := _at(points, cover)) is not None
    ]
    return f"{cover:.0%} answered: {', '.join(told) or 'no threshold can stand here'}"
