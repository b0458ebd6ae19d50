"""What fine-tuning returns."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from finetune.loop.fit_settings import FitResult


@dataclass(frozen=True, slots=True)
class TrainResult:
    """The trained GPT2LMHeadModel (merged, eval mode, ``desk_prefix`` set) with its tokenizer, and how the run went.

    ``curve``: rows with ``step``, ``seconds``, ``tokens`` and ``loss`` or ``eval_loss`` (nats per labelled token).
    ``soup``: what came of several models (soup.py), where it is made of several.
    """

    model: Any
    tokenizer: Any
    fit: FitResult
    examples: int
    parameters: int
    trained_parameters: int
    curve: list[dict[str, Any]] = field(default_factory=list)
    soup: dict[str, Any] | None = None

    def figures(self) -> dict[str, Any]:
        """For the manifest and the report."""
        return {
            "examples": self.examples,
            "parameters": self.parameters,
            "trained_parameters": self.trained_parameters,
            **asdict(self.fit),
            **({"soup": self.soup} if self.soup else {}),
        }
