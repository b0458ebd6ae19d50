"""Postings on disk: what was saved is mapped again, and a damaged file is named."""

from __future__ import annotations

import numpy as np
import pytest

from retrieval.index.bm25 import Lexical
from retrieval.index.postings import Postings, PostingsError
from retrieval.vectors import hashes

TEXTS = [
    "Where is my parcel? The parcel left on Monday.",
    "",
    "我的手机坏了，请帮忙",
    "The lamp is broken. Where do I send it?",
    "lamp lamp lamp " * 100,
]


def test_what_was_saved_is_mapped_again(tmp_path):
    built = Postings.build(TEXTS)
    built.save(tmp_path, "lexical-question")
    assert len(list(tmp_path.glob("lexical-question-*.npy"))) == 5
    opened = Postings.open(tmp_path, "lexical-question")
    assert len(opened) == len(TEXTS)
    assert not opened.places.flags.writeable
    begins, ends = opened.spans(hashes(["lamp", "unknown"]))
    assert (ends - begins).tolist() == [2, 0]
    query = "where is the lamp, 手机"
    np.testing.assert_array_equal(Lexical([opened]).scores(query), Lexical([built]).scores(query))


@pytest.mark.parametrize("field", ["hashes", "offsets", "places", "frequencies", "lengths"])
def test_a_damaged_file_is_named(tmp_path, field):
    Postings.build(TEXTS).save(tmp_path, "lexical")
    path = tmp_path / f"lexical-{field}.npy"
    whole = path.read_bytes()
    for damaged in (whole[:-3], whole[:50], b"", b"no array at all"):
        path.write_bytes(damaged)
        with pytest.raises(PostingsError, match=path.name):
            Postings.open(tmp_path, "lexical")
    np.save(path, np.zeros(3))
    with pytest.raises(PostingsError, match="float64"):
        Postings.open(tmp_path, "lexical")
    path.unlink()
    with pytest.raises(PostingsError, match=path.name):
        Postings.open(tmp_path, "lexical")


@pytest.mark.parametrize("field", ["hashes", "offsets", "places", "frequencies"])
def test_files_of_different_builds_are_refused(tmp_path, field):
    Postings.build(TEXTS).save(tmp_path, "lexical")
    Postings.build([*TEXTS, "one more"]).save(tmp_path, "other")
    (tmp_path / f"other-{field}.npy").replace(tmp_path / f"lexical-{field}.npy")
    with pytest.raises(PostingsError, match="belong together"):
        Postings.open(tmp_path, "lexical")
