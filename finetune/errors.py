"""What can go wrong in training, told so that a person can act on it."""

from __future__ import annotations


class TrainingError(RuntimeError):
    """Training cannot start or go on; the message says why and what to do."""
