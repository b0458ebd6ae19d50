"""Columns of passages: what is kept of each, and what filters make of it (more of that in test_live)."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from retrieval.index.columns import UNKNOWN_TIME, Columns, Lookup, seconds
from retrieval.passages import PassageKind
from retrieval.vectors import hashes
from tests.test_retrieval.filters import only


def test_columns_come_back_from_their_files(passages, tmp_path):
    spoken = [replace(passages[0], language="en"), replace(passages[1], language="fr", outcome=0.5, count=3)]
    columns = Columns.of([*spoken, *passages[2:]])
    columns.save(tmp_path)
    opened = Columns.open(tmp_path, columns.languages)
    assert opened.languages == ("en", "fr")
    assert opened.language.tolist() == [0, 1, -1, -1, -1, -1]
    assert opened.kind.tolist() == [0, 0, 0, 0, 1, 1]
    assert opened.count.tolist() == [1, 3, 1, 1, 1, 1]
    assert opened.created.tolist() == columns.created.tolist()
    assert opened.created[4] == UNKNOWN_TIME


def test_joined_columns_are_those_of_all(passages):
    spoken = [replace(p, language=language) for p, language in zip(passages, ["en", "fr", None] * 2, strict=True)]
    left, right = Columns.of(spoken[:3]), Columns.of([replace(p, language="de") for p in spoken[:1]] + spoken[3:])
    joined = left.joined(right)
    assert joined.languages == ("en", "fr", "de")
    assert joined.language.tolist() == [0, 1, -1, 2, 0, 1, -1]
    assert joined.passing(only(languages=["fr"])).tolist() == [
        False,
        True,
        True,
        False,
        False,
        True,
        True,
    ]
    assert len(Columns.of([]).joined(Columns.of([]))) == 0


def test_files_that_do_not_belong_together_are_refused(passages, tmp_path):
    Columns.of(passages).save(tmp_path)
    np.save(tmp_path / "column-count.npy", np.ones(5, dtype=np.int32))
    with pytest.raises(ValueError, match="equally long"):
        Columns.open(tmp_path, ())
    np.save(tmp_path / "column-count.npy", np.ones(6))
    with pytest.raises(ValueError, match="another type"):
        Columns.open(tmp_path, ())


def test_times_are_compared_in_utc():
    assert seconds("1970-01-01T01:00:00+01:00") == 0
    assert seconds("1970-01-02") == 86400
    assert seconds("03/04/2024") == seconds(None) == UNKNOWN_TIME


def test_lookup_finds_all_places():
    column = hashes(["b", "a", "b", "c", "\ud800"])
    lookup = Lookup(column)
    assert lookup.places(hashes(["b", "x", "\ud800"])).tolist() == [0, 2, 4]
    assert lookup.places(hashes([])).tolist() == []
    assert Lookup(hashes([])).places(hashes(["a"])).tolist() == []


def test_a_filter_of_no_kind_passes_nothing(passages):
    assert not Columns.of(passages).passing(only(kinds=[])).any()
    assert Columns.of(passages).passing(only(kinds=list(PassageKind))).all()
