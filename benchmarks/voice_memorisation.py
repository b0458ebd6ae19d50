"""Stage "memorisation": what the served model remembers of canaries that stood in its training data once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from voice_models import SERVED

from finetune.evaluate.memorisation import memorisation

if TYPE_CHECKING:
    from voice_desk import Desk
    from voice_models import Models


def stage(desk: Desk, models: Models) -> dict[str, Any]:
    """Exposure and extraction; the base, which never saw them, shows what chance looks like."""
    measured = {"base": models.base, "fine-tuned": models.tuned(SERVED)}
    found: dict[str, Any] = {
        name: memorisation(
            model,
            models.tokenizer,
            models.canaries,
            seed=desk.options.seed,
            max_tokens=models.max_tokens,
            report=desk.report,
        ).to_json()
        for name, model in measured.items()
    }
    training = models.figures(SERVED)
    return {**found, "passes over the data": training["tokens"] / training["tokens in the examples"]}
