"""What several processes of one training run (ranks) have to agree on; with one process, each of these does nothing.

Whatever depends on a clock or a disk is decided by the first process and told to the others: ranks that stop, save or
set the learning rate at different steps would wait for each other for ever.
"""

from __future__ import annotations

import torch
from torch import distributed


def count() -> int:
    """How many processes train together."""
    return distributed.get_world_size() if _several() else 1


def number() -> int:
    """Which of them this is, from 0."""
    return distributed.get_rank() if _several() else 0


def is_first() -> bool:
    """Whether this process writes files, logs and reports."""
    return number() == 0


def wait_for_all() -> None:
    """Go on once every process is here."""
    if _several():
        distributed.barrier()


def of_first(value: float, device: torch.device) -> float:
    """The first process' value, in all of them."""
    if not _several():
        return value
    told = torch.tensor([value], dtype=torch.float64, device=device)
    distributed.broadcast(told, src=0)
    return float(told)


def sum_of_all(values: torch.Tensor) -> torch.Tensor:
    """The sum over all processes; ``values`` itself is overwritten."""
    if _several():
        distributed.all_reduce(values)
    return values


def leave() -> None:
    """Leave the process group, at the end."""
    if distributed.is_available() and distributed.is_initialized():
        distributed.destroy_process_group()


def _several() -> bool:
    return bool(distributed.is_available() and distributed.is_initialized() and distributed.get_world_size() > 1)
