"""The encoder that ships, without torch: tokens, vectors and name of the space as sentence-transformers has them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from retrieval.encoder import bert_graph, bundled
from retrieval.encoder.batches import Tokens
from retrieval.encoder.bundled import PROBED, SPACE, open_bundled
from retrieval.encoder.encoder import EncoderError, SentenceEncoder, _fingerprint, bundled_folder
from retrieval.encoder.runtime import PROBES, RuntimeUnfitError, WholeModel, all_vectors
from retrieval.vectors import unit

pytestmark = pytest.mark.integration
TEXTS = [
    *PROBES,
    "Ünïcode, 混合 and\ttabs " * 90,
    "[CLS] in a text <s> </s> [PAD]",
    "😀 a\u00adb",
    "word " * 400,
    *(f"{n} My parcel, the {n}th, has not arrived. " * (1 + n % 9) for n in range(40)),
]
WITHOUT_TORCH = """
import sys
from retrieval.encoder.encoder import SentenceEncoder
encoder = SentenceEncoder.load(bf16=False)
heavy = {"torch", "transformers", "sentence_transformers", "scipy", "sklearn"} & set(sys.modules)
assert not heavy, heavy
encoder.encode(sys.argv[2:]).tofile(sys.argv[1])
print(encoder.fingerprint, encoder.dimension, encoder.runtime, encoder.slower)
"""


@pytest.fixture(scope="module")
def model():
    from sentence_transformers import SentenceTransformer

    return SentenceTransformer(str(bundled_folder()), device="cpu", local_files_only=True)


@pytest.fixture(scope="module")
def ours():
    return open_bundled(bundled_folder(), threads=2, bf16=False)


def test_what_is_pinned_is_what_sentence_transformers_makes_of_the_weights(model):
    assert (_fingerprint(model), model.get_embedding_dimension(), model.max_seq_length) == (
        SPACE.fingerprint,
        SPACE.dimension,
        SPACE.longest,
    )
    np.testing.assert_allclose(np.load(PROBED), all_vectors(WholeModel(model), PROBES), atol=1e-4)


def test_the_tokens_are_the_models_own(model, ours):
    expected = Tokens.of(model)
    assert expected is not None
    assert [batch.ids for batch in ours._tokens.batches(TEXTS, 1024)] == [
        batch.ids for batch in expected.batches(TEXTS, 1024)
    ]


def test_the_vectors_are_the_models_own(model, ours):
    expected, found = (unit(all_vectors(each, TEXTS)) for each in (WholeModel(model), ours))
    np.testing.assert_allclose(found, expected, atol=1e-4)


def test_it_is_opened_without_torch(tmp_path, real_encoder):
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_TORCH, str(tmp_path / "vectors"), "Where is my parcel?", "我的包裹在哪里", ""],
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[3])},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == [real_encoder.fingerprint, "384", "openvino"]
    found = np.fromfile(tmp_path / "vectors", dtype=np.float32).reshape(3, 384)
    assert (found * real_encoder.encode(["Where is my parcel?", "我的包裹在哪里", ""])).sum(axis=1).min() > 0.999


def test_a_graph_that_computes_something_else_is_not_used(monkeypatch):
    build = bert_graph.build
    monkeypatch.setattr(bert_graph, "build", lambda arrays, **settings: build(arrays, **(settings | {"layers": 5})))
    with pytest.raises(RuntimeUnfitError, match=r"differ from torch's \(cosine 0\."):
        open_bundled(bundled_folder(), threads=2, bf16=False)
    encoder = SentenceEncoder.load(bf16=False)
    assert (encoder.runtime, encoder.fingerprint) == ("torch", SPACE.fingerprint)
    assert "differ from torch's" in encoder.slower


def test_without_either_it_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "sentence_transformers", None)
    with pytest.raises(EncoderError, match=r"needs torch and that is not installed.*pip install 'understudy\[train\]'"):
        SentenceEncoder.load("any/other-model")

    def fail(*_, **__):
        raise TypeError("no such operation")

    monkeypatch.setattr(bundled, "_graph", fail)
    with pytest.raises(EncoderError, match=r"since OpenVINO could not take .* \(no such operation\), and that is not"):
        SentenceEncoder.load()
