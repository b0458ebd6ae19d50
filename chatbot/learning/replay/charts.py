"""The two diagrams of a replay as inline SVG and HTML: risk against coverage, and whether a probability is true.

Draws what it is given. As in ``training_chart``, the lines are stretched and the labels, being HTML, are not; what a
place means is told by the ``<title>`` of the strip there.
"""

from __future__ import annotations

import math
from html import escape
from typing import TYPE_CHECKING, Any

from chatbot.learning.reports.line_chart import ticks

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_STRIPS = 50
_NOISE = 0.05
"""The first answers of a curve jump between 0 and 100 %; they do not set the height of the diagram."""


def risk_diagram(curves: Mapping[str, Mapping[str, Any]], promised: float) -> str:
    """Share wrong (upwards) over share answered (to the right), for the probability and for similarity."""
    ours, theirs = (_points(curves[name]) for name in ("probability", "similarity"))
    if not ours:
        return '<p class="quiet">No case has a verdict, so there is nothing to draw.</p>'
    high = highest(curves, promised)

    def place(cover: float, risk: float) -> str:
        return f"{100 * cover:.2f} {100 - 100 * min(risk, high) / high:.2f}"

    lines = "".join(
        f'<path class="{style}" d="M{" L".join(place(*point) for point in points)}"/>'
        for style, points in (("train", theirs), ("held", ours))
        if points
    )
    allowed = f'<path class="allowed" d="M{place(0, promised)} H100"/>' if promised <= high else ""
    strips = "".join(_strip(number, ours, theirs) for number in range(1, _STRIPS + 1))
    return (
        '<div class="legend"><span class="held">by our probability</span><span class="train">by likeness of the '
        f'question alone</span><span class="allowed">allowed: {100 * promised:g}%</span></div>'
        '<div class="plot" id="risk">'
        f'<div class="heights">{_labels(ticks(0.0, 100 * high), 100 * high, "bottom")}</div>'
        '<svg viewBox="0 0 100 100" preserveAspectRatio="none" role="img" '
        'aria-label="Share of answers that are wrong, over the share of questions that is answered alone">'
        f'{_grid(ticks(0.0, 100 * high), 100 * high)}{allowed}{lines}{strips}</svg><span class="here" hidden></span>'
        f'<div class="widths">{_labels(range(0, 101, 20), 100, "left")}</div></div>'
        '<p class="axis">Upwards: of the answers, how many are wrong. To the right: how many questions are answered '
        "alone, the surest first.</p>"
    )


def highest(curves: Mapping[str, Mapping[str, Any]], promised: float) -> float:
    """The risk at the top of the diagram."""
    points = [point for curve in curves.values() for point in _points(curve)]
    settled = [risk for cover, risk in points if cover >= _NOISE]
    return ticks(0.0, 100 * min(1.0, max([*settled, promised * 1.2]) * 1.05))[-1] / 100


def risk_at(curve: Mapping[str, Any], cover: float) -> float:
    """The risk where this share is covered; 0 before the first threshold."""
    found = _at(list(zip(curve["coverages"], curve["risks"], strict=True)), cover)
    return 0.0 if found is None else found


def reliability_diagram(reliability: Mapping[str, Any] | None) -> str:
    """Share that is right (upwards) over the probability that was told (to the right); the diagonal is the truth."""
    if not reliability:
        return '<p class="quiet">No case has a verdict, so there is nothing to draw.</p>'
    bins = [(float(mean), float(share), int(count)) for mean, share, count in reliability["bins"] if count]
    most = max((count for _, _, count in bins), default=1)
    path = " L".join(f"{100 * mean:.2f} {100 - 100 * share:.2f}" for mean, share, _ in bins)
    dots = "".join(
        f'<span class="dot" style="left:{100 * mean:.2f}%;bottom:{100 * share:.2f}%;--size:'
        f'{0.4 + 0.6 * math.sqrt(count / most):.2f}rem" '
        f'title="{count} cases: told {mean:.0%}, right {share:.0%}"></span>'
        for mean, share, count in bins
    )
    marks = range(0, 101, 20)
    return (
        '<div class="plot square">'
        f'<div class="heights">{_labels(marks, 100, "bottom")}</div>'
        '<svg viewBox="0 0 100 100" preserveAspectRatio="none" role="img" '
        'aria-label="Share of replies that are right, over the probability that was told for them">'
        f'{_grid(marks, 100)}<path class="truth" d="M0 100 L100 0"/><path class="held" d="M{path}"/></svg>{dots}'
        f'<div class="widths">{_labels(marks, 100, "left")}</div></div>'
        '<p class="axis">Upwards: how many replies are right. To the right: how probable we said that is.</p>'
    )


def _points(curve: Mapping[str, Any]) -> list[tuple[float, float]]:
    """At most about 200 of the curve's (coverage, risk), the last among them."""
    points = list(zip(curve["coverages"], curve["risks"], strict=True))
    step = max(1, len(points) // 200)
    return points[::step] + (points[-1:] if points and (len(points) - 1) % step else [])


def _at(points: Sequence[tuple[float, float]], cover: float) -> float | None:
    """The risk at the last point that covers no more than this."""
    below = [risk for reached, risk in points if reached <= cover + 1e-9]
    return below[-1] if below else None


def _strip(number: int, ours: Sequence[tuple[float, float]], theirs: Sequence[tuple[float, float]]) -> str:
    cover, width = number / _STRIPS, 100 / _STRIPS
    told = []
    for name, risk in (("by our probability", _at(ours, cover)), ("by likeness alone", _at(theirs, cover))):
        if risk is not None:
            told.append(f"{risk:.1%} wrong {name}")
    title = escape(f"{cover:.0%} answered: {', '.join(told) or 'no threshold can stand here'}")
    return f'<rect x="{100 * cover - width:.2f}" y="0" width="{width:.2f}" height="100"><title>{title}</title></rect>'


def _grid(marks: Sequence[float], high: float) -> str:
    return "".join(f'<path class="grid" d="M0 {100 - 100 * mark / high:.2f} H100"/>' for mark in marks)


def _labels(marks: Sequence[float], high: float, side: str) -> str:
    return "".join(f'<span style="{side}:{100 * mark / high:.2f}%">{mark:g}%</span>' for mark in marks)
