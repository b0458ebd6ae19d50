"""Tokens a second of the models of ``compression.py`` in the engine, by numpy and by OpenVINO, by turns."""

from __future__ import annotations

import time
from statistics import median
from typing import TYPE_CHECKING, Any

import numpy as np

from chatbot.engine.engine import Engine
from chatbot.engine.protocol import Generate, RequestOutcome, Sampling
from chatbot.engine.runners.numpy_runner import NumpyRunner
from chatbot.engine.runners.openvino_runner import OpenVinoRunner
from retrieval.encoder.openvino import computes_bf16

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping

    from chatbot.engine.protocol import Event
    from chatbot.engine.runners.runner import Runner
    from finetune.compress.int8 import Rounded
    from finetune.model.weights import Weights

PROMPT = 128


def speeds(
    models: Mapping[str, tuple[Weights, Mapping[str, Rounded] | None]], options: argparse.Namespace
) -> dict[str, dict[str, float]]:
    """Tokens a processor second of each model by each runtime: the median of ``--rounds``, in which all take turns."""
    runners: dict[tuple[str, str], Runner] = {}
    for name, (weights, rounded) in models.items():
        runners[name, "numpy"] = NumpyRunner(weights)
        runners[name, "OpenVINO"] = OpenVinoRunner(
            weights, rounded=rounded, bf16=computes_bf16(), threads=options.threads
        )
    spent: dict[tuple[str, str], list[float]] = {key: [] for key in runners}
    for turn in range(options.rounds + 1):
        for key, runner in runners.items():
            seconds = _seconds(runner, options.tokens, options.seed + turn)
            if turn:  # the first one warms up
                spent[key].append(seconds)
    found: dict[str, dict[str, Any]] = {name: {} for name in models}
    for (name, runtime), each in spent.items():
        found[name][runtime] = options.tokens / median(each)
    return found


def _seconds(runner: Runner, tokens: int, seed: int) -> float:
    """Processor seconds of writing so many tokens, less those of reading the prompt."""
    prompt = np.random.default_rng(seed).integers(0, runner.vocabulary, PROMPT).tolist()
    failures: list[Exception] = []

    def listen(event: Event) -> None:
        if isinstance(event, RequestOutcome) and event.error is not None:
            failures.append(event.error)

    spent = []
    for wanted in (1, tokens + 1):
        engine = Engine(runner)
        engine.submit(Generate(prompt, sampling=Sampling(max_tokens=wanted)), listen)
        started = time.process_time()
        while not engine.idle:
            engine.step()
        spent.append(time.process_time() - started)
        engine.close()
    if failures:
        raise failures[0]
    return spent[1] - spent[0]
