"""How vectors are computed: batches by tokens, only ways that agree, and not a word to anybody."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from tokenizers import Regex, Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import Split

from retrieval.encoder import openvino
from retrieval.encoder.batches import Tokens
from retrieval.encoder.encoder import bundled_folder
from retrieval.encoder.runtime import PROBES, RuntimeUnfitError, WholeModel, all_vectors, choose


def letters() -> Tokens:
    """One token a letter, its place in the alphabet."""
    made = Tokenizer(WordLevel({chr(97 + at): at for at in range(26)}, unk_token="a"))
    made.pre_tokenizer = Split(Regex("."), "isolated")
    return Tokens(made, longest=8, padding=99)


def test_batches_hold_a_budget_of_tokens_with_their_padding():
    texts = ["a", "bcdefgh", "", "abc", "dd", "xyzxyzxyzxyz"]
    batches = letters().batches(texts, tokens=6)
    assert [batch.places for batch in batches] == [(5,), (1,), (3, 4), (0, 2)]
    ids, mask = batches[2].arrays()
    np.testing.assert_array_equal(ids, [[0, 1, 2], [3, 3, 99]])
    np.testing.assert_array_equal(mask, [[1, 1, 1], [1, 1, 0]])
    assert len(batches[0].ids[0]) == 8
    assert letters().batches([""], tokens=6)[0].arrays()[1].tolist() == [[0]]
    assert letters().batches([], tokens=6) == []


@pytest.fixture(scope="module")
def model():
    from sentence_transformers import SentenceTransformer

    return SentenceTransformer(str(bundled_folder()), device="cpu", local_files_only=True)


@pytest.fixture(scope="module")
def probed(model):
    return all_vectors(WholeModel(model), PROBES)


@pytest.mark.integration
def test_texts_are_tokenised_as_the_model_itself_does(model):
    texts = [*PROBES, "Ünïcode, 混合 and\ttabs " * 90, "[CLS] in a text <s> </s> [PAD]", "😀 a\u00adb"]
    expected = model.tokenizer(texts, truncation=True, max_length=model.max_seq_length)["input_ids"]
    tokens = Tokens.of(model)
    assert tokens is not None
    for batch in tokens.batches(texts, tokens=1024):
        assert list(batch.ids) == [expected[place] for place in batch.places]


def test_there_is_one_core():
    """Two that come and go leave a stack for signals that is freed: on processors with AMX, SIGINT then kills."""
    assert openvino.core() is openvino.core()


@pytest.mark.integration
def test_vectors_that_differ_are_not_used(model, probed, monkeypatch, caplog):
    convert = openvino.convert

    def without_mask(pooled):
        return convert(_Unmasked(pooled))

    monkeypatch.setattr(openvino, "convert", without_mask)
    found, why = choose(model, "auto", probed, bf16=False, threads=2)
    assert found.name == "torch"
    assert "differ from torch's (cosine 0." in why
    assert "so torch computes" in caplog.text
    with pytest.raises(RuntimeUnfitError, match="differ"):
        choose(model, "openvino", probed, bf16=False, threads=2)


@pytest.mark.integration
def test_a_converter_that_fails_is_told_and_done_without(model, probed, monkeypatch, caplog):
    def fail(pooled):
        raise TypeError("no such operation")

    monkeypatch.setattr(openvino, "convert", fail)
    found, why = choose(model, "auto", probed, bf16=False, threads=2)
    assert (found.name, why) == ("torch", "OpenVINO could not take the model over (no such operation)")
    assert "no such operation" in caplog.text


@pytest.mark.integration
def test_models_that_do_more_are_left_to_sentence_transformers(probed):
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Pooling

    model = SentenceTransformer(str(bundled_folder()), device="cpu", local_files_only=True)
    model[1] = Pooling(384, pooling_mode="cls")
    found, why = choose(model, "auto", probed, bf16=False, threads=2)
    assert found.name == "sentence-transformers"
    assert "does more" in why
    texts = ["short", "a much longer text than that"]
    (places, rows), *_ = found.vectors(texts)
    np.testing.assert_allclose(rows, model.encode([texts[place] for place in places]), atol=1e-5)
    with pytest.raises(RuntimeUnfitError, match="does more"):
        choose(model, "openvino", probed, bf16=False, threads=2)


SILENT = """
import sys, torch
from retrieval.encoder.openvino import convert, package
heard = []
asked = ("socket.connect", "socket.getaddrinfo", "os.fork", "subprocess.Popen")
sys.addaudithook(lambda event, args: heard.append((event, args)) if event in asked else None)
class Module(torch.nn.Module):
    def forward(self, ids, mask): return (ids * mask).float()
package().Core().compile_model(convert(Module()), "CPU")
assert not heard, heard
"""


@pytest.mark.integration
def test_openvino_reports_to_nobody(tmp_path):
    """Left to itself it sends an event at import and at each conversion, and leaves an id in the home directory."""
    environment = {name: value for name, value in os.environ.items() if name != "CI"}
    environment |= {"HOME": str(tmp_path), "PYTHONPATH": str(Path(__file__).parents[3])}
    done = subprocess.run([sys.executable, "-c", SILENT], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert not list(tmp_path.iterdir())


def _Unmasked(pooled):  # noqa: N802 - a class made late, since torch is imported late
    import torch

    class Unmasked(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.pooled = pooled

        def forward(self, ids, mask):
            means, states = self.pooled(ids, torch.ones_like(mask))
            return means + 0 * mask.sum(), states

    return Unmasked().eval()
