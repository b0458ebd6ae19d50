"""Our settings as Hugging Face's ``TrainingArguments``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from transformers import TrainingArguments

if TYPE_CHECKING:
    from finetune.loop.fit_settings import FitSettings
    from finetune.loop.time_budget import Budget


def trainer_arguments(settings: FitSettings, budget: Budget, work_folder: Path, *, autocast: bool) -> TrainingArguments:
    """The Trainer's arguments; under torchrun, making them joins the other processes (gloo, on GPUs NCCL).

    ``autocast``: whether matrix products run in bf16.
    """
    cuda = torch.cuda.is_available()
    arguments = TrainingArguments(
        output_dir=str(work_folder),
        max_steps=budget.steps,
        per_device_train_batch_size=settings.batch_size,
        per_device_eval_batch_size=settings.batch_size,
        gradient_accumulation_steps=settings.accumulation,
        max_grad_norm=1.0,
        bf16=autocast,
        use_cpu=not cuda,
        seed=settings.seed,
        logging_steps=10,
        logging_first_step=True,
        logging_nan_inf_filter=False,
        eval_strategy="no",
        save_strategy="no",
        save_total_limit=2,
        prediction_loss_only=True,
        remove_unused_columns=False,
        label_names=["labels"],
        dataloader_pin_memory=False,
        disable_tqdm=True,
        report_to=[],  # see tracking.py
        accelerator_config={"even_batches": False},  # they are even already, and differ in size
        ddp_find_unused_parameters=False,
        **_memory_saving(settings),
    )
    if arguments.device.type == "cuda":
        # One process would use all GPUs by DataParallel, which splits batches behind the budget's back.
        arguments._n_gpu = 1  # noqa: SLF001
    return arguments


def _memory_saving(settings: FitSettings) -> dict[str, Any]:
    if not settings.fsdp:
        return {
            "activation_checkpointing": settings.gradient_checkpointing,
            "activation_checkpointing_kwargs": {"use_reentrant": False},
        }
    return {
        "fsdp": True,
        "fsdp_config": {
            "auto_wrap_policy": "TRANSFORMER_BASED_WRAP",
            "transformer_layer_cls_to_wrap": ["GPT2Block"],
            "activation_checkpointing": settings.gradient_checkpointing,
        },
    }


def trains_in_bf16(settings: FitSettings) -> bool:
    """Whether a run computes in bf16: as asked for, else where this machine multiplies so in hardware."""
    return (torch.cuda.is_available() or _cpu_has_bf16()) if settings.bf16 is None else settings.bf16


def _cpu_has_bf16() -> bool:
    """Whether bf16 multiplications run in hardware here; without that they are slower than fp32."""
    try:
        flags = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        return False
    return "avx512_bf16" in flags or "amx_bf16" in flags
