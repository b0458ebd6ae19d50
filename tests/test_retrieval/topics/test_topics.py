"""The topics themselves: asking, editing, keeping. Two centres at right angles in the plane, a third between."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from retrieval.topics.topic_file import from_json, read_topics, to_json, write_topics
from retrieval.topics.topics import Example, Topic, Topics, TopicsError, UnknownTopicError


def topic(number: int, name: str, questions: int, recent: int = 0) -> Topic:
    examples = (Example(f"c{number}", f"about {name}?"),)
    return Topic(f"t{number}", name, (name.lower(), "more"), examples, questions, recent, "2026-01-01")


@pytest.fixture
def topics() -> Topics:
    return Topics(
        encoder="plane",
        created="2026-01-01",
        topics=(topic(1, "Parcel", 60, 10), topic(2, "Refund", 30, 20), topic(3, "Lamp", 10)),
        centres=np.array([[1, 0], [0, 1], [-1, 0]], dtype=np.float32),
        owners=np.array([0, 1, 2]),
        floors=np.array([0.8, 0.8, 0.8], dtype=np.float32),
        questions=110,
        recent=40,
        next_number=4,
    )


def test_a_question_belongs_to_the_nearest_centre_if_it_is_near(topics: Topics) -> None:
    vectors = np.array([[0.95, 0.31], [0.1, 0.995], [0.707, 0.707], [-1, 0]], dtype=np.float32)
    assert topics.assign(vectors) == ["t1", "t2", None, "t3"]
    assert topics.topic_of(vectors[1]) == "t2"
    assert topics.topic_of(vectors[2]) is None


def test_none_at_all_knows_nothing() -> None:
    empty = Topics("plane", "2026", (), np.empty((0, 2), np.float32), np.empty(0, np.int64), np.empty(0, np.float32))
    assert empty.assign(np.eye(2, dtype=np.float32)) == [None, None]
    assert from_json(json.loads(json.dumps(to_json(empty)))).topics == ()


def test_what_is_kept_is_read_again(topics: Topics, tmp_path: Path) -> None:
    whole = topics.merged("t3", "t1", "2026-02-01").renamed("t2", "Money back")
    write_topics(whole, tmp_path / "home" / "topics.json")
    read = read_topics(tmp_path / "home" / "topics.json")
    assert read.topics == whole.topics
    assert (read.gone, read.next_number, read.questions) == (whole.gone, 4, 110)
    assert read.assign(np.eye(2, dtype=np.float32)) == ["t1", "t2"]
    assert [path.name for path in (tmp_path / "home").iterdir()] == ["topics.json"]


@pytest.mark.parametrize("damage", ["{", "[]", '{"format": 99}', '{"format": 1}'])
def test_a_damaged_file_is_told_with_what_to_do(damage: str, tmp_path: Path) -> None:
    (tmp_path / "topics.json").write_text(damage, encoding="utf-8")
    with pytest.raises(TopicsError, match=r"topics\.json cannot be read.*understudy topics discover"):
        read_topics(tmp_path / "topics.json")


def test_centres_that_do_not_fit_the_topics_are_refused(topics: Topics) -> None:
    for wrong in ({"owners": [0, 1]}, {"owners": [0, 0, 0]}, {"floors": []}):
        with pytest.raises(TopicsError, match="do not fit"):
            from_json({**to_json(topics), **wrong})


def test_a_name_that_a_person_gives(topics: Topics) -> None:
    renamed = topics.renamed("t2", "  Money   back ")
    assert renamed.name("t2") == "Money back"
    assert renamed.topics[1].named
    assert topics.name("t2") == "Refund"
    with pytest.raises(TopicsError, match="1 to 80 characters"):
        topics.renamed("t2", " ")
    with pytest.raises(TopicsError, match="understudy topics merge t2 t1"):
        topics.renamed("t2", "parcel")


def test_a_merged_topic_lives_on_in_the_other(topics: Topics) -> None:
    merged = topics.merged("t1", "t2", "2026-02-01")
    assert [(one.id, one.questions, one.recent) for one in merged.topics] == [("t2", 90, 30), ("t3", 10, 0)]
    assert merged.assign(np.array([[1, 0], [0, 1], [-1, 0]], dtype=np.float32)) == ["t2", "t2", "t3"]
    assert merged.name("t1") == "Parcel"
    with pytest.raises(UnknownTopicError, match="merged into t2 since 2026-02-01"):
        merged.renamed("t1", "Post")
    with pytest.raises(TopicsError, match="into itself"):
        topics.merged("t1", "t1", "2026-02-01")


def test_an_unknown_id_is_told_with_those_near_it(topics: Topics) -> None:
    with pytest.raises(UnknownTopicError, match=r"'parcels'.*t1 \(Parcel\)"):
        topics.renamed("parcels", "Post")
    with pytest.raises(UnknownTopicError, match="understudy topics lists all"):
        topics.name("zzz")


def test_the_trend_is_the_share_lately_over_the_share_before(topics: Topics) -> None:
    assert topics.trend(topics.topics[1]) == pytest.approx((20 / 40) / (10 / 70))
    assert topics.trend(replace(topics.topics[1], recent=30)) is None
    assert replace(topics, recent=0).trend(replace(topics.topics[1], recent=0)) is None


def test_forgotten_conversations_are_no_examples(topics: Topics) -> None:
    left = topics.without_sources({"c1"})
    assert [len(one.examples) for one in left.topics] == [0, 1, 1]


def test_asking_for_a_topic_loads_no_learning_library() -> None:
    heavy = "('sklearn', 'scipy', 'torch', 'retrieval.encoder.encoder')"
    code = f"import sys, retrieval.topics.topic_file; sys.exit(any(name in sys.modules for name in {heavy}))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
