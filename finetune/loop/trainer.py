"""Hugging Face's Trainer with our batches, our optimiser under a budget, and a held-out loss per labelled token."""

from __future__ import annotations

import contextlib
import functools
import math
from typing import TYPE_CHECKING, Any

import torch
from torch.optim.lr_scheduler import LambdaLR
from transformers import Trainer

from finetune.loop import distributed
from finetune.loop.adversary import EmbeddingAdversary
from finetune.loop.arguments import trains_in_bf16
from finetune.loop.length_batches import LengthBatches, even_batches
from finetune.loop.objective import Objective
from finetune.loop.optimisers import optimiser_for
from finetune.loop.time_budget import Budget, learning_rate_factor
from finetune.loop.weight_average import WeightAverage
from finetune.prompt import IGNORED

if TYPE_CHECKING:
    from collections.abc import Sequence

    from transformers import TrainerCallback

    from finetune.loop.fit_settings import FitSettings
    from finetune.model.answer_model import AnswerGPT2


class BudgetTrainer(Trainer):  # type: ignore[misc]  # transformers is untyped here
    """The Trainer as this project uses it; its arguments are the Trainer's and five of ours."""

    optimizer: Any
    lr_scheduler: Any
    control: Any

    def __init__(
        self,
        *,
        settings: FitSettings,
        budget: Budget,
        batches: LengthBatches,
        teachers: Sequence[AnswerGPT2],
        callbacks: Sequence[TrainerCallback],
        **kwargs: Any,
    ) -> None:
        self._settings, self._budget, self._batches = settings, budget, batches
        self.average = WeightAverage(settings.ema) if settings.ema else None
        first = [] if self.average is None else [self.average]  # what it writes is sealed by those after it
        super().__init__(callbacks=[*first, *callbacks], **kwargs)
        for teacher in teachers:
            teacher.eval().to(self.args.device)
            teacher.activations = torch.bfloat16 if trains_in_bf16(settings) else torch.float32
        self._objective = Objective(settings.label_smoothing, settings.r_drop, teachers, settings.teaching)
        embeddings, size = self.model.get_input_embeddings(), settings.adversarial
        self._adversary = EmbeddingAdversary(embeddings, size) if size else None

    def compute_loss(self, model: Any, inputs: Any, *args: Any, **kwargs: Any) -> Any:
        """The model's own loss, or the objective's, which is called as a model is; half where a batch counts twice."""
        asked = model if self._objective.plain else functools.partial(self._objective, model)
        loss = super().compute_loss(asked, inputs, *args, **kwargs)
        return loss if self._adversary is None else loss / 2

    def training_step(self, model: Any, inputs: Any, *args: Any, **kwargs: Any) -> Any:
        """Forward and backward; with an adversary a second time where the first says it is hardest."""
        if self._adversary is None:
            return super().training_step(model, inputs, *args, **kwargs)
        with self._adversary.listening():
            loss = super().training_step(model, inputs, *args, **kwargs)
        with self._adversary.shifting():
            return loss + super().training_step(model, inputs, *args, **kwargs)

    def get_train_dataloader(self) -> Any:
        """Our batches, shared out among the processes."""
        loader = torch.utils.data.DataLoader(
            self.train_dataset, batch_sampler=self._batches, collate_fn=self.data_collator
        )
        return self.accelerator.prepare(loader)

    def create_optimizer(self, model: Any = None) -> Any:
        """The one the settings name."""
        if self.optimizer is None:
            self.optimizer = optimiser_for(model or self.model, self._settings)
        return self.optimizer

    def create_scheduler(self, num_training_steps: int, optimizer: Any = None) -> Any:  # noqa: ARG002
        """The rate that follows the budget."""
        if self.lr_scheduler is None:
            factor = learning_rate_factor(self._budget, self._settings.warmup_steps)
            self.lr_scheduler = LambdaLR(optimizer or self.optimizer, factor)
        return self.lr_scheduler

    def evaluate(self, eval_dataset: Any = None, **kwargs: Any) -> dict[str, float]:  # noqa: ARG002
        """``eval_loss``: nats per labelled token of the held-out examples, all of them together.

        With a running average of the weights it is the average that is measured, and kept if it is the best.
        """
        with self.average.shown() if self.average else contextlib.nullcontext():
            metrics = {"eval_loss": self._heldout_loss(self.eval_dataset if eval_dataset is None else eval_dataset)}
            self.log(metrics)
            self.control = self.callback_handler.on_evaluate(self.args, self.state, self.control, metrics)
        return metrics

    def _heldout_loss(self, rows: Any) -> float:
        """The processes share the batches; one that runs out of them joins in with its last and does not count it."""
        lengths = rows.lengths
        count = math.ceil(len(lengths) / self._settings.batch_size)
        batches = even_batches(range(len(lengths)), lengths, count)
        summed = torch.zeros(2, dtype=torch.float64, device=self.args.device)  # nats, labelled tokens
        was_training = self.model.training
        self.model.eval()
        for turn in range(math.ceil(count / distributed.count())):
            number = turn * distributed.count() + distributed.number()
            batch = self._prepare_inputs(self.data_collator([rows[place] for place in batches[min(number, count - 1)]]))
            with torch.no_grad():
                loss = self.model(**batch, num_items_in_batch=1).loss
            if number < count:
                summed += torch.stack((loss.double(), (batch["labels"][:, 1:] != IGNORED).sum().double()))
        self.model.train(was_training)
        nats, tokens = distributed.sum_of_all(summed).tolist()
        return float(nats / max(tokens, 1))
