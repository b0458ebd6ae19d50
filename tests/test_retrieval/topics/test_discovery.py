"""Topics are found among groups whose members are known, and found again when more comes in."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from retrieval.topics import clusters
from retrieval.topics.discovery import History, discover, translated
from retrieval.topics.topic_file import to_json
from retrieval.topics.topics import Topics
from retrieval.vectors import unit

WORDS = ("parcel", "refund", "lamp", "kettle", "invoice", "colour", "voucher", "grinder", "courier")
DIMENSION = 32
DAY = 24 * 3600


def history(groups: NDArray[np.int64], seed: int = 0, noise: float = 0.12) -> History:
    """A question a group number, each near its group's direction and saying its group's word; -1 is near none."""
    draw = np.random.default_rng(7)
    directions = np.linalg.qr(draw.standard_normal((DIMENSION, DIMENSION)))[0][: len(WORDS)]
    own = np.random.default_rng(seed)
    rows = own.standard_normal((len(groups), DIMENSION)) * noise
    rows[groups >= 0] += directions[groups[groups >= 0]]
    texts = [
        f"please where is my {WORDS[group] if group >= 0 else 'thing'} number {n}" for n, group in enumerate(groups)
    ]
    return History(
        encoder="space",
        vectors=unit(rows.astype(np.float32)),
        texts=texts,
        sources=[f"c{number}" for number in range(len(groups))],
        languages=["en"] * len(groups),
        times=np.arange(len(groups), dtype=np.int64) * DAY,
    )


def mixed(count: int, groups: int = 6) -> NDArray[np.int64]:
    return np.random.default_rng(3).integers(groups, size=count)


def part(whole: History, places: NDArray[np.int64]) -> History:
    return History(
        whole.encoder,
        whole.vectors[places],
        [whole.texts[place] for place in places],
        [whole.sources[place] for place in places],
        [whole.languages[place] for place in places],
        whole.times[places],
    )


def test_groups_are_found_without_being_told_how_many() -> None:
    groups = mixed(400)
    found = discover(history(groups), None, "2026-01-01")
    given_ids = np.array(found.assign(history(groups, seed=1).vectors), dtype=object)
    for group in range(6):
        ids = set(given_ids[groups == group]) - {None}
        assert not ids & set(given_ids[groups != group]), WORDS[group]
        assert all(WORDS[group] in topic.words for topic in found.topics if topic.id in ids)
    assert sum(topic.questions for topic in found.topics) >= 0.9 * len(groups)


def test_what_is_near_no_topic_belongs_to_none() -> None:
    found = discover(history(mixed(400)), None, "2026-01-01")
    strange = history(np.full(50, 8), seed=2)
    assert found.assign(strange.vectors) == [None] * 50


def test_too_few_questions_have_no_topics() -> None:
    found = discover(history(mixed(clusters.FEWEST - 1)), None, "2026-01-01")
    assert found.topics == ()
    assert found.assign(history(mixed(3)).vectors) == [None] * 3


def test_the_same_history_and_seed_give_the_same_topics() -> None:
    whole = history(mixed(300))
    assert to_json(discover(whole, None, "2026", seed=4)) == to_json(discover(whole, None, "2026", seed=4))


@settings(max_examples=6, deadline=None)
@given(st.integers(0, 1000), st.booleans())
def test_five_per_cent_more_keep_ids_and_assignments(seed: int, afresh: bool) -> None:
    whole = history(mixed(400), seed=seed)
    early = part(whole, np.sort(np.random.default_rng(seed).permutation(400)[:380]))
    before = discover(early, None, "2026-01-01", seed=seed)
    after = discover(whole, before, "2026-02-01", seed=seed, afresh=afresh)
    kept = {topic.id for topic in before.topics} & {topic.id for topic in after.topics}
    assert len(kept) >= 0.9 * len(before)
    was, now = before.assign(early.vectors), after.assign(early.vectors)
    assert np.mean([a == b for a, b in zip(was, now, strict=True)]) >= 0.9


def test_a_new_kind_of_question_becomes_a_topic_and_the_old_ones_stay() -> None:
    before = discover(history(mixed(400)), None, "2026-01-01")
    more = np.concatenate([mixed(400), np.full(60, 7)])
    after = discover(history(more), before, "2026-02-01")
    old = {topic.id for topic in before.topics}
    new = [topic for topic in after.topics if topic.id not in old]
    assert old <= {topic.id for topic in after.topics}
    assert len(new) == 1
    assert new[0].words[0] == "grinder"
    assert new[0].since == "2026-02-01"
    assert {topic.since for topic in after.topics if topic.id in old} == {"2026-01-01"}


def test_what_is_asked_no_more_is_gone_and_its_id_is_not_given_again() -> None:
    groups = mixed(400)
    before = discover(history(groups), None, "2026-01-01")
    lamp = {one for one in before.assign(history(groups).vectors[groups == 2]) if one}
    after = discover(history(groups[groups != 2]), before, "2026-02-01")
    assert lamp <= {one.id for one in after.gone if one.since == "2026-02-01" and one.into is None}
    again = discover(history(groups), after, "2026-03-01")
    assert not lamp & {topic.id for topic in again.topics}
    assert {topic.since for topic in again.topics} >= {"2026-03-01"}


@pytest.mark.parametrize("afresh", [False, True])
def test_names_and_merges_of_people_outlive_a_discovery(afresh: bool) -> None:
    first = discover(history(mixed(400)), None, "2026-01-01")
    kept, lost, other = (topic.id for topic in first.topics[:3])
    edited = first.merged(lost, kept, "2026-01-02").renamed(other, "Where is it")
    again = discover(history(mixed(420)), edited, "2026-02-01", afresh=afresh)
    assert again.name(other) == "Where is it"
    assert {one.id: one.into for one in again.gone}[lost] == kept
    members = np.flatnonzero(np.array(first.assign(history(mixed(400)).vectors), dtype=object) == lost)
    assert set(again.assign(history(mixed(400)).vectors[members])) <= {kept, None}


def test_another_encoder_finds_the_topics_by_their_examples() -> None:
    groups = mixed(400)
    old = discover(history(groups), None, "2026-01-01").renamed("t1", "By hand")
    turned = history(groups)
    rotation = np.linalg.qr(np.random.default_rng(1).standard_normal((DIMENSION, DIMENSION)))[0].astype(np.float32)
    there = History("other", turned.vectors @ rotation, turned.texts, turned.sources, turned.languages, turned.times)
    places = [turned.sources.index(one.source_id) for topic in old.topics for one in topic.examples]
    moved = discover(there, translated(old, "other", there.vectors[places]), "2026-02-01")
    was, now = old.assign(turned.vectors), moved.assign(there.vectors)
    assert moved.encoder == "other"
    assert moved.name("t1") == "By hand"
    assert np.mean([a == b for a, b in zip(was, now, strict=True)]) >= 0.9


def test_recent_questions_are_those_of_the_last_days_of_the_history() -> None:
    found = discover(history(mixed(400)), None, "2026-01-01")
    assert found.recent == found.days == 90
    undated = history(mixed(400))
    undated.times[:] = np.iinfo(np.int64).min
    silent: Topics = discover(undated, None, "2026-01-01")
    assert silent.recent == 0
    assert [silent.trend(topic) for topic in silent.topics] == [None] * len(silent)
