"""One row of `training_bench.py`: a model trained by one variant and seed, and what it came to.

Each row is computed in a process of its own, so that its peak of memory is its own as well.
"""

from __future__ import annotations

import multiprocessing
import resource
import shutil
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

MIB = 1 << 20


@dataclass(frozen=True, slots=True)
class Task:
    """What a row needs: the file of what is learnt, that of all else, a folder to work in, the settings by name."""

    learnt: Path
    examples: Path
    work: Path
    settings: dict[str, Any]
    threads: int


def in_process(task: Task) -> dict[str, Any]:
    """``measured`` in a new process."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=context) as executor:
        return executor.submit(measured, task).result()


def measured(task: Task) -> dict[str, Any]:
    """Train and measure; a run that was killed goes on from its last checkpoint."""
    import torch
    from training_desk import ASKED, LEARNT, STOPPING, TYPOS, examples_in

    from finetune.evaluate.perplexity import perplexity
    from finetune.train.fine_tune import fine_tune
    from finetune.training_settings import TrainSettings

    if task.threads:
        torch.set_num_threads(task.threads)
    learnt, stopping = examples_in(task.learnt, LEARNT), examples_in(task.examples, STOPPING)
    before = _peak()
    result = fine_tune(learnt, stopping, TrainSettings(**task.settings), task.work)
    cuda = torch.cuda.is_available()
    peak = torch.cuda.max_memory_allocated() if cuda else _peak() - before
    model = result.model.to("cuda" if cuda else "cpu")
    found = {
        name: perplexity(model, result.tokenizer, rows).bits_per_byte
        for name in (ASKED, TYPOS)
        if (rows := examples_in(task.examples, name))
    }
    shutil.rmtree(task.work, ignore_errors=True)
    return {
        "bits": found[ASKED],
        **({"bits, typos": found[TYPOS]} if TYPOS in found else {}),
        "seconds": result.fit.seconds,
        "tokens a second": result.fit.tokens / result.fit.seconds,
        "trained": result.trained_parameters,
        "peak MiB": peak / MIB,
        "training": result.figures(),
    }


def _peak() -> int:
    """The most memory this process has held, in bytes; Linux counts in KiB."""
    return 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
