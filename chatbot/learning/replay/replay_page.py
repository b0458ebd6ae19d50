"""The page of a replay: one file of HTML that needs nothing else and fetches nothing.

Says what the figures say (``replay_figures.py``) and computes none. Texts of customers are masked already, and escaped
here.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from chatbot.home import write_atomically
from chatbot.learning.replay import tables
from chatbot.learning.replay.diagrams import highest, reliability_diagram, risk_at, risk_diagram
from chatbot.learning.replay.replay_figures import SHOWN
from chatbot.learning.reports import pieces
from chatbot.learning.reports.page import filled, framed, part, text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from chatbot.learning.backtest.case import Case
    from chatbot.learning.replay.replay_figures import Replay

LISTED = 500
"""Cases in the list at the end of the page, the newest."""
_TINY = 0.005


def write(folder: Path, name: str, replay: Replay, cases: Sequence[Case], *, warnings: Sequence[str] = ()) -> Path:
    """Write ``replay-<name>.json`` and ``.html`` into a folder; returns the page's path."""
    told = {**replay.to_json(), "name": name, "warnings": list(warnings)}
    write_atomically(folder / f"replay-{name}.json", json.dumps(told, indent=2) + "\n")
    path = folder / f"replay-{name}.html"
    write_atomically(path, page(replay, cases, warnings=warnings))
    return path


def page(replay: Replay, cases: Sequence[Case], *, warnings: Sequence[str] = ()) -> str:
    """The page of a replay of these cases."""
    told = replay.to_json()
    total, terms = told["total"], replay.terms
    newest = sorted(cases, key=lambda case: (case.created or "", case.id), reverse=True)[:LISTED]
    chosen = min(range(len(replay.allowed)), key=lambda place: abs(replay.allowed[place].risk - terms.risk))
    body = filled(
        __package__,
        "page.html",
        eyebrow=text(_when(told)),
        heading=text(headline(replay)),
        promise=text(promise(replay)),
        warnings="".join(f'<p class="warning">{text(warning)}</p>' for warning in warnings),
        share=pieces.share(tables.parts(total)),
        tiles=_tiles(told),
        last=str(len(replay.allowed) - 1),
        chosen=str(chosen),
        risk=risk_diagram(told["curves"], terms.risk),
        allowed=tables.allowed(told["allowed"], terms.sure),
        risk_note=text(_risk_note(replay)),
        reliability=reliability_diagram(told["reliability"]),
        reliability_note=text(_reliability_note(replay)),
        topics=tables.groups(told["topics"], caption="Topics, the largest first", heading="topic"),
        languages=tables.groups(told["languages"], caption="Languages of the questions", heading="language"),
        months=tables.groups(told["months"], caption="Months in which they were asked", heading="month"),
        reasons=tables.reasons(told["reasons"]),
        worst_note=text(_worst_note(replay)),
        worst="".join(tables.side_by_side(case) for case in replay.worst),
        best_note=text(_best_note(replay)),
        best="".join(tables.side_by_side(case) for case in replay.best),
        decisions=pieces.choices((decision, words) for decision, (_, words) in tables.DECISIONS.items()),
        topic_names=pieces.choices((name, name) for name in sorted({case.topic for case in newest if case.topic})),
        all_note=text(f"The newest {len(newest):,} of {len(cases):,}." if len(cases) > len(newest) else ""),
        all="".join(tables.listed(case) for case in newest),
        how=_how(replay),
        figures=_embedded(told),
    )
    return framed(
        headline(replay),
        body,
        style=pieces.style() + part(__package__, "page.css"),
        script=part(__package__, "page.js") + pieces.script(),
    )


def headline(replay: Replay) -> str:
    """The answer in one sentence."""
    total = replay.total
    if not total.cases:
        return "No past question could be replayed."
    said = f"Of {total.cases:,} past questions Understudy would have answered {total.answered:,}"
    if not total.answered:
        return f"Of {total.cases:,} past questions Understudy would have answered none alone."
    said += f" ({pieces.percent(total.answered, total.cases)}) alone"
    if not total.judged:
        return f"{said}; none of these can be judged."
    return f"{said}; {pieces.percent(total.right, total.judged)} of these say what your team said."


def promise(replay: Replay) -> str:
    """What was promised, and whether it was kept here."""
    terms, total = replay.terms, replay.total
    budget = f"at most {terms.risk:.0%} of the automatic answers are wrong, {terms.sure:.0%} sure"
    if not terms.promised:
        return f"Nothing is promised yet: no contract serves. Asked for: {budget}."
    if terms.threshold is None and not total.answered:
        return (
            f"Promised: {budget}. Your history did not show that any threshold keeps this, so it answers nothing alone."
        )
    if not total.judged:
        return f"Promised: {budget}."
    wrong = total.judged - total.right
    kept = "kept" if wrong / total.judged <= terms.risk else "not kept"
    return (
        f"Promised: {budget}. Here {wrong:,} of {total.judged:,} ({wrong / total.judged:.1%}) were: {kept}. "
        f"From these cases alone it is at most {replay.wrong_at_most:.1%}, {terms.sure:.0%} sure."
    )


def _when(told: Mapping[str, Any]) -> str:
    if not told["since"]:
        return "Replay"
    left_out = told["terms"]["left_out"]
    made_of = f". {left_out:,} older questions, of which the contract was made, are not counted" if left_out else ""
    return f"Replay of {told['since']} to {told['until']}{made_of}"


def _tiles(told: Mapping[str, Any]) -> str:
    saved, total = told["saved"], told["total"]
    source = "measured from the times in your transcripts" if saved["measured"] else "an assumption"
    a_month = f", about {_duration(saved['a_month'])} a month" if saved["a_month"] else ""
    spread = f"{_duration(saved['low'])} to {_duration(saved['high'])}"
    an_answer = f"{saved['an_answer']:.1f} minutes an answer ({source})"
    tiles = [
        (
            _duration(saved["minutes"]),
            f"of agents' time saved ({spread}, {saved['sure']:.0%} sure{a_month}), at {an_answer}.",
        )
    ]
    if total["judged"]:
        within = f"{total['low']:.0%} to {total['high']:.0%}, exact 95% interval"
        tiles.append(
            (
                pieces.percent(total["right"], total["judged"]),
                f"of the answers say what the agent said ({within}; {total['judged']:,} judged).",
            )
        )
    ours, theirs = (told["curves"][name]["area"] for name in ("probability", "similarity"))
    if told["curves"]["probability"]["cases"]:
        change = ours / theirs - 1 if theirs > _TINY else 0.0
        words = "less" if change <= 0 else "more"
        areas = f"area under the risk-coverage curve {ours:.3f}, there {theirs:.3f}"
        tiles.append(
            (
                f"{abs(change):.0%} {words}",
                f"risk than deciding by likeness of the question alone ({areas}).",
            )
        )
    return pieces.tiles(tiles)


def _duration(minutes: float) -> str:
    return f"{minutes / 60:.1f} h" if minutes >= 100 else f"{minutes:.0f} min"  # noqa: PLR2004 - three figures


def _risk_note(replay: Replay) -> str:
    return (
        f"Over the {replay.probability.cases:,} questions whose best reply has a verdict, whatever was decided. The "
        "curve is what happened, seen afterwards; a threshold chosen on it would be too hopeful, which is why less can "
        "be promised than is read off."
    )


def _reliability_note(replay: Replay) -> str:
    if replay.reliability is None:
        return ""
    return (
        f"On average the probability is {100 * replay.reliability.ece:.1f} points off (expected calibration error, "
        f"{len(replay.reliability.bins)} bins of equal size; Brier score {replay.reliability.brier:.3f}). On the "
        "dashed line it would be exactly true; below it, it is too sure of itself."
    )


def _worst_note(replay: Replay) -> str:
    wrong = replay.total.judged - replay.total.right
    if not wrong:
        return "None: every answer that could be judged says what the agent said."
    shown = f"the {len(replay.worst)} surest of {wrong:,}" if wrong > SHOWN else f"all {wrong:,}, the surest first"
    return (
        f"Answers that would have been sent and say something else: {shown}. Where they are much alike, the words "
        "that only one of them uses are marked. Not every one is a mistake: agents differ, too."
    )


def _best_note(replay: Replay) -> str:
    if not replay.best:
        return "None yet."
    return "The surest answers that say what the agent said; the same reply is shown once."


def _how(replay: Replay) -> str:
    judged = "".join(
        f"<li>{count:,} by {text(name)}: {text(tables.JUDGED_BY.get(name, 'as it was noted'))}.</li>"
        for name, count in replay.judged_by.items()
    )
    versions = "".join(
        f"<div><dt>{text(name)}</dt><dd>{text(version or 'none')}</dd></div>"
        for name, version in replay.terms.versions.items()
    )
    threshold = replay.terms.threshold
    asked = "never" if threshold is None else f"from a probability of {threshold:.2f}"
    return (
        "<p>Each question was asked again as it was asked then, with everything created later and its own conversation "
        "left out. GPT-2's rewording is not replayed: what is judged is the past answer that it would reword. Our best "
        "reply counts as right where it says what the agent really said:</p>"
        f"<ul>{judged}</ul><p>It answers alone {text(asked)}; a topic with enough cases may have a threshold of its "
        "own. Minutes saved count only answers that say the same; their interval is a bootstrap over conversations."
        f"</p><dl>{versions}</dl>"
    )


def _embedded(told: Mapping[str, Any]) -> str:
    """What the script reads; no text of a desk is in it, and no ``<`` either."""
    curves = told["curves"]
    value = {
        "allowed": told["allowed"],
        "judged": curves["probability"]["cases"],
        "sure": told["terms"]["sure"],
        "at": [risk_at(curves["probability"], row["probability"]) for row in told["allowed"]],
        "high": highest(curves, told["terms"]["risk"]),
    }
    return json.dumps(value).replace("<", "\\u003c")
