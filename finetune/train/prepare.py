"""A model, tokenizer and method made ready for training, and the loop run on them in this process."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch

from data.progress import Report, silent
from finetune.errors import TrainingError
from finetune.examples import ExampleSet, collator
from finetune.loop.fit import fit, new_budget
from finetune.model.loading import loaded
from finetune.prompt import DESK, IGNORED, SPECIAL_TOKENS, end_id
from finetune.train.methods import adapted
from finetune.train.resolve import resolved

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from finetune.examples import Example
    from finetune.loop.fit_settings import FitResult
    from finetune.training_settings import TrainSettings


VERDICT_WEIGHT = 20.0
"""A verdict's part of the loss: an answer has some sixty labels, a reply that is judged one."""


@dataclass(frozen=True, slots=True)
class Trainee:
    """A base made ready for its method: ``model`` is an AnswerGPT2 or PEFT's wrapper of one."""

    model: Any
    tokenizer: Any
    parameters: int


def prepared(train: Sequence[Example], settings: TrainSettings) -> Trainee:
    """The base of ``settings``, ready to be trained on ``train``; the same in every process of a run.

    Raises:
        TrainingError: the base is unusable, or the examples are not made for it.

    """
    model, tokenizer, added = loaded(settings.base)
    prefix = settings.prefix_tokens if settings.method == "prefix" else 0
    longest = max(len(example.input_ids) for example in train)
    room = model.config.n_positions - prefix
    if longest > room:
        taken = f", the prefix takes {prefix} of them" if prefix else ""
        raise TrainingError(
            f"an example has {longest} tokens, the base holds {model.config.n_positions}{taken}: "
            f"make examples of at most {room} tokens"
        )
    if max(max(example.input_ids) for example in train) >= model.config.vocab_size:
        raise TrainingError("the examples hold ids the base does not know: make them with the tokenizer of the base")
    model.verdicts = (end_id(tokenizer), VERDICT_WEIGHT)
    parameters = sum(weight.numel() for weight in model.parameters())
    torch.manual_seed(settings.seed)
    trained = adapted(
        model,
        settings,
        new_tokens=[tokenizer.convert_tokens_to_ids(token) for token in SPECIAL_TOKENS] if added else [],
        opening=_opening(train, tokenizer, prefix),
    )
    return Trainee(trained, tokenizer, parameters)


def fit_here(
    trainee: Trainee,
    train: Sequence[Example],
    heldout: Sequence[Example],
    settings: TrainSettings,
    work_folder: Path,
    report: Report = silent,
) -> FitResult:
    """Train in this process, as one of ``settings.processes``; ``trainee.model`` holds the best weights afterwards."""
    chosen = resolved(settings, trainee.parameters)
    return fit(
        trainee.model,
        ExampleSet(train),
        ExampleSet(heldout) if heldout else None,
        collate=collator(trainee.tokenizer),
        settings=chosen,
        budget=new_budget(chosen, len(train)),
        work_folder=work_folder,
        report=report,
    )


def _opening(train: Sequence[Example], tokenizer: Any, tokens: int) -> list[int]:
    """How agents of this desk write, as ids a prefix can start from."""
    ids = [tokenizer.convert_tokens_to_ids(DESK)]
    for example in train:
        if len(ids) >= tokens:
            break
        ids.extend(label for label in example.labels if label != IGNORED)
    return ids
