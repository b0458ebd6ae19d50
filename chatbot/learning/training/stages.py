"""What a training run learns in, one after the other: a search of settings, fine-tuning, preferences.

Divides the minutes among them: half to the search, of the rest a fifth to preferences, where these are asked for.
Measures and saves nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from chatbot.learning.training.preferring import SHARE, enough, preferred
from chatbot.learning.training.settings_search import searched
from finetune.train.fine_tune import fine_tune

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from chatbot.home import Home
    from chatbot.learning.training.preference_pairs import Preference
    from data.progress import Report
    from finetune.examples import Example
    from finetune.search.study import Found
    from finetune.train.train_result import TrainResult
    from finetune.training_settings import TrainSettings
    from retrieval.search.retriever import Retriever


@dataclass(frozen=True, slots=True)
class Learnt:
    """The model that came out, the settings it was trained with in the end, and what the other stages came to."""

    result: TrainResult
    settings: TrainSettings
    search: Found | None = None
    preferences: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Lesson:
    """What is learnt from: examples to learn and to stop by, and pairs of answers, which may be none."""

    learnt: Sequence[Example]
    stopping: Sequence[Example]
    pairs: Sequence[Preference]


def learn(
    home: Home,
    retriever: Retriever,
    lesson: Lesson,
    settings: TrainSettings,
    work: Path,
    report: Report,
    *,
    left: Callable[[], float] | None = None,
) -> Learnt:
    """All stages that are asked for, in ``settings.minutes``; ``left`` says how many minutes remain for training.

    Raises:
        TrainingError: as ``fine_tune``, or no trial of the search could be trained.

    """
    found = None
    if settings.search:
        search = searched(home, settings, lesson.learnt, lesson.stopping, work, report)
        minutes = settings.minutes - search.minutes if left is None else left()
        settings, found = replace(search.settings, minutes=minutes), search.found
    pairs = enough(lesson.pairs, retriever)
    last = SHARE * settings.minutes if pairs else 0.0
    first = replace(settings, minutes=settings.minutes - last)
    result, stage = fine_tune(lesson.learnt, lesson.stopping, first, work, report), None
    if pairs:
        asked = replace(settings, minutes=last)
        result, stage = preferred(home, retriever, result, pairs, lesson.stopping, asked, work, report)
    return Learnt(result, settings, found, stage)
