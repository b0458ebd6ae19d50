"""Examples: the serving layout, and loss on nothing but the agent's words."""

from __future__ import annotations

import dataclasses

from finetune.examples import collator, example_of, examples_of
from finetune.prompt import IGNORED, decode_answer, encode_answer, encode_prompt, end_id, pad_id
from tests.test_finetune.conftest import moment


def test_loss_is_on_the_answer_and_its_end_only(tokenizer) -> None:
    one = moment(1)
    example = example_of(one, ["evidence"], tokenizer)
    labelled = [label for label in example.labels if label != IGNORED]
    assert labelled == encode_answer(tokenizer, one.answer)
    assert list(example.input_ids[example.answer_start :]) == labelled
    prompt = list(example.input_ids[: example.answer_start])
    assert prompt == encode_prompt(tokenizer, one.context, ["evidence"], max_tokens=512 - len(labelled))
    assert example.answer_bytes == len(one.answer.encode())


def test_long_answer_is_cut_and_not_closed(tokenizer) -> None:
    long = dataclasses.replace(moment(2), answer="go on é " * 200)
    example = example_of(long, [], tokenizer, max_tokens=64)
    assert len(example.input_ids) <= 64
    assert end_id(tokenizer) not in example.input_ids[example.answer_start :]
    kept = decode_answer(tokenizer, example.input_ids[example.answer_start :])
    assert example.answer_bytes == len(kept.encode())


def test_evidence_is_asked_for_each_moment_and_empty_answers_are_left_out(tokenizer) -> None:
    asked = []

    def evidence_for(one):
        asked.append(one.id)
        return ["e"]

    moments = [moment(1), dataclasses.replace(moment(2), answer="  "), moment(3)]
    assert len(list(examples_of(moments, evidence_for, tokenizer))) == 2
    assert asked == ["c1:1", "c3:1"]


def test_batches_are_padded_on_the_right(tokenizer) -> None:
    batch = collator(tokenizer)([{"input_ids": [7, 8, 9], "labels": [-100, 8, 9]}, {"input_ids": [7], "labels": [7]}])
    assert batch["input_ids"].tolist() == [[7, 8, 9], [7, pad_id(tokenizer), pad_id(tokenizer)]]
    assert batch["labels"].tolist() == [[-100, 8, 9], [7, -100, -100]]
