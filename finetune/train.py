"""Fine-tuning on a desk: a GPT-2, examples with their evidence, a time budget; a model that can be saved comes out.

The base is ours, or any GPT-2 folder or hub name. ``full`` trains all weights; ``lora`` trains small matrices beside
them (PEFT) that are merged at the end, so that what is saved and served is an ordinary GPT-2 either way.
"""

from __future__ import annotations

import hashlib
import json
import random
import shutil
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import torch

from data.progress import Report, silent
from finetune.answer_model import AnswerGPT2, plain
from finetune.errors import TrainingError
from finetune.examples import ExampleSet, collator
from finetune.fitting import FitResult, FitSettings, fit, new_budget
from finetune.loading import load_base, load_tokenizer, loaded
from finetune.prompt import SPECIAL_TOKENS
from finetune.quiet import quiet

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from finetune.examples import Example

__all__ = ["METHODS", "TrainResult", "TrainSettings", "TrainingError", "fine_tune", "load_base", "load_tokenizer"]

METHODS = ("full", "lora")
_SMALL = 40_000_000  # parameters; below it a model bears, and needs, higher rates and larger batches


@dataclass(frozen=True, slots=True)
class TrainSettings:
    """How to fine-tune; None lets the size of the base decide.

    ``minutes`` is wall-clock time for training itself; ``max_tokens`` the length of an example; ``batch_size`` examples
    at once, ``accumulation`` batches a step; ``patience`` evaluations without gain end the run.
    """

    base: str | None = None
    method: str = "full"
    minutes: float | None = 20.0
    seed: int = 0
    max_tokens: int = 512
    epochs: int = 4
    max_steps: int | None = None
    learning_rate: float | None = None
    batch_size: int | None = None
    accumulation: int | None = None
    lora_rank: int = 16
    patience: int = 3
    evaluations: int = 6
    save_minutes: float = 3.0
    bf16: bool | None = None


@dataclass(frozen=True, slots=True)
class TrainResult:
    """The trained GPT2LMHeadModel (merged, eval mode) with its tokenizer, and how the run went."""

    model: Any
    tokenizer: Any
    fit: FitResult
    examples: int
    parameters: int
    trained_parameters: int

    def figures(self) -> dict[str, Any]:
        """For the manifest and the report."""
        return {
            "examples": self.examples,
            "parameters": self.parameters,
            "trained_parameters": self.trained_parameters,
            **asdict(self.fit),
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
        TrainingError: nothing to train on, an unknown method, an unusable base, a full disk, or a loss that explodes.

    """
    if settings.method not in METHODS:
        raise TrainingError(f"unknown method {settings.method!r}: choose {' or '.join(METHODS)}")
    if not train:
        raise TrainingError("there is nothing to train on: import transcripts with answered questions first")
    model, tokenizer, added = loaded(settings.base)
    longest = max(len(example.input_ids) for example in train)
    if longest > model.config.n_positions:
        raise TrainingError(f"an example has {longest} tokens, the base holds {model.config.n_positions}")
    parameters = sum(weight.numel() for weight in model.parameters())
    _check_room(work_folder, parameters)
    chosen = _fit_settings(settings, parameters)
    _start_or_resume(work_folder, _fingerprint(train, settings))
    torch.manual_seed(settings.seed)
    new_tokens = [tokenizer.convert_tokens_to_ids(token) for token in SPECIAL_TOKENS] if added else None
    trained = _with_adapters(model, new_tokens, settings.lora_rank) if settings.method == "lora" else model
    result = fit(
        trained,
        ExampleSet(train),
        ExampleSet(_some(heldout, settings)) if heldout else None,
        collate=collator(tokenizer),
        settings=chosen,
        budget=new_budget(chosen, len(train)),
        work_folder=work_folder,
        report=report,
    )
    trained_parameters = sum(weight.numel() for weight in trained.parameters() if weight.requires_grad)
    merged = trained.merge_and_unload() if settings.method == "lora" else trained
    return TrainResult(plain(merged), tokenizer, result, len(train), parameters, trained_parameters)


def _fit_settings(settings: TrainSettings, parameters: int) -> FitSettings:
    small = parameters < _SMALL
    rate = {("full", True): 5e-4, ("full", False): 6e-5, ("lora", True): 2e-3, ("lora", False): 5e-4}
    return FitSettings(
        minutes=settings.minutes,
        max_steps=settings.max_steps,
        epochs=settings.epochs,
        learning_rate=settings.learning_rate or rate[settings.method, small],
        batch_size=settings.batch_size or (8 if small else 2),
        accumulation=settings.accumulation or (2 if small else 8),
        warmup_steps=20,
        weight_decay=0.01,
        seed=settings.seed,
        save_minutes=settings.save_minutes,
        evaluations=settings.evaluations,
        patience=settings.patience,
        bf16=settings.bf16,
    )


def _with_adapters(model: AnswerGPT2, new_tokens: list[int] | None, rank: int) -> Any:
    """LoRA on all linear layers; the embeddings of tokens the base has never seen are trained with it."""
    with quiet():
        from peft import LoraConfig, get_peft_model

        adapted = get_peft_model(
            model,
            LoraConfig(
                r=rank,
                lora_alpha=2 * rank,
                lora_dropout=0.0,
                target_modules=["c_attn", "c_proj", "c_fc"],
                fan_in_fan_out=True,
                trainable_token_indices=new_tokens,
            ),
        )
    # Else PEFT looks for the base on the hub each time it saves an adapter.
    adapted.peft_config["default"].base_model_name_or_path = None
    return adapted


def _some(heldout: Sequence[Example], settings: TrainSettings) -> list[Example]:
    """As many held-out examples as keep early stopping a small part of the budget; the same ones each time."""
    most = 400 if settings.minutes is None else min(400, max(16, int(settings.minutes * 8)))
    return random.Random(settings.seed).sample(list(heldout), min(most, len(heldout)))


def _check_room(folder: Path, parameters: int) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    needed = parameters * 4 * 3 * 3  # weights and two moments in fp32, for three checkpoints at once
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise TrainingError(f"{folder} has {free >> 20} MiB free; the checkpoints of training need {needed >> 20} MiB")


def _fingerprint(train: Sequence[Example], settings: TrainSettings) -> str:
    shown = {key: value for key, value in asdict(settings).items() if key not in {"minutes", "save_minutes"}}
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
    for path in (*folder.glob("checkpoint-*"), folder / "best.safetensors", folder / "loss.jsonl"):
        shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
    note.write_text(json.dumps({"fingerprint": fingerprint}) + "\n", encoding="utf-8")
