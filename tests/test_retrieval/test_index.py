"""Index folders: complete or not at all, checked when opened."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from retrieval.index import MANIFEST, IndexUnusableError, PassageIndex, build_index
from retrieval.passages import PassageKind


def test_what_is_built_can_be_opened_and_searched(encoder, passages, folders):
    manifest = build_index(passages, encoder, *folders, created="2024-05-01")
    index = PassageIndex.open(folders[0], encoder)
    assert index.manifest == manifest
    assert manifest.counts == {"moment": 4, "article": 2}
    assert (manifest.created, manifest.encoder) == ("2024-05-01", "words")
    assert index.passages == passages
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


@pytest.mark.parametrize("name", ["passages.jsonl", "answers.npy", "questions-moment.faiss", "questions-article.faiss"])
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
