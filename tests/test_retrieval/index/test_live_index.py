"""The live index: what came, went or changed after the snapshot is found, or not, at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Event

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from retrieval.index import live_index as live_module
from retrieval.index.build import build_index
from retrieval.index.filters import Filters
from retrieval.index.live_index import LiveIndex
from retrieval.index.snapshot import PassageIndex
from retrieval.passages import Passage, PassageKind
from tests.test_retrieval.filters import only

MOMENT, ARTICLE = PassageKind.MOMENT, PassageKind.ARTICLE


@pytest.fixture
def live(encoder, passages, folders):
    build_index(passages, encoder, *folders, change=7)
    return LiveIndex(PassageIndex.open(folders[0], encoder), encoder)


def add(live, *added, removed=(), retired=None, change=None):
    questions = live.encoder.encode([passage.question for passage in added])
    answers = live.encoder.encode([passage.answer for passage in added])
    change = live.change + 1 if change is None else change
    live.apply(added, questions, answers, removed=removed, retired=retired, change=change)


def found(live, question, k=10, **filters):
    view = live.view
    places = view.nearest(live.encoder.encode([question]), k, view.mask(only(**filters)))[1][0]
    return [view.passage(place).id for place in places]


def moment(name, question, answer="an answer", **more):
    return Passage(f"{name}:1", MOMENT, question, answer, name, **more)


def test_a_snapshot_alone(live, passages, encoder):
    view = live.view
    assert (live.change, len(view), view.alive_count, view.retired_ids) == (7, 6, 6, frozenset())
    assert [view.passage(place) for place in range(6)] == passages
    assert view.find("c:1") == passages[2]
    assert view.find("nobody") is None
    assert found(live, "where is my parcel", 1) == ["a:1"]
    assert view.nearest(encoder.encode(["x"]), 0)[1].shape == (1, 0)
    assert not live.wants_compaction


def test_what_is_added_is_found(live, encoder):
    late = moment("new", "the zip of my jacket is torn", "We send another jacket.")
    add(live, late, change=8)
    view = live.view
    assert live.change == 8
    assert found(live, "zip torn on a jacket", 1) == ["new:1"]
    assert (view.find("new:1"), view.passage(6), len(view)) == (late, late, 7)
    np.testing.assert_allclose(
        view.question_vectors([6, 0]), encoder.encode([late.question, "where is my parcel"]), atol=1e-3
    )
    np.testing.assert_allclose(
        view.answer_vectors([0, 6]), encoder.encode(["It left us on Monday.", late.answer]), atol=1e-3
    )
    assert np.argmax(view.lexical_question.scores("jacket zip")) == 6
    assert np.argmax(view.lexical_answer.scores("jacket")) == 6
    assert found(live, "jacket", kinds=[ARTICLE]) != []
    assert "new:1" not in found(live, "jacket", kinds=[ARTICLE])


def test_what_is_removed_is_gone(live):
    add(live, removed=[(MOMENT, "a")])
    assert "a:1" not in found(live, "where is my parcel")
    assert live.view.find("a:1") is None
    assert live.view.alive_count == 5
    add(live, removed=[(ARTICLE, "shipping"), (MOMENT, "shipping"), (MOMENT, "nobody")])
    assert sorted(found(live, "parcel")) == ["b:1", "c:1", "d:1"]


def test_a_moment_and_an_article_may_share_a_source(live, passages):
    add(live, replace(passages[0], id="shipping:1", source_id="shipping"))
    add(live, removed=[(MOMENT, "shipping")])
    assert {"shipping#0", "shipping#1"} <= set(found(live, "parcel"))
    assert "shipping:1" not in found(live, "parcel")


def test_an_upsert_replaces(live, passages):
    edited = replace(passages[4], question="Shipping\nDrones carry parcels", answer="One hour.")
    add(live, edited, removed=[(ARTICLE, "shipping")])
    assert live.view.find("shipping#0") == edited
    assert live.view.find("shipping#1") is None
    again = replace(edited, answer="Half an hour.")
    add(live, again, removed=[(ARTICLE, "shipping")])
    assert live.view.find("shipping#0") == again
    assert found(live, "drones", 1) == ["shipping#0"]
    assert live.view.alive_count == 5


def test_retired_passages_are_only_found_when_asked_for(live):
    add(live, retired={"a:1", "later:1"})
    assert "a:1" not in found(live, "where is my parcel")
    assert found(live, "where is my parcel", retired=True) == ["a:1"]
    assert live.view.find("a:1") is not None
    add(live, moment("later", "where is my parcel now"))
    assert "later:1" not in found(live, "where is my parcel now")
    assert sorted(found(live, "parcel", retired=True)) == ["a:1", "later:1"]
    add(live, retired=())
    assert found(live, "where is my parcel now", 2) == ["later:1", "a:1"]
    assert live.view.retired_ids == frozenset()


def test_an_old_view_stays_as_it_was(live, encoder):
    before = live.view
    add(live, moment("new", "where is my parcel"), removed=[(MOMENT, "a")], retired={"b:1"})
    vector = encoder.encode(["where is my parcel"])
    assert sorted(before.nearest(vector, 10)[1][0]) == list(range(6))
    assert sorted(live.view.nearest(vector, 10)[1][0]) == [2, 3, 4, 5, 6]
    with pytest.raises(ValueError, match="read-only"):
        live.view.mask()[0] = True


def test_filters(live):
    add(
        live,
        moment("fr", "parcel perdu", language="fr", created="2024-05-01T08:00:00+02:00"),
        moment("gb", "parcel lost", language="en-GB", created="yesterday"),
    )
    assert {"fr:1"} == set(found(live, "parcel", languages=["fr"])) - set(found(live, "parcel", languages=["de"]))
    assert "gb:1" in found(live, "parcel", languages=["EN"])
    assert "gb:1" not in found(live, "parcel", languages=["en-US"])
    assert sorted(found(live, "parcel", since="2024-03-10")) == ["c:1", "d:1", "fr:1", "shipping#0", "shipping#1"]
    assert sorted(found(live, "parcel", before="2024-02-10")) == ["a:1", "shipping#0", "shipping#1"]
    assert found(live, "parcel", kinds=[MOMENT], since="2024-05-01T06:00:00Z") == ["fr:1"]
    assert found(live, "parcel", kinds=[MOMENT], since="2024-05-01T06:00:01Z") == []
    assert found(live, "parcel", kinds=[]) == []
    assert "a:1" not in found(live, "parcel", exclude_sources={"a", "fr"})
    with pytest.raises(ValueError, match="no date or time"):
        live.view.mask(Filters(before="some day"))


def test_an_article_that_was_changed_later_is_there_before(live):
    """Its date is that of its last change: in March, too, there was a page on parcels."""
    add(live, Passage("page#0", ARTICLE, "Parcels", "Two days.", "page", "Parcels", created="2024-12-01"))
    assert "page#0" in found(live, "parcel", before="2024-02-10")
    assert "page#0" not in found(live, "parcel", since="2024-12-02")


def test_the_languages_that_are_told_are_counted(live):
    before = dict(live.view.languages)
    add(
        live, moment("new", "wo ist es", language="de"), moment("newer", "und wann", language="de"), moment("none", "?")
    )
    after = live.view.languages
    assert after["de"] == before.get("de", 0) + 2
    assert sum(after.values()) == sum(before.values()) + 2
    add(live, removed=[(MOMENT, "new")])
    assert live.view.languages["de"] == after["de"] - 1


def test_typical_answer_follows(live, encoder, passages):
    add(live, moment("new", "q", "Something else entirely."), removed=[(MOMENT, "a"), (ARTICLE, "shipping")])
    answers = [passage.answer for passage in passages[1:4]] + ["Something else entirely."]
    np.testing.assert_allclose(live.view.typical_answer, encoder.encode(answers).mean(axis=0), atol=1e-3)
    add(live, removed=[(MOMENT, source) for source in ("new", "b", "c", "d")])
    np.testing.assert_allclose(live.view.typical_answer, 0, atol=1e-3)


def test_an_empty_snapshot_can_grow(encoder, folders):
    build_index([], encoder, *folders)
    live = LiveIndex(PassageIndex.open(folders[0], encoder), encoder)
    assert found(live, "anything") == []
    add(live, moment("first", "anything at all"))
    assert found(live, "anything") == ["first:1"]
    assert live.view.lexical_question.scores("anything")[0] > 0


def test_vectors_must_fit(live, encoder, passages):
    vectors = encoder.encode(["a", "b"])
    with pytest.raises(ValueError, match="vectors of 1 passages"):
        live.apply([passages[0]], vectors, vectors, change=8)
    assert live.change == 7


def test_many_changes_want_a_new_snapshot(live, monkeypatch):
    monkeypatch.setattr(live_module, "LEAST_CHANGES", 2)
    add(live, moment("new", "q"), removed=[(MOMENT, "a")])
    assert not live.wants_compaction
    add(live, removed=[(MOMENT, "new")])
    assert live.wants_compaction


def test_searches_meanwhile_see_whole_changes(live, encoder):
    """A pair is always added and removed together, so nobody may see one of them without the other."""
    vector = encoder.encode(["two of a kind"])
    stop = Event()

    def search():
        rounds = 0
        while not stop.is_set() or rounds == 0:
            view = live.view
            rounds += 1
            places = view.nearest(vector, 2, view.mask(Filters(before="2024-12-31")))[1][0]
            names = [view.passage(place).source_id for place in places]
            assert view.alive_count - view.change % 2 * 2 == 6
            assert (names == ["pair", "pair"]) == bool(view.change % 2)
            assert len(view.lexical_question.scores("two kind")) == len(view)
        return rounds

    pair = [replace(moment("pair", f"two of a kind {n}", created="2024-01-01"), id=f"pair:{n}") for n in range(2)]
    add(live, change=8)
    with ThreadPoolExecutor(4) as pool:
        searches = [pool.submit(search) for _ in range(4)]
        for change in range(9, 69, 2):
            add(live, *pair, change=change)
            add(live, removed=[(MOMENT, "pair")], change=change + 1)
        stop.set()
        assert all(search.result() > 0 for search in searches)


SOURCES = st.tuples(st.sampled_from([MOMENT, ARTICLE]), st.sampled_from("abcd"))
CHANGES = st.lists(st.tuples(SOURCES, st.lists(st.integers(0, 9), max_size=3, unique=True)), max_size=8)


def of_source(kind, source, numbers):
    return [
        Passage(f"{source}{kind}{n}", kind, f"{kind} question {n} of {source}", f"answer {n} {source}", source)
        for n in numbers
    ]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(start=st.dictionaries(SOURCES, st.lists(st.integers(0, 9), max_size=3, unique=True)), changes=CHANGES)
def test_changes_lead_where_building_from_scratch_does(encoder, tmp_path, start, changes):
    """Each change is an upsert of a source, or its removal where it brings no passages."""
    state = {key: of_source(*key, numbers) for key, numbers in start.items()}
    build_index([p for each in state.values() for p in each], encoder, tmp_path / "live", tmp_path / "vectors")
    live = LiveIndex(PassageIndex.open(tmp_path / "live", encoder), encoder)
    for key, numbers in changes:
        state[key] = of_source(*key, numbers)
        add(live, *state[key], removed=[key])
    passages = [p for each in state.values() for p in each]
    build_index(passages, encoder, tmp_path / "anew", tmp_path / "vectors")
    anew = LiveIndex(PassageIndex.open(tmp_path / "anew", encoder), encoder)
    assert live.view.alive_count == len(passages) == len(anew.view)
    for kind in (None, MOMENT, ARTICLE):
        left, right = (nearest_by_id(each.view, encoder, kind) for each in (live, anew))
        assert left == pytest.approx(right, abs=2e-3)
    np.testing.assert_allclose(live.view.typical_answer, anew.view.typical_answer, atol=2e-3)
    for passage in passages:
        assert live.view.find(passage.id) == passage


def nearest_by_id(view, encoder, kind):
    cosines, places = view.nearest(encoder.encode(["article question 3 of b"]), 100, None, kind)
    assert cosines[0].tolist() == sorted(cosines[0], reverse=True)
    return {view.passage(place).id: cosine for cosine, place in zip(cosines[0].tolist(), places[0], strict=True)}
