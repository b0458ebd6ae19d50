"""Trust: is the probability true, is the promise kept, what is refused, and what does deciding cost?

    python benchmarks/trust.py --work DIR [--desk thunderbird,star,sample] [--questions 1000]

Each desk has a home under ``--work``, made by the product's own commands with the same code and settings: import,
index, tune, and the contract from its own past. Then questions it has never seen are played:

    judged by links         right where our reply links an article that the helper linked (where any was)
    judged by encoder       right where the two replies are more alike than 99.5 % of unrelated ones
    judged by label         STAR: right where the past reply that is sent had the wizard's action
    judged by the product   as the contract was made: label, else links, else encoder
    area                    mean risk over all coverages (AURC): our probability, and the likeness of the questions
    true reply among 100    by the ranking fitted on the past, by the one that ships, and by its best single part
    a slider                a desk that sends the nearest past answer, as sure as its question is like: what peers do
    promise                 thresholds chosen on a random half at each risk, 90 % sure, measured on the other half
    own thresholds          what the contract sends of new questions at each risk, how much of that is wrong, and how
                            many questions of other desks it answers (banking77; clinc150 out of scope)

A table, then one JSON line with everything.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import random
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from ranking import rank_of_first
from trust_desk import DESKS, TrustDesk
from voice import progress, table

from chatbot.dialogue.answer import Candidate, Decision
from chatbot.dialogue.decide import error_budget
from chatbot.dialogue.rank import probability
from chatbot.dialogue.rank.ranker import fit_ranking
from chatbot.learning.backtest.decide import decided_by
from chatbot.learning.backtest.replay_questions import Judging, before_of
from chatbot.learning.backtest.risk_coverage import curve
from chatbot.learning.contracts.fit_contract import divided
from chatbot.learning.contracts.ranking_weights import among_others
from data.moments import Moment
from data.transcripts import Role, Turn
from retrieval.adapter.pairs import rank_figures
from retrieval.index.filters import Filters
from retrieval.passages import PassageKind, linked_slugs, question_text
from retrieval.search.reply_scores import chosen, summed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray
    from trust_desk import Asked

    from chatbot.learning.backtest.backtest import Backtest
    from chatbot.learning.backtest.case import Case
    from chatbot.service.serving.contract import Contract

RISKS = (0.05, 0.1, 0.2, 0.3)
SPLITS = 100


def main() -> None:
    """Read the options, make the desks, measure, print."""
    options = _options()
    unknown = {*options.desk.split(",")} - {*DESKS}
    if unknown:
        sys.exit(f"{', '.join(unknown)}: desks are {', '.join(DESKS)}")
    found = {}
    for name in options.desk.split(","):
        desk = TrustDesk(name, options, progress)
        desk.ready()
        found[name] = measured(desk)
        print(f"\n{name}")
        table(found[name])
    print(json.dumps({"benchmark": "trust", **found}))


def measured(desk: TrustDesk) -> dict[str, Any]:
    """All figures of one desk."""
    contract, backtest, asked = desk.contract(), desk.backtest(), desk.asked()
    started = time.perf_counter()
    played = backtest.replayed_for(contract, asked.moments, progress)
    seconds = time.perf_counter() - started
    cases = decided_by(contract, played.cases)
    verdicts = {
        "the product": {case.id: case.right for case in cases if case.right is not None},
        "encoder": {case.id: case.agreement >= played.same_above for case in cases if case.ours is not None},
    }
    by_label = {case.id: bool(case.right) for case in cases if case.judged_by == "label"}
    if by_label:
        verdicts["label"] = by_label
    slider = _slider(backtest, asked, played.same_above)
    by_links = _by_links(backtest, cases, asked)
    if by_links:
        verdicts["links"] = by_links
    strangers = _out_of_scope(desk).items()
    out_of_scope = {name: backtest.replayed_for(contract, some, progress).cases for name, some in strangers}
    counts = {str(kind): sum(case.decision is kind for case in cases) for kind in Decision}
    return {
        "questions": len(cases),
        "judged by encoder from a cosine of": played.same_above,
        "decided": counts,
        "promised": contract.sentence(),
        "answered": _answered(cases),
        **{f"judged by {name}": _selective(cases, right) for name, right in verdicts.items()},
        "a slider": {**slider, "our area, of that": _area(cases) / (slider["area"] or 1)},
        "true reply among 100": _among_100(desk, backtest, asked),
        "by the contract's own thresholds": {
            f"{risk:.0%}": _promised(contract, cases, out_of_scope, risk) for risk in RISKS
        },
        "milliseconds a question, all steps": 1000 * seconds / max(len(cases), 1),
    }


def _answered(cases: Sequence[Case]) -> dict[str, Any]:
    """What the contract sends by itself, and how much of it the product's own judgement finds right."""
    sent = [case for case in cases if case.decision is Decision.ANSWER and case.right is not None]
    judged = [case for case in cases if case.right is not None]
    told = probability.reliability([case.probability for case in judged], [bool(case.right) for case in judged])
    return {
        "share": len(sent) / max(len(cases), 1),
        "wrong": sum(not case.right for case in sent) / len(sent) if sent else None,
        "calibration error (ECE)": told.ece,
        "that of a true probability": _least_error([case.probability for case in judged]),
        "right if all were sent": sum(bool(case.right) for case in judged) / max(len(judged), 1),
    }


def _among_100(desk: TrustDesk, backtest: Backtest, asked: Asked) -> dict[str, Any]:
    """Hit at 1 and MRR of the true reply among 99 of other questions that were measured."""
    past = divided(backtest.questions(desk.options.practice))[0]
    learnt = among_others(backtest, past, past, progress, np.random.default_rng(0))
    rows = among_others(backtest, asked.moments, asked.moments, progress, np.random.default_rng(0))
    alone = {name: _ranked([row[name] for row in rows]) for name in rows[0]}
    best = max(alone, key=lambda name: alone[name]["hit@1"])
    return {
        "fitted": _ranked([summed(row, fit_ranking(learnt)) for row in rows]),
        "as it ships": _ranked([summed(row, chosen(backtest.retriever)) for row in rows]),
        f"{best} alone": alone[best],
        "cosine alone": alone["cosine"],
    }


def _ranked(scores: Sequence[NDArray[np.float32]]) -> dict[str, float]:
    found = rank_figures([rank_of_first(each) for each in scores])
    return {"hit@1": found["hit@1"], "mrr": found["mrr"]}


def _least_error(sure: Sequence[float]) -> float:
    """What the calibration error comes to where each probability is true: chance leaves some in so few cases."""
    draw = np.random.default_rng(0)
    held = [draw.random(len(sure)) < np.asarray(sure) for _ in range(SPLITS)]
    return float(np.mean([probability.reliability(sure, right.tolist()).ece for right in held]))


def _area(cases: Sequence[Case]) -> float:
    """Of our probability, as the product judges."""
    judged = [case for case in cases if case.right is not None]
    return curve([case.probability for case in judged], [bool(case.right) for case in judged]).area


def _slider(backtest: Backtest, asked: Asked, bar: float) -> dict[str, float]:
    """What a desk would come to that sends the nearest past answer, as sure as its question is like this one."""
    judging = Judging(backtest.retriever, {moment.id: moment for moment in backtest.moments}, bar)
    likeness, right = [], []
    for moment in asked.moments:
        question = question_text(moment.context)
        vector = backtest.retriever.encoder.encode([question])
        filters = Filters(
            kinds=frozenset([PassageKind.MOMENT]),
            before=before_of(moment),
            exclude_sources=frozenset([moment.conversation_id]),
        )
        hits = backtest.retriever.search_each([question], vector, 100, [filters])[0]
        if not hits:
            continue
        nearest = max(hits, key=lambda hit: hit.similarity)
        sent = Candidate(nearest.passage.answer, "verbatim", (nearest.passage.id,))
        verdict = judging.of(moment, sent)[0]
        if verdict is not None:
            likeness.append(nearest.similarity)
            right.append(verdict)
    return {"cases": len(right), "right if all were sent": sum(right) / len(right), "area": curve(likeness, right).area}


def _promised(
    contract: Contract, cases: Sequence[Case], out_of_scope: Mapping[str, Sequence[Case]], risk: float
) -> dict[str, float | None]:
    """What is sent, and wrong of that, where the owner asks for this risk; and what other desks' questions get."""
    thresholds = contract.thresholds_for(error_budget.Promise(risk, 0.9))
    sent = [case for case in decided_by(contract, cases, thresholds) if case.decision is Decision.ANSWER]
    judged = [case for case in sent if case.right is not None]
    told = {name: decided_by(contract, some, thresholds) for name, some in out_of_scope.items()}
    return {
        "sent": len(sent) / max(len(cases), 1),
        "wrong": sum(not case.right for case in judged) / len(judged) if judged else None,
        **{
            name: sum(case.decision is Decision.ANSWER for case in some) / len(some)
            for name, some in told.items()
            if some
        },
    }


def _selective(cases: Sequence[Case], right: dict[str, bool]) -> dict[str, Any]:
    """Areas, coverages and kept promises by one way of judging."""
    some = [case for case in cases if case.id in right]
    good = [right[case.id] for case in some]
    ours = curve([case.probability for case in some], good)
    likeness = curve([case.features.get("similarity", 0.0) for case in some], good)
    return {
        "cases": len(some),
        "right if all were sent": sum(good) / max(len(good), 1),
        "area": {"probability": ours.area, "similarity": likeness.area, "ratio": ours.area / (likeness.area or 1)},
        "coverage, probability": {f"{risk:.0%}": ours.coverage_at(risk) for risk in RISKS},
        "coverage, similarity": {f"{risk:.0%}": likeness.coverage_at(risk) for risk in RISKS},
        "promise": {f"{risk:.0%}": _kept([case.probability for case in some], good, risk) for risk in RISKS},
    }


def _kept(sure: Sequence[float], good: Sequence[bool], risk: float) -> dict[str, float]:
    """How often the promise was kept on the other half of random halves, and how much was answered."""
    draw, everything = random.Random(0), range(len(sure))
    kept, covered, silent = 0, 0.0, 0
    for _ in range(SPLITS):
        choosing = set(draw.sample(everything, len(sure) // 2))
        chosen = error_budget.thresholds(
            [sure[n] for n in choosing],
            [good[n] for n in choosing],
            [None] * len(choosing),
            error_budget.Promise(risk, 0.9),
        ).overall.answer
        rest = [n for n in everything if n not in choosing]
        sent = [good[n] for n in rest if chosen is not None and sure[n] >= chosen]
        wrong = sent.count(False) / len(sent) if sent else 0.0
        kept += wrong <= risk
        silent += not sent
        covered += len(sent) / max(len(rest), 1)
    return {"kept": kept / SPLITS, "coverage": covered / SPLITS, "nothing sent": silent / SPLITS}


def _by_links(backtest: Backtest, cases: Sequence[Case], asked: Asked) -> dict[str, bool]:
    """Right where our reply links, or is a part of, an article that the helper linked; strict: no link is wrong."""
    view = backtest.retriever.live.view
    found = {}
    for case in cases:
        theirs = {slug for slug in asked.linked.get(case.conversation_id, ()) if view.has_article(slug)}
        if not theirs or case.ours is None:
            continue
        passages = [backtest.retriever.passage(name) for name in case.evidence_ids]
        ours = {each.source_id for each in passages if each is not None and each.kind is PassageKind.ARTICLE}
        found[case.id] = bool(theirs & (ours | {*linked_slugs(case.ours)}))
    return found


def _out_of_scope(desk: TrustDesk) -> dict[str, list[Moment]]:
    """Questions of other desks; the answer is a blank, for there is none."""
    draw = random.Random(0)
    found = {}
    for name, part in (("banking77", "train"), ("clinc150", "dev")):
        with gzip.open(desk.options.datasets / name / f"{part}.jsonl.gz", "rt", encoding="utf-8") as lines:
            rows = [json.loads(line) for line in lines]
        texts = [row["text"] for row in rows if name != "clinc150" or row.get("oos")]
        texts = draw.sample(texts, min(desk.options.out_of_scope, len(texts)))
        found[name] = [
            Moment(f"{name}-{number}:1", f"{name}-{number}", 1, (Turn(Role.CUSTOMER, text),), "-")
            for number, text in enumerate(texts)
        ]
    return found


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    default = os.environ.get("UNDERSTUDY_DATASETS", str(Path(__file__).resolve().parents[2] / "shared" / "datasets"))
    add = parser.add_argument
    add("--work", type=Path, required=True, help="keeps the desks' homes between runs")
    add("--desk", default=",".join(DESKS), help="which desks, with commas")
    add("--datasets", type=Path, default=Path(default))
    add("--limit", type=int, default=4000, help="the latest N conversations of Thunderbird's past; 0 is all")
    add("--star", type=float, default=0.1, help="the share of STAR that is looked at, by hash")
    add("--tune-minutes", type=float, default=4.0)
    add("--practice", type=int, default=2000, help="past questions that a contract is made of, at most")
    add("--questions", type=int, default=1000, help="the latest N questions are measured")
    add("--out-of-scope", type=int, default=200, help="questions of each other desk")
    return parser.parse_args()


if __name__ == "__main__":
    main()
