"""What a training run learns from, stops early by and is measured on: moments divided, then laid out as examples.

No conversation is in two parts. Where evidence comes from is not this module's business: it gets texts by moment.
"""

from __future__ import annotations

import random
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from chatbot.errors import InputError
from chatbot.learning.training.lessons import is_knowable
from data.split import held_out

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from data.moments import Moment
    from finetune.augment.variant import Variant
    from finetune.examples import Example

    Texts = Callable[[Moment], Sequence[str]]

HELD_OUT = 0.1
"""Share of the conversations that is never learnt from, by hash of their id."""
HELD_OUT_EXAMPLES = 400
"""What the figures are measured on, at most."""
STOPPING_EXAMPLES = 200
"""What early stopping looks at, at most; never what the figures are measured on."""
TRAINING_EXAMPLES = 60_000
FEWEST_LEARNT = 20
FEWEST_MEASURED = 3
"""Answers below which there is nothing to learn or no saying whether it helped: retrieval alone serves such a desk."""
ENOUGH_MEASURED = 20
"""Below it, figures are told with a warning."""
EVIDENCE_LEFT_OUT = 0.15
"""Share of the training examples that lose their evidence, so that the model can also do without."""
MANY_TOKENS_A_BYTE = 0.55
"""About 0.3 is usual; a language that a tokenizer has never seen comes near 1."""


@dataclass(frozen=True, slots=True)
class Parts:
    """Moments to learn from, to stop early by, and to measure on; no conversation in two of them."""

    learnt: list[Moment]
    stopping: list[Moment]
    measured: list[Moment]

    @property
    def everything(self) -> list[Moment]:
        """The moments of all three parts."""
        return [*self.learnt, *self.stopping, *self.measured]

    def counts(self) -> dict[str, int]:
        """Answers in each part."""
        return {"learnt": len(self.learnt), "stopping": len(self.stopping), "measured": len(self.measured)}

    def warnings(self) -> list[str]:
        """What is to be kept in mind with figures measured on so few."""
        if len(self.measured) >= ENOUGH_MEASURED:
            return []
        few = len(self.measured)
        return [f"Only {few} held-out answers could be measured: take all figures as a guess until more is imported."]


def divided(moments: Sequence[Moment], seed: int) -> Parts:
    """Divide by hash of the conversation's id, the same way in every run; sampled where there are very many.

    Blank answers are left out. A conversation that was held out once stays so in later runs: what serves now never
    learnt from what it is compared on.

    Raises:
        InputError: too little is left to learn from, or to measure on.

    """
    learnt, stopping, measured = [], [], []
    for moment in moments:
        if not moment.answer.strip():
            continue
        if not held_out(moment.conversation_id, HELD_OUT):
            learnt.append(moment)
        elif held_out(moment.conversation_id, 1 / 3, salt="early stopping"):
            stopping.append(moment)
        else:
            measured.append(moment)
    if len(learnt) < FEWEST_LEARNT or len(measured) < FEWEST_MEASURED:
        raise InputError(
            f"{len(moments):,} answered questions are too few to train a model: {len(learnt)} to learn from and "
            f"{len(measured)} held out to measure on, where at least {FEWEST_LEARNT} and {FEWEST_MEASURED} are needed. "
            "Import more (understudy import PATH); until then answers come from retrieval, which needs no training."
        )
    chosen = random.Random(seed)
    return Parts(
        chosen.sample(learnt, min(len(learnt), TRAINING_EXAMPLES)),
        chosen.sample(stopping, min(len(stopping), STOPPING_EXAMPLES)),
        chosen.sample(measured, min(len(measured), HELD_OUT_EXAMPLES)),
    )


def training_examples(
    learnt: Sequence[Moment],
    canaries: Sequence[Moment],
    texts: Texts,
    tokenizer: Any,
    *,
    max_tokens: int,
    seed: int,
    judged: float = 0.0,
    abstain: bool = False,
    variants: Sequence[Variant] = (),
) -> list[Example]:
    """The examples to learn from: each moment once, the canaries among them once as well and without evidence.

    A variant of a moment has its own evidence, and none where its original has none.

    By lot, the same in each run of a seed, ``EVIDENCE_LEFT_OUT`` of the moments lose their evidence: at times a desk
    knows nothing that fits, and a model that always saw evidence would copy whatever stands there. A share ``judged``
    of the moments is also learnt to be told from what was answered to like questions. ``abstain``: what could not have
    been known is marked so, which takes some 10 ms for each of a forum's long answers.
    """
    from finetune.examples import examples_of, judged_examples

    lots = random.Random(f"evidence {seed}")
    planted = {moment.id for moment in canaries}
    bare = {moment.id for moment in learnt if lots.random() < EVIDENCE_LEFT_OUT} | planted
    bare |= {variant.moment.id for variant in variants if variant.original in bare}
    own = {variant.moment.id: variant.evidence for variant in variants}
    examples = list(
        examples_of(
            [*learnt, *(variant.moment for variant in variants), *canaries],
            lambda moment: () if moment.id in bare else own[moment.id] if moment.id in own else texts(moment),
            tokenizer,
            max_tokens=max_tokens,
            is_knowable=lambda moment, evidence: not abstain or moment.id in planted or is_knowable(moment, evidence),
        )
    )
    for moment in learnt:
        if lots.random() < judged:
            examples += judged_examples(moment, texts(moment), tokenizer, max_tokens=max_tokens)
    return examples


def tokens_a_byte(moments: Sequence[Moment], tokenizer: Any) -> dict[str, float]:
    """Tokens for each UTF-8 byte of the answers, by language ("?" where it is unknown)."""
    from finetune.prompt import encode_answer

    tokens: dict[str, int] = defaultdict(int)
    size: dict[str, int] = defaultdict(int)
    for moment in moments:
        language = moment.language or "?"
        tokens[language] += len(encode_answer(tokenizer, moment.answer)) - 1
        size[language] += len(moment.answer.encode("utf-8", "replace"))
    return {language: tokens[language] / size[language] for language in sorted(size)}


def unseen_languages(shares: dict[str, float]) -> list[str]:
    """A warning for each language whose text the tokenizer takes nearly byte by byte; ``shares``: tokens a byte."""
    return [
        f"The base has hardly seen {_named(language)}: its "
        f"tokenizer needs {share:.2f} tokens for each byte (0.3 is usual). Training works, but takes longer, and less "
        "of a conversation fits; a GPT-2 made for that language may do better (--base)."
        for language, share in shares.items()
        if share > MANY_TOKENS_A_BYTE
    ]


def _named(language: str) -> str:
    return "this desk's language" if language == "?" else f"the language {language!r}"
