"""Stage "bits": bits per byte of what agents wrote, for everything that can foretell a token."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from voice_desk import latest
from voice_ngram import Ngram, bits_per_byte

from data.moments import moments_of
from finetune.evaluate.perplexity import perplexity
from finetune.prompt import AGENT, IGNORED, encode_answer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from voice_desk import Desk
    from voice_models import Models

    from data.moments import Moment
    from data.transcripts import Conversation
    from finetune.examples import Example


def stage(desk: Desk, models: Models) -> dict[str, Any]:
    """Bits per byte on the latest first answers of the measured conversations; "uniform" over bytes is 8 by nature.

    All see the same answers, cut where examples are cut, with the end token where they are whole.
    """
    asked = latest(desk.asked, desk.options.questions)
    grounded = models.examples(asked, evidence=True)
    bare = models.examples(asked, evidence=False)
    length = sum(example.answer_bytes for example in bare)
    answers = [_answer(example) for example in bare]
    uniform = sum(map(len, answers)) * math.log(len(models.tokenizer))
    ngram = ngram_of(desk, models)
    found = {
        "uniform over bytes": 8.0,
        "uniform over the base's tokens": bits_per_byte(uniform, length),
        f"{ngram.name} of the desk's answers": bits_per_byte(sum(map(ngram.nats, answers)), length),
    }
    del ngram
    measured = [
        ("base", models.base, bare),
        ("base, evidence shown", models.base, grounded),
        ("fine-tuned without evidence", models.tuned("without evidence"), bare),
        ("fine-tuned with evidence", models.tuned("with evidence"), grounded),
        ("fine-tuned with evidence, none shown", models.tuned("with evidence"), bare),
        ("LoRA with evidence", models.tuned("lora"), grounded),
    ]
    for name, model, examples in measured:
        found[name] = perplexity(model, models.tokenizer, examples, report=desk.report).bits_per_byte
    return {
        "answers": len(asked),
        "bytes": length,
        "bits": found,
        "against the base": found["fine-tuned with evidence"] / found["base"],
        "evidence gives": 1 - found["fine-tuned with evidence"] / found["fine-tuned without evidence"],
        "training": {name: models.figures(name) for name in ("without evidence", "with evidence", "lora")},
    }


def base_stage(desk: Desk, models: Models) -> dict[str, Any]:
    """Stage "base": the base alone on the same answers without evidence; nothing is indexed or trained for it."""
    asked = latest(desk.asked, desk.options.questions)
    found = perplexity(models.base, models.tokenizer, models.examples(asked, evidence=False), report=desk.report)
    return {"answers": len(asked), "base": desk.options.base or "the one that ships", **found.to_json()}


def ngram_of(desk: Desk, models: Models) -> Ngram:
    """The 5-gram of all the desk's answers before what is measured, those before ``--limit`` among them."""
    parts = desk.parts
    kept = past_answers([*parts.earlier, *parts.learnt, *parts.choosing])[-desk.options.ngram_answers :]
    answers = (encode_answer(models.tokenizer, moment.answer) for moment in kept)
    return Ngram(answers, len(models.tokenizer), models.tokenizer.convert_tokens_to_ids(AGENT))


def past_answers(conversations: Sequence[Conversation]) -> list[Moment]:
    """All answered questions of these conversations whose answer has words."""
    return [moment for each in conversations for moment in moments_of(each) if moment.answer]


def _answer(example: Example) -> list[int]:
    return [label for label in example.labels if label != IGNORED]
