"""Who writes in ``benchmarks/engine.py``: each with the same weights, in the way its users run it."""

from __future__ import annotations

import copy
import time
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import torch
from engine_genai import GenAI
from transformers import GPT2Config, GPT2LMHeadModel

from chatbot.engine.engine import Engine
from chatbot.engine.protocol import Generate, RequestOutcome, Sampling
from chatbot.engine.runners.openvino_runner import OpenVinoRunner
from finetune.compress.int8 import quantised
from finetune.model.weights import BASE_FOLDER, Weights
from retrieval.encoder.openvino import computes_bf16

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from chatbot.engine.protocol import Event, Request
    from chatbot.engine.runners.runner import Runner

BASE = "transformers fp32"


class Contestant(Protocol):
    """Continues several equally long prompts greedily; never stops early."""

    written: list[list[int]]
    """What the last call wrote."""

    def write(self, prompts: Sequence[NDArray[np.int64]], tokens: int) -> list[float]:
        """Seconds until the first token of each prompt."""


def load_gpt2(name: str) -> GPT2LMHeadModel:
    """``base``: the one that ships; ``124m``: GPT-2's own size with random weights; else a folder."""
    if name == "124m":
        torch.manual_seed(0)
        return GPT2LMHeadModel(GPT2Config()).eval()
    place = BASE_FOLDER if name == "base" else name
    return GPT2LMHeadModel.from_pretrained(place, dtype=torch.float32, local_files_only=True).eval()


class Transformers:
    """``generate`` on a batch, in fp32 or bfloat16."""

    def __init__(self, model: GPT2LMHeadModel, threads: int, kind: torch.dtype = torch.float32) -> None:
        if kind is torch.bfloat16 and not computes_bf16():
            raise RuntimeError("the processor has no bfloat16: torch takes a hundred times as long")
        torch.set_num_threads(threads)
        self._model = model if kind is torch.float32 else copy.deepcopy(model).to(kind)
        self.written: list[list[int]] = []

    def write(self, prompts: Sequence[NDArray[np.int64]], tokens: int) -> list[float]:
        """See ``Contestant.write``."""
        first = _FirstToken()
        ids = torch.tensor(np.stack(prompts))
        with torch.inference_mode():
            rows = self._model.generate(
                ids,
                attention_mask=torch.ones_like(ids),
                max_new_tokens=tokens,
                do_sample=False,
                eos_token_id=None,
                pad_token_id=0,
                logits_processor=[first],
            )
        self.written = rows[:, ids.shape[1] :].tolist()
        return [first.seconds] * len(prompts)


class _FirstToken:
    """Is called by ``generate`` with each step's logits: the first time is that of the first token."""

    def __init__(self) -> None:
        self._started = time.perf_counter()
        self.seconds = 0.0

    def __call__(self, _: Any, scores: Any) -> Any:
        self.seconds = self.seconds or time.perf_counter() - self._started
        return scores


class Ours:
    """The engine that serves, over one runner. Each call begins with nothing read before."""

    def __init__(self, runner: Runner) -> None:
        self.runner = runner
        self.written: list[list[int]] = []

    def write(self, prompts: Sequence[NDArray[np.int64]], tokens: int) -> list[float]:
        """See ``Contestant.write``."""
        run = self.ask([Generate(prompt.tolist(), sampling=Sampling(max_tokens=tokens)) for prompt in prompts])
        self.written = [answer.tokens for answer in run]
        return [answer.first for answer in run]

    def ask(self, requests: Sequence[Request], engine: Engine | None = None) -> list[Answer]:
        """Serve requests that come all at once, by an engine that may have served before."""
        used = engine or Engine(self.runner)
        answers = [Answer() for _ in requests]
        for request, answer in zip(requests, answers, strict=True):
            used.submit(request, answer.take)
        while not used.idle:
            used.step()
        if engine is None:
            used.close()
        return answers


class Answer:
    """What came of one request, and when."""

    def __init__(self) -> None:
        self._started = time.perf_counter()
        self.tokens: list[int] = []
        self.first = self.seconds = 0.0

    def take(self, event: Event) -> None:
        """Listen to the engine."""
        self.seconds = time.perf_counter() - self._started
        if isinstance(event, RequestOutcome):
            if event.error is not None:
                raise event.error
        else:
            self.first = self.first or self.seconds
            self.tokens.append(event)


def ours(model: GPT2LMHeadModel, threads: int) -> Ours:
    """As served: OpenVINO with 8-bit weights, in bfloat16 where the processor has it."""
    return Ours(
        OpenVinoRunner(Weights.of(model), rounded=quantised(Weights.of(model)), bf16=computes_bf16(), threads=threads)
    )


CONTESTANTS: dict[str, Callable[[GPT2LMHeadModel, int], Contestant]] = {
    BASE: Transformers,
    "transformers bf16": lambda model, threads: Transformers(model, threads, torch.bfloat16),
    "ours as served": ours,
    "OpenVINO GenAI int8": GenAI,
    "ours fp32": lambda model, threads: Ours(OpenVinoRunner(Weights.of(model), threads=threads)),
}
