"""The desk's GPT-2 as the dialogue uses it: text in, text and likelihoods out.

Joins a ``Generator`` (token ids) and its tokenizer through the one prompt layout. Checks and decides nothing.
"""

from __future__ import annotations

import math
import time
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from chatbot.dialogue.complete.byte_vocabulary import UnfitTokenizerError, Vocabulary
from chatbot.dialogue.text.sentences import finished, sentences
from chatbot.dialogue.write.copied_facts import CopiedFacts
from chatbot.engine.protocol import Generate, Generator, Sampling, never
from finetune.prompt import (
    JUDGED_TOKENS,
    abstain_id,
    decode_answer,
    encode_answer,
    encode_judged,
    encode_prompt,
    end_id,
    evidence_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from data.transcripts import Turn

ANSWER_TOKENS = 160
"""Longest draft."""
LIKELIHOODS_KEPT = 20_000
"""Texts whose likelihood without a dialogue is kept; candidates come again and again."""
REPETITION_PENALTY = 1.1
SECONDS = 8.0
"""Time for one draft; a customer who waits longer would rather have the past answer as it is."""
SAMPLED = Sampling(temperature=0.7, top_p=0.9)
"""How a further text for the same prompt is drawn; the first is written sentence by sentence."""
SENTENCES = 8
"""Most of such a reply."""
COPIED_FROM = 24
"""Sentences of the evidence, of the best first, that are judged: more would take longer than a reply may."""
HEAD_START = 0.6
"""Nats a token that a sentence of the evidence is ahead of the model's own, chosen on the end of SGD's past."""


class Sample(NamedTuple):
    """A text that a model wrote, and its log-likelihood in nats a token."""

    text: str
    likelihood: float


class ReplyModel:
    """Writes and judges replies with one model version. Not thread-safe: one model thread owns it."""

    def __init__(
        self, generator: Generator, tokenizer: Any, *, answer_tokens: int = ANSWER_TOKENS, seconds: float = SECONDS
    ) -> None:
        self._generator = generator
        self._tokenizer = tokenizer
        # A small context is shared evenly: half to read, half to write.
        self._answer_tokens = min(answer_tokens, generator.context_tokens // 2)
        self._prompt_tokens = generator.context_tokens - self._answer_tokens
        self._judged_tokens = min(JUDGED_TOKENS, self._answer_tokens)
        self._anywhere: dict[str, float] = {}
        self._sampling = Sampling(
            max_tokens=self._answer_tokens,
            repetition_penalty=REPETITION_PENALTY,
            stop_ids=frozenset({end_id(tokenizer)}),
        )
        self._seconds = seconds

    @property
    def name(self) -> str:
        """The model version."""
        return self._generator.name

    @cached_property
    def _vocabulary(self) -> Vocabulary | None:
        """Made when something is written: a desk that only completes and judges does without."""
        try:
            return Vocabulary(self._tokenizer)
        except UnfitTokenizerError:
            return None  # what it writes is checked afterwards all the same

    def samples(
        self,
        turns: Sequence[Turn],
        evidence: Sequence[str],
        *,
        facts: Sequence[str] | None,
        count: int,
        seed: int = 0,
        should_stop: Callable[[], bool] = never,
    ) -> list[Sample]:
        """Up to ``count`` different replies to the dialogue from the evidence (best first); the others are drawn.

        The first is written sentence by sentence, each the model's own or one of the evidence, copied whole. Numbers,
        names, addresses and links in them are copied from ``facts``; None lets the model write what it likes.
        """
        prompt = encode_prompt(self._tokenizer, turns, evidence, max_tokens=self._prompt_tokens)
        copied = CopiedFacts(self._vocabulary, facts) if facts is not None and self._vocabulary else None
        written: dict[str, list[int]] = {}
        for number in range(count):
            drawn = replace(self._sampling, temperature=SAMPLED.temperature, top_p=SAMPLED.top_p, seed=seed + number)
            request = Generate(
                prompt,
                drawn if number else self._sampling,
                evidence_of(self._tokenizer, prompt),
                copied,
                seconds=self._seconds / count,
            )
            if number:
                ids = [*self._generator.generate(request, should_stop)]
            else:
                ids = self._by_sentence(request, evidence, should_stop)
            written.setdefault(decode_answer(self._tokenizer, ids).strip(), ids)
        written.pop("", None)
        judged = [[*ids, end_id(self._tokenizer)][: self._answer_tokens] for ids in written.values()]
        sums = self._generator.score(prompt, judged)
        return [Sample(text, total / len(ids)) for text, ids, total in zip(written, judged, sums, strict=True)]

    def _by_sentence(self, asked: Generate, evidence: Sequence[str], should_stop: Callable[[], bool]) -> list[int]:
        """The ids of a reply of whole sentences, each the likelier a token of its own next one and those of evidence.

        A lattice with two kinds of edges, searched greedily: one token of the model, or one sentence of an agent. A
        small model judges sentences better than it writes them.
        """
        until = time.monotonic() + (asked.seconds or self._seconds)
        there = dict.fromkeys(sentence.strip() for text in evidence for sentence in sentences(text))
        left = dict.fromkeys([*there][:COPIED_FROM])
        ids: list[int] = []
        for _ in range(SENTENCES):
            own, over = self._next_sentence(replace(asked, seconds=until - time.monotonic()), ids, should_stop)
            said = decode_answer(self._tokenizer, ids)
            again = decode_answer(self._tokenizer, own).strip() in said  # also where it ends here, with nothing
            if again or should_stop() or time.monotonic() >= until:
                break
            space = " " if said and not said[-1].isspace() else ""
            edges: dict[str | None, list[int]] = {None: own}
            edges |= {each: encode_answer(self._tokenizer, space + each)[:-1] for each in left}
            edges = {each: more for each, more in edges.items() if len(ids) + len(more) <= self._answer_tokens}
            sums = self._generator.score([*asked.prompt, *ids], [*edges.values()])
            rates = {each: total / len(edges[each]) for each, total in zip(edges, sums, strict=True)}
            best = max(rates, key=lambda each: rates[each] + HEAD_START * (each is not None))
            ids += edges[best]
            if best is not None:
                del left[best]
            elif over:
                break
        return ids

    def _next_sentence(
        self, asked: Generate, ids: Sequence[int], should_stop: Callable[[], bool]
    ) -> tuple[list[int], bool]:
        """The ids with which the model goes on after ``ids`` up to the end of a sentence, and whether it ends there."""
        sampling = replace(asked.sampling, max_tokens=self._answer_tokens - len(ids))
        request = replace(asked, prompt=[*asked.prompt, *ids], sampling=sampling)
        own: list[int] = []
        for token in self._generator.generate(request, should_stop):
            if finished(decode_answer(self._tokenizer, [*own, token])):
                return own, False  # the token begins the next one
            own.append(token)
        return own, True

    def doubt(self, turns: Sequence[Turn], evidence: Sequence[str]) -> float | None:
        """The probability that our agents would say what neither the dialogue nor the evidence (best first) says.

        None where the model was trained before there was a mark for it.
        """
        mark = abstain_id(self._tokenizer)
        if mark is None:
            return None
        prompt = encode_prompt(self._tokenizer, turns, evidence, max_tokens=self._prompt_tokens)
        return math.exp(self._generator.score(prompt, [[mark]])[0])

    def verdicts(self, turns: Sequence[Turn], texts: Sequence[str]) -> list[float]:
        """The logarithm of the probability that our agents would send each text to this dialogue.

        Of a model that has learnt to tell (``finetune.examples.judged_examples``); of another it means nothing.
        """
        prompt = encode_prompt(self._tokenizer, turns, (), max_tokens=self._prompt_tokens)
        ids = [encode_judged(self._tokenizer, text, most=self._judged_tokens) for text in texts]
        return self._generator.score(prompt, ids, judged=1)

    def pmi(self, turns: Sequence[Turn], texts: Sequence[str]) -> list[float]:
        """How much more likely each text is after this dialogue than after none, in nats a token.

        Pointwise mutual information log p(text | dialogue) - log p(text | empty dialogue), divided by the
        number of tokens judged: it favours what fits this customer over what fits everyone (Li et al. 2016,
        "A Diversity-Promoting Objective Function for Neural Conversation Models"). Evidence is left out, so
        that a text copied from it has no advantage. A blank text gains 0.
        """
        unknown = [text for text in dict.fromkeys(texts) if text not in self._anywhere]
        if len(self._anywhere) + len(unknown) > LIKELIHOODS_KEPT:
            self._anywhere.clear()
            unknown = list(dict.fromkeys(texts))
        self._anywhere.update(zip(unknown, self.likelihoods((), unknown), strict=True))
        return [here - self._anywhere[text] for here, text in zip(self.likelihoods(turns, texts), texts, strict=True)]

    def likelihoods(self, turns: Sequence[Turn], texts: Sequence[str]) -> list[float]:
        """Log-likelihood of each text after the dialogue, in nats a token; 0 for a blank text.

        A long text is judged by its first ``JUDGED_TOKENS`` tokens. Of no texts the model is not asked.
        """
        if not texts:
            return []
        ids = [encode_answer(self._tokenizer, text)[: self._judged_tokens] if text.strip() else [] for text in texts]
        prompt = encode_prompt(self._tokenizer, turns, (), max_tokens=self._prompt_tokens)
        sums = self._generator.score(prompt, ids)
        return [total / len(tokens) if tokens else 0.0 for total, tokens in zip(sums, ids, strict=True)]
