"""More moments to learn from, made of those there are: which of them, and by which technique, is drawn by lot.

The same moments, settings and texts give the same variants. What is held out is never given here, nor is a canary.
"""

from __future__ import annotations

import random
from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from data.progress import Report, silent
from finetune.augment.back_translation import BackTranslation, stages
from finetune.augment.noise import noisy
from finetune.augment.paraphrase import paraphrasing, same_text
from finetune.augment.slots import mixing
from finetune.augment.synonyms import WordNet, swapping
from finetune.augment.variant import Learnt, Variant, each_turn
from finetune.errors import TrainingError

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Mapping, Sequence

    from data.moments import Moment
    from finetune.augment.variant import Technique
    from finetune.training_settings import TrainSettings

TECHNIQUES = ("synonyms", "noise", "paraphrase", "back_translation", "slots")
WORDNET = Path("/usr/share/wordnet")
"""Where Debian's wordnet-base puts it."""
_AT_ONCE, _AT_LEAST = 512, 16


@dataclass(frozen=True, slots=True)
class Resources:
    """What techniques ask, all of it the caller's to give.

    ``neighbours`` gives words near a word in meaning, for languages other than English and where ``wordnet`` is no
    folder; ``same`` equal keys for answers that say the same.
    """

    neighbours: Callable[[str], Sequence[str]] | None = None
    wordnet: Path = WORDNET
    same: Callable[[Moment], Hashable] = same_text


@dataclass(frozen=True, slots=True)
class Augmented:
    """The variants, and sentences for whoever trains: what could not be had, and why."""

    variants: list[Variant]
    notes: list[str]

    def counts(self) -> dict[str, int]:
        """Variants by technique."""
        return dict(Counter(variant.technique for variant in self.variants))


def named(settings: TrainSettings) -> tuple[str, ...]:
    """The techniques that settings ask for, each once.

    Raises:
        TrainingError: a name is unknown, or a back-translation lacks its commands or the name; lists the choices.

    """
    names = tuple(dict.fromkeys(name for part in (settings.augment or "").split(",") if (name := part.strip())))
    unknown = [name for name in names if name not in TECHNIQUES]
    if unknown:
        raise TrainingError(f"no way to augment is called {unknown[0]!r}: choose some of {', '.join(TECHNIQUES)}")
    if not 0 <= settings.augment_share <= 1:
        raise TrainingError(f"augment_share is a share of the answers, 0 to 1, not {settings.augment_share:g}")
    if ("back_translation" in names) != bool(settings.back_translate):
        raise TrainingError("back_translation is named in augment, and back_translate says by which commands: set both")
    if settings.back_translate:
        stages(settings.back_translate)
    return names


def augmented(
    learnt: Sequence[Moment],
    texts: Callable[[Moment], Sequence[str]],
    settings: TrainSettings,
    resources: Resources | None = None,
    report: Report = silent,
) -> Augmented:
    """Variants of moments, ``augment_share`` as many as there are moments where that many can be made.

    Each moment is tried with one technique before any is tried with two, so that the techniques share evenly.
    ``texts`` are a moment's evidence, which that of its variant is made of.

    Raises:
        TrainingError: as ``named``; or synonyms are asked for and there is nothing to take them from.

    """
    names = named(settings)
    wanted = round(settings.augment_share * len(learnt)) if names else 0
    order = random.Random(f"augment {settings.seed}").sample(learnt, len(learnt))
    tries = [
        (moment, names[(place + turn) % len(names)]) for turn in range(len(names)) for place, moment in enumerate(order)
    ]
    made: list[Variant] = []
    with ExitStack() as opened:
        techniques = {name: _technique(name, learnt, settings, resources or Resources(), opened) for name in names}
        tried = 0
        while tried < len(tries) and len(made) < wanted:
            some = tries[tried : tried + min(_AT_ONCE, wanted - len(made) + _AT_LEAST)]
            tried += len(some)
            made += _variants(some, techniques, texts, settings.seed)
            report("vary questions", min(len(made), wanted), wanted)
    notes = [note for each in techniques.values() if isinstance(each, BackTranslation) for note in each.notes()]
    if len(made) < wanted:
        notes.append(f"Only {len(made):,} of {wanted:,} variants could be made by {', '.join(names)}.")
    return Augmented(made[:wanted], notes)


def _variants(
    some: Sequence[tuple[Moment, str]],
    techniques: Mapping[str, Technique],
    texts: Callable[[Moment], Sequence[str]],
    seed: int,
) -> list[Variant]:
    """Variants of some moments, in their order, each by the technique beside it."""
    found: dict[int, Variant] = {}
    for name, technique in techniques.items():
        mine = [(place, moment) for place, (moment, chosen) in enumerate(some) if chosen == name]
        made = technique([Learnt(moment, tuple(texts(moment))) for _, moment in mine], seed)
        for (place, moment), new in zip(mine, made, strict=True):
            if new is not None:
                own = replace(new.moment, id=f"{moment.id}~{name}")
                found[place] = Variant(own, new.evidence, moment.id, name)
    return [found[place] for place in sorted(found)]


def _technique(
    name: str, learnt: Sequence[Moment], settings: TrainSettings, resources: Resources, opened: ExitStack
) -> Technique:
    if name == "synonyms":
        return each_turn(name, synonyms_from(resources, opened))
    if name == "noise":
        return each_turn(name, noisy)
    if name == "paraphrase":
        return paraphrasing(learnt, resources.same)
    if name == "slots":
        return mixing(learnt)
    languages = Counter(moment.language for moment in learnt)
    return BackTranslation(
        stages(settings.back_translate or ""), max(languages, key=languages.__getitem__, default=None)
    )


def synonyms_from(resources: Resources, opened: ExitStack) -> Callable[[str, Moment, random.Random], str]:
    """What says a text with synonyms, from WordNet where it is installed; ``opened`` closes its files.

    Raises:
        TrainingError: there is neither that nor another to ask.

    """
    english = None
    if (resources.wordnet / "data.noun").is_file():
        english = WordNet(resources.wordnet)
        opened.callback(english.close)
    elif resources.neighbours is None:
        raise TrainingError(
            f"synonyms come from WordNet, which is not in {resources.wordnet}: apt-get install wordnet-base, "
            "or leave synonyms out"
        )
    return swapping(english, resources.neighbours)
