"""One training run: Hugging Face's Trainer under a budget, with checkpoints a kill cannot spoil.

The loop, mixed precision, accumulation, several processes and sharding are the Trainer's. Ours are the budget
(time_budget.py), the batches (length_batches.py), the seal that tells a whole checkpoint from a half-written one, early
stopping on held-out loss, and a loss log in JSON lines (callback.py).

Started by torchrun (train/launch.py), ``fit`` is called in each process with the same arguments: the weights are the
same in all of them, the batches are shared out, and the first one writes. ``fsdp`` divides weights, gradients and
optimiser among them instead of copying them, for models that do not fit one GPU.
"""

from __future__ import annotations

import contextlib
import time
from typing import TYPE_CHECKING, Any

import torch
from safetensors import SafetensorError
from transformers.trainer_callback import PrinterCallback

from data.progress import Report, silent
from finetune.errors import TrainingError, explained
from finetune.library_logs import quiet
from finetune.loop import distributed
from finetune.loop.arguments import trainer_arguments, trains_in_bf16
from finetune.loop.callback import Watcher
from finetune.loop.fit_settings import FitResult, FitSettings
from finetune.loop.length_batches import LengthBatches, steps_of_epoch
from finetune.loop.time_budget import Budget, Clock
from finetune.loop.tracking import tracking
from finetune.loop.trainer import BudgetTrainer
from finetune.model.answer_model import AnswerGPT2
from finetune.model.checksums import last_whole_checkpoint, read_seal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from finetune.examples import ExampleSet


def fit(
    model: torch.nn.Module,
    train_set: ExampleSet,
    heldout_set: ExampleSet | None,
    *,
    collate: Callable[[Sequence[Mapping[str, Any]]], dict[str, Any]],
    settings: FitSettings,
    budget: Budget,
    work_folder: Path,
    report: Report = silent,
    teachers: Sequence[AnswerGPT2] = (),
) -> FitResult:
    """Train ``model`` in place until the budget is spent; the same call goes on after an interruption.

    Checkpoints and ``loss.jsonl`` lie in ``work_folder``. Where held-out data is given, the model ends with the weights
    that did best on it. ``teachers`` are those whose mean probabilities are learnt besides.

    Raises:
        TrainingError: the loss is not a number, or the disk is full.

    """
    work_folder.mkdir(parents=True, exist_ok=True)
    in_bf16 = trains_in_bf16(settings)
    # The model itself runs in bf16 where no library has put modules of its own between its layers.
    rounding = None
    if in_bf16 and isinstance(model, AnswerGPT2) and not (settings.gradient_checkpointing or settings.fsdp):
        rounding = model
        rounding.activations = torch.bfloat16
    with quiet():
        # This joins the other processes, where there are any.
        arguments = trainer_arguments(settings, budget, work_folder, autocast=in_bf16 and rounding is None)
        if distributed.count() > 1:
            budget.agree_by(lambda seconds: distributed.of_first(seconds, arguments.device))
        batches = LengthBatches(
            train_set.lengths,
            batch_size=settings.batch_size,
            multiple=settings.accumulation * distributed.count(),
            seed=settings.seed,
        )
        told = report if distributed.is_first() else silent
        watcher = Watcher(settings, budget, work_folder, told, batches=batches, evaluates=heldout_set is not None)
        trainer = BudgetTrainer(
            settings=settings,
            budget=budget,
            batches=batches,
            teachers=teachers,
            model=model,
            args=arguments,
            train_dataset=train_set,
            eval_dataset=heldout_set,
            data_collator=collate,
            callbacks=[watcher],
        )
        trainer.remove_callback(PrinterCallback)
        resumed = _run(trainer, watcher, settings, _agreed_checkpoint(work_folder, arguments.device))
    if rounding is not None:
        rounding.activations = torch.float32
    if not settings.fsdp:  # else they are divided among the processes; whoever started these reads the best from disk
        watcher.load_best(model)
    return FitResult(
        steps=budget.step,
        seconds=budget.seconds,
        tokens=watcher.tokens,
        train_loss=watcher.train_loss,
        heldout_loss=watcher.best,
        stopped_early=watcher.stopped_early,
        resumed_from=resumed,
    )


def _run(trainer: BudgetTrainer, watcher: Watcher, settings: FitSettings, checkpoint: Path | None) -> int:
    """Train from the checkpoint, or from the start, to the end of the budget; returns the step it went on from."""
    budget, work_folder, resumed = watcher.budget, watcher.work_folder, 0
    if checkpoint is not None:
        seal = read_seal(checkpoint)
        resumed = _step_of(checkpoint)
        budget.resume(spent=float(seal["seconds"]), step=resumed)
        watcher.restore(seal)
    if trainer.average is not None:
        trainer.average.begin(trainer.model, checkpoint)
    if not budget.exhausted:
        needed = checkpoint_bytes(trainer.model)
        with _explained(work_folder, needed), _tracked(trainer, settings, work_folder, resumed):
            trainer.train(resume_from_checkpoint=str(checkpoint) if checkpoint else None)
    elif checkpoint is not None and not settings.fsdp:
        trainer._load_from_checkpoint(str(checkpoint))  # noqa: SLF001  # the Trainer's only way to load weights alone
    if trainer.average is not None and not watcher.evaluates:
        trainer.average.exchange()
    return resumed


def new_budget(settings: FitSettings, examples: int, clock: Clock = time.monotonic) -> Budget:
    """The budget these settings give on so many examples."""
    examples_a_step = settings.batch_size * settings.accumulation * settings.processes
    steps = steps_of_epoch(examples, examples_a_step) * settings.epochs
    return Budget(minutes=settings.minutes, steps=min(steps, settings.max_steps or steps), clock=clock)


def checkpoint_bytes(model: torch.nn.Module) -> int:
    """What a run keeps on disk: three checkpoints for a moment, each with two moments in fp32, and the best weights."""
    trainable = sum(weight.numel() for weight in model.parameters() if weight.requires_grad)
    return trainable * 4 * (3 * 3 + 1)


def _agreed_checkpoint(work_folder: Path, device: torch.device) -> Path | None:
    """The checkpoint to go on from; the first process looks, for looking removes broken ones."""
    found = last_whole_checkpoint(work_folder) if distributed.is_first() else None
    step = int(distributed.of_first(-1 if found is None else _step_of(found), device))
    return None if step < 0 else work_folder / f"checkpoint-{step}"


def _step_of(checkpoint: Path) -> int:
    return int(checkpoint.name.rpartition("-")[2])


@contextlib.contextmanager
def _tracked(trainer: BudgetTrainer, settings: FitSettings, work_folder: Path, step: int) -> Iterator[None]:
    tracker = settings.tracker if distributed.is_first() else "none"
    with tracking(tracker, settings.tracker_folder or work_folder / "curves", step=step) as callbacks:
        for callback in callbacks:
            trainer.add_callback(callback)
        yield


@contextlib.contextmanager
def _explained(folder: Path, needed: int) -> Iterator[None]:
    try:
        yield
    except TrainingError:
        raise
    except (OSError, MemoryError, RuntimeError, SafetensorError) as problem:
        known = explained(problem, folder, needed)
        if known is None:
            raise
        raise known from problem
