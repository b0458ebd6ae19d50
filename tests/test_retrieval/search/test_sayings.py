"""Which answers and articles of a whole desk use a word."""

from __future__ import annotations

from dataclasses import replace

import pytest

from retrieval.index.build import build_index
from retrieval.index.filters import Filters
from retrieval.index.live_index import LiveIndex
from retrieval.index.snapshot import PassageIndex
from retrieval.passages import Passage, PassageKind
from retrieval.search import sayings
from retrieval.search.sayings import Sayings
from retrieval.voices import Voice


def _moment(name, answer):
    return Passage(f"{name}:1", PassageKind.MOMENT, f"what of {name}", answer, name, created="2025-01-01")


@pytest.fixture
def one_desk(encoder, tmp_path):
    """A desk of some passages."""

    def build(*passages):
        folder = tmp_path / str(len(list(tmp_path.iterdir())))
        build_index(passages, encoder, folder, tmp_path / "vectors")
        return LiveIndex(PassageIndex.open(folder, encoder), encoder).view

    return build


@pytest.fixture
def view(one_desk):
    passages = [
        _moment("a", "Use the code XK-2291 here."),
        _moment("b", "The kettle is blue."),
        _moment("c", "The kettle is red."),
        Passage("help#0", PassageKind.ARTICLE, "Gift cards\nOne each", "One each.", "help", "Gift cards"),
    ]
    return one_desk(*passages)


def test_all_words_of_a_text_are_looked_up(view):
    found = Sayings(view)
    assert [passage.source_id for passage in found.using("xk 2291")] == ["a"]
    assert [passage.source_id for passage in found.using("kettle")] == ["b", "c"]
    assert [passage.source_id for passage in found.using("gift")] == ["help"]
    assert found.using("XK 9999") == ()


def test_a_word_of_one_conversation_is_common_where_an_article_or_any_desk_uses_it(view):
    found = Sayings(view)
    words = ("kettle", "gift", "each", "please", "bitte", "xk", "zither")
    assert [found.is_common(word) for word in words] == [True, True, True, True, True, False, False]


def test_a_small_desk_has_words_of_one_case_too(one_desk):
    found = Sayings(one_desk(_moment("a", "the spare key is behind the heater"), _moment("b", "it is behind it")))
    assert found.is_common("behind")
    assert not found.is_common("heater")


@pytest.mark.parametrize(
    ("voices", "common"),
    [
        ((Voice("aa", "c1", "1"), Voice("bb", "c1", "2")), False),  # who comes again is one customer
        ((Voice("aa", None, "1"), Voice("bb", None, "1")), False),  # a transcript that came in twice
        ((Voice("aa", "c1", "1"), Voice("aa", "c2", "2")), True),
    ],
)
def test_a_word_is_common_by_customers_not_by_conversations(one_desk, voices, common):
    told = [replace(_moment(f"m{place}", "behind the heater"), voices=(one,)) for place, one in enumerate(voices)]
    assert Sayings(one_desk(*told)).is_common("heater") is common
    merged = replace(told[0], voices=voices)
    assert Sayings(one_desk(merged)).is_common("heater") is common


def test_a_word_of_one_agent_is_not_the_desks_where_there_are_others(one_desk):
    def told(place, agent, answer):
        return replace(_moment(f"m{place}", answer), voices=(Voice(agent, f"c{place}", str(place)),))

    view = one_desk(
        *(told(place, "aa", "mix bleach with vinegar") for place in range(5)), told(5, "bb", "no bleach for the jug")
    )
    assert Sayings(view).is_common("bleach")
    assert not Sayings(view).is_common("vinegar")


def test_what_many_conversations_hold_is_looked_up_no_further(one_desk, monkeypatch):
    view = one_desk(*(_moment(f"m{place}", "behind the heater") for place in range(6)))
    monkeypatch.setattr(sayings, "MOST", 3)
    read, passage = [], type(view).passage
    monkeypatch.setattr(type(view), "passage", lambda self, place: read.append(place) or passage(self, place))
    assert Sayings(view).is_common("heater")
    assert len(read) == 3


def test_what_the_filters_leave_out_says_nothing(view):
    found = Sayings(view, Filters(exclude_sources=frozenset({"b"})))
    assert not found.is_common("kettle")
    assert [passage.source_id for passage in found.using("kettle")] == ["c"]
