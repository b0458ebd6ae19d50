from __future__ import annotations

import pytest

from chatbot.dialogue.window import read
from chatbot.dialogue.write.excerpt import excerpts
from chatbot.dialogue.write.rows import of_what_was_asked, without_others, words_of
from data.transcripts import Role, Turn
from tests.test_dialogue.write.test_excerpt import _parts

TO = (
    "Where to | Service | Price\nUnited Kingdom | Standard | £3.95\nUnited Kingdom | Express | £7.95\n"
    "Ireland | Standard | £7.50, free from £90"
)
SPARES = "Part | Fits | Price\nHeron lid | Heron | £9\nBadger lid | Badger | £7\nCurlew basket | Curlew | £8"


def _rows(table, question, best):
    parts = _parts("a", table, [1.0 if row == best else 0.5 for row in range(table.count("\n"))])
    chosen, lacks = of_what_was_asked(parts[:1], parts, question)
    return [part.block.text for part in chosen], lacks


def test_a_row_that_lacks_what_tells_rows_apart_does_not_answer():
    assert _rows(TO, "express to Ireland, how much", 2)[1] == ("express",)
    assert _rows(SPARES, "price of a curlew lid", 2)[1] == ("lid",)


def test_the_row_that_holds_it_is_told_though_another_one_seemed_nearer():
    told, lacks = _rows(TO, "how much is express in the united kingdom", 0)
    assert "Express" in told[0]
    assert not lacks
    assert "Curlew" in _rows(SPARES, "a basket for the curlew", 0)[0][0]


SIZES = " | Moorhen 01 | Moorhen 02\nCups | 1 to 2 | 2 to 4\nPrice | £24 | £27\nPaper filters | 01 | 02"


def test_two_rows_named_in_one_breath_ask_for_what_neither_of_them_says():
    assert _rows(SIZES, "moorhen filters price?", 1)[1] == ("filter",)
    assert _rows(SIZES, "price of the moorhen filters?", 2)[1] == ("price",)


@pytest.mark.parametrize(
    "question",
    [
        "price and cups of the moorhen",
        "the moorhen: price, cups?",
        "moorhen price?",
        "price or filters?",
        "the price. filters too",
    ],
)
def test_rows_that_are_asked_for_one_by_one_are_told(question):
    told, lacks = _rows(SIZES, question, 1)
    assert "£24" in told[0]
    assert not lacks


def test_the_sentence_that_says_both_is_told_instead_of_the_row():
    parts = _parts("a", f"{SIZES}\n\nThe price of a pack of paper filters is £5.50.", [0.5, 1.0, 0.4, 0.9])
    chosen, lacks = of_what_was_asked(parts[:2], parts, "moorhen filters price?")
    assert [part.block.text for part in chosen] == ["The price of a pack of paper filters is £5.50."]
    assert not lacks


@pytest.mark.parametrize("question", ["how much is it", "what does the parcel to ireland cost", "standard to ireland?"])
def test_words_that_the_row_holds_or_no_row_knows_change_nothing(question):
    told, lacks = _rows(TO, question, 2)
    assert "Ireland" in told[0]
    assert not lacks


def test_the_row_of_another_place_still_says_what_the_table_knows():
    (found,) = excerpts(read([Turn(Role.CUSTOMER, "express to Ireland?")]), _parts("a", TO, [0.5, 0.5, 1.0]))
    assert found.lacks == ("express",)
    assert found.of_rows


def test_a_cell_that_was_asked_for_stands_beside_the_column_that_was():
    (found,) = excerpts(
        read([Turn(Role.CUSTOMER, "service to Ireland, is it free?")]), _parts("a", TO, [0.5, 0.5, 1.0])
    )
    assert "Standard" in found.text
    assert "free from £90" in found.text


def test_an_item_about_another_thing_than_was_named_is_left_out():
    more = " ".join(["and so on"] * 9)
    heron, kingfisher = (
        f"The cord of the Heron is loose: £6 {more}.",
        f"The cord of the Kingfisher is fixed: £20, {more}.",
    )
    text = f"It has arrived:\n\n- {heron}\n- {kingfisher}"
    parts = _parts("a", text, [1.0, 0.99])
    assert len(without_others(parts, parts, "what now")) == 2
    (left,) = without_others(parts, parts, "same with my kingfisher")
    assert "£20" in left.block.text


def test_a_part_about_another_code_than_was_named_is_left_out():
    parts = _parts("a", "E1: too little water.\n\nE2: the sensor is broken.\n\nReset it first.", [1.0, 0.9, 0.8])
    assert [part.block.text[:2] for part in without_others(parts, parts, "my kettle shows E-2")] == ["E2", "Re"]
    assert [part.block.text[:2] for part in without_others(parts, parts, "kettle says error 2")] == ["E2", "Re"]
    assert len(without_others(parts, parts, "my kettle shows E7")) == 3
    assert [part.block.text[:2] for part in without_others(parts[2:], parts, "E2?")] == ["E2"]


def test_a_plural_is_its_singular():
    assert words_of("Two lids, is it?") == {"two", "lid"}
