"""Completes a half-typed sentence with the language model: the texts that may follow, with their probabilities.

A beam search over texts: all are followed whose probability is large enough; there are at most 1 / that of each length.
Every text ends with a word or with the sentence. Text in, text out; the tokens are ``byte_vocabulary`` and
``token_healing``. Does not know which text is worth showing.
"""

from __future__ import annotations

import time
from codecs import getincrementaldecoder
from collections import defaultdict
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from chatbot.dialogue.complete.byte_vocabulary import Vocabulary, ends_word
from chatbot.dialogue.complete.token_healing import covers
from chatbot.dialogue.text.sentences import CJK_STOPS, is_over
from data.transcripts import Role, Turn
from finetune.prompt import encode_prompt

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    from chatbot.engine.protocol import Stepper

ANSWER_TOKENS = 256
"""Room for the draft and its completion; the prompt has the rest of the context, as when a reply is written."""
COMPLETION_TOKENS = 24
"""Longest completion; a sentence that is still sure after that is rare."""
_FAINT = 0.05
"""Share of the least probability below which a beam is dropped, alone or added to others of its text."""
_PROMPTS = 16


@dataclass(slots=True)
class _Beam:
    """All tokens found so far that spell one text: their probability, and the likeliest, which stand for the others."""

    share: float
    ids: tuple[int, ...]
    own: float


@dataclass(frozen=True, slots=True)
class _Search:
    """One search: the least probability of interest, the beams still open by their text, and the texts found."""

    least: float
    beams: dict[bytes, _Beam] = field(default_factory=dict)
    found: dict[str, float] = field(default_factory=lambda: defaultdict(float))


class ModelCompleter:
    """Completes drafts with one model version. Not thread-safe: one model thread owns it.

    Keeps no draft: typing what was proposed costs nothing, because the stepper remembers its distributions.
    """

    def __init__(
        self,
        stepper: Stepper,
        tokenizer: Any,
        *,
        seconds: float | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Join a model and the tokenizer it was trained with.

        The search stops after ``seconds`` on the ``clock``; None never does, and equal calls then give equal texts.

        Raises:
            UnfitTokenizerError: the tokenizer is no byte-level BPE.

        """
        self._stepper = stepper
        self._vocabulary = Vocabulary(tokenizer)
        self._seconds = seconds
        self._clock = clock
        room = min(ANSWER_TOKENS, stepper.context_tokens // 2)
        self._completion_tokens = min(COMPLETION_TOKENS, room // 4)
        self._draft_tokens = room - self._completion_tokens - 1
        prompt_tokens = stepper.context_tokens - room

        def prompt(turns: tuple[tuple[Role, str], ...], evidence: tuple[str, ...]) -> tuple[int, ...]:
            said = [Turn(role, text) for role, text in turns]
            return tuple(encode_prompt(tokenizer, said, evidence, max_tokens=prompt_tokens))

        self._prompt = lru_cache(maxsize=_PROMPTS)(prompt)

    def continuations(
        self, turns: Sequence[Turn], draft: str, begun: str, evidence: Sequence[str], least: float
    ) -> dict[str, float]:
        """Texts that may follow ``draft``, whose last sentence is ``begun``, with their probabilities.

        ``evidence`` are past answers, best first, as for ``ReplyModel.write``; ``least`` is the smallest probability
        that is of interest, above 0.
        """
        prompt = self._prompt(tuple((turn.role, turn.text) for turn in turns), tuple(evidence))
        typed = self._vocabulary.typed(draft)
        shift = self._shift(len(typed.cut(len(typed.bytes))))

        def look(ids: Sequence[int]) -> NDArray[np.float64]:
            known = self._stepper.log_probabilities((*prompt, *ids[shift:]))
            return np.exp(known[: len(self._vocabulary.pieces)], dtype=np.float64)

        until = None if self._seconds is None else self._clock() + self._seconds
        search = _Search(least)
        for cover in covers(typed, self._vocabulary, look):
            over = len(typed.bytes) - cover.held
            for number, share in _followable(cover.last, cover.shares, least):
                _join(search.beams, self._vocabulary.pieces[number][over:], share, (*cover.before, number))
        steps = 0
        while search.beams:
            # Whatever leads to a text is shorter than it: the shortest has all its tokenizations together.
            content = min(search.beams, key=len)
            beam = search.beams.pop(content)
            if beam.share < least:
                continue
            steps += 1
            if steps > self._completion_tokens or (until is not None and self._clock() >= until):
                break
            self._follow(content, beam, begun, look(beam.ids), search)
        return {text: share for text, share in search.found.items() if share >= least}

    def _follow(self, content: bytes, beam: _Beam, begun: str, following: NDArray[np.float64], search: _Search) -> None:
        """Take one text: how likely it ends here, and how it may go on."""
        vocabulary = self._vocabulary
        text = _decoded(content)
        closed = text is not None and bool(content) and is_over(begun + text)
        if text is not None and (closed or ends_word(text)):
            if closed and text[-1] in CJK_STOPS:  # a sentence that the next follows without a space
                search.found[text] += beam.share
                return
            ending = vocabulary.spaces if closed else vocabulary.breaks
            search.found[text if begun else text.lstrip()] += beam.share * float(following[ending].sum())
        open_ids = np.flatnonzero(vocabulary.written & ~vocabulary.spaces if closed else vocabulary.written)
        for number, share in _followable(open_ids, beam.share * following[open_ids], search.least):
            _join(search.beams, content + vocabulary.pieces[number], share, (*beam.ids, number))

    def _shift(self, count: int) -> int:
        """How many ids of a long draft's beginning are left out, in big steps, so that the rest stays the same."""
        step = max(self._draft_tokens // 2, 1)
        return max(0, -(-(count - self._draft_tokens) // step)) * step


def _followable(ids: NDArray[np.int64], shares: NDArray[np.float64], least: float) -> Iterator[tuple[int, float]]:
    """The ids whose share is large enough to be followed, with it."""
    kept = np.flatnonzero(shares >= _FAINT * least)
    return zip(ids[kept].tolist(), shares[kept].tolist(), strict=True)


def _join(beams: dict[bytes, _Beam], content: bytes, share: float, ids: tuple[int, ...]) -> None:
    """Add tokens to the beam of their text."""
    if not _is_beginning(content):
        return
    known = beams.get(content)
    if known is None:
        beams[content] = _Beam(share, ids, share)
        return
    known.share += share
    if share > known.own:
        known.ids, known.own = ids, share


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
