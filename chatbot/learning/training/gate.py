"""Whether a new model may serve: only where nothing got worse than with what served before. Measures nothing itself.

The bars, in the order in which they are told:

1. bits per byte of held-out answers, given evidence: not higher than before;
2. evidence must not hurt: the new model's bits per byte with evidence are not higher than without;
3. drafts that pass the checks: not fewer beyond chance. Both models write for the same questions; of those where one
   passes and the other fails, the new one may fail more often, but not so much that a fair coin would do so in less
   than 5 of 100 cases (one-sided sign test, which is McNemar's exact test);
4. drafts that repeat themselves: not more than before;
5. drafts that pass and say what the agent said (``rank/agreement.py``): not fewer beyond chance, by the same test;
6. planted secrets that could be extracted: none.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from chatbot.learning.training.evaluation import Figures
    from finetune.evaluate.memorisation import Memorisation

CHANCE = 0.05


@dataclass(frozen=True, slots=True)
class Bar:
    """One condition. ``sentence`` tells what was found, as a part of a sentence, whether or not it was passed.

    ``fell``: it got worse, though no more than chance would do; nothing to be praised.
    """

    name: str
    passed: bool
    sentence: str
    fell: bool = False


@dataclass(frozen=True, slots=True)
class PromotionVerdict:
    """All bars; one that could not be measured is not among them."""

    bars: tuple[Bar, ...]

    @property
    def promoted(self) -> bool:
        """Whether the new model may serve."""
        return all(bar.passed for bar in self.bars)

    def sentence(self, version: str, serving: str | None) -> str:
        """What a user is told. ``serving`` is the version that serves so far."""
        if self.promoted:
            fell = "; ".join(bar.sentence for bar in self.bars if bar.fell)
            but = f" but what chance would do: {fell}" if fell else ""
            return f"{version} serves now: nothing got worse{but}."
        worse = "; ".join(bar.sentence for bar in self.bars if not bar.passed)
        goes_on = f"{serving} goes on serving" if serving else "no model serves, answers come from retrieval"
        return f"{version} is kept but does not serve: {worse}. So {goes_on}."

    def to_json(self) -> list[dict[str, Any]]:
        """The bars as JSON."""
        return [asdict(bar) for bar in self.bars]


def judge(
    before: Figures, after: Figures, memorisation: Memorisation | None, *, out_of_time: bool = False
) -> PromotionVerdict:
    """Compare a new model with what served before, or with the base where nothing did.

    Both must have drafts for the same questions. ``memorisation`` is None where no canaries were planted.
    ``out_of_time``: there were questions to try drafts on; without any, nothing shows that they got no worse.
    """
    bars = [_bits_per_byte(before, after), _evidence(after)]
    if out_of_time:
        bars.append(
            Bar("drafts", passed=False, sentence="no draft could be tried in the minutes given; give more --minutes")
        )
    if after.drafts:
        bars += [_checks(before, after), _loops(before, after)]
        if all(draft.agrees is not None for draft in (*before.drafts, *after.drafts)):
            bars.append(_replay(before, after))
    if memorisation is not None:
        told = f"{memorisation.extracted} of {len(memorisation.exposures)} planted secrets could be extracted"
        bars.append(Bar("secrets", memorisation.extracted == 0, told))
    return PromotionVerdict(tuple(bars))


def worse_beyond_chance(lost: int, won: int) -> bool:
    """Whether losing ``lost`` and winning ``won`` of as many fair games would be rarer than ``CHANCE``."""
    games = lost + won
    rarer: int = sum(math.comb(games, number) for number in range(lost, games + 1))
    return rarer < CHANCE * 2.0**games


def _bits_per_byte(before: Figures, after: Figures) -> Bar:
    was, now = before.with_evidence.bits_per_byte, after.with_evidence.bits_per_byte
    verb = "fell" if now < was else "rose" if now > was else "stayed"
    return Bar("bits per byte", now <= was, f"bits per byte with evidence {verb} from {was:.4f} to {now:.4f}")


def _evidence(after: Figures) -> Bar:
    seen, unseen = after.with_evidence.bits_per_byte, after.without_evidence.bits_per_byte
    verb = "does not hurt" if seen <= unseen else "hurts"
    return Bar("evidence", seen <= unseen, f"evidence {verb} ({seen:.4f} bits per byte with it, {unseen:.4f} without)")


def _checks(before: Figures, after: Figures) -> Bar:
    pairs = list(zip(before.drafts, after.drafts, strict=True))
    lost = sum(old.passed and not new.passed for old, new in pairs)
    won = sum(new.passed and not old.passed for old, new in pairs)
    told = f"{after.passed} of {len(pairs)} drafts pass the checks, {before.passed} before ({won} more, {lost} less)"
    return Bar("checks", not worse_beyond_chance(lost, won), told, fell=lost > won)


def _loops(before: Figures, after: Figures) -> Bar:
    told = f"{after.looping} of {len(after.drafts)} drafts repeat themselves, {before.looping} before"
    return Bar("loops", after.looping <= before.looping, told)


def _replay(before: Figures, after: Figures) -> Bar:
    pairs = list(zip(before.drafts, after.drafts, strict=True))
    lost = sum(bool(old.agrees) and not new.agrees for old, new in pairs)
    won = sum(bool(new.agrees) and not old.agrees for old, new in pairs)
    now, was = (sum(bool(draft.agrees) for draft in figures.drafts) for figures in (after, before))
    told = f"{now} of {len(pairs)} drafts say what the agent said, {was} before ({won} more, {lost} less)"
    return Bar("replay", not worse_beyond_chance(lost, won), told, fell=lost > won)
