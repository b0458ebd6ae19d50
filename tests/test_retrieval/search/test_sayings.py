"""Which answers and articles of a whole desk use a word."""

from __future__ import annotations

import pytest

from retrieval.index.build import build_index
from retrieval.index.filters import Filters
from retrieval.index.live_index import LiveIndex
from retrieval.index.snapshot import PassageIndex
from retrieval.passages import Passage, PassageKind
from retrieval.search import sayings
from retrieval.search.sayings import Sayings


def _moment(name, answer):
    return Passage(f"{name}:1", PassageKind.MOMENT, f"what of {name}", answer, name, created="2025-01-01")


@pytest.fixture
def view(encoder, tmp_path):
    passages = [
        _moment("a", "Use the code XK-2291 here."),
        _moment("b", "The kettle is blue."),
        _moment("c", "The kettle is red."),
        Passage("help#0", PassageKind.ARTICLE, "Gift cards\nOne each", "One each.", "help", "Gift cards"),
    ]
    build_index(passages, encoder, tmp_path / "one", tmp_path / "vectors")
    return LiveIndex(PassageIndex.open(tmp_path / "one", encoder), encoder).view


def test_all_words_of_a_text_are_looked_up(view):
    found = Sayings(view)
    assert [passage.source_id for passage in found.using("xk 2291")] == ["a"]
    assert [passage.source_id for passage in found.using("kettle")] == ["b", "c"]
    assert [passage.source_id for passage in found.using("gift")] == ["help"]
    assert found.using("XK 9999") == ()


@pytest.fixture
def telling(monkeypatch):
    """Few answers tell as much as many."""
    monkeypatch.setattr(sayings, "TELLING", 1)


def test_where_there_are_few_answers_no_word_is_rare(view):
    assert Sayings(view).is_common("blue")


@pytest.mark.usefixtures("telling")
def test_a_word_of_two_conversations_or_an_article_is_common(view):
    found = Sayings(view)
    assert [found.is_common(word) for word in ("kettle", "gift", "each", "blue", "nowhere")] == [
        True, True, True, False, False,
    ]  # fmt: skip


@pytest.mark.usefixtures("telling")
def test_what_the_filters_leave_out_says_nothing(view):
    found = Sayings(view, Filters(exclude_sources=frozenset({"b"})))
    assert not found.is_common("kettle")
    assert [passage.source_id for passage in found.using("kettle")] == ["c"]
