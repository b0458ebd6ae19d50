"""The figures of an exam: how often the answers were good, wrong or left to a person, by kind; bars; what changed.

A pure function of graded questions. Shares are of all questions of a group; their intervals are exact at 95 %
(``backtest/risk_coverage.py``), so ten questions of one's own do not look like more than they are.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass
from statistics import mean, median, quantiles
from typing import TYPE_CHECKING, Any

from chatbot.learning.backtest.risk_coverage import interval
from chatbot.learning.exam.asked import Outcome
from chatbot.learning.exam.grade import Verdict
from chatbot.learning.exam.question import Who

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

    from chatbot.learning.exam.grade import Graded

_FEWEST_QUANTILES = 2


@dataclass(frozen=True, slots=True)
class Group:
    """How questions of one kind went.

    Of the handed over ``suggested`` are those of which it can be told whether what an agent is shown first is good, and
    ``suggested_well`` those where it is.
    """

    name: str
    questions: int
    good: int
    wrong: int
    handed_over: int
    incomplete: int
    suggested: int
    suggested_well: int

    def to_json(self) -> dict[str, Any]:
        """With the share of each verdict and its exact 95 % interval."""
        shares = {}
        for verdict in Verdict:
            count = getattr(self, verdict)
            low, high = interval(count, self.questions)
            shares[str(verdict)] = {
                "share": count / self.questions if self.questions else None,
                "low": low,
                "high": high,
            }
        return {**asdict(self), "shares": shares}


@dataclass(frozen=True, slots=True)
class Change:
    """A question whose verdict is another one than in an earlier exam."""

    id: str
    question: str
    before: Verdict
    now: Verdict

    @property
    def gained(self) -> bool:
        """Whether it became good, or is wrong no more."""
        return _WORTH[self.now] > _WORTH[self.before]


_WORTH = {Verdict.WRONG: 0, Verdict.HANDED_OVER: 1, Verdict.INCOMPLETE: 1, Verdict.GOOD: 2}


@dataclass(frozen=True, slots=True)
class ExamFigures:
    """All figures of one exam. ``seconds`` is processor time of an answer: mean, median and 95th percentile.

    ``unseen`` are the questions that the contract that serves was not made of; of the others no figure is a proof.
    """

    total: Group
    unseen: Group
    kinds: tuple[Group, ...]
    languages: tuple[Group, ...]
    whose: tuple[Group, ...]
    outcomes: Mapping[str, int]
    alone: int
    alone_good: int
    article_named: int
    article_found: int
    seconds: Mapping[str, float]

    def to_json(self) -> dict[str, Any]:
        """For the page, for programs, for a comparison with a later exam."""
        groups = {name: [one.to_json() for one in getattr(self, name)] for name in ("kinds", "languages", "whose")}
        learnt = self.total.questions - self.unseen.questions
        return {
            **asdict(self),
            "total": self.total.to_json(),
            "learnt": learnt,
            "unseen": self.unseen.to_json(),
            **groups,
        }


def figures(graded: Sequence[Graded], learnt: Collection[str] = ()) -> ExamFigures:
    """Everything that is counted; ``learnt`` are the digests of questions that the contract was made of."""
    alone = [each for each in graded if each.asked.outcome in {Outcome.ANSWERED, Outcome.SMALL_TALK}]
    named = [each.article_found for each in graded if each.article_found is not None]
    outcomes = Counter(each.asked.outcome for each in graded)
    return ExamFigures(
        total=_group("all", graded),
        unseen=_group("unseen", [each for each in graded if each.question.digest not in learnt]),
        kinds=_groups(graded, lambda each: each.question.kind or "(no kind)"),
        languages=_groups(graded, lambda each: each.question.language or "(not told)"),
        whose=_groups(graded, lambda each: _WHOSE[each.question.who]),
        outcomes={str(outcome): outcomes[outcome] for outcome in Outcome},
        alone=len(alone),
        alone_good=sum(each.verdict is Verdict.GOOD for each in alone),
        article_named=len(named),
        article_found=sum(named),
        seconds=_seconds([each.asked.seconds for each in graded]),
    )


_WHOSE = {Who.BOT: "the bot should answer", Who.PERSON: "a person should answer", Who.EITHER: "either may answer"}


def missed(total: Group, *, min_good: float | None, max_wrong: float | None, max_handed: float | None) -> list[str]:
    """A sentence for each bar that the shares do not reach; the shares themselves count, not their intervals."""
    told = []
    good, wrong, handed = (count / total.questions for count in (total.good, total.wrong, total.handed_over))
    if min_good is not None and good < min_good:
        told.append(f"{good:.1%} are good; at least {min_good:.1%} were asked for.")
    if max_wrong is not None and wrong > max_wrong:
        told.append(f"{wrong:.1%} are wrong; at most {max_wrong:.1%} were asked for.")
    if max_handed is not None and handed > max_handed:
        told.append(f"{handed:.1%} were handed over; at most {max_handed:.1%} were asked for.")
    return told


def changes(graded: Iterable[Graded], before: Mapping[str, tuple[str, Verdict]]) -> tuple[Change, ...]:
    """The verdicts that are others than ``before``, which has the words and the verdict by id; lost ones first."""
    found = []
    for each in graded:
        words = each.question.turns[-1].text
        asked, verdict = before.get(each.question.id, (None, None))
        if verdict is not None and asked == words and verdict is not each.verdict:
            found.append(Change(each.question.id, words, verdict, each.verdict))
    return tuple(sorted(found, key=lambda change: (_WORTH[change.now] - _WORTH[change.before], change.id)))


def _groups(graded: Iterable[Graded], name_of: Callable[[Graded], str]) -> tuple[Group, ...]:
    """One group a name, the largest first."""
    parts: dict[str, list[Graded]] = {}
    for each in graded:
        parts.setdefault(name_of(each), []).append(each)
    return tuple(_group(name, parts[name]) for name in sorted(parts, key=lambda name: (-len(parts[name]), name)))


def _group(name: str, graded: Sequence[Graded]) -> Group:
    verdicts = Counter(each.verdict for each in graded)
    shown = [each.suggestion_good for each in graded if each.verdict is Verdict.HANDED_OVER]
    return Group(
        name=name,
        questions=len(graded),
        good=verdicts[Verdict.GOOD],
        wrong=verdicts[Verdict.WRONG],
        handed_over=verdicts[Verdict.HANDED_OVER],
        incomplete=verdicts[Verdict.INCOMPLETE],
        suggested=sum(good is not None for good in shown),
        suggested_well=sum(map(bool, shown)),
    )


def _seconds(each: Sequence[float]) -> dict[str, float]:
    if not each:
        return {}
    high = quantiles(each, n=20)[-1] if len(each) >= _FEWEST_QUANTILES else each[0]
    return {"mean": round(mean(each), 4), "median": round(median(each), 4), "p95": round(min(high, max(each)), 4)}
