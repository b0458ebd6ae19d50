"""A version read without torch: the same arrays and ids as with it, and every damage told by name."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from data.transcripts import Role, Turn
from finetune.model.checkpoint import CheckpointError, load, load_weights, save_weights, write_manifest
from finetune.model.weights import BASE_FOLDER, UnfitWeightsError, Weights, read
from finetune.prompt import decode_answer, encode_answer, encode_prompt


@pytest.fixture
def version(tiny, tokenizer, tmp_path):
    folder = tmp_path / "version"
    save_weights(tiny, tokenizer, folder)
    seal(folder)
    return folder


def seal(folder):
    """A manifest over the files as they are: what is wrong with them is not told by their sums."""
    write_manifest(folder, created="2026-01-02T03:04:05", base="ours", method="full", settings={}, figures={})


def test_the_same_as_through_torch(version):
    model, slow, _ = load(version)
    weights, tokenizer, manifest = load_weights(version)
    expected = Weights.of(model)
    assert manifest.name == version.name
    assert weights.shape == expected.shape
    for name, _ in weights.shape.tensors():
        np.testing.assert_array_equal(weights.floats(name), expected.floats(name))
    np.testing.assert_array_equal(weights.floats("lm_head.weight"), expected.floats("lm_head.weight"))
    turns = [Turn(Role.CUSTOMER, "Where is it? <|agent|> 你好 \ud800"), Turn(Role.AGENT, "On its way.")]
    prompts = [encode_prompt(each, turns, ["It <|end|> comes."], max_tokens=64) for each in (slow, tokenizer)]
    assert prompts[0] == prompts[1]
    ids = encode_answer(tokenizer, "On its way, 你好.")
    assert ids == encode_answer(slow, "On its way, 你好.")
    assert decode_answer(tokenizer, ids) == decode_answer(slow, ids) == "On its way, 你好."


def test_the_base_is_read_without_torch():
    script = (
        "import sys\n"
        "from finetune.model.checkpoint import load_weights\n"
        "from finetune.model.weights import BASE_FOLDER\n"
        "assert load_weights(BASE_FOLDER)[0].shape.n_layer\n"
        "assert not {'torch', 'transformers'} & set(sys.modules)\n"
    )
    subprocess.run(
        [sys.executable, "-c", script], env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[3])}, check=True
    )


def truncated(folder):
    path = folder / "model.safetensors"
    path.write_bytes(path.read_bytes()[:-100])


def empty(folder):
    (folder / "model.safetensors").write_bytes(b"")


def zeros(folder):
    path = folder / "model.safetensors"
    path.write_bytes(bytes(path.stat().st_size))


def gone(folder):
    (folder / "model.safetensors").unlink()


def another(change):
    def damage(folder):
        arrays = load_file(folder / "model.safetensors")
        change(arrays)
        save_file(arrays, folder / "model.safetensors")

    return damage


def lacking(arrays):
    del arrays["transformer.h.1.mlp.c_fc.bias"]


def turned(arrays):
    arrays["transformer.wpe.weight"] = np.ascontiguousarray(arrays["transformer.wpe.weight"].T)


def no_numbers(arrays):
    arrays["transformer.ln_f.weight"][3] = np.nan


def config(**entries):
    def damage(folder):
        path = folder / "config.json"
        path.write_text(json.dumps(json.loads(path.read_text()) | entries))

    return damage


def another_prefix(folder):
    save_file({"prefix": np.zeros((1, 2, 2, 4, 16), np.float32)}, folder / "prefix.safetensors")


def no_json(folder):
    (folder / "config.json").write_text("{")


@pytest.mark.parametrize(
    ("damage", "told"),
    [
        (truncated, "model.safetensors cannot be read"),
        (empty, "model.safetensors cannot be read"),
        (zeros, "model.safetensors cannot be read"),
        (gone, "lack wte.weight"),
        (another(lacking), r"lack h\.1\.mlp\.c_fc\.bias"),
        (another(turned), r"wpe\.weight has the shape .* the config asks for"),
        (another(no_numbers), r"ln_f\.weight holds numbers that are none"),
        (config(n_layer=3), r"lack h\.2"),
        (config(n_embd="wide"), "config.json cannot be read"),
        (config(n_head=0), "among 0 heads"),
        (config(n_head=5), "among 5 heads"),
        (another_prefix, "the prefix has the shape"),
        (config(activation_function="relu"), "its activation is relu"),
        (config(model_type="bert"), "is of a bert model"),
        (no_json, "config.json cannot be read"),
    ],
)
def test_damage_that_no_sum_tells(version, damage, told):
    damage(version)
    with pytest.raises(UnfitWeightsError, match=told):
        read(version)
    seal(version)
    with pytest.raises(CheckpointError, match=f"{told}.*train again or roll back"):
        load_weights(version)


def test_a_tokenizer_that_is_none(version):
    (version / "tokenizer.json").write_bytes(bytes(100))
    seal(version)
    with pytest.raises(CheckpointError, match=r"tokenizer\.json is no tokenizer"):
        load_weights(version)


def test_the_base_is_a_whole_version():
    weights, _, manifest = load_weights(BASE_FOLDER)
    assert weights.shape.vocab_size == 8193
    assert weights.prefix_tokens == 0
    assert manifest.files
