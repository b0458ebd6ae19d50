"""Examples: the serving layout, and loss on nothing but the agent's words."""

from __future__ import annotations

import dataclasses

from data.transcripts import Role, Turn
from finetune.examples import collator, example_of, examples_of, judged_examples, packed, unpacked, whole_examples
from finetune.prompt import (
    ABSTAIN,
    CUSTOMER,
    IGNORED,
    decode_answer,
    desk_id,
    encode_answer,
    encode_prompt,
    end_id,
    pad_id,
)
from tests.test_finetune.conftest import answer, moment


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


def test_a_whole_conversation_stands_in_pieces_with_loss_on_what_agents_say(tokenizer) -> None:
    turns = []
    for number in range(6):
        turns += [*moment(number).context, answer(moment(number).answer)]
    turns.insert(2, Turn(Role.NOTE, "internal"))
    rows = list(whole_examples(turns, tokenizer, max_tokens=64))
    assert len(rows) > 1
    assert all(len(row.input_ids) == len(row.labels) <= 64 for row in rows)
    assert {row.input_ids[0] for row in rows} == {desk_id(tokenizer)}
    said = []
    for row in rows:
        labelled = [label for label in row.labels if label != IGNORED]
        assert all(label in (IGNORED, number) for label, number in zip(row.labels, row.input_ids, strict=True))
        texts = [decode_answer(tokenizer, part) for part in split_after(labelled, end_id(tokenizer))]
        assert row.answer_bytes == sum(len(text.encode()) for text in texts)
        said += texts
    assert said == [moment(number).answer for number in range(6)]


def test_a_conversation_in_which_no_agent_speaks_teaches_nothing(tokenizer) -> None:
    assert list(whole_examples(moment(1).context, tokenizer, max_tokens=64)) == []


def test_packed_examples_come_back_as_they_were(tokenizer) -> None:
    turns = [*moment(1).context, answer("One."), *moment(2).context, answer("Two.")]
    rows = [*whole_examples(turns, tokenizer, max_tokens=96), example_of(moment(3), ["evidence"], tokenizer)]
    assert unpacked(packed(rows, "some"), "some") == rows


def split_after(ids: list[int], mark: int) -> list[list[int]]:
    parts: list[list[int]] = [[]]
    for number in ids:
        parts[-1].append(number)
        if number == mark:
            parts.append([])
    return [part for part in parts if part]


def test_what_was_sent_is_to_be_told_from_what_was_not_by_one_last_label(tokenizer) -> None:
    one = moment(1)
    rows = judged_examples(one, ["Something else entirely.", moment(4).answer], tokenizer, max_tokens=96, most=24)
    assert len(rows) == 3
    assert all([label for label in row.labels if label != IGNORED] == [row.input_ids[-1]] for row in rows)
    assert [row.input_ids[-1] for row in rows] == [
        tokenizer.convert_tokens_to_ids(token) for token in (CUSTOMER, ABSTAIN, ABSTAIN)
    ]
    assert all(row.input_ids[-2] == end_id(tokenizer) and len(row.input_ids) <= 96 for row in rows)
    assert (
        list(rows[0].input_ids[-26:-2])[-len(encode_answer(tokenizer, one.answer)) + 1 :]
        == encode_answer(tokenizer, one.answer)[:-1]
    )


def test_an_answer_that_cannot_be_known_begins_with_the_mark_of_doubt(tokenizer) -> None:
    asked = []

    def is_knowable(one, evidence) -> bool:
        asked.append((one.id, list(evidence)))
        return one.id == "c1:1"

    known, unknown = examples_of([moment(1), moment(2)], lambda one: [one.answer], tokenizer, is_knowable=is_knowable)
    mark = tokenizer.convert_tokens_to_ids(ABSTAIN)
    assert mark not in known.input_ids
    assert unknown.input_ids[unknown.answer_start] == unknown.labels[unknown.answer_start] == mark
    assert decode_answer(tokenizer, unknown.input_ids[unknown.answer_start :]) == moment(2).answer
    assert asked == [("c1:1", [moment(1).answer]), ("c2:1", [moment(2).answer])]
