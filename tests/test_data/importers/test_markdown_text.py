"""Markdown as plain text."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.importers.articles import MarkdownArticles
from data.importers.importer import ImportOptions
from data.importers.markdown_text import as_markdown, plain_text


@pytest.mark.parametrize(
    ("markdown", "text"),
    [
        ("Wait **20 minutes**, *then* `reset`.", "Wait 20 minutes, then reset."),
        ("# Title\n\nFirst\nline.\n\nSecond.", "Title\n\nFirst line.\n\nSecond."),
        ("Do:\n\n1. Pull the plug.\n2. Wait.\n\nDone.", "Do:\n\n1. Pull the plug.\n2. Wait.\n\nDone."),
        ("- one\n- two\n  - inner\n- three", "- one\n- two\n  - inner\n- three"),
        ("See [the guide](https://shop.example/help/x).", "See the guide (https://shop.example/help/x)."),
        ("<https://shop.example>", "https://shop.example"),
        ("| a | b |\n|---|---|\n| 1 | 2 |", "a | b\n1 | 2"),
        ("```\ncode  **stays**\n```", "code  **stays**"),
        ("a < b & c", "a < b & c"),
    ],
)
def test_reads_as_the_page_does(markdown: str, text: str) -> None:
    assert plain_text(markdown) == text


@given(st.text(alphabet="ab1 *_-#>`[]()|\n.", max_size=200))
def test_any_text_is_read_without_an_error(markdown: str) -> None:
    assert isinstance(plain_text(markdown), str)


@pytest.mark.parametrize(
    ("text", "markdown"),
    [
        ("Plain words.\n\nAnd more.", "Plain words.\n\nAnd more."),
        ("Do:\n\n1. Pull.\n2. Wait.", "Do:\n\n1. Pull.\n2. Wait."),
        ("a | b\n1 | 2", "| a | b |\n| --- | --- |\n| 1 | 2 |"),
        (" | 01 | 02\nCups | 1 | 2", "|  | 01 | 02 |\n| --- | --- | --- |\n| Cups | 1 | 2 |"),
        ("one line\nanother", "one line\\\nanother"),
        ("# no heading", "\\# no heading"),
        ("snake_case and __x__", "snake\\_case and \\_\\_x\\_\\_"),
    ],
)
def test_what_is_edited_is_plain_markdown(text, markdown):
    assert as_markdown(text) == markdown
    assert plain_text(markdown) == text


def test_every_article_of_the_shop_comes_back_as_it_was_imported():
    folder = Path(__file__).resolve().parents[3] / "data/sample/articles"
    articles = [found.item for found in MarkdownArticles().read(folder, ImportOptions())]
    assert len(articles) > 30
    assert [one.slug for one in articles if plain_text(as_markdown(one.text)) != one.text] == []


@given(st.text(alphabet=st.sampled_from("ab1 \n\n.-*_#>|[]()`~+&<\\")))
def test_no_word_is_lost_on_the_way_back(markdown):
    text = plain_text(markdown)
    assert "".join(plain_text(as_markdown(text)).split()) == "".join(text.split())
