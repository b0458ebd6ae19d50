"""Topics of a desk: found in a real index, kept in its home, edited."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from chatbot.errors import InputError, NotFoundError, NotReadyError
from chatbot.home import Home
from chatbot.service.corpus import topics
from retrieval.index.build import build_index
from retrieval.index.snapshot import PassageIndex
from retrieval.passages import Passage, PassageKind
from retrieval.search.retriever import Retriever
from tests.test_retrieval.conftest import WordEncoder

SUBJECTS = ("parcel courier late", "refund money bank", "lamp bulb broken", "kettle lid leaks")
EACH = 30


def passages(each: int = EACH) -> list[Passage]:
    """So many conversations of each subject with two questions, and an article."""
    found = []
    for number in range(each * len(SUBJECTS)):
        subject, source = SUBJECTS[number % len(SUBJECTS)], f"c{number}"
        day = f"2024-{1 + number % 12:02d}-10"
        for turn, more in enumerate(("", " still not solved")):
            text = f"{subject} {number}{more}"
            found.append(Passage(f"{source}:{turn}", PassageKind.MOMENT, text, f"A{number}", source, created=day))
    article = Passage("shipping#0", PassageKind.ARTICLE, "Shipping", "Two days.", "shipping", "Shipping")
    return [*found, article]


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home").create()


def retriever(home: Home, each: int = EACH, fingerprint: str = "words") -> Retriever:
    encoder, folder = WordEncoder(fingerprint), home.indexes / f"{fingerprint}-{each}"
    build_index(passages(each), encoder, folder, home.embeddings)
    return Retriever(PassageIndex.open(folder, encoder), encoder)


def test_each_conversation_counts_once_with_its_first_question(home: Home) -> None:
    history = topics.history_of(retriever(home))
    assert sorted(history.sources) == sorted({passage.source_id for passage in passages()} - {"shipping"})
    assert not any("still" in text for text in history.texts)
    assert history.vectors.shape == (EACH * len(SUBJECTS), WordEncoder.dimension)


def test_what_is_retired_or_deleted_is_not_looked_at(home: Home) -> None:
    found = retriever(home)
    none = np.empty((0, WordEncoder.dimension), dtype=np.float32)
    found.live.apply([], none, none, removed=[(PassageKind.MOMENT, "c0")], retired={"c1:0", "c1:1"}, change=1)
    assert not {"c0", "c1"} & set(topics.history_of(found).sources)


def test_topics_are_found_kept_and_edited(home: Home) -> None:
    found = topics.discover(home, retriever(home), "2026-01-01")
    rows = topics.rows(found)
    assert sum(row["questions"] for row in rows) == EACH * len(SUBJECTS)
    assert rows[-1]["questions"] <= 0.1 * EACH * len(SUBJECTS)
    assert rows[-1]["id"] is None
    parcel = found.topic_of(WordEncoder().encode(["parcel courier late 5"])[0])
    lamp = found.topic_of(WordEncoder().encode(["lamp bulb broken 6"])[0])
    assert parcel
    assert lamp
    assert set(found.name(parcel).split(", ")) <= {"parcel", "courier", "late"}
    topics.rename(home, parcel, "Where is it")
    topics.merge(home, lamp, parcel, "2026-01-02")
    again = topics.discover(home, retriever(home, EACH + 2), "2026-02-01")
    assert again.name(parcel) == "Where is it"
    assert {one.id: one.into for one in again.gone}[lamp] == parcel
    kept = topics.of_home(home)
    assert kept is not None
    assert kept.topics == again.topics
    assert topics.serving(home, "words") is not None
    assert topics.serving(home, "another") is None


def test_another_encoder_keeps_the_names(home: Home) -> None:
    first = topics.discover(home, retriever(home), "2026-01-01")
    topics.rename(home, first.topics[0].id, "By hand")
    found = topics.discover(home, retriever(home, fingerprint="other"), "2026-02-01")
    assert found.encoder == "other"
    assert found.name(first.topics[0].id) == "By hand"


def test_forgotten_words_are_no_examples(home: Home) -> None:
    found = topics.discover(home, retriever(home), "2026-01-01")
    source = found.topics[0].examples[0].source_id
    topics.forget(home, [source])
    left = {one.source_id for topic in topics.known(home).topics for one in topic.examples}
    assert left
    assert source not in left


def test_a_small_desk_has_none_and_keeps_nothing(home: Home) -> None:
    assert not topics.discover(home, retriever(home, 2), "2026-01-01").topics
    assert topics.of_home(home) is None
    topics.forget(home, ["c0"])
    with pytest.raises(NotFoundError, match="understudy topics discover"):
        topics.known(home)


def test_what_cannot_be_done_is_told(home: Home) -> None:
    topics.discover(home, retriever(home), "2026-01-01")
    with pytest.raises(NotFoundError, match="Near it: t1"):
        topics.rename(home, "t11", "Late")
    with pytest.raises(NotFoundError, match="no topic"):
        topics.merge(home, "t1", "t99", "2026-01-02")
    with pytest.raises(InputError, match="1 to 80 characters"):
        topics.rename(home, "t1", "")
    home.topics.write_text("{", encoding="utf-8")
    with pytest.raises(NotReadyError, match=r"topics\.json"):
        topics.discover(home, retriever(home), "2026-01-01")
