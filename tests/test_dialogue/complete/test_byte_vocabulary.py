"""Tokens as bytes: nothing is lost, any cut has the tokenizer's own tokens, and words end where people end them."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import PreTrainedTokenizerFast

from chatbot.dialogue.complete.byte_vocabulary import UnfitTokenizerError, Vocabulary, _breaks_word, ends_word
from finetune.pretrain.pretrain import train_tokenizer
from finetune.prompt import encode_answer, prepare_tokenizer

TEXTS = [
    "The refund takes 5 days, don't worry.",
    "Größe: 你好吗? क्षमा करें 👍🏽",
    "e-mail a.b@c.com https://a.b/c?d=e  !",
] * 3


@pytest.fixture(scope="module")
def merged():
    return train_tokenizer(TEXTS, size=340)


@pytest.fixture(scope="module")
def vocabulary(merged):
    return Vocabulary(merged)


@settings(max_examples=40, deadline=None)
@given(text=st.one_of(st.text(), st.lists(st.sampled_from(TEXTS)).map("".join)), share=st.floats(0, 1))
def test_any_cut_has_the_tokens_of_its_bytes(merged, vocabulary, text, share):
    typed = vocabulary.typed(text)
    whole = text.encode("utf-8", "replace")
    assert typed.bytes == whole
    assert typed.cut(len(whole)) == encode_answer(merged, text)[:-1]
    place = int(share * len(whole))
    assert b"".join(vocabulary.pieces[number] for number in typed.cut(place)) == whole[:place]


def test_a_cut_between_words_has_the_tokens_of_the_whole(merged, vocabulary):
    text = "The refund takes days. " * 3
    whole = encode_answer(merged, text)
    ids = vocabulary.typed(text).cut(len("The refund takes"))
    assert ids == whole[: len(ids)]


def test_what_is_written_is_neither_special_nor_broken(merged, vocabulary):
    for token in ("<|desk|>", "<|agent|>", "<|end|>", "<|pad|>"):
        assert not vocabulary.written[merged.convert_tokens_to_ids(token)]
    assert vocabulary.breaks[vocabulary.end]
    assert vocabulary.spaces[vocabulary.end]
    assert len({piece for piece in vocabulary.pieces if len(piece) == 1}) == 243  # every byte that UTF-8 uses


def test_tokens_are_found_by_how_they_begin(vocabulary):
    found = {vocabulary.pieces[number] for number in vocabulary.starting_with(b" re")}
    assert b" refund" in found
    assert found == {piece for piece in vocabulary.pieces if piece.startswith(b" re")}
    assert vocabulary.starting_with(b" no such token").size == 0
    assert vocabulary.starting_with(b"").size == vocabulary.written.sum()


@pytest.mark.parametrize(
    ("piece", "breaks"),
    [
        (" a", True), (".", True), (",", True), ("?", True), (":", True), ("...", True), (")", True), ("%", True),
        ("a", False), ("7", False), ("é", False), ("्", False), ("'t", False), ("'", False), ("-", False),
        (".com", False), ("://", False), ("/", False), ("@", False), ("_", False), ("你", True), ("\u200d", False),
    ],
)  # fmt: skip
def test_what_ends_a_word(piece, breaks):
    assert _breaks_word(piece.encode()) is breaks


def test_half_a_character_ends_nothing():
    assert not _breaks_word("你".encode()[:2])
    assert not _breaks_word("你".encode()[1:])


def test_texts_that_may_end_where_they_do():
    assert all(ends_word(text) for text in ("word", "30", "50 %", "(so)", "10 €", "你好", "करें"))
    assert not any(ends_word(text) for text in ("", "word ", "word,", "(", "e-", "it'", "👍"))


def test_the_space_that_a_tokenizer_puts_first(merged):
    spaced = Tokenizer.from_str(merged.backend_tokenizer.to_str())
    spaced.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=True)
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=spaced)
    prepare_tokenizer(tokenizer)
    typed = Vocabulary(tokenizer).typed("refund")
    assert typed.bytes == b" refund"
    assert typed.cut(7) == encode_answer(tokenizer, "refund")[:-1]


def test_a_tokenizer_of_words_is_refused():
    inner = Tokenizer(models.WordLevel({"[UNK]": 0, "a": 1}, unk_token="[UNK]"))
    inner.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=inner, unk_token="[UNK]")
    prepare_tokenizer(tokenizer)
    with pytest.raises(UnfitTokenizerError, match="byte-level"):
        Vocabulary(tokenizer)
