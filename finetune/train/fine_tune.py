"""Fine-tuning on a desk: a GPT-2, examples with their evidence, a time budget; a model that can be saved comes out.

The base is ours, or any GPT-2 folder or hub name. What of it is trained is the method's business (methods.py); what is
saved and served is an ordinary GPT-2 in every case, with a prefix beside it where the method is ``prefix``. With
``soup`` it is several of them made into one (soup.py), each by this same function.

Scaling up is a setting. ``processes`` trains on several GPUs, or several parts of a processor, through torchrun
(launch.py) with the Trainer's DistributedDataParallel; the examples of a step stay as many as with one process where
the accumulated batches can be shared out. ``fsdp`` divides a model that does not fit one GPU among them (Trainer's
``fsdp``). ``gradient_checkpointing`` keeps no activations but computes them anew: less memory, about a third slower.
"""

from __future__ import annotations

import hashlib
import json
import random
import shutil
from dataclasses import asdict
from typing import TYPE_CHECKING

from data.progress import Report, silent
from finetune.errors import TrainingError, check_room
from finetune.loop.callback import read_log
from finetune.loop.fit import checkpoint_bytes
from finetune.train.methods import ordinary
from finetune.train.prepare import fit_here, prepared
from finetune.train.resolve import check
from finetune.train.soup import souped
from finetune.train.train_result import TrainResult

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from finetune.examples import Example
    from finetune.training_settings import TrainSettings

# A run goes on though these have changed; canaries are among the examples, which count anyway.
_NO_MATTER = {
    "minutes",
    "save_minutes",
    "tracker",
    "tracker_folder",
    "canaries",
    "search",
    "given",
    "found",
    "preferences",
}


def fine_tune(
    train: Sequence[Example],
    heldout: Sequence[Example],
    settings: TrainSettings,
    work_folder: Path,
    report: Report = silent,
) -> TrainResult:
    """Fine-tune on ``train`` and stop early by ``heldout`` (may be empty).

    The same call after an interruption goes on from the last whole checkpoint in ``work_folder``; a call with other
    data or settings (but for the minutes) starts anew. The caller removes the folder once the version is saved.
    ``report("train", done, total)`` counts seconds of the budget, or steps where those end first.

    Raises:
        TrainingError: nothing to train on, settings that do not go together, an unusable base, a full disk or memory,
            or a loss that explodes.

    """
    check(settings)
    if not train:
        raise TrainingError("there is nothing to train on: import transcripts with answered questions first")
    chosen = _some(heldout, settings)
    if settings.soup > 1:
        _start_or_resume(work_folder, fingerprint(train, settings))
        return souped(train, chosen, settings, work_folder, report, run=fine_tune)
    trainee = prepared(train, settings)
    check_room(work_folder, checkpoint_bytes(trainee.model))
    _start_or_resume(work_folder, fingerprint(train, settings))
    if settings.processes == 1:
        result = fit_here(trainee, train, chosen, settings, work_folder, report)
    else:
        from finetune.train.launch import fit_in_processes

        result = fit_in_processes(trainee, train, chosen, settings, work_folder, report)
    trained = sum(weight.numel() for weight in trainee.model.parameters() if weight.requires_grad)
    return TrainResult(
        ordinary(trainee.model, settings.method),
        trainee.tokenizer,
        result,
        len(train),
        trainee.parameters,
        trained,
        [row for row in read_log(work_folder) if "loss" in row or "eval_loss" in row],
    )


def _some(heldout: Sequence[Example], settings: TrainSettings) -> list[Example]:
    """As many held-out examples as keep early stopping a small part of the budget; the same ones each time."""
    most = min(400, max(16, int(settings.minutes * 8))) if settings.minutes else 400
    return random.Random(settings.seed).sample(list(heldout), min(most, len(heldout)))


def fingerprint(train: Sequence[Example], settings: TrainSettings) -> str:
    """What tells a run from others: its examples, and its settings but for those that change no weight."""
    shown = {key: value for key, value in asdict(settings).items() if key not in _NO_MATTER}
    digest = hashlib.sha256(json.dumps(shown, sort_keys=True).encode())
    for example in train:
        digest.update(repr(example.input_ids).encode())
    return digest.hexdigest()


def _start_or_resume(folder: Path, fingerprint: str) -> None:
    note = folder / "run.json"
    try:
        same = json.loads(note.read_text(encoding="utf-8"))["fingerprint"] == fingerprint
    except (OSError, ValueError, KeyError):
        same = False
    if same:
        return
    for path in (
        *folder.glob("checkpoint-*"),
        *folder.glob("member-*"),
        *folder.glob("*.safetensors"),
        folder / "loss.jsonl",
    ):
        shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
    folder.mkdir(parents=True, exist_ok=True)
    note.write_text(json.dumps({"fingerprint": fingerprint}) + "\n", encoding="utf-8")
