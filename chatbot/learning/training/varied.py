"""What is learnt from beside the moments themselves: the same in other words, where a run asks for it.

Brings in what finetune may not know: words near a word, from the encoder. Nothing held out, and no canary, comes here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from finetune.augment.augmented import Augmented, Resources, augmented, named

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chatbot.learning.training.splits import Texts
    from data.moments import Moment
    from data.progress import Report
    from finetune.training_settings import TrainSettings


def varied(learnt: Sequence[Moment], texts: Texts, settings: TrainSettings, report: Report) -> Augmented:
    """Variants of what is learnt from, each with its original's evidence; none where none were asked for.

    Raises:
        TrainingError: there is nothing to make them by.

    """
    neighbours = None
    if "synonyms" in named(settings):
        from retrieval.encoder.near_words import NearWords

        neighbours = NearWords.load()
    return augmented(learnt, texts, settings, Resources(neighbours=neighbours), report)
