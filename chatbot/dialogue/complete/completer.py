"""Completes an agent's half-typed sentence: the likely rest of it with its probability, or nothing.

What the desk's own past answers say counts first (``phrase_completions``); what they leave open is the language
model's, where one serves (``model_completions``): a text's probability is the sum of both. Of the texts of at least the
threshold the one is shown that saves most keystrokes on average. It ends with a word or with the sentence and never
runs past it. Numbers, links and codes are shown where the evidence, the dialogue or the past answers that the text
comes from hold them.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from chatbot.dialogue.answer import failures
from chatbot.dialogue.check.evidence import Sources, unknown_facts
from chatbot.dialogue.check.shape import check_placeholders, check_repetition
from chatbot.dialogue.check.specific import check_facts_of_others
from chatbot.dialogue.complete.phrase_completions import Completions
from chatbot.dialogue.text.sentences import finished, is_over
from data.transcripts import Role, Turn

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from chatbot.dialogue.check.backing import Backing
    from chatbot.dialogue.complete.answer_memory import PastAnswers
    from chatbot.dialogue.complete.model_completions import ModelCompleter

THRESHOLD = 0.35
"""Least probability of what is shown: `benchmarks/voice.py` counts the keystrokes that each value saves. An agent reads
more than they use below one in three, whatever the count says."""
KEYS_TO_ACCEPT = 1
"""What accepting costs: a text that is no longer saves nothing."""
SECONDS = 0.5
"""Time for the model's part of one completion where somebody waits: by then more has been typed."""
_PART = 0.5
"""Share of the threshold that past answers or model must give a text for the other to be added to it."""
_STATES = 16
_LINK_BEGUN = re.compile(r"\b(?:https?|www|mailto)$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Completion:
    """What to append to the draft, "" where nothing is sure; ``confidence`` is its probability given the draft."""

    text: str
    confidence: float


NOTHING = Completion("", 0.0)
_OPEN = Completions({}, 1.0)


class Completer:
    """Completes drafts from past answers, a model version or both. Not thread-safe: one model thread owns it."""

    def __init__(
        self,
        model: ModelCompleter | None = None,
        past: Callable[[], PastAnswers] | None = None,
        *,
        threshold: float = THRESHOLD,
    ) -> None:
        """Join them; either may be missing. ``past`` gives the past answers as they are now (``AnswerMemory.now``).

        Raises:
            ValueError: the threshold, the least probability of what is shown, is not above 0 and at most 1.

        """
        if not 0 < threshold <= 1:
            raise ValueError(f"a threshold is above 0 and at most 1, got {threshold}")
        self._model = model
        self._past = past
        self._threshold = threshold
        self._sources = lru_cache(maxsize=_STATES)(_sources_of)

    def complete(
        self, turns: Sequence[Turn], draft: str, evidence: Sequence[str], backing: Backing | None = None
    ) -> Completion:
        """The likely rest of the sentence that ``draft``, a reply to ``turns``, breaks off in.

        ``evidence`` are past answers, best first, as for ``ReplyModel.write``. Of facts and names that stand neither in
        the dialogue nor in the draft, only those that ``backing`` makes the desk's are shown. After a sentence that is
        over and no space there is nothing to complete; after the space, the next sentence is begun.
        """
        begun = draft[sum(map(len, finished(draft))) :]
        if is_over(begun):
            return NOTHING
        past, phrases = self._past() if self._past is not None else None, _OPEN
        if past is not None:
            least = self._threshold * _PART
            phrases = past.completions(draft, begun, evidence, least, modelled=self._model is not None)
        shares = self._shares(turns, draft, begun, evidence, phrases)
        sources = self._sources(tuple((turn.role, turn.text) for turn in turns), tuple(evidence))
        said = "\n".join(turn.text for turn in turns)
        for text in sorted(shares, key=lambda text: shares[text] * (len(text) - KEYS_TO_ACCEPT), reverse=True):
            if len(text) <= KEYS_TO_ACCEPT:
                continue
            sound = _is_sound(begun, text, draft, sources) or _is_vouched(begun, text, draft, phrases, past)
            if sound and (backing is None or check_facts_of_others(begun + text, backing, f"{said}\n{draft}").passed):
                return Completion(text, min(shares[text], 1.0))
        return NOTHING

    def _shares(
        self, turns: Sequence[Turn], draft: str, begun: str, evidence: Sequence[str], phrases: Completions
    ) -> dict[str, float]:
        """Texts that may be shown, with their probabilities, of at least the threshold."""
        shares: dict[str, float] = defaultdict(float)
        shares.update({text: completion.share for text, completion in phrases.texts.items()})
        # What the model alone may still lift over the threshold, or to where the past answers' part does the rest.
        least = self._threshold * (_PART if phrases.texts else 1) / max(phrases.left, self._threshold * _PART)
        if self._model is not None and least <= 1:
            for text, share in self._model.continuations(turns, draft, begun, evidence, least).items():
                shares[text] += phrases.left * share
        return {text: share for text, share in shares.items() if share >= self._threshold}


def _sources_of(turns: tuple[tuple[Role, str], ...], evidence: tuple[str, ...]) -> Sources:
    ours = [text for role, text in turns if role is not Role.CUSTOMER]
    theirs = "\n".join(text for role, text in turns if role is Role.CUSTOMER)
    return Sources((*evidence, *ours), theirs)


def _is_vouched(begun: str, text: str, draft: str, phrases: Completions, past: PastAnswers | None) -> bool:
    """Whether each of the past answers that a text comes from holds all its facts."""
    if past is None or text not in phrases.texts:
        return False
    vouching = [Sources((past.answers.text(number),)) for number in phrases.texts[text].answers]
    return all(_is_sound(begun, text, draft, sources) for sources in vouching)


def _is_sound(begun: str, text: str, draft: str, sources: Sources) -> bool:
    """Whether what would be added may be shown after the sentence ``begun``."""
    whole = begun + text
    strange = unknown_facts(whole, sources, after=len(begun))
    if strange:  # what agents have typed is their own
        typed = unknown_facts(whole, Sources((draft,)), after=len(begun))
        strange = [fact for fact in strange if fact in typed]
    if strange or _LINK_BEGUN.search(whole):
        return False
    return not failures((check_placeholders(whole), check_repetition(whole)))
