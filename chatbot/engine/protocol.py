"""What may be asked of the engine, and what comes back: requests, events and the two interfaces of a model.

Token ids only: the engine knows no text, no tokenizer and no conversation but for a key to be fair by. ``Generator``
and ``Stepper`` are the synchronous interfaces that the dialogue uses (docs/adr/0003); a server's own coroutines use
``worker.Worker`` directly.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol, TypeAlias

from chatbot.errors import UnderstudyError

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator, Sequence

    import numpy as np
    from numpy.typing import NDArray


class PromptTooLongError(UnderstudyError):
    """The prompt, or a prompt with its candidate, has more tokens than the model has positions."""

    code = "prompt_too_long"
    status = 422
    title = "The conversation does not fit the model"


class BusyError(UnderstudyError):
    """More waits already than the queue takes. ``seconds``: until it should be shorter, as measured."""

    code = "busy"
    status = 503
    title = "Too much to do at once"

    def __init__(self, seconds: float) -> None:
        self.seconds = max(1, math.ceil(seconds))
        super().__init__(f"More waits for the model than it takes; try again in {self.seconds} s.")


@dataclass(frozen=True, slots=True)
class Sampling:
    """How the next token is chosen, and when to stop.

    ``temperature`` 0 is greedy, and then only ``repetition_penalty`` matters besides. ``top_k`` 0 and ``top_p`` 1
    switch those off. Equal prompts with equal settings give equal tokens: the seed is part of the settings.
    """

    max_tokens: int = 128
    temperature: float = 0.0
    top_k: int = 0
    top_p: float = 1.0
    repetition_penalty: float = 1.0
    seed: int = 0
    stop_ids: frozenset[int] = frozenset()

    def __post_init__(self) -> None:
        if self.max_tokens < 0 or self.temperature < 0 or self.top_k < 0:
            raise ValueError("max_tokens, temperature and top_k are 0 or more")
        if not 0 < self.top_p <= 1:
            raise ValueError("top_p is above 0 and at most 1")
        if self.repetition_penalty <= 0:
            raise ValueError("repetition_penalty is above 0; 1 switches it off")


class Constraint(Protocol):
    """What a text may go on with. Asked before each token, on the thread that steps."""

    def masked(self, logits: NDArray[np.float32], written: Sequence[int]) -> NDArray[np.float32]:
        """The logits, shape (vocabulary,), with minus infinity for what may not follow the ids ``written``.

        The ones that come in are left as they are; one token at least may always follow.
        """


@dataclass(frozen=True, slots=True)
class Asked:
    """What every request to the engine has: a prompt, its conversation, a time limit.

    ``prompt`` has at least one id. ``conversation``: requests of one key take turns with those of other keys; None is
    a conversation of its own. ``seconds``: what is not finished so long after it was submitted ends as it is.
    """

    prompt: Sequence[int]
    conversation: Hashable = field(default=None, kw_only=True)
    seconds: float | None = field(default=None, kw_only=True)

    @property
    def following(self) -> int:
        """How many positions the request needs behind its prompt at least: room for one token."""
        return 1


@dataclass(frozen=True, slots=True)
class Generate(Asked):
    """Continue the prompt.

    ``evidence`` are ids that the text is likely to copy from; they change its speed only. ``constraint``: what may be
    written, None for anything.
    """

    sampling: Sampling = field(default_factory=Sampling)
    evidence: Sequence[int] = ()
    constraint: Constraint | None = None


@dataclass(frozen=True, slots=True)
class Score(Asked):
    """Log-likelihood of each candidate after the prompt; of its last ``judged`` tokens alone where that is not None."""

    candidates: Sequence[Sequence[int]] = ()
    judged: int | None = None

    @property
    def following(self) -> int:
        """How many positions the longest candidate needs."""
        return max(map(len, self.candidates), default=0)


@dataclass(frozen=True, slots=True)
class NextToken(Asked):
    """What may follow the prompt: the log-probabilities of the next token."""


Request: TypeAlias = Generate | Score | NextToken


class Ending(StrEnum):
    """Why a request is over."""

    DONE = "done"
    STOP = "stop"
    LENGTH = "length"
    DEADLINE = "deadline"
    CANCELLED = "cancelled"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class RequestOutcome:
    """How a request ended: the last event of it, sent once.

    ``scores`` of a ``Score``, (candidates); ``following`` of a ``NextToken``, (vocabulary), read-only; ``error``: why
    it failed.
    """

    ending: Ending
    scores: tuple[float, ...] = ()
    following: NDArray[np.float32] | None = None
    error: Exception | None = None


Event: TypeAlias = int | RequestOutcome
"""A token id, or the end."""


def never() -> bool:
    """The ``should_stop`` of a caller who never stops early."""
    return False


class Generator(Protocol):
    """A causal language model that continues and judges token ids."""

    @property
    def name(self) -> str:
        """The model version, for the trace."""

    @property
    def context_tokens(self) -> int:
        """How many positions the model has, prompt and continuation together."""

    def generate(self, request: Generate, should_stop: Callable[[], bool] = never) -> Iterator[int]:
        """Continue a prompt one token id at a time.

        Ends before a stop id (which is not yielded), after ``max_tokens``, at the end of the context, when the time is
        over, or when ``should_stop`` says so (asked before each token).

        Raises:
            PromptTooLongError: the prompt leaves no position for a token; raised at the call.
            ValueError: the prompt is empty; raised at the call.
            BusyError: too much waits already; raised at the first token.

        """

    def score(
        self, prompt: Sequence[int], candidates: Sequence[Sequence[int]], *, judged: int | None = None
    ) -> list[float]:
        """Log-likelihood (natural, summed over its tokens) of each candidate after ``prompt``.

        ``judged``: of its last so many tokens alone. An empty candidate scores 0. Divide by a candidate's length to
        compare unequal ones.

        Raises:
            PromptTooLongError: the prompt and the longest candidate do not fit the context.
            ValueError: the prompt is empty.
            BusyError: too much waits already.

        """


class Stepper(Protocol):
    """A causal language model that says what may follow, and is asked again after nearly the same ids."""

    @property
    def name(self) -> str:
        """The model version, for the trace."""

    @property
    def context_tokens(self) -> int:
        """How many positions the model has, all ids together."""

    def log_probabilities(self, ids: Sequence[int]) -> NDArray[np.float32]:
        """Natural logarithms of the probabilities of the next token after ``ids``, shape (vocabulary,), read-only.

        What an earlier call has read of the same beginning is not read again.

        Raises:
            PromptTooLongError: ``ids`` leave no position for a token.
            ValueError: ``ids`` is empty.
            BusyError: too much waits already.

        """
