"""The layout: order, what is dropped, what stays the same from turn to turn, and that text is only ever text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.transcripts import Role, Turn
from finetune.prompt import (
    AGENT,
    CUSTOMER,
    DESK,
    END,
    EVIDENCE,
    SPECIAL_TOKENS,
    decode_answer,
    encode_answer,
    encode_dialogue,
    encode_prompt,
    end_id,
    prepare_tokenizer,
)
from tests.test_finetune.conftest import answer, question

_texts = st.text(min_size=1, max_size=60)


def shown(tokenizer, ids):
    return "".join(tokenizer.decode([number]) for number in ids)


def specials(tokenizer, ids):
    known = {tokenizer.convert_tokens_to_ids(token): token for token in SPECIAL_TOKENS}
    return [known[number] for number in ids if number in known]


def test_order_is_desk_dialogue_evidence_best_last_agent(tokenizer) -> None:
    turns = [question("Hello"), answer("Yes?"), question("My lamp?")]
    ids = encode_prompt(tokenizer, turns, ["best", "second"], max_tokens=200)
    assert shown(tokenizer, ids) == (
        f"{DESK}{CUSTOMER}Hello{AGENT}Yes?{END}{CUSTOMER}My lamp?{EVIDENCE}second{EVIDENCE}best{AGENT}"
    )


def test_bot_speaks_as_agent_and_notes_are_left_out(tokenizer) -> None:
    turns = [Turn(Role.NOTE, "angry"), question("Hi"), Turn(Role.BOT, "Hello"), question("Lamp")]
    ids = encode_prompt(tokenizer, turns, [], max_tokens=100)
    assert shown(tokenizer, ids) == f"{DESK}{CUSTOMER}Hi{AGENT}Hello{END}{CUSTOMER}Lamp{AGENT}"


@pytest.mark.parametrize("typed", SPECIAL_TOKENS)
def test_typed_special_tokens_stay_text(tokenizer, typed) -> None:
    ids = encode_prompt(tokenizer, [question(f"a {typed} b {typed}")], [f"{typed} c"], max_tokens=200)
    assert specials(tokenizer, ids) == [DESK, CUSTOMER, EVIDENCE, AGENT]
    assert decode_answer(tokenizer, encode_answer(tokenizer, f"x {typed}{typed} y")) == f"x {typed}{typed} y"


@given(text=_texts)
def test_any_text_comes_back(tokenizer, text) -> None:
    ids = encode_answer(tokenizer, text)
    assert ids[-1] == end_id(tokenizer)
    assert decode_answer(tokenizer, ids) == text
    assert end_id(tokenizer) not in ids[:-1]


@pytest.mark.parametrize(
    "text",
    [
        "请问我的包裹在哪里？",
        "👩‍👩‍👧‍👦 🇳🇴 🤷🏽‍♀️",
        "أين طلبي رقم ٤٢؟",
        "\t two\u00a0spaces  \r\n\u200b\u2028end \n",
        "é vs e\u0301",
        "012 3456,789.00 €",
        " leading",
    ],
)
def test_languages_and_odd_spaces_come_back(tokenizer, text) -> None:
    assert decode_answer(tokenizer, encode_answer(tokenizer, text)) == text


def test_half_a_surrogate_pair_is_no_exception(tokenizer) -> None:
    assert decode_answer(tokenizer, encode_answer(tokenizer, "a\ud800b")) == "a?b"


def test_decode_stops_at_the_end_token(tokenizer) -> None:
    ids = [*encode_answer(tokenizer, "Yes."), *encode_answer(tokenizer, "No.")]
    assert decode_answer(tokenizer, ids) == "Yes."


@given(
    texts=st.lists(st.text(max_size=80), min_size=1, max_size=30),
    evidence=st.lists(st.text(max_size=300), max_size=6),
    room=st.integers(16, 160),
)
def test_never_too_long_and_never_without_the_last_question(tokenizer, texts, evidence, room) -> None:
    turns = [question(text) if place % 2 == 0 else answer(text) for place, text in enumerate(texts)]
    ids = encode_prompt(tokenizer, turns, evidence, max_tokens=room)
    assert len(ids) <= room
    assert specials(tokenizer, ids)[0] == DESK
    assert specials(tokenizer, ids)[-1] == AGENT
    assert CUSTOMER in specials(tokenizer, ids)


def test_long_last_question_keeps_its_beginning_and_end(tokenizer) -> None:
    ids = encode_prompt(tokenizer, [question("first " + "blah " * 500 + "last")], ["e"], max_tokens=80)
    text = shown(tokenizer, ids)
    assert f"{CUSTOMER}first" in text
    assert "last" in text


def test_longer_dialogue_starts_with_the_shorter_one(tokenizer) -> None:
    """The part before the evidence is reused from turn to turn; it may change only at a big step."""
    turns, before, changes = [], [], 0
    for number in range(40):
        turns += [question(f"question number {number}"), answer(f"answer {number}")]
        now = encode_dialogue(tokenizer, turns[:-1], budget=200)
        if now[: len(before)] != before:
            changes += 1
        assert len(now) <= 200
        before = now
    tokens = len(encode_dialogue(tokenizer, turns, budget=100_000))
    assert 2 <= changes <= tokens // 100 + 1


def test_dialogue_does_not_depend_on_evidence(tokenizer) -> None:
    turns = [question("Where is my lamp? " * 5)]
    few = encode_prompt(tokenizer, turns, [], max_tokens=120)
    many = encode_prompt(tokenizer, turns, ["long " * 300, "b"], max_tokens=120)
    assert many[: len(few) - 1] == few[:-1]


def test_worst_evidence_goes_first_when_room_is_short(tokenizer) -> None:
    ids = encode_prompt(tokenizer, [question("q")], ["good " * 40, "bad " * 40], max_tokens=60)
    assert "good" in shown(tokenizer, ids)
    assert "bad" not in shown(tokenizer, ids)


def test_no_room_at_all_is_refused(tokenizer) -> None:
    with pytest.raises(ValueError, match="at least"):
        encode_prompt(tokenizer, [question("q")], [], max_tokens=3)


def test_prepare_adds_only_what_is_missing() -> None:
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    bare = Tokenizer(models.BPE())
    bare.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    bare.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    bare.train_from_iterator([], trainers.BpeTrainer(initial_alphabet=alphabet, special_tokens=["<|endoftext|>"]))
    theirs = PreTrainedTokenizerFast(tokenizer_object=bare, eos_token="<|endoftext|>", unk_token="<|endoftext|>")
    with pytest.raises(ValueError, match="prepare_tokenizer"):
        encode_answer(theirs, "a")
    assert prepare_tokenizer(theirs) == len(SPECIAL_TOKENS)
    assert prepare_tokenizer(theirs) == 0
    assert decode_answer(theirs, encode_answer(theirs, "<|endoftext|> <|end|>")) == "<|endoftext|> <|end|>"
