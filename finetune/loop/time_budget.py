"""A budget for training: minutes, steps or both, whichever ends first.

The learning rate follows the share that is spent, so that a run always ends decayed, however fast the machine is. The
seconds of earlier runs count; the clock comes in. Several processes share one budget by agreeing on the time.
"""

from __future__ import annotations

from collections.abc import Callable

Clock = Callable[[], float]


class Budget:
    """What may be spent, and what has been: ``minutes`` (0 sets no limit of time) and ``steps``.

    ``clock`` gives seconds and never goes back.
    """

    def __init__(self, *, minutes: float, steps: int, clock: Clock) -> None:
        self.minutes = minutes
        self.steps = steps
        self.step = 0
        self._clock = clock
        self._began = clock()
        self._agree: Callable[[float], float] | None = None
        self._agreed = 0.0

    def agree_by(self, agree: Callable[[float], float]) -> None:
        """From now on time passes only at ``tick``, to what ``agree`` makes of this process' seconds.

        ``agree`` gives all processes of a run the same number; then whatever follows from the budget is the same too.
        """
        self._agree = agree
        self.tick()

    def tick(self) -> None:
        """Agree on the time anew; every process has to come here. Without ``agree_by`` time passes by itself."""
        if self._agree is not None:
            self._agreed = self._agree(self._clock() - self._began)

    def resume(self, *, spent: float, step: int) -> None:
        """Go on from an interrupted run."""
        self._began = self._clock() - spent
        self._agreed = spent
        self.step = step

    @property
    def seconds(self) -> float:
        """Seconds spent, interrupted runs included."""
        return self._agreed if self._agree is not None else self._clock() - self._began

    @property
    def share(self) -> float:
        """The share that is spent, 0..1."""
        return min(1.0, max(self._shares()))

    @property
    def exhausted(self) -> bool:
        """Whether training has to stop now."""
        return self.share >= 1.0

    def progress(self) -> tuple[int, int]:
        """(done, total) of whatever will end first: seconds or steps."""
        by_time, by_steps = self._shares()
        if self.minutes and by_time >= by_steps:
            total = max(1, round(60 * self.minutes))
            return min(total, int(self.seconds)), total
        return self.step, self.steps

    def _shares(self) -> tuple[float, float]:
        """The shares of the time and of the steps that are spent."""
        return self.seconds / (60 * self.minutes) if self.minutes else 0.0, self.step / self.steps


def learning_rate_factor(
    budget: Budget, warmup_steps: int, *, cooldown: float = 0.4, floor: float = 0.02
) -> Callable[[int], float]:
    """Factor of the peak rate by step: a trapezoid.

    It rises over ``warmup_steps``, holds, and falls in a line over the last ``cooldown`` share of the budget down to
    ``floor`` (Hägele et al. 2024, arXiv:2405.18392: as good as a cosine, and holding suits a budget whose speed may
    change on the way).
    """

    def factor(step: int) -> float:
        warm = min(1.0, (step + 1) / max(1, warmup_steps))
        left = min(1.0, (1.0 - budget.share) / cooldown)
        return warm * (floor + (1 - floor) * left)

    return factor
