"""The stage of a training run that learns from what people did with suggestions, where they did enough."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from chatbot.learning.training.found_evidence import find_evidence
from chatbot.learning.training.preference_pairs import divided, too_few
from finetune.loop.preference import pair_of
from finetune.train.prefer import MARGIN, prefer

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from chatbot.home import Home
    from chatbot.learning.training.preference_pairs import Preference
    from data.progress import Report
    from finetune.examples import Example
    from finetune.train.train_result import TrainResult
    from finetune.training_settings import TrainSettings
    from retrieval.search.retriever import Retriever

SHARE = 0.2
"""Of the minutes of training."""


def enough(pairs: Sequence[Preference], retriever: Retriever) -> list[Preference]:
    """The pairs that may be learnt from; none where they are too few.

    A suggestion that was sent as it was may come from an answer that waits for a person, or is gone by now: weights are
    to learn nothing of such.
    """
    fit = [each for each in pairs if all(_stands(retriever, name) for name in each.evidence)]
    learnt, measured = divided(fit)
    return [] if too_few(len(learnt), len(measured)) else fit


def preferred(
    home: Home,
    retriever: Retriever,
    result: TrainResult,
    pairs: Sequence[Preference],
    stopping: Sequence[Example],
    settings: TrainSettings,
    work: Path,
    report: Report,
) -> tuple[TrainResult, dict[str, Any]]:
    """The result with the model that the stage gave, where it is kept, and the stage's figures.

    Raises:
        TrainingError: the settings do not go with it, or the loss explodes.

    """
    evidence = find_evidence(home, retriever, [each.moment for each in pairs], work / "preferences.jsonl", report)
    learnt, measured = (
        [
            pair_of(
                each.moment,
                each.rejected,
                evidence.texts(each.moment),
                result.tokenizer,
                max_tokens=min(settings.max_tokens, int(result.model.config.n_positions)),
            )
            for each in some
        ]
        for some in divided(pairs)
    )
    stage = prefer(result.model, result.tokenizer, learnt, measured, stopping, settings, work / "preferences", report)
    return replace(result, model=stage.model), stage.to_json()


def sentence(stage: dict[str, Any]) -> str:
    """What the stage came to, for a person."""
    before, after = stage["accuracy"]
    was, now = stage["bits_per_byte"]
    told = (
        f"what people preferred is the likelier answer in {after:.0%} of {stage['heldout']} held-out pairs, "
        f"{before:.0%} before; bits per byte {now:.3f}, {was:.3f} before"
    )
    if stage["kept"]:
        return f"Learnt from {stage['learnt']} preferences: {told}."
    return (
        f"What {stage['learnt']} preferences taught was not kept: {told}. It is kept where the first rises and the "
        f"second by no more than {MARGIN:.1%}."
    )


def _stands(retriever: Retriever, name: str) -> bool:
    passage = retriever.passage(name)
    return passage is not None and not passage.waits
