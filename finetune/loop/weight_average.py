"""The running average of the trained weights: steadier than the last ones, and free.

Exponential moving average (Polyak & Juditsky 1992; as in Tarvainen & Valpola 2017, arXiv:1703.01780), by
``torch.optim.swa_utils``. Held-out loss is measured on the average, and the best weights that are kept are the
average's; training itself goes on with the weights as they are. Only what is trained is averaged.
"""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn
from transformers import TrainerCallback

from finetune.loop import distributed

if TYPE_CHECKING:
    from collections.abc import Iterator

AVERAGE = "average.safetensors"


class WeightAverage(TrainerCallback):  # type: ignore[misc]  # transformers is untyped here
    """Averages after each step; its state lies in the Trainer's checkpoints, which are sealed after it is written."""

    def __init__(self, decay: float) -> None:
        self._decay = decay
        self._trained = torch.nn.ParameterList()
        self._average: Any = None

    def begin(self, model: torch.nn.Module, checkpoint: Path | None) -> None:
        """Start with the weights of ``model``, which the checkpoint's average replaces where there is one."""
        self._trained = torch.nn.ParameterList(weight for weight in model.parameters() if weight.requires_grad)
        self._average = AveragedModel(self._trained, multi_avg_fn=get_ema_multi_avg_fn(self._decay))  # type: ignore[no-untyped-call]
        if checkpoint is not None:
            from safetensors.torch import load_file

            self._average.load_state_dict(load_file(checkpoint / AVERAGE))

    def on_step_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:  # noqa: ARG002
        """Take the new weights in."""
        self._average.update_parameters(self._trained)

    def on_save(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:  # noqa: ARG002
        """Write the average into the checkpoint."""
        from safetensors.torch import save_file

        if distributed.is_first():
            weights = {name: weight.detach().cpu().clone() for name, weight in self._average.state_dict().items()}
            save_file(weights, Path(args.output_dir) / f"checkpoint-{state.global_step}" / AVERAGE)

    @contextlib.contextmanager
    def shown(self) -> Iterator[None]:
        """Inside, the model has the averaged weights."""
        self.exchange()
        try:
            yield
        finally:
            self.exchange()

    def exchange(self) -> None:
        """Put the averaged weights into the model, and the model's own in their place."""
        for weight, mean in zip(self._trained, self._average.module, strict=True):
            weight.data, mean.data = mean.data, weight.data
