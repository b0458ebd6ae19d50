"""Facts can only be copied: what may be written token by token, and that any text of the sources always can be."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from chatbot.dialogue.complete.byte_vocabulary import Vocabulary
from chatbot.dialogue.write.copied_facts import LOOK, CopiedFacts
from finetune.model.loading import load_tokenizer
from finetune.prompt import ABSTAIN, encode_answer, end_id

TEXTS = (
    "A table for 2 at Taqueria Cancun on March 14th at 5:30 pm, please. My number is 650-581-1305.",
    "It costs $37.00 at Golden Wok. See https://shop.example/x?y=1 or write to help@shop.example. [ORDER_1] comes.",
)


@pytest.fixture(scope="module")
def shipped():
    return load_tokenizer(None)


@pytest.fixture(scope="module")
def vocabulary(shipped):
    return Vocabulary(shipped)


def refused_at(constraint: CopiedFacts, tokenizer, text: str) -> str | None:
    """What had been written when a token of ``text`` was refused; None where all of it may be written."""
    ids = encode_answer(tokenizer, text)
    for place, token in enumerate(ids):
        # Single letters first, and no ties, which each processor breaks in its own way.
        logits = -np.arange(len(tokenizer), dtype=np.float32)
        logits[token] = 1.0
        if not np.isfinite(constraint.masked(logits, ids[:place])[token]):
            return str(tokenizer.decode(ids[:place]))
    return None


@pytest.mark.parametrize(
    "text",
    [
        "Please confirm: a table for 2 at Taqueria Cancun on March 14th at 5:30 pm.",
        "It is $37.00.",
        "It is 37.00 dollars, at (Golden Wok).",
        "Call 650-581-1305!",
        "See https://shop.example/x?y=1",
        "Write to help@shop.example, please.",
        "[ORDER_1] comes soon. I'm sorry. OK?",
        "Hello! Open it. Then wait:\nRestart it.",
        "What time would you like?",
        "Taqueria's kitchen is closed.",
        "caf\u00e9 \u4f60\u597d",
        "",
    ],
)
def test_what_is_copied_and_what_is_no_fact_may_be_written(shipped, vocabulary, text) -> None:
    assert refused_at(CopiedFacts(vocabulary, TEXTS), shipped, text) is None


@pytest.mark.parametrize(
    ("text", "before"),
    [
        ("A table for 4", "A table for"),
        ("It is $38", "It is $3"),
        ("It is $3.", "It is $3"),
        ("Call 650-581-13", "Call 650-581-13"),
        ("Booked at Golden Gate", "Booked at Golden G"),
        ("See https://shop.example/z", "See https://shop.example/"),
        ("Write to help@other.example", "Write to help@"),
        ("[ORDER_2] is late", "[ORDER_"),
        ("It is at 5:3 now", "It is at 5:3"),
        ("Come on Sunday", "Come on"),
    ],
)
def test_an_invented_fact_is_refused_where_it_departs_from_the_sources(shipped, vocabulary, text, before) -> None:
    found = refused_at(CopiedFacts(vocabulary, TEXTS), shipped, text)
    assert found is not None
    assert found.startswith(before)


@given(st.text(min_size=1, max_size=80))
@example("*\u201900")
def test_every_source_may_be_copied_whole(shipped, vocabulary, text) -> None:
    assert refused_at(CopiedFacts(vocabulary, [text]), shipped, text) is None


def test_where_nothing_likely_may_follow_the_text_is_over(shipped, vocabulary) -> None:
    constraint = CopiedFacts(vocabulary, ())
    logits = np.zeros(len(shipped), dtype=np.float32)
    numbers = [token for token, piece in enumerate(vocabulary.pieces) if piece.strip().isdigit()]
    logits[numbers] = 9.0
    logits[: LOOK - len(numbers)] = 5.0  # special tokens and the like
    kept = constraint.masked(logits, encode_answer(shipped, "It is")[:-1])
    assert not np.isfinite(kept[numbers]).any()
    assert np.isfinite(kept).sum() >= 1


def test_the_mark_of_doubt_is_never_written(shipped, vocabulary) -> None:
    logits = np.zeros(len(shipped), dtype=np.float32)
    mark = shipped.convert_tokens_to_ids(ABSTAIN)
    logits[mark] = 9.0
    kept = CopiedFacts(vocabulary, TEXTS).masked(logits, [])
    assert not np.isfinite(kept[mark])
    assert np.isfinite(kept[end_id(shipped)]) or np.isfinite(kept).any()
