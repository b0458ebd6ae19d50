"""The states of tokens beside an index: of its articles' parts and of nothing else, renewed with it."""

from __future__ import annotations

import numpy as np
import pytest

from data.blocks import blocks_of
from data.transcripts import Article
from retrieval.encoder.token_states import TokenStates
from retrieval.index.build import build_index
from retrieval.index.manifest import IndexUnusableError
from retrieval.index.snapshot import PassageIndex
from retrieval.index.state_file import STATES, StateFile
from retrieval.passages import as_read, passages_of_article
from tests.test_retrieval.conftest import WordEncoder

KETTLE = Article("kettle", "Kettle", "It holds a litre.\n\nDescale it each month.")
GRINDER = Article("grinder", "Grinder", "Two years of warranty.")


class TokenEncoder(WordEncoder):
    """The same, which shows the vector of each word."""

    def __init__(self) -> None:
        super().__init__()
        self.read: list[str] = []

    def pieces(self, text):
        return [(0, len(text))]

    def states(self, texts):
        self.read += texts
        words = [text.split() for text in texts]
        wholes = self.encode(texts)
        return [
            TokenStates(self.encode(each), [(0, 1)] * len(each), whole)
            for each, whole in zip(words, wholes, strict=True)
        ]


@pytest.fixture
def encoder():
    return TokenEncoder()


def _texts(*articles):
    passages = [passage for article in articles for passage in passages_of_article(article)]
    return [as_read(passage, block) for passage in passages for block in blocks_of(passage.answer)]


def _built(folder, encoder, *articles, earlier=None):
    passages = [passage for article in articles for passage in passages_of_article(article)]
    build_index(passages, encoder, folder, folder.parent / "vectors", earlier=earlier)
    return PassageIndex.open(folder, encoder).states


def test_each_part_of_an_article_has_its_states(tmp_path, encoder):
    states = _built(tmp_path / "index", encoder, KETTLE, GRINDER)
    assert len(states) == 3
    for text in _texts(KETTLE, GRINDER):
        np.testing.assert_array_equal(states.find(text), encoder.states([text])[0].narrow)
    assert states.find("what came in since") is None


def test_a_new_index_reads_what_is_new_and_drops_what_is_gone(tmp_path, encoder):
    _built(tmp_path / "one", encoder, KETTLE)
    encoder.read.clear()
    shorter = Article("kettle", "Kettle", "It holds a litre.")
    states = _built(tmp_path / "two", encoder, GRINDER, shorter, earlier=tmp_path / "one")
    assert encoder.read == _texts(GRINDER)
    assert len(states) == 2
    assert states.find(_texts(KETTLE)[1]) is None


def test_an_earlier_index_of_another_encoder_gives_none(tmp_path, encoder):
    _built(tmp_path / "one", encoder, KETTLE)
    other = TokenEncoder()
    other.fingerprint = "another"
    _built(tmp_path / "two", other, KETTLE, earlier=tmp_path / "one")
    assert sorted(other.read) == sorted(_texts(KETTLE))


def test_without_tokens_and_without_articles_nothing_is_kept(tmp_path, encoder, passages):
    build_index(passages, WordEncoder(), tmp_path / "plain", tmp_path / "vectors")
    assert not (tmp_path / "plain" / STATES).exists()
    assert len(PassageIndex.open(tmp_path / "plain", WordEncoder()).states) == 0
    build_index(passages[:1], encoder, tmp_path / "index", tmp_path / "vectors")
    assert len(PassageIndex.open(tmp_path / "index", encoder).states) == 0


def test_a_changed_file_does_not_open(tmp_path, encoder):
    _built(tmp_path / "index", encoder, KETTLE)
    (tmp_path / "index" / STATES).write_bytes(b"")
    with pytest.raises(IndexUnusableError):
        PassageIndex.open(tmp_path / "index", encoder)
    with pytest.raises(ValueError, match="do not fit"):
        StateFile(np.array([1], np.uint64), np.array([2]), np.zeros((1, 4), np.int8))
