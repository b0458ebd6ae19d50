"""The terms of a text: versions and codes whole, scripts without spaces in pairs."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.terms import terms
from retrieval.vectors import hashes


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Hello, WORLD! don't", ["hello", "world", "don", "t"]),
        ("Error 0x80070002 in v115.3.1b2. Next", ["error", "0x80070002", "in", "v115.3.1b2", "next"]),
        ("See 3.Then 10.0.0.1:80 a.b é", ["see", "3", "then", "10.0.0.1", "80", "a", "b", "é"]),
        ("Cafe\u0301 CAFÉ Straße", ["café", "café", "strasse"]),
        ("ＡＢＣ １．５ ﬁn", ["abc", "1.5", "fin"]),
        ("iPhone手机坏了 猫", ["iphone", "手机", "机坏", "坏了", "猫"]),
        ("カタカナ ひら", ["カタ", "タカ", "カナ", "ひら"]),
        ("ขอบ 12", ["ขอ", "อบ", "12"]),
        ("हिन्दी में", ["हिन्दी", "में"]),
        ("한국어 русский ё", ["한국어", "русский", "ё"]),
        ("\U0001f600\u2764\ufe0f", []),
        ("a\ud800b \udfffé", ["a", "b", "é"]),
        ("hy\u00adphen", ["hyphen"]),
        ("E107 or E-107, e 107?", ["e107", "e107", "e107", "or", "e", "107", "e", "107"]),
        ("Fehler KB-4021 ü", ["kb4021", "fehler", "kb", "4021", "ü"]),
        (
            "a 30 day wait, I 5 times, 1-2-3, x-1-2",
            ["a", "30", "day", "wait", "i", "5", "times", "1", "2", "3", "x", "1", "2"],
        ),
        (" \n\t…", []),
        ("", []),
    ],
)
def test_terms(text, expected):
    assert terms(text) == expected


@given(st.text())
def test_terms_of_any_text_can_be_hashed_and_are_not_empty(text):
    found = terms(text)
    assert all(found)
    assert len(hashes(found)) == len(found)


@given(st.text(alphabet=st.characters(max_codepoint=127)))
def test_a_text_of_plain_letters_has_the_same_terms_beside_others(text):
    assert terms(f"{text} é") == [*terms(text), "é"]
