"""Chooses what computes a model: OpenVINO where it says the same as numpy, else numpy, and says why.

The choice is made on the machine that serves, each time a model is loaded: other processors, another release of the
runtime or a damaged export show there and nowhere else.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from chatbot.engine.runners.numpy_runner import NumpyRunner
from chatbot.engine.runners.runner import Piece
from chatbot.engine.sampler import log_softmax

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from chatbot.engine.runners.runner import Runner
    from finetune.compress.int8 import Rounded
    from finetune.model.weights import Weights

LARGEST_DIVERGENCE = 0.02
"""Kullback-Leibler divergence from numpy's next-token distribution, in nats, mean over the probe, that is let pass.

With 8-bit weights our base has 0.0003 on the probe; with its copying circuit rounded as well, 0.13 on text. In fp32
it is a hundred-millionth.
"""
_PROBE, _CUT = 48, 31


@dataclass(frozen=True, slots=True)
class Chosen:
    """A runner, how far it is from numpy (nats), and why nothing faster was taken; None where there is nothing."""

    runner: Runner
    divergence: float
    slower: str | None

    def sentence(self) -> str:
        """For the doctor and the log."""
        told = f"Computed by {self.runner.runtime}."
        return f"{told} Slower than it could be: {self.slower}." if self.slower else told


def choose_runner(
    weights: Weights,
    *,
    name: str = "gpt2",
    rounded: Mapping[str, Rounded] | None = None,
    threads: int = 1,
) -> Chosen:
    """The fastest runner that agrees with numpy: 8-bit weights where there are any, bfloat16 where there is that.

    What says something else is left for the next: 8 bits in fp32, floats in bfloat16, fp32 alone, numpy itself.
    """
    reference = NumpyRunner(weights, name=name)
    expected = _distributions(reference)
    problems: list[str] = []
    for matrices, bf16 in _ways(rounded):
        try:
            from chatbot.engine.runners.openvino_runner import OpenVinoRunner

            runner = OpenVinoRunner(weights, name=name, rounded=matrices, bf16=bf16, threads=threads)
            divergence = _divergence(expected, _distributions(runner))
        except Exception as problem:  # noqa: BLE001 - whatever it is, numpy does without
            told = f"OpenVINO cannot be used ({_short(problem)})"
            problems += [] if told in problems else [told]
            continue
        if divergence <= LARGEST_DIVERGENCE:
            return Chosen(runner, divergence, "; ".join(problems) or None)
        problems.append(f"{runner.runtime} says something else than numpy ({divergence:.2g} nats)")
    return Chosen(reference, 0.0, "; ".join(problems))


def _ways(rounded: Mapping[str, Rounded] | None) -> list[tuple[Mapping[str, Rounded] | None, bool]]:
    """Weights in 8 bits or None, and whether to compute in bfloat16; the fastest first."""
    try:
        from retrieval.encoder.openvino import computes_bf16

        precisions = (True, False) if computes_bf16() else (False,)
    except ImportError:
        precisions = (False,)
    return [(matrices, bf16) for matrices in ((rounded, None) if rounded else (None,)) for bf16 in precisions]


def _distributions(runner: Runner) -> NDArray[np.float32]:
    """Log-probabilities after each id of the probe but those of its first step, two sequences side by side."""
    count = min(_PROBE, runner.context_tokens)
    ids = [int(number) for number in np.linspace(0, runner.vocabulary - 1, count)]
    one, other = runner.start(), runner.start()
    try:
        # In two steps, so that keys and values that were kept are read too.
        runner.forward([Piece(one, ids[:_CUT], 0), Piece(other, ids[::-1][:1], 0)])
        logits = np.concatenate(
            runner.forward([Piece(one, ids[_CUT:], count - _CUT), Piece(other, ids[::-1][1:], count - 1)])
        )
    finally:
        runner.release(one)
        runner.release(other)
    return log_softmax(logits)


def _divergence(expected: NDArray[np.float32], found: NDArray[np.float32]) -> float:
    mean = float((np.exp(expected) * (expected - found)).sum(axis=1).mean())
    return mean if np.isfinite(mean) else float("inf")


def _short(problem: Exception) -> str:
    """What an exception says, without the many lines of a C++ stack."""
    lines = [line.strip() for line in str(problem).splitlines() if line.strip() and "Exception from" not in line]
    return f"{type(problem).__name__}: {lines[0][:200]}" if lines else type(problem).__name__
