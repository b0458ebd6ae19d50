"""Stage "completion": keystrokes that the product's completion saves on real replies, on GPT-2 and on a 5-gram.

An agent types the reply that was really sent, as `voice_typing.py` says; both models run in the very same completion.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from voice_bits import ngram_of
from voice_desk import latest
from voice_models import SERVED
from voice_rows import Rows
from voice_typing import CHARACTERS, Typing, summed, typed

from chatbot.dialogue.completion import THRESHOLD, Completer
from chatbot.dialogue.window import read
from chatbot.engine.torch_stepper import TorchStepper

if TYPE_CHECKING:
    from collections.abc import Sequence

    from voice_desk import Desk
    from voice_models import Models

    from chatbot.engine import Stepper
    from data.moments import Moment


def stage(desk: Desk, models: Models) -> dict[str, Any]:
    """Saved keystrokes at the product's threshold, and at the one that saves most on the end of the past.

    The 5-gram has learnt that end as well, so nothing is chosen for it there: it is measured at every threshold, and
    GPT-2 is held against the best of them.
    """
    asked = latest(desk.asked, desk.options.questions)
    choosing = latest(desk.choosing, desk.options.choosing_typed)
    thresholds = sorted({THRESHOLD, *(float(each) for each in desk.options.thresholds.split(",") if each)})
    typist = _Typist(desk, models, "GPT-2", TorchStepper(models.tuned(SERVED), name=SERVED))
    chosen = {each: typist.typed("choosing", choosing, each) for each in thresholds}
    best = max(thresholds, key=lambda each: chosen[each]["saved"])
    found = {"GPT-2": typist.typed("asked", asked, THRESHOLD), "GPT-2, chosen": typist.typed("asked", asked, best)}
    ngram = ngram_of(desk, models)
    typist = _Typist(desk, models, ngram.name, ngram)
    others = {f"{ngram.name} at {each}": typist.typed("asked", asked, each) for each in thresholds}
    most = max(each["saved"] for each in others.values())
    return {
        "replies": len(asked),
        "characters of each": CHARACTERS,
        "thresholds": {"the product's": THRESHOLD, "chosen": best},
        "figures": {**found, **others},
        "against the 5-gram": found["GPT-2"]["saved"] / most if most > 0 else None,
        "where chosen": {f"GPT-2 at {each}": figures for each, figures in chosen.items()},
    }


class _Typist:
    """Types replies with the completion of one model; what was typed once is kept."""

    def __init__(self, desk: Desk, models: Models, name: str, stepper: Stepper) -> None:
        self._desk = desk
        self._tokenizer = models.tokenizer
        self._name = name
        self._stepper = stepper
        self._rows = Rows(desk.folder / f"completion-{name}.jsonl")

    def typed(self, part: str, moments: Sequence[Moment], threshold: float) -> dict[str, float]:
        """The sums over the answers of ``moments``."""
        completer = Completer(self._stepper, self._tokenizer, threshold=threshold)
        found = []
        for number, moment in enumerate(moments):
            row = self._rows.get(f"{moment.id}/{threshold}", lambda m=moment: self._reply(completer, m))
            found.append(Typing(**row))
            self._desk.report(f"type {part} with {self._name} at {threshold}", number + 1, len(moments))
        return summed(found)

    def _reply(self, completer: Completer, moment: Moment) -> dict[str, int]:
        turns, evidence = read(moment.context).turns, self._desk.evidence.get(moment.id, [])
        return asdict(typed(moment.answer, lambda draft: completer.complete(turns, draft, evidence).text))
