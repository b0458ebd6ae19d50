"""A served index survives what is done to its files; what only looks at one maps the files as they are."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest

from data.transcripts import Article
from retrieval.index import private_copy as room
from retrieval.index.build import build_index
from retrieval.index.manifest import IndexUnusableError
from retrieval.index.snapshot import PassageIndex
from retrieval.passages import passages_of_article
from tests.test_retrieval.conftest import WordEncoder

PROGRAM = """
import sys
from pathlib import Path
from retrieval.index.snapshot import PassageIndex
from tests.test_retrieval.conftest import WordEncoder

folder, private, how = Path(sys.argv[1]), sys.argv[2] == "private", sys.argv[3]
encoder = WordEncoder()
index = PassageIndex.open(folder, encoder, private=private)
for path in folder.iterdir():
    with path.open("r+b") as file:  # the same file, not another in its place
        if how == "cut short":
            file.truncate(0)
        else:
            file.write(b"\\xff" * path.stat().st_size)
vectors = encoder.encode(["opening hours"])
cosines, places = index.search(vectors, 3)
print(index.passages[int(places[0][0])].title, index.lexical_answer.places.sum(), index.columns.id.sum())
print(index.question_vectors([0]).sum(), index.answer_vectors([0]).sum())
"""


@pytest.fixture
def folder(tmp_path):
    passages = [
        passage
        for number in range(50)
        for passage in passages_of_article(Article(f"a{number}", "Opening hours", f"We open at {number}. " * 20))
    ]
    build_index(passages, WordEncoder(), tmp_path / "indexes" / "one", tmp_path / "vectors")
    return tmp_path / "indexes" / "one"


def searched(folder, *words):
    command = [sys.executable, "-c", PROGRAM, str(folder), *words]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)


def test_a_mapped_file_cut_short_ends_the_process(folder):
    """What the copy is there for; should this pass one day, it may go."""
    assert searched(folder, "mapped", "cut short").returncode == -signal.SIGBUS


@pytest.mark.parametrize("how", ["cut short", "overwritten"])
def test_a_private_index_answers_whatever_is_done_to_its_files(folder, how):
    done = searched(folder, "private", how)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("Opening hours")
    assert list(folder.parent.iterdir()) == [folder], "the copy has no name"


def test_where_there_is_no_room_the_next_place_is_taken_and_at_last_the_folder_itself(
    folder, tmp_path, monkeypatch, caplog
):
    full, real = [folder.parent], room._copy

    def copy(source, target):
        if any(target.is_relative_to(place) for place in full):
            raise OSError(28, "No space left on device")
        real(source, target)

    monkeypatch.setattr(room, "_copy", copy)
    monkeypatch.setattr(room.tempfile, "gettempdir", lambda: str(tmp_path / "elsewhere"))
    (tmp_path / "elsewhere").mkdir()
    with room.private_copy(folder) as found:
        assert found.parent == tmp_path / "elsewhere"
    full.append(tmp_path / "elsewhere")
    with room.private_copy(folder) as found:
        assert found == folder
    assert "no room for a copy" in caplog.text
    assert list(folder.parent.iterdir()) == [folder]


def test_messages_name_the_folder_and_not_the_copy(folder):
    (folder / "questions.npy").write_bytes(b"x")
    with pytest.raises(IndexUnusableError, match=r"indexes/one/questions\.npy is damaged"):
        PassageIndex.open(folder, WordEncoder(), private=True)
    (folder / "manifest.json").unlink()
    with pytest.raises(IndexUnusableError, match="indexes/one is half-written"):
        PassageIndex.open(folder, WordEncoder(), private=True)
    with pytest.raises(IndexUnusableError, match="indexes/two does not exist"):
        PassageIndex.open(folder.with_name("two"), WordEncoder(), private=True)
