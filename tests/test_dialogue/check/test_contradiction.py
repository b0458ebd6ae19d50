"""An article wins over what somebody once said; what both say, or says something else, is no contradiction."""

from __future__ import annotations

import pytest

from chatbot.dialogue.check.backing import Backing
from chatbot.dialogue.check.contradiction import check_article, contradictions
from retrieval.passages import Passage, PassageKind

ARTICLES = [
    Passage(f"{slug}#0", PassageKind.ARTICLE, title, text, slug, title=title)
    for slug, title, text in (
        (
            "returns",
            "Return an item",
            (
                "You can return anything you do not want within 30 days of delivery. The label is £3.50 in the United "
                "Kingdom, taken off the refund. Sale items can be returned like any other. We do not exchange by post."
            ),
        ),
        (
            "delivery",
            "Delivery",
            (
                "Standard delivery takes 2 to 4 working days after dispatch and costs £3.95, free from £40.\n"
                "Express delivery costs £7.95. The weight of the box of the Kingfisher is 14 kg."
            ),
        ),
        (
            "kingfisher",
            "Kingfisher care",
            "Descale the Kingfisher with 20 g of citric acid in 1 litre of water. Rinse the tank after that.",
        ),
        ("versand", "Versand", "Die Lieferung nach Deutschland dauert 4 bis 8 Werktage und kostet 9,90 €."),
    )
]


def said(text, question="a question about the Kingfisher"):
    return [(one.said, one.instead) for one in contradictions(text, question, ARTICLES)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("You can return it within 60 days of delivery.", [("60 days", "30 days")]),
        ("Hello! Anything can come back within 14 days of delivery. Have a nice day.", [("14 days", "30 days")]),
        ("The return label costs £5 in the United Kingdom; it comes off the refund.", [("£5", "£3.50")]),
        ("Standard delivery takes 2 to 4 working days and costs £4.95.", [("£4.95", "£3.95")]),
        ("Standard delivery is free from £60, and takes 2 to 4 working days after dispatch.", [("£60", "£40")]),
        ("Express delivery costs £9.50.", [("£9.50", "£7.95")]),
        ("Take 50 g of citric acid in 1 litre of water.", [("50 g", "20 g")]),
        ("Sale items cannot be returned like any other.", [("Sale items cannot be returned like any other.",) * 2]),
        ("We do exchange by post.", [("We do exchange by post.",) * 2]),
        ("Die Lieferung nach Deutschland kostet 12,90 €.", [("12,90 €", "9,90 €")]),
    ],
)
def test_what_says_otherwise(text, expected):
    found = said(text, "Lieferung Deutschland Kingfisher Versand Werktage")
    assert len(found) == len(expected)
    assert found[0][0] == expected[0][0]
    if not found[0][0].startswith(("Sale", "We")):
        assert found == expected


@pytest.mark.parametrize(
    "text",
    [
        "You can return it within 30 days of delivery.",
        "The label is £3.50, taken off the refund.",
        "Standard delivery takes 2 to 4 working days and costs £3.95.",
        "Can you return it within 60 days of delivery?",
        "The workshop takes 2 hours and costs £35.",
        "A new lid costs £6.",
        "The refund reaches you within 5 working days.",
        "Messages are kept for 24 months.",
        "You can return anything you want to.",
        "Sale items can be returned, but not if they are engraved.",
        "Rinse the tank for a second time.",
        "Hello!",
        "",
    ],
)
def test_what_says_the_same_or_something_else(text):
    assert said(text) == []


def test_an_article_about_another_product_says_nothing_of_this_one():
    assert said("Take 50 g of citric acid in 1 litre of water.", "my Heron is full of limescale") == []


def test_a_number_that_another_article_gives_may_be_of_another_case():
    assert said("You can return it within 30 days of delivery, or for £40.") == []
    assert said("Express delivery costs £3.95, free from £40.") == []
    assert said("The return label is £7.95 in the United Kingdom, taken off the refund.") == [("£7.95", "£3.50")]


def test_the_nearest_articles_win_over_a_past_answer():
    backing = Backing(ARTICLES, lambda text: [], lambda word: True)
    check = check_article("You can return it within 60 days of delivery.", "returns", backing)
    assert not check.passed
    assert "60 days" in check.detail
    assert "30 days" in check.detail
    assert check_article("You can return it within 30 days of delivery.", "returns", backing).passed
    nothing = Backing([], lambda text: [], lambda word: True)
    assert check_article("You can return it within 60 days of delivery.", "returns", nothing).passed
