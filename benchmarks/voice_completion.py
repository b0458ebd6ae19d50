"""Stage "completion": keystrokes that completion saves on real replies, by what completes them.

An agent types the reply that was really sent, as `voice_typing.py` says: with GPT-2 alone, with the desk's memory of
its answers alone (a desk without a model), with both as the product joins them, and with a 5-gram in the place of
GPT-2. Memory and 5-gram have the same answers.
"""

from __future__ import annotations

from dataclasses import asdict
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

import numpy as np
from voice_bits import ngram_of, past_answers
from voice_desk import latest
from voice_models import SERVED
from voice_rows import Rows
from voice_typing import CHARACTERS, Typing, interval, summed, typed

from chatbot.dialogue.complete.answer_memory import PastAnswers
from chatbot.dialogue.complete.completer import THRESHOLD, Completer
from chatbot.dialogue.complete.joined_arrays import JoinedSuffixArray
from chatbot.dialogue.complete.model_completions import ModelCompleter
from chatbot.dialogue.complete.suffix_array import SuffixArray
from chatbot.dialogue.window import read
from chatbot.engine.client import inline
from chatbot.engine.runners.numpy_runner import NumpyRunner
from finetune.model.weights import Weights

if TYPE_CHECKING:
    from collections.abc import Sequence

    from voice_desk import Desk
    from voice_models import Models

    from chatbot.engine.protocol import Stepper
    from data.moments import Moment

PRODUCT = "both"
"""Memory and GPT-2, as they serve."""


def stage(desk: Desk, models: Models) -> dict[str, Any]:
    """Keystrokes saved by each at the product's threshold, with an interval over replies; the product at others too.

    The 5-gram is measured at every threshold, and the product is held against the best of them. Nothing is chosen on
    ``asked``: "where chosen" has what the product saves on the end of the past at every threshold, its memory and
    5-gram left as they are before that.
    """
    asked = latest(desk.asked, desk.options.questions)
    choosing = latest(desk.choosing, desk.options.choosing_typed)
    thresholds = sorted({THRESHOLD, *(float(each) for each in desk.options.thresholds.split(",") if each)})
    typists = _Typists(desk, models)
    chosen = {each: typists.early.typed("choosing", choosing, each) for each in thresholds}
    best = max(thresholds, key=lambda each: chosen[each]["saved"])
    found = {
        "GPT-2": typists.model.typed("asked", asked, THRESHOLD),
        "memory": typists.memory.typed("asked", asked, THRESHOLD),
        PRODUCT: typists.both.typed("asked", asked, THRESHOLD),
        f"{PRODUCT}, chosen": typists.both.typed("asked", asked, best),
    }
    others = {each: typists.ngram.typed("asked", asked, each) for each in thresholds}
    most = max(thresholds, key=lambda each: others[each]["saved"])
    return {
        "replies": len(asked),
        "characters of each": CHARACTERS,
        "thresholds": {"the product's": THRESHOLD, "chosen": best, "the 5-gram's best": most},
        "figures": {**found, **{f"{typists.ngram.name} at {each}": figures for each, figures in others.items()}},
        "against the 5-gram": found[PRODUCT]["saved"] / others[most]["saved"] if others[most]["saved"] > 0 else None,
        "where chosen": {f"{PRODUCT} at {each}": figures for each, figures in chosen.items()},
    }


class _Typists:
    """One for each way to complete, made when it is first needed."""

    def __init__(self, desk: Desk, models: Models) -> None:
        self._desk = desk
        self._models = models

    @cached_property
    def model(self) -> _Typist:
        """GPT-2 alone."""
        return _Typist(self._desk, "GPT-2", self._gpt2)

    @cached_property
    def memory(self) -> _Typist:
        """The desk's answers alone."""
        return _Typist(self._desk, "memory", None, self._answers)

    @cached_property
    def both(self) -> _Typist:
        """The product."""
        return _Typist(self._desk, PRODUCT, self._gpt2, self._answers)

    @cached_property
    def early(self) -> _Typist:
        """The product with no answer of the end of the past in its memory."""
        parts = self._desk.parts
        return _Typist(self._desk, f"{PRODUCT} early", self._gpt2, memory_of([*parts.earlier, *parts.learnt]))

    @cached_property
    def ngram(self) -> _Typist:
        """The 5-gram in the place of GPT-2."""
        ngram = ngram_of(self._desk, self._models)
        return _Typist(self._desk, ngram.name, self._completer(ngram))

    @cached_property
    def _gpt2(self) -> ModelCompleter:
        return self._completer(inline(NumpyRunner(Weights.of(self._models.tuned(SERVED)), name=SERVED)))

    @cached_property
    def _answers(self) -> PastAnswers:
        parts = self._desk.parts
        return memory_of([*parts.earlier, *parts.learnt, *parts.choosing], self._desk.options.ngram_answers)

    def _completer(self, stepper: Stepper) -> ModelCompleter:
        return ModelCompleter(stepper, self._models.tokenizer)


class _Typist:
    """Types replies with one way to complete; what was typed once is kept."""

    def __init__(self, desk: Desk, name: str, model: ModelCompleter | None, memory: PastAnswers | None = None) -> None:
        self.name = name
        self._desk = desk
        self._model = model
        self._past = None if memory is None else lambda: memory
        self._rows = Rows(desk.folder / f"completion-{name.replace(' ', '-')}.jsonl")

    def typed(self, part: str, moments: Sequence[Moment], threshold: float) -> dict[str, Any]:
        """The sums over the answers of ``moments``, and the interval of what is saved."""
        completer = Completer(self._model, self._past, threshold=threshold)
        found = []
        for number, moment in enumerate(moments):
            row = self._rows.get(f"{moment.id}/{threshold}", partial(self._reply, completer, moment))
            found.append(Typing(**row))
            self._desk.report(f"type {part} with {self.name} at {threshold}", number + 1, len(moments))
        return {**summed(found), "95 %": interval(found)}

    def _reply(self, completer: Completer, moment: Moment) -> dict[str, int]:
        turns, evidence = read(moment.context).turns, self._desk.evidence.get(moment.id, [])
        return asdict(typed(moment.answer, lambda draft: completer.complete(turns, draft, evidence).text))


def memory_of(conversations: Sequence[Any], most: int = 0) -> PastAnswers:
    """The memory of these conversations' answers, of the latest ``most`` where that is not 0."""
    moments = past_answers(conversations)[-most:]
    _, sources = np.unique([moment.conversation_id for moment in moments], return_inverse=True)
    answers = JoinedSuffixArray(SuffixArray(moment.answer for moment in moments))
    return PastAnswers(answers, np.ones(len(moments)), sources.astype(np.int64))
