"""Completes an agent's half-typed sentence: the likely rest of it with its probability, or nothing.

What is shown ends with a word or with the sentence and never runs past it. Of the texts that come next with a
probability of at least the threshold it is the one that saves most keystrokes on average; there are at most
1 / threshold such texts of each length, so that all of them can be followed. Numbers, links and codes that neither the
evidence nor the dialogue holds are not shown.
Text in, text out; the tokens are ``vocabulary.py`` and ``healing.py``.
"""

from __future__ import annotations

import re
import time
from codecs import getincrementaldecoder
from collections import defaultdict
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any

import numpy as np

from chatbot.dialogue.checks import Sources, check_placeholders, check_repetition, failures, unknown_facts
from chatbot.dialogue.healing import covers
from chatbot.dialogue.sentences import finished
from chatbot.dialogue.vocabulary import Vocabulary, ends_word
from data.transcripts import Role, Turn
from finetune.prompt import encode_prompt

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    from chatbot.dialogue.vocabulary import Typed
    from chatbot.engine import Stepper

THRESHOLD = 0.35
"""Least probability of what is shown: `benchmarks/voice.py` counts the keystrokes that each value saves. An agent reads
more than he uses below one in three, whatever the count says."""
KEYS_TO_ACCEPT = 1
"""What accepting costs: a text that is no longer saves nothing."""
ANSWER_TOKENS = 256
"""Room for the draft and its completion; the prompt has the rest of the context, as when a reply is written."""
COMPLETION_TOKENS = 24
"""Longest completion; a sentence that is still sure after that is rare."""
SECONDS = 0.5
"""Time for one completion where somebody waits: by then more has been typed."""
_FAINT = 0.05
"""Share of the threshold below which a way to go on is forgotten, alone or added to others of the same text."""
_STATES = 16
_LINK_BEGUN = re.compile(r"\b(?:https?|www|mailto)$", re.IGNORECASE)
_CJK_STOPS = "\u3002\uff01\uff1f"


@dataclass(frozen=True, slots=True)
class Completion:
    """What to append to the draft, "" where nothing is sure; ``confidence`` is its probability given the draft."""

    text: str
    confidence: float


NOTHING = Completion("", 0.0)


@dataclass(frozen=True, slots=True)
class _State:
    """What belongs to one state of a conversation: the prompt, and what vouches for a fact."""

    prompt: tuple[int, ...]
    sources: Sources


@dataclass(slots=True)
class _Way:
    """All tokens found so far that spell one text: their probability, and the likeliest, which stand for the others."""

    share: float
    ids: tuple[int, ...]
    own: float


class Completer:
    """Completes drafts with one model version. Not thread-safe: one model thread owns it.

    Keeps no draft: that a text which grows as foretold costs nothing is the stepper's memory of distributions.
    """

    def __init__(
        self,
        stepper: Stepper,
        tokenizer: Any,
        *,
        threshold: float = THRESHOLD,
        seconds: float | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Join a model and its tokenizer.

        Args:
            stepper: the model.
            tokenizer: the one it was trained with.
            threshold: least probability of what is shown, above 0 and at most 1.
            seconds: stop looking further after this; None never does, and equal calls then give equal texts.
            clock: seconds, rising.

        Raises:
            UnfitTokenizerError: the tokenizer is no byte-level BPE.
            ValueError: the threshold is no such probability.

        """
        if not 0 < threshold <= 1:
            raise ValueError(f"a threshold is above 0 and at most 1, got {threshold}")
        self._stepper = stepper
        self._vocabulary = Vocabulary(tokenizer)
        self._threshold = threshold
        self._seconds = seconds
        self._clock = clock
        room = min(ANSWER_TOKENS, stepper.context_tokens // 2)
        self._completion_tokens = min(COMPLETION_TOKENS, room // 4)
        self._draft_tokens = room - self._completion_tokens - 1
        prompt_tokens = stepper.context_tokens - room
        self._state = lru_cache(maxsize=_STATES)(partial(_state_of, tokenizer, prompt_tokens))

    @property
    def name(self) -> str:
        """The model version."""
        return self._stepper.name

    def complete(self, turns: Sequence[Turn], draft: str, evidence: Sequence[str]) -> Completion:
        """The likely rest of the sentence that ``draft``, a reply to ``turns``, breaks off in.

        ``evidence`` are past answers, best first, as for ``Voice.write``. After a sentence that is over and no space
        there is nothing to complete; after the space, the next sentence is begun.
        """
        begun = draft[sum(map(len, finished(draft))) :]
        if _is_over(begun):
            return NOTHING
        state = self._state(tuple((turn.role, turn.text) for turn in turns), tuple(evidence))
        likely = self._likely(state.prompt, self._vocabulary.typed(draft), begun)
        for text in sorted(likely, key=lambda text: likely[text] * (len(text) - KEYS_TO_ACCEPT), reverse=True):
            if len(text) > KEYS_TO_ACCEPT and _is_sound(begun, text, draft, state.sources):
                return Completion(text, min(likely[text], 1.0))
        return NOTHING

    def _likely(self, prompt: Sequence[int], typed: Typed, begun: str) -> dict[str, float]:
        """Texts that may be shown, with their probabilities, of at least the threshold."""
        shift = self._shift(len(typed.cut(len(typed.bytes))))

        def look(ids: Sequence[int]) -> NDArray[np.float64]:
            known = self._stepper.log_probabilities((*prompt, *ids[shift:]))
            return np.exp(known[: len(self._vocabulary.pieces)], dtype=np.float64)

        until = None if self._seconds is None else self._clock() + self._seconds
        ways: dict[bytes, _Way] = {}
        for cover in covers(typed, self._vocabulary, look):
            over = len(typed.bytes) - cover.held
            for number, share in self._worth(cover.last, cover.shares):
                _join(ways, self._vocabulary.pieces[number][over:], share, (*cover.before, number))
        likely: dict[str, float] = defaultdict(float)
        steps = 0
        while ways:
            # Whatever leads to a text is shorter than it: the shortest has all its ways together.
            content = min(ways, key=len)
            way = ways.pop(content)
            if way.share < self._threshold:
                continue
            steps += 1
            if steps > self._completion_tokens or (until is not None and self._clock() >= until):
                break
            self._follow(content, way, begun, look(way.ids), ways, likely)
        return {text: share for text, share in likely.items() if share >= self._threshold}

    def _follow(
        self,
        content: bytes,
        way: _Way,
        begun: str,
        following: NDArray[np.float64],
        ways: dict[bytes, _Way],
        likely: dict[str, float],
    ) -> None:
        """Take one text: how likely it ends here, and how it may go on."""
        vocabulary = self._vocabulary
        text = _decoded(content)
        closed = text is not None and bool(content) and _is_over(begun + text)
        if text is not None and (closed or ends_word(text)):
            if closed and text[-1] in _CJK_STOPS:  # a sentence that the next follows without a space
                likely[text] += way.share
                return
            ending = vocabulary.spaces if closed else vocabulary.parts
            likely[text if begun else text.lstrip()] += way.share * float(following[ending].sum())
        open_ids = np.flatnonzero(vocabulary.written & ~vocabulary.spaces if closed else vocabulary.written)
        for number, share in self._worth(open_ids, way.share * following[open_ids]):
            _join(ways, content + vocabulary.pieces[number], share, (*way.ids, number))

    def _worth(self, ids: NDArray[np.int64], shares: NDArray[np.float64]) -> Iterator[tuple[int, float]]:
        """The ids with a share that can still become something."""
        kept = np.flatnonzero(shares >= _FAINT * self._threshold)
        return zip(ids[kept].tolist(), shares[kept].tolist(), strict=True)

    def _shift(self, count: int) -> int:
        """How many ids of a long draft's beginning are left out, in big steps, so that the rest stays the same."""
        step = max(self._draft_tokens // 2, 1)
        return max(0, -(-(count - self._draft_tokens) // step)) * step


def _state_of(
    tokenizer: Any, prompt_tokens: int, turns: tuple[tuple[Role, str], ...], evidence: tuple[str, ...]
) -> _State:
    said = [Turn(role, text) for role, text in turns]
    prompt = encode_prompt(tokenizer, said, evidence, max_tokens=prompt_tokens)
    ours = [text for role, text in turns if role is not Role.CUSTOMER]
    theirs = "\n".join(text for role, text in turns if role is Role.CUSTOMER)
    return _State(tuple(prompt), Sources((*evidence, *ours), theirs))


def _join(ways: dict[bytes, _Way], content: bytes, share: float, ids: tuple[int, ...]) -> None:
    """Add tokens to the way of their text."""
    if not _is_beginning(content):
        return
    known = ways.get(content)
    if known is None:
        ways[content] = _Way(share, ids, share)
        return
    known.share += share
    if share > known.own:
        known.ids, known.own = ids, share


def _is_sound(begun: str, text: str, draft: str, sources: Sources) -> bool:
    """Whether what would be added may be shown after the sentence ``begun``."""
    whole = begun + text
    strange = unknown_facts(whole, sources, after=len(begun))
    if strange:  # what the agent has typed is his own
        typed = unknown_facts(whole, Sources((draft,)), after=len(begun))
        strange = [fact for fact in strange if fact in typed]
    if strange or _LINK_BEGUN.search(whole):
        return False
    return not failures((check_placeholders(whole), check_repetition(whole)))


def _is_over(sentence: str) -> bool:
    """Whether a sentence is complete as it stands, with no space behind it."""
    return sum(map(len, finished(f"{sentence} x"))) > len(sentence) and not sentence[-1:].isspace()


def _decoded(content: bytes) -> str | None:
    """The text of some bytes; None where its last character is not whole."""
    try:
        return content.decode()
    except UnicodeDecodeError:
        return None


def _is_beginning(content: bytes) -> bool:
    """Whether the bytes can be the beginning of a line; the last character may be incomplete."""
    if b"\n" in content or b"\r" in content:
        return False
    try:
        getincrementaldecoder("utf-8")().decode(content)
    except UnicodeDecodeError:
        return False
    return True
