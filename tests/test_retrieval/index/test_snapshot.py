"""Index folders: complete or not at all, checked when opened."""

from __future__ import annotations

import errno
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from data.transcripts import Article
from retrieval.index import nearest
from retrieval.index.build import build_index, normalised
from retrieval.index.columns import Columns
from retrieval.index.live_index import LiveIndex
from retrieval.index.manifest import MANIFEST, IndexUnusableError
from retrieval.index.passage_file import PassageFile, write_passages
from retrieval.index.snapshot import PassageIndex
from retrieval.passages import PassageKind, passages_of_article
from retrieval.voices import Voice


def test_what_is_built_can_be_opened_and_searched(encoder, passages, folders):
    manifest = build_index(passages, encoder, *folders, created="2024-05-01")
    index = PassageIndex.open(folders[0], encoder)
    assert index.manifest == manifest
    assert manifest.counts == {"moment": 4, "article": 2}
    assert (manifest.created, manifest.encoder) == ("2024-05-01", "words")
    assert list(index.passages) == passages
    scores, places = index.search(encoder.encode([p.question for p in passages]), 1)
    assert places[:, 0].tolist() == list(range(6))
    np.testing.assert_allclose(scores[:, 0], 1, atol=1e-3)


def test_kinds_are_searched_apart_and_together(encoder, passages, folders):
    build_index(passages, encoder, *folders)
    index = PassageIndex.open(folders[0], encoder)
    vector = encoder.encode(["where is my parcel"])
    all_scores, all_places = index.search(vector, 100)
    moments = index.search(vector, 100, PassageKind.MOMENT)[1]
    articles = index.search(vector, 100, PassageKind.ARTICLE)[1]
    assert all_places.shape == (1, 6)
    assert sorted(moments[0]) == [0, 1, 2, 3]
    assert sorted(articles[0]) == [4, 5]
    assert all_scores[0].tolist() == sorted(all_scores[0], reverse=True)
    assert index.search(vector, 2)[1].tolist() == all_places[:, :2].tolist()
    assert index.search(vector, 0)[1].shape == (1, 0)
    assert (len(index), index.count(), index.count(PassageKind.ARTICLE)) == (6, 6, 2)


def test_answer_vectors_stand_beside(encoder, passages, folders):
    build_index(passages, encoder, *folders)
    index = PassageIndex.open(folders[0], encoder)
    np.testing.assert_allclose(
        index.answer_vectors([5, 0]), encoder.encode([passages[5].answer, passages[0].answer]), atol=1e-3
    )
    assert index.answer_vectors([]).shape == (0, encoder.dimension)
    typical = encoder.encode([passage.answer for passage in passages[:4]]).mean(axis=0)
    np.testing.assert_allclose(index.typical_answer, typical, atol=1e-3)


def test_articles_given_first_still_come_last(encoder, passages, folders):
    build_index(reversed(passages), encoder, *folders)
    index = PassageIndex.open(folders[0], encoder)
    places = index.search(encoder.encode(["refund for a broken lamp", "Shipping A lost parcel"]), 1)[1][:, 0]
    assert [index.passages[place].id for place in places] == ["c:1", "shipping#1"]


def test_duplicates_are_kept_once(encoder, passages, folders):
    twin = replace(passages[0], id="z:1", source_id="z")
    same_words_as_article = replace(passages[0], kind=PassageKind.ARTICLE)
    manifest = build_index([*passages, twin, same_words_as_article], encoder, *folders)
    assert manifest.duplicates == 1
    assert manifest.counts == {"moment": 4, "article": 3}


def test_who_said_it_is_kept_of_what_was_merged(encoder, passages, folders):
    first = replace(passages[0], voices=(Voice("a1", None, "words"),), waits=True)
    twins = [
        replace(first, id=f"z{number}:1", source_id=f"z{number}", voices=(Voice(f"a{number}", None, "words"),))
        for number in (1, 2)
    ]
    build_index([first, *passages[1:], *twins], encoder, *folders)
    kept = PassageIndex.open(folders[0], encoder).passages[0]
    assert kept.voices == (Voice("a1", None, "words"), Voice("a2", None, "words"))
    assert kept.waits
    assert LiveIndex(PassageIndex.open(folders[0], encoder), encoder).view.agents == 1
    build_index([first, *passages[1:], replace(twins[0], waits=False)], encoder, *folders)
    assert not PassageIndex.open(folders[0], encoder).passages[0].waits


def test_answers_that_differ_in_looks_are_the_same(encoder, passages, folders):
    twin = replace(passages[0], id="z:1", source_id="z", answer="it left us,\n on MONDAY!")
    other_question = replace(twin, id="y:1", source_id="y", question="has it left")
    other_words = replace(twin, id="x:1", source_id="x", answer="It left us on Monday at 10.5.")
    manifest = build_index([*passages, twin, other_question, other_words], encoder, *folders)
    index = PassageIndex.open(folders[0], encoder)
    assert manifest.duplicates == 1
    counts = {passage.id: passage.count for passage in index.passages}
    assert counts == {**dict.fromkeys((p.id for p in passages), 1), "a:1": 2, "y:1": 2, "x:1": 1}
    assert index.columns.count.tolist() == [passage.count for passage in index.passages]


@pytest.mark.parametrize(
    ("left", "right", "same"),
    [
        ("Yes.", "yes", True),
        ("\u8bf7\u91cd\u542f\u3002", "\u8bf7\u91cd\u542f", True),
        ("1.5", "15", False),
        ("$5", "5%", False),
        ("C++", "C", False),
        ("!", "?", False),
        ("", " ", False),
        ("\u0e01\u0e34\u0e19", "\u0e01\u0e31\u0e19", False),
    ],
)
def test_what_counts_as_the_same_answer(left, right, same):
    assert (normalised(left) == normalised(right)) is same


def test_all_of_a_passage_is_kept(encoder, passages, folders):
    full = replace(
        passages[0], title="t", url="https://x.test/a", language="en", links=("a", "b"), outcome=-0.5, created="2024"
    )
    build_index([full], encoder, *folders, change=41)
    index = PassageIndex.open(folders[0], encoder)
    assert list(index.passages) == [full]
    assert index.manifest.change == 41
    assert index.columns.outcome.tolist() == [-0.5]
    assert index.manifest.languages == ("en",)


def test_passages_are_a_sequence_read_from_the_file(encoder, passages, folders):
    build_index(passages, encoder, *folders)
    found = PassageIndex.open(folders[0], encoder).passages
    assert (found[-1], found[1:3], found[np.int64(0)]) == (passages[5], passages[1:3], passages[0])
    assert passages[2] in found
    assert found[3] is found[3]
    with pytest.raises(IndexError):
        found[6]


def test_many_passages_are_searched_through_lists(encoder, passages, folders, monkeypatch):
    monkeypatch.setattr(nearest, "EXACT_UP_TO", 100)
    many = [replace(passages[0], id=f"{n}:1", question=f"question {n} about {n % 7}") for n in range(600)]
    manifest = build_index([*many, *passages[4:]], encoder, *folders)
    assert manifest.policy["article"] == {"type": "flat", "recall@10": 1.0}
    assert manifest.policy["moment"]["type"] == "ivf"
    assert manifest.policy["moment"]["recall@10"] >= nearest.WANTED_RECALL
    index = PassageIndex.open(folders[0], encoder)
    assert index.manifest == manifest
    places = index.search(encoder.encode(["question 33 about 5"]), 700)[1]
    assert places[0, 0] == 33
    assert sorted(places[0]) == list(range(602))


def test_a_full_disk_leaves_the_old_index(encoder, passages, folders, monkeypatch):
    build_index(passages, encoder, *folders)

    def full(self, folder):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Columns, "save", full)
    with pytest.raises(OSError, match="No space left"):
        build_index(passages[:2], encoder, *folders)
    assert len(PassageIndex.open(folders[0], encoder)) == 6
    assert [path.name for path in folders[0].parent.iterdir()] == ["one"]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is full")
def test_faiss_on_a_full_disk_is_an_ordinary_error():
    with pytest.raises(OSError, match="cannot be written"):
        nearest.build(np.eye(64, dtype=np.float16), Path("/dev/full"))


def test_an_index_of_the_first_format_is_refused(encoder, folders):
    folders[0].mkdir(parents=True)
    first = {"format": 1, "encoder": "words", "dimension": 64, "counts": {}, "duplicates": 0, "files": {}}
    (folders[0] / MANIFEST).write_text(json.dumps(first))
    with pytest.raises(IndexUnusableError, match=r"format 1, this version reads 3.*understudy index"):
        PassageIndex.open(folders[0], encoder)


def test_an_empty_desk_has_an_empty_index(encoder, folders):
    build_index([], encoder, *folders)
    index = PassageIndex.open(folders[0], encoder)
    assert index.search(encoder.encode(["anything"]), 5)[1].shape == (1, 0)


def test_odd_texts_come_back_unchanged(encoder, passages, folders):
    odd = [replace(passages[0], id=str(n), answer=text) for n, text in enumerate(["", "😀", "a\u2028b\r\nc", "\ud800"])]
    build_index(odd, encoder, *folders)
    assert [p.answer for p in PassageIndex.open(folders[0], encoder).passages] == [p.answer for p in odd]


def test_a_killed_build_leaves_nothing_and_resumes(encoder, passages, folders, monkeypatch):
    def stop_when_indexing(step, done, total):
        if step == "index":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        build_index(passages, encoder, *folders, stop_when_indexing)
    with pytest.raises(IndexUnusableError, match=r"does not exist.*understudy index"):
        PassageIndex.open(folders[0], encoder)
    encoder.encoded.clear()
    extra = replace(passages[0], id="new:1", question="a new question", answer="a new answer")
    build_index([*passages, extra], encoder, *folders)
    assert sorted(encoder.encoded) == ["a new answer", "a new question"]
    assert len(PassageIndex.open(folders[0], encoder)) == 7
    assert [path.name for path in folders[0].parent.iterdir()] == ["one"]


def test_building_again_replaces(encoder, passages, folders):
    build_index(passages, encoder, *folders)
    build_index(passages[:2], encoder, *folders)
    assert len(PassageIndex.open(folders[0], encoder)) == 2
    assert [path.name for path in folders[0].parent.iterdir()] == ["one"]


def test_another_encoder_is_refused(encoder, other_encoder, passages, folders):
    build_index(passages, encoder, *folders)
    with pytest.raises(IndexUnusableError, match=r"another encoder.*understudy index"):
        PassageIndex.open(folders[0], other_encoder)


FILES = [
    "answers.npy",
    "column-created.npy",
    "lexical-answer-places.npy",
    "passages.jsonl",
    "passages.offsets.npy",
    "questions-article.faiss",
    "questions-moment.faiss",
    "questions.npy",
    "typical-answer.npy",
]


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("harm", ["change", "truncate", "remove"])
def test_damage_is_noticed(encoder, passages, folders, name, harm):
    build_index(passages, encoder, *folders)
    path = folders[0] / name
    content = path.read_bytes()
    if harm == "remove":
        path.unlink()
    else:
        path.write_bytes(content[:-1] if harm == "truncate" else content[:-1] + bytes([content[-1] ^ 1]))
    with pytest.raises(IndexUnusableError, match="understudy index"):
        PassageIndex.open(folders[0], encoder)


@pytest.mark.parametrize("manifest", ["", "{", "[]", "null", '{"format": 1}', '{"other": 1}'])
def test_a_broken_manifest_is_noticed(encoder, passages, folders, manifest):
    build_index(passages, encoder, *folders)
    (folders[0] / MANIFEST).write_text(manifest)
    with pytest.raises(IndexUnusableError, match="understudy index"):
        PassageIndex.open(folders[0], encoder)


def test_another_format_and_a_half_written_folder_are_refused(encoder, passages, folders):
    build_index(passages, encoder, *folders)
    path = folders[0] / MANIFEST
    path.write_text(json.dumps({**json.loads(path.read_text()), "format": 99}))
    with pytest.raises(IndexUnusableError, match="format 99"):
        PassageIndex.open(folders[0], encoder)
    path.unlink()
    with pytest.raises(IndexUnusableError, match="half-written"):
        PassageIndex.open(folders[0], encoder)


def test_an_address_that_no_page_may_link_to_is_dropped_where_an_older_index_has_one(tmp_path):
    passage = passages_of_article(Article("a", "A", "text", url="https://shop.example/a"))[0]
    write_passages(tmp_path, [passage, replace(passage, url="javascript:alert(1)"), replace(passage, url="//evil")])
    assert [each.url for each in PassageFile(tmp_path)] == ["https://shop.example/a", None, None]
