"""What the dialogue asks of a language model, whatever runs it.

Token ids only: the engine knows no text, no tokenizer and no conversation. Everything is synchronous; the
service calls it from its one model thread.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from chatbot.errors import UnderstudyError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    import numpy as np
    from numpy.typing import NDArray


class PromptTooLongError(UnderstudyError):
    """The prompt, or a prompt with its candidate, has more tokens than the model has positions."""

    code = "prompt_too_long"
    status = 422
    title = "The conversation does not fit the model"


@dataclass(frozen=True, slots=True)
class Sampling:
    """How the next token is chosen, and when to stop.

    ``temperature`` 0 is greedy, and then only ``repetition_penalty`` matters besides. ``top_k`` 0 and
    ``top_p`` 1 switch those off. ``seconds`` is a budget counted from the first token asked for. Equal
    prompts with equal settings give equal tokens: the seed is part of the settings.
    """

    max_tokens: int = 128
    temperature: float = 0.0
    top_k: int = 0
    top_p: float = 1.0
    repetition_penalty: float = 1.0
    seed: int = 0
    stop_ids: frozenset[int] = frozenset()
    seconds: float | None = None

    def __post_init__(self) -> None:
        if self.max_tokens < 0 or self.temperature < 0 or self.top_k < 0:
            raise ValueError("max_tokens, temperature and top_k are 0 or more")
        if not 0 < self.top_p <= 1:
            raise ValueError("top_p is above 0 and at most 1")
        if self.repetition_penalty <= 0:
            raise ValueError("repetition_penalty is above 0; 1 switches it off")


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

    def generate(
        self, prompt: Sequence[int], sampling: Sampling, should_stop: Callable[[], bool] = never
    ) -> Iterator[int]:
        """Continue ``prompt`` one token id at a time.

        Ends before a stop id (which is not yielded), after ``max_tokens``, at the end of the context, when
        the time is over, or when ``should_stop`` says so (asked before each token).

        Raises:
            PromptTooLongError: the prompt leaves no position for a token.
            ValueError: the prompt is empty.

        """

    def score(self, prompt: Sequence[int], candidates: Sequence[Sequence[int]]) -> list[float]:
        """Log-likelihood (natural, summed over its tokens) of each candidate after ``prompt``.

        An empty candidate scores 0. Divide by a candidate's length to compare unequal ones.

        Raises:
            PromptTooLongError: the prompt and the longest candidate do not fit the context.
            ValueError: the prompt is empty.

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

        """
