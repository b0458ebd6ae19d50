"""Stage "refined": replies beside the one that was really given, made in several ways (``voice_ways``, ``--ways``).

Of each way: chrF (sacrebleu), the encoder's cosine, slots (``voice_slots``): right by right, wrong and missing; the
same of those that could be known, for they stand in the dialogue so far or in the evidence; their recall alone; the
share of replies all of whose slots are right; whether the reply does the same (``voice_actions``); its length by that
of the true one; the share that passed all checks, and those an agent is shown; seconds.

``verbatim`` is the best past answer that passed its checks, else the best: what it costs to heed them tells ``verbatim,
by rank``. What fails a check is never sent: "as served" takes the past answer in its place. An "oracle" knows the true
reply and takes the likest (chrF) of the verbatim candidates and the way's own: what a perfect choice would reach. Of
what an agent is shown (``suggested``, and ``suggested-past`` without edits) it is the first, and "of three" the likest.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from voice_actions import actions_of
from voice_corpus import seen_by_base
from voice_desk import latest
from voice_figures import chrf, intervals, likest, share
from voice_rows import Rows
from voice_slots import slotted, tally
from voice_ways import SUGGESTED, VERBATIM, WAYS, Reply, asker

if TYPE_CHECKING:
    from collections.abc import Sequence

    from voice_actions import Clusters, Labels
    from voice_desk import Desk
    from voice_figures import Figure
    from voice_models import Models

    from data.moments import Moment

BY_RANK, SERVED, ORACLE, OF_THREE = "by rank", "as served", "oracle", "of three"
COMPARED = ("chrf", "cosine", "slots", "known slots", "same action")
"""Figures with an interval."""
EXAMPLES = 20
NOTHING = Reply("", passed=False, people=False, failed=[], seconds=0.0)


def stage(desk: Desk, models: Models) -> dict[str, Any]:
    """Figures of each way, their intervals, and those of the differences to the past answer."""
    asked = latest(desk.rewritten, desk.options.questions)
    names = [VERBATIM, *(name for name in desk.options.ways.split(",") if name != VERBATIM)]
    evidence, made = _made(desk, models, asked, names)
    shown = _shown(made, [moment.answer for moment in asked])
    actions = actions_of(desk)
    figures = {way: _figures(desk, replies, asked, evidence, actions) for way, replies in shown.items()}
    alone, against = intervals(figures, COMPARED, VERBATIM)
    slots = [len(slotted(moment.answer, desk.names).slots) for moment in asked]
    return {
        "questions": len(asked),
        "of them in the base": float(np.mean([seen_by_base(desk.name, moment.conversation_id) for moment in asked])),
        "slots of a true reply": float(np.mean(slots)),
        "true replies with slots": float(np.mean([count > 0 for count in slots])),
        "slots that could be known": _known_share(asked, evidence, desk.names),
        "actions by": actions.name,
        "figures": {way: _values(row, shown[way], way) for way, row in figures.items()},
        "intervals": alone,
        f"less {VERBATIM}": against,
        "failed checks": {name: _reasons(made[name]) for name in names},
        "examples": [
            {
                "dialogue": [f"{turn.role}: {turn.text}" for turn in moment.context[-6:]],
                "real": moment.answer,
                **{way: replies[place].text for way, replies in shown.items()},
            }
            for place, moment in enumerate(asked[:EXAMPLES])
        ],
    }


def _made(
    desk: Desk, models: Models, asked: Sequence[Moment], names: Sequence[str]
) -> tuple[list[list[str]], dict[str, list[list[Reply]]]]:
    """What could be drawn on for each question, and each way's replies to it; kept by way as they are made."""
    ask = asker(desk)
    known = Rows(desk.folder / "asked.jsonl")
    evidence: list[list[str]] = []
    made: dict[str, list[list[Reply]]] = {name: [] for name in names}
    kept = {name: Rows(desk.folder / f"way-{name}.jsonl") for name in names}
    ways = {name: WAYS[name](desk, models) for name in names}
    for number, moment in enumerate(asked):
        question = ask(moment)
        evidence.append(known.get(moment.id, lambda q=question: [hit.passage.answer for hit in q.evidence]))
        for name, way in ways.items():
            rows = kept[name].get(moment.id, lambda q=question, way=way: [reply.row for reply in way(q)])
            made[name].append([Reply(**row) for row in rows])
        desk.report("refine", number + 1, len(asked))
    return evidence, made


def _shown(made: dict[str, list[list[Reply]]], real: Sequence[str]) -> dict[str, list[Reply]]:
    """One reply to each question by each way, and of what could be chosen from."""
    past = made[VERBATIM]
    shown: dict[str, list[Reply]] = {}
    for name, replies in made.items():
        first = [*map(_first, replies)]
        if name in SUGGESTED:
            shown |= {name: first, f"{name}, {OF_THREE}": _likest([replies], real)}
            continue
        own = shown[name] = [
            next((each for each in several if each.passed), one) for several, one in zip(replies, first, strict=True)
        ]
        if own != first:
            shown[f"{name}, {BY_RANK}"] = first
        if name != VERBATIM and any(each.passed for each in own):
            shown[f"{name}, {SERVED}"] = [
                each if each.passed else instead for each, instead in zip(own, shown[VERBATIM], strict=True)
            ]
    for name, replies in made.items():
        if name not in SUGGESTED:
            shown[f"{name}, {ORACLE}"] = _likest([past, replies], real)
    return shown | {f"all, {ORACLE}": _likest([*made.values()], real)}


def _likest(made: Sequence[Sequence[Sequence[Reply]]], real: Sequence[str]) -> list[Reply]:
    """The likest to the true one of all replies to each question."""
    found = []
    for answer, *several in zip(real, *made, strict=True):
        candidates = [reply for replies in several for reply in replies] or [NOTHING]
        found.append(candidates[likest([each.text for each in candidates], answer)])
    return found


def _figures(
    desk: Desk,
    replies: Sequence[Reply],
    asked: Sequence[Moment],
    evidence: Sequence[Sequence[str]],
    actions: Labels | Clusters,
) -> dict[str, Figure]:
    texts, real = [reply.text.strip() for reply in replies], [moment.answer for moment in asked]
    said = np.array([bool(text) for text in texts])
    cosines = (desk.vectors(texts) * desk.vectors(real)).sum(axis=1) * said
    tallies = [
        tally(text, moment.answer, _known(moment, found), desk.names)
        for text, moment, found in zip(texts, asked, evidence, strict=True)
    ]
    right, wrong, missing, right_known, missing_known = np.array([each.row for each in tallies]).T
    some = right + missing > 0
    true = actions.of_moments(asked)
    does = actions.of_replies(texts, [reply.source for reply in replies])
    known = np.array([each is not None for each in true])
    return {
        "chrf": chrf(texts, real),
        "cosine": share(cosines),
        "slots": share(right, right + wrong + missing),
        "known slots": share(right_known, right_known + wrong + missing_known),
        "recall": share(right_known, right_known + missing_known),
        "all right": share(some & (wrong + missing == 0), some),
        "same action": share([one == other for one, other in zip(does, true, strict=True)] & said & known, known),
        "length": share([len(text) for text in texts], [len(text) for text in real]),
        "passed": share([reply.passed for reply in replies]),
        "for agents": share([reply.people for reply in replies]),
    }


def _values(row: dict[str, Figure], replies: Sequence[Reply], way: str) -> dict[str, float | None]:
    seconds = [reply.seconds for reply in replies if reply is not NOTHING]
    timed = seconds and not way.endswith((SERVED, ORACLE, OF_THREE))
    return {name: figure.value for name, figure in row.items()} | {
        "seconds": float(np.median(seconds)) if timed else None
    }


def _known_share(asked: Sequence[Moment], evidence: Sequence[Sequence[str]], names: Sequence[str]) -> float | None:
    """The share of all slots of the true replies that stand in the dialogue so far or in the evidence."""
    rows = [
        tally(moment.answer, moment.answer, _known(moment, found), names)
        for moment, found in zip(asked, evidence, strict=True)
    ]
    return share([row.right_known for row in rows], [row.right for row in rows]).value


def _known(moment: Moment, evidence: Sequence[str]) -> list[str]:
    return [*(turn.text for turn in moment.context), *evidence]


def _first(replies: Sequence[Reply]) -> Reply:
    return replies[0] if replies else NOTHING


def _reasons(made: Sequence[Sequence[Reply]]) -> dict[str, int]:
    """How many first replies failed each check."""
    reasons = [name for replies in made for name in _first(replies).failed]
    return {name: reasons.count(name) for name in sorted(set(reasons), key=lambda name: -reasons.count(name))}
