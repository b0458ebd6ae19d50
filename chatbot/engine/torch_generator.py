"""A Hugging Face GPT-2 on plain torch, one request at a time.

Keeps keys and values between steps and judges several candidates over one pass of their shared prompt. It
serves one request at a time and refuses to know about text, threads and queues.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import torch

from chatbot.engine.protocol import PromptTooLongError, Sampling, never
from chatbot.engine.sampler import choose
from finetune.continuation import step, widened
from finetune.prefix import prefix_tokens, starting_cache

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from transformers import DynamicCache

SCORING_CELLS = 2**24
"""Logits held at once while scoring (candidates x tokens x vocabulary): 64 MiB in 32-bit floats."""


class TorchGenerator:
    """Implements ``Generator`` over a ``GPT2LMHeadModel`` (or any causal model with the same cache).

    The model is used as it comes: its device and number format are the caller's choice.
    """

    def __init__(self, model: Any, *, name: str = "gpt2", clock: Callable[[], float] = time.monotonic) -> None:
        self._model = model.eval()
        self._name = name
        self._clock = clock
        self._vocabulary = int(model.config.vocab_size)
        self._context = int(model.config.n_positions) - prefix_tokens(model)

    @property
    def name(self) -> str:
        """The model version, for the trace."""
        return self._name

    @property
    def context_tokens(self) -> int:
        """How many positions the model has, less those of its prefix."""
        return self._context

    def generate(
        self, prompt: Sequence[int], sampling: Sampling, should_stop: Callable[[], bool] = never
    ) -> Iterator[int]:
        """Continue ``prompt``; see ``Generator.generate``. Errors are raised at the call, not at the first token."""
        self._require_room(len(prompt), 1)
        return self._continue(list(prompt), sampling, should_stop)

    def _continue(self, prompt: list[int], sampling: Sampling, should_stop: Callable[[], bool]) -> Iterator[int]:
        randomness = torch.Generator(device=self._model.device).manual_seed(sampling.seed)
        until = None if sampling.seconds is None else self._clock() + sampling.seconds
        written: list[int] = []
        cache = starting_cache(self._model)
        following = prompt
        for _ in range(min(sampling.max_tokens, self._context - len(prompt))):
            if should_stop() or (until is not None and self._clock() >= until):
                return
            # inference_mode is entered for each step: held across a yield it would leak into the caller.
            with torch.inference_mode():
                logits = step(self._model, torch.tensor([following]), cache, keep=1)[0, -1]
                token = choose(logits, written, sampling, randomness)
            if token in sampling.stop_ids:
                return
            written.append(token)
            yield token
            following = [token]

    @torch.inference_mode()
    def score(self, prompt: Sequence[int], candidates: Sequence[Sequence[int]]) -> list[float]:
        """Judge ``candidates`` over one pass of ``prompt``; see ``Generator.score``."""
        self._require_room(len(prompt), max((len(candidate) for candidate in candidates), default=0))
        scores = [0.0] * len(candidates)
        if not any(candidates):
            return scores
        cache = starting_cache(self._model)
        first = torch.log_softmax(step(self._model, torch.tensor([list(prompt)]), cache, keep=1)[0, -1].float(), dim=-1)
        # Neighbours in length share a batch, so that little of it is padding.
        waiting = sorted((n for n, candidate in enumerate(candidates) if candidate), key=lambda n: len(candidates[n]))
        while waiting:
            widest = self._chunk(len(candidates[waiting[-1]]))
            chunk, waiting = waiting[-widest:], waiting[:-widest]
            rest = self._score_rest(cache, [candidates[n] for n in chunk])
            for n, value in zip(chunk, rest, strict=True):
                scores[n] = float(first[candidates[n][0]]) + value
        return scores

    def _score_rest(self, prompt_cache: DynamicCache, chunk: list[Sequence[int]]) -> list[float]:
        """Log-likelihood of all tokens but the first, which the prompt's own last logits have judged.

        Shapes: K candidates of at most L tokens run as (K, L - 1) inputs over keys of (K, heads, P + L - 1,
        width). Padding stands right of every real token and is masked besides.
        """
        longest = max(len(candidate) for candidate in chunk)
        if longest == 1:
            return [0.0] * len(chunk)
        ids = torch.zeros(len(chunk), longest, dtype=torch.long)
        real = torch.zeros(len(chunk), longest, dtype=torch.long)
        for row, candidate in enumerate(chunk):
            ids[row, : len(candidate)] = torch.tensor(list(candidate))
            real[row, : len(candidate)] = 1
        cache = widened(prompt_cache, len(chunk))
        length = prompt_cache.get_seq_length()
        mask = torch.cat([torch.ones(len(chunk), length, dtype=torch.long), real[:, :-1]], dim=1)
        logits = step(self._model, ids[:, :-1], cache, mask=mask)
        targets, judged = ids[:, 1:].to(logits.device), real[:, 1:].to(logits.device)
        losses = torch.nn.functional.cross_entropy(logits.float().transpose(1, 2), targets, reduction="none")
        return [float(value) for value in -(losses * judged).sum(dim=1)]

    def _chunk(self, longest: int) -> int:
        """How many candidates of ``longest`` tokens are judged at once."""
        return max(1, SCORING_CELLS // (longest * self._vocabulary))

    def _require_room(self, prompt: int, following: int) -> None:
        if prompt == 0:
            raise ValueError("the prompt is empty; a layout always has at least its preamble")
        if prompt + following > self._context:
            raise PromptTooLongError(
                f"{prompt} tokens of prompt and {following} to follow do not fit the model's {self._context} positions."
            )
