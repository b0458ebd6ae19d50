"""Turns an error budget ("at most 5% wrong, 90% sure") into the probability above which the bot answers alone.

Works on numbers: probabilities, whether each was right, and the topic of each. Promises nothing on too few cases.
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

SUGGEST = 0.3
"""Probability from which a reply is shown to an agent as a suggestion: with one in three good, reading pays."""
STEPS = 50
"""Thresholds tried, at most; each step down takes in about as many cases."""
OWN = 4
"""A topic gets a threshold of its own from this many times the cases that the promise needs without a single error:
with fewer, two wrong answers would silence it."""


FITTING, CHOOSING = 0.5, 0.3
"""Shares of the judged cases: the probability is fitted on the first, thresholds are chosen on the second."""
FEWEST = 60
"""Judged cases below which nothing is fitted."""


@dataclass(frozen=True, slots=True)
class Promise:
    """At most ``risk`` of the automatic answers are wrong, with a probability of at least ``sure``."""

    risk: float = 0.05
    sure: float = 0.90

    def __post_init__(self) -> None:
        if not (0 < self.risk < 1 and 0 < self.sure < 1):
            raise ValueError("expected a risk and a sureness between 0 and 1")

    @property
    def needed(self) -> int:
        """How many right answers in a row keep it: fewer cases can promise nothing; 45 for 5 % and 90 %."""
        return math.ceil(math.log(1 - self.sure) / math.log(1 - self.risk))

    @property
    def cases(self) -> int:
        """How many judged cases there must be for so many among those that thresholds are chosen on."""
        return max(FEWEST, math.ceil(self.needed / CHOOSING))

    @property
    def terms(self) -> str:
        """In words."""
        return f"at most {self.risk:.0%} wrong, {self.sure:.0%} sure"


@dataclass(frozen=True, slots=True)
class Threshold:
    """From which probability a reply is sent (``answer``; None: never alone), and from which suggested to an agent.

    ``bound`` is the upper bound on the share of wrong answers at the promised sureness, from ``wrong`` among ``cases``
    cases at or above the threshold. Where ``answer`` is None, ``cases`` are all there were, and ``bound`` is 1.
    """

    answer: float | None
    suggest: float = SUGGEST
    cases: int = 0
    wrong: int = 0
    bound: float = 1.0
    topic: str | None = None

    def lets(self, probability: float) -> bool:
        """Whether a reply of this probability is sent."""
        return self.answer is not None and probability >= self.answer


@dataclass(frozen=True, slots=True)
class Thresholds:
    """What was promised, the threshold of the desk, and those of topics that have their own."""

    promise: Promise
    overall: Threshold
    topics: Mapping[str, Threshold] = field(default_factory=dict)

    def for_topic(self, topic: str | None) -> Threshold:
        """The topic's own, else the desk's."""
        return self.topics.get(topic, self.overall) if topic is not None else self.overall

    def to_json(self) -> dict[str, Any]:
        """For ``contract.json``."""
        topics = {name: asdict(each) for name, each in self.topics.items()}
        return {"promise": asdict(self.promise), "overall": asdict(self.overall), "topics": topics}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Thresholds:
        """The inverse of ``to_json``.

        Raises:
            KeyError, TypeError, ValueError: it is not one.

        """
        topics = {name: Threshold(**each) for name, each in stored["topics"].items()}
        return cls(Promise(**stored["promise"]), Threshold(**stored["overall"]), topics)


def what_is_needed(promise: Promise, cases: int | None = None) -> str:
    """What it takes to earn a promise, for people, with the commands; ``cases`` are those there are, where known."""
    needed = promise.cases
    told = (
        f"To promise {promise.terms}, it takes at least {needed:,} judged cases, and among the surest of those that "
        f"prove it {promise.needed:,} right ones without an error (more with errors)."
    )
    if cases is not None and cases >= needed:
        return f"{told} Here are up to {cases:,}: `understudy contracts fit` finds out what they prove."
    here = "" if cases is None else f" Here are {cases:,}, {needed - cases:,} too few."
    return (
        f"{told}{here} Import more answered questions, or write some with what a good answer says (docs/exam.md): "
        "`understudy contracts fit --questions FILE`."
    )


def thresholds(
    probabilities: Sequence[float], right: Sequence[bool], topics: Sequence[str | None], promise: Promise
) -> Thresholds:
    """The lowest thresholds that keep the promise, from cases that neither the probability nor the ranking was made of.

    "Learn then Test" (Angelopoulos, Bates, Candes, Jordan and Lei 2021) with fixed-sequence testing: thresholds are
    tried from the surest down, and the last is taken before the first whose hypothesis "more than ``risk`` of the
    answers are wrong" an exact binomial test does not reject. The first one tried is chosen by the probabilities alone,
    never by what was right: where the test would most likely pass if they are true. The promise is exact where being
    surer never means being wrong more often.

    Topics with enough cases (``OWN`` times what the promise needs) are tested by themselves, the rest of the desk
    together; each at (1 - sure) / number of tests (Bonferroni), so that the promise holds for all of them at once, and
    hence for whatever mixture of them comes in.
    """
    scores = np.asarray(probabilities, dtype=np.float64)
    truth = np.asarray(right, dtype=np.bool_)
    if not len(scores) == len(truth) == len(topics):
        raise ValueError("expected one probability, verdict and topic for each case")
    counts = Counter(name for name in topics if name is not None)
    names = sorted(name for name, count in counts.items() if count >= OWN * promise.needed)
    each = Promise(promise.risk, 1 - (1 - promise.sure) / (1 + len(names)))
    own = {name: np.array([topic == name for topic in topics], dtype=np.bool_) for name in names}
    rest = ~np.any([np.zeros(len(scores), dtype=np.bool_), *own.values()], axis=0)
    return Thresholds(
        promise,
        _threshold(scores[rest], truth[rest], each, None),
        {name: _threshold(scores[mask], truth[mask], each, name) for name, mask in own.items()},
    )


def upper_bound(wrong: int, cases: int, sure: float) -> float:
    """The exact upper bound on a share, ``sure`` of the time (Clopper and Pearson 1934); 1 without cases."""
    from scipy.stats import beta

    return 1.0 if wrong >= cases else float(beta.ppf(sure, wrong + 1, cases - wrong))


def _threshold(scores: NDArray[np.float64], truth: NDArray[np.bool_], promise: Promise, topic: str | None) -> Threshold:
    none = Threshold(None, cases=len(scores), wrong=int(np.count_nonzero(~truth)), topic=topic)
    order = np.argsort(-scores, kind="stable")
    scores, wrongs = scores[order], np.cumsum(~truth[order], dtype=np.int64)
    counts = _tried(scores, promise)
    if not len(counts):
        return none
    counts = counts[_start(scores, counts, promise) :]
    kept = _rejected(wrongs[counts - 1], counts, promise)
    passed = len(kept) if kept.all() else int(np.argmin(kept))
    if not passed:
        return none
    count = int(counts[passed - 1])
    wrong = int(wrongs[count - 1])
    bound = upper_bound(wrong, count, promise.sure)
    return Threshold(float(scores[count - 1]), cases=count, wrong=wrong, bound=bound, topic=topic)


def _rejected(wrong: NDArray[np.int64], counts: NDArray[np.int64], promise: Promise) -> NDArray[np.bool_]:
    """Where the exact test rejects that more than ``risk`` are wrong: so few errors would be a chance too rare."""
    from scipy.stats import binom

    return np.asarray(binom.cdf(wrong, counts, promise.risk) <= 1 - promise.sure, dtype=np.bool_)


def _tried(scores: NDArray[np.float64], promise: Promise) -> NDArray[np.int64]:
    """How many of the surest cases each threshold takes in, rising; never a part of those of one probability."""
    ends = np.flatnonzero(np.append(np.diff(scores) < 0, True)) + 1 if len(scores) else np.empty(0, dtype=np.int64)
    ends = ends[ends >= promise.needed]
    step = max(1, len(scores) // STEPS)
    return ends[np.unique((ends - 1) // step, return_index=True)[1]] if len(ends) else ends


def _start(scores: NDArray[np.float64], counts: NDArray[np.int64], promise: Promise) -> int:
    """Which of ``counts`` is tried first: where the test passes most likely if the probabilities are true."""
    from scipy.stats import binom, norm

    wrong = np.cumsum(1 - scores)[counts - 1]
    spread = np.sqrt(np.maximum(np.cumsum(scores * (1 - scores))[counts - 1], 1e-12))
    # The most errors that the test lets pass: one below the quantile at which the binomial tail exceeds 1 - sure.
    allowed = binom.ppf(1 - promise.sure, counts, promise.risk) - 1
    return int(np.argmax(norm.cdf((allowed + 0.5 - wrong) / spread)))
