"""After fine-tuning, a short stage on pairs of answers; kept only where it is of use on pairs it has not seen.

The reference is what fine-tuning gave. Kept, where of held-out pairs the chosen answer is more often the likelier one
than before, and the bits per byte of held-out answers rise by no more than ``MARGIN``. Knows pairs, not
whence they are.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import torch

from data.progress import Report, silent
from finetune.errors import TrainingError
from finetune.evaluate.perplexity import perplexity
from finetune.library_logs import quiet
from finetune.loop.fit import fit, new_budget
from finetune.loop.preference import PairSet, PreferenceGPT2, accuracy, pair_collator, said_of
from finetune.train.methods import adapted, ordinary
from finetune.train.resolve import check, resolved
from finetune.training_settings import TrainSettings

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from finetune.examples import Example
    from finetune.loop.fit_settings import FitSettings
    from finetune.loop.preference import Pair

MARGIN = 0.005
"""By which share the bits per byte may rise."""
RATE = 0.1
"""Of the rate that fine-tuning takes: the loss of preferences runs away at higher ones."""
_EPOCHS = 3
_TAKEN = (
    "method",
    "minutes",
    "patience",
    "learning_rate",
    "batch_size",
    "gradient_checkpointing",
    "seed",
    "max_steps",
    "lora_rank",
    "evaluations",
    "save_minutes",
)


@dataclass(frozen=True, slots=True)
class Preferred:
    """What the stage came to; ``model`` is that before it where it was not kept.

    ``accuracy``: share of held-out pairs of which the chosen answer is the likelier a token, before and after;
    ``moved``: of how many of them the model moved more towards the chosen answer than the rejected one, as a share.
    """

    model: Any
    kept: bool
    learnt: int
    heldout: int
    accuracy: tuple[float, float]
    moved: float
    bits_per_byte: tuple[float, float]
    steps: int
    seconds: float

    def to_json(self) -> dict[str, Any]:
        """Everything but the model."""
        return {name: getattr(self, name) for name in self.__slots__ if name != "model"}


def prefer(
    model: Any,
    tokenizer: Any,
    pairs: Sequence[Pair],
    heldout: Sequence[Pair],
    examples: Sequence[Example],
    settings: TrainSettings,
    work_folder: Path,
    report: Report = silent,
) -> Preferred:
    """Train a fine-tuned model on pairs within ``settings.minutes``; ``examples`` are held out and watched.

    Raises:
        TrainingError: the method is prefix, nothing is to be learnt or measured, or the loss explodes.

    """
    check(replace(settings, preferences=True))
    if not pairs or not heldout:
        raise TrainingError("there are no pairs of answers to learn from, or none to measure on")
    with quiet():
        before = said_of(model, tokenizer, heldout)
        trainee = PreferenceGPT2.of(model)
        reference = said_of(trainee, tokenizer, pairs)
    torch.manual_seed(settings.seed)
    chosen = _settings(settings, sum(weight.numel() for weight in model.parameters()))
    trained = adapted(trainee, settings, new_tokens=(), opening=())
    result = fit(
        trained.train(),
        PairSet(pairs, reference),
        PairSet(heldout, before),
        collate=pair_collator(tokenizer),
        settings=chosen,
        budget=new_budget(chosen, len(pairs)),
        work_folder=work_folder,
        report=report,
    )
    new = ordinary(trained, settings.method)
    with quiet():
        after = said_of(new, tokenizer, heldout)
        bits = tuple(perplexity(each, tokenizer, examples).bits_per_byte for each in (model, new))
    right = accuracy(heldout, before), accuracy(heldout, after)
    kept = right[1] > right[0] and not bits[1] > (1 + MARGIN) * bits[0]  # without examples they are no number
    moved = sum(now[0] - was[0] > now[1] - was[1] for was, now in zip(before, after, strict=True))
    return Preferred(
        new if kept else model,
        kept,
        len(pairs),
        len(heldout),
        right,
        moved / len(heldout),
        (bits[0], bits[1]),
        result.steps,
        result.seconds,
    )


def _settings(settings: TrainSettings, parameters: int) -> FitSettings:
    """Those of a plain run: what else fine-tuning can do has been done, or is about examples."""
    taken = {name: getattr(settings, name) for name in _TAKEN}
    usual = resolved(TrainSettings(**taken, tracker="none"), parameters)
    # A pair is two rows.
    return replace(
        usual, learning_rate=RATE * usual.learning_rate, batch_size=max(1, usual.batch_size // 2), epochs=_EPOCHS
    )
