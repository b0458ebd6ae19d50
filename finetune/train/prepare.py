"""A model, tokenizer and method made ready for training, and the loop run on them in this process."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch

from data.progress import Report, silent
from finetune.compress.prune import pruned
from finetune.compress.sparse import keep_noughts, set_to_nought
from finetune.errors import TrainingError
from finetune.examples import ExampleSet, collator
from finetune.loop.fit import fit, new_budget
from finetune.model.loading import loaded
from finetune.model.weights import BASE_FOLDER
from finetune.prompt import DESK, IGNORED, SPECIAL_TOKENS, end_id
from finetune.train.methods import adapted, with_dropout
from finetune.train.resolve import resolved

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from finetune.examples import Example
    from finetune.loop.fit_settings import FitResult
    from finetune.model.answer_model import AnswerGPT2
    from finetune.training_settings import TrainSettings

_LOOKED_AT, _AT_ONCE = 64, 8
"""Examples by which it is judged what can be left out, and how many of them run together."""
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
    _refuse_unfit(train, model, settings)
    model = _smaller(model, tokenizer, train, settings)
    model.verdicts = (end_id(tokenizer), VERDICT_WEIGHT)
    parameters = sum(weight.numel() for weight in model.parameters())
    torch.manual_seed(settings.seed)
    trained = adapted(
        model,
        settings,
        new_tokens=[tokenizer.convert_tokens_to_ids(token) for token in SPECIAL_TOKENS] if added else [],
        opening=_opening(train, tokenizer, _prefix(settings)),
    )
    with_dropout(trained, settings.dropout)
    return Trainee(trained, tokenizer, parameters)


def _refuse_unfit(train: Sequence[Example], model: AnswerGPT2, settings: TrainSettings) -> None:
    prefix = _prefix(settings)
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
    refuse_frozen(model.config, settings)
    if settings.r_drop and not (settings.dropout or model.config.resid_pdrop):
        raise TrainingError("r_drop compares two readings that dropout makes different: set dropout, 0.1 say")


def refuse_frozen(config: Any, settings: TrainSettings) -> None:
    """See that something is left to train.

    Raises:
        TrainingError: all layers of the base would be frozen.

    """
    if settings.freeze and settings.freeze >= config.n_layer - settings.prune_layers:
        raise TrainingError(f"the base has {config.n_layer} layers: freeze fewer, or nothing is left to train")


def _prefix(settings: TrainSettings) -> int:
    return settings.prefix_tokens if settings.method == "prefix" else 0


def _smaller(model: AnswerGPT2, tokenizer: Any, train: Sequence[Example], settings: TrainSettings) -> AnswerGPT2:
    """The base without what the settings leave out, chosen by some of the examples; the same in every process."""
    if settings.prune or settings.prune_layers:
        some = random.Random(settings.seed).sample(list(train), min(_LOOKED_AT, len(train)))
        rows = [{"input_ids": example.input_ids, "labels": example.labels} for example in some]
        collate = collator(tokenizer)
        batches = [collate(rows[start : start + _AT_ONCE]) for start in range(0, len(rows), _AT_ONCE)]
        model = pruned(model, batches, neurons=settings.prune, layers=settings.prune_layers)
    if settings.sparse:
        set_to_nought(model, settings.sparse)
        keep_noughts(model)
    return model


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
        teachers=_teachers(_folders_of_teachers(settings), trainee),
    )


def _folders_of_teachers(settings: TrainSettings) -> tuple[str, ...]:
    unpruned = (settings.base or str(BASE_FOLDER),) if settings.learn_from_unpruned else ()
    return (*settings.teachers, *unpruned)


def _teachers(folders: Sequence[str], trainee: Trainee) -> list[Any]:
    teachers = [loaded(folder)[0] for folder in folders]
    known = trainee.model.config.vocab_size
    for folder, teacher in zip(folders, teachers, strict=True):
        if teacher.config.vocab_size != known:
            raise TrainingError(f"{folder} knows {teacher.config.vocab_size} tokens, the model it shall teach {known}")
    return teachers


def _opening(train: Sequence[Example], tokenizer: Any, tokens: int) -> list[int]:
    """How agents of this desk write, as ids a prefix can start from."""
    ids = [tokenizer.convert_tokens_to_ids(DESK)]
    for example in train:
        if len(ids) >= tokens:
            break
        ids.extend(label for label in example.labels if label != IGNORED)
    return ids
