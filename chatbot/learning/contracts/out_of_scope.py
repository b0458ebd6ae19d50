"""Out-of-scope detection of a contract: its scope is fitted here, and questions of other businesses are chosen.

A desk's past has no such cases, so questions that other businesses are asked (``data.out_of_scope``) are replayed
too. Whatever the desk would say to them is wrong: the probability learns from that what such a question looks like.
They are never counted when thresholds are chosen or anything is measured, for how many of them will come nobody knows.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from chatbot.dialogue.rank.scope import Scope, fit_scope
from chatbot.learning.backtest.decide import with_log_odds
from data.moments import Moment
from data.out_of_scope import questions as questions_of_others
from data.transcripts import Role, Turn
from retrieval.passages import question_text

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from chatbot.learning.backtest.backtest import Backtest
    from chatbot.learning.backtest.case import Case
    from data.progress import Report

OUT_OF_SCOPE = 200
"""Questions of other businesses that are replayed."""
MOST = 5000
"""Of the desk's own questions, those replayed among them, that the scope is fitted on."""


@dataclass(frozen=True, slots=True)
class FoundScope:
    """A scope, what scopes that had not seen them make of the desk's questions by id, and questions of others.

    ``out_of_scope`` holds each of the last with its log-odds, found in the same way.
    """

    scope: Scope
    own: Mapping[str, float]
    out_of_scope: tuple[tuple[Moment, float], ...]

    def in_scope(self, cases: Sequence[Case]) -> list[Case]:
        """The cases with what was made of their questions: by a scope that had not seen them, where one has."""
        return [with_log_odds(case, self.own[case.id]) if case.id in self.own else case for case in cases]


def found_scope(
    backtest: Backtest,
    questions: Sequence[Moment],
    unseen: Collection[str],
    report: Report,
    *,
    most: int | None = None,
    seed: int = 0,
) -> FoundScope | None:
    """Fit the scope of a desk on its questions, but those of the conversations ``unseen``.

    ``most`` questions of other businesses are chosen, ``OUT_OF_SCOPE`` where it is not told. None where there are too
    few questions, or what the desk is asked is what everybody is asked.
    """
    draw = np.random.default_rng(seed)
    replayed = {moment.id for moment in questions}
    others = [moment for moment in backtest.moments if moment.id not in replayed]
    some = draw.permutation(len(others))[: max(MOST - len(replayed), 0)].tolist()
    own = [
        moment
        for moment in (*questions, *(others[place] for place in sorted(some)))
        if moment.conversation_id not in unseen and question_text(moment.context).strip()
    ]
    strangers = questions_of_others()
    asked, texts = [question_text(moment.context) for moment in own], [each.text for each in strangers]
    backtest.cache.fill([*asked, *texts], report)
    try:
        fit = fit_scope(
            backtest.cache.read(asked),
            [moment.conversation_id for moment in own],
            backtest.cache.read(texts),
            [each.field for each in strangers],
            seed=seed,
        )
    except ValueError:
        return None
    chosen = sorted(
        draw.permutation(len(fit.kept))[: OUT_OF_SCOPE if most is None else min(most, OUT_OF_SCOPE)].tolist()
    )
    return FoundScope(
        fit.scope,
        {moment.id: float(value) for moment, value in zip(own, fit.own, strict=True)},
        tuple(
            (_asked(int(fit.kept[place]), texts[int(fit.kept[place])]), float(fit.elsewhere[place])) for place in chosen
        ),
    )


def _asked(number: int, text: str) -> Moment:
    """A question of another business as one to replay; nobody answered it."""
    name = f"elsewhere-{number}"
    return Moment(f"{name}:1", name, 1, (Turn(Role.CUSTOMER, text),), "-")
