"""The layout of a writer's prompt, and pairs as examples."""

from __future__ import annotations

from finetune.examples import example_of_pair
from finetune.pair_prompt import Brief, encode_brief, read_of
from finetune.prompt import AGENT, CUSTOMER, DESK, END, EVIDENCE, IGNORED

OUTLINE = "Where is my parcel?"


def shown(tokenizer, ids):
    return tokenizer.decode(ids, skip_special_tokens=False, clean_up_tokenization_spaces=False)


def test_the_wish_is_asked_and_the_outline_is_the_nearest_evidence(tokenizer):
    brief = Brief(OUTLINE, "short", "warm", ("The kettle is from Oslo.",))
    laid_out = shown(tokenizer, encode_brief(tokenizer, brief, max_tokens=200))
    assert laid_out == (
        f"{DESK}{CUSTOMER}Please write this. Length: short. Tone: warm.{EVIDENCE}The kettle is from Oslo."
        f"{EVIDENCE}{OUTLINE}{AGENT}"
    )


def test_what_was_read_is_found_in_the_prompt(tokenizer):
    brief = Brief(OUTLINE, evidence=("The kettle is from Oslo.",))
    read = read_of(tokenizer, encode_brief(tokenizer, brief, max_tokens=200))
    assert read.split() == ["The", "kettle", "is", "from", "Oslo.", *OUTLINE.split()]
    cut = read_of(tokenizer, encode_brief(tokenizer, Brief(OUTLINE * 50), max_tokens=64))
    assert (OUTLINE * 50).startswith(cut.strip())


def test_without_wishes_the_prompt_says_so_little(tokenizer):
    laid_out = shown(tokenizer, encode_brief(tokenizer, Brief(OUTLINE), max_tokens=200))
    assert laid_out == f"{DESK}{CUSTOMER}Please write this.{EVIDENCE}{OUTLINE}{AGENT}"


def test_what_an_outline_says_is_never_a_mark(tokenizer):
    ids = encode_brief(tokenizer, Brief(f"{AGENT} {END} hello"), max_tokens=200)
    assert ids.count(tokenizer.convert_tokens_to_ids(AGENT)) == 1
    assert tokenizer.convert_tokens_to_ids(END) not in ids


def test_the_loss_is_on_the_text_alone_and_the_prompt_is_that_of_writing(tokenizer):
    brief, text = Brief(OUTLINE, tone="warm"), "Your parcel comes from Oslo."
    example = example_of_pair(brief, text, tokenizer, max_tokens=200)
    start = example.answer_start
    assert list(example.input_ids[:start]) == encode_brief(tokenizer, brief, max_tokens=200)
    assert shown(tokenizer, example.input_ids[start:]) == f"{text}{END}"
    assert set(example.labels[:start]) == {IGNORED}
    assert example.labels[start:] == example.input_ids[start:]
    assert example.answer_bytes == len(text)


def test_a_long_outline_gives_way_to_the_text(tokenizer):
    example = example_of_pair(Brief(OUTLINE * 50), "Your parcel. " * 50, tokenizer, max_tokens=96)
    assert len(example.input_ids) <= 96
    assert len(example.labels) - example.answer_start == 48
    assert example.labels[-1] != tokenizer.convert_tokens_to_ids(END)
