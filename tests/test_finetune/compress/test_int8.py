"""8-bit matrices: near what they were made of, and none where a few large weights would cost the small ones."""

from __future__ import annotations

import numpy as np

from finetune.compress.int8 import matrices, quantised, read_quantised, rounded, save_quantised
from finetune.model.checkpoint import load, save_weights, write_manifest
from finetune.model.weights import BASE_FOLDER, Weights


def test_no_weight_moves_by_more_than_half_a_step():
    matrix = np.random.default_rng(0).normal(size=(50, 30)).astype(np.float32)
    matrix[7] = 0
    found = rounded(matrix)
    assert found is not None
    assert np.abs(found.restored() - matrix).max() <= np.abs(matrix).max(axis=1).max() / 127 / 2 + 1e-6


def test_a_row_of_giants_keeps_its_matrix_in_floats():
    matrix = np.random.default_rng(0).normal(size=(50, 30)).astype(np.float32)
    matrix[:, 3] *= 500
    assert rounded(matrix) is None


def test_the_copying_circuit_of_the_base_stays_in_floats():
    from transformers import GPT2LMHeadModel

    model = GPT2LMHeadModel.from_pretrained(BASE_FOLDER, local_files_only=True)
    kept = {name for name, _ in matrices(Weights.of(model))} - quantised(Weights.of(model)).keys()
    assert kept == {"h.0.attn.c_attn", "h.4.attn.c_attn", "h.4.attn.c_proj"}


def test_what_is_saved_comes_back_and_is_summed(tiny, tokenizer, tmp_path):
    save_weights(tiny, tokenizer, tmp_path)
    save_quantised(Weights.of(tiny), tmp_path)
    write_manifest(tmp_path, created="2026", base="ours", method="full", settings={}, figures={})
    _, _, manifest = load(tmp_path)
    found = read_quantised(tmp_path, manifest.files)
    assert found is not None
    assert found.keys() == quantised(Weights.of(tiny)).keys()
    np.testing.assert_array_equal(found["lm_head"].numbers, quantised(Weights.of(tiny))["lm_head"].numbers)
    assert read_quantised(tmp_path, {}) is None
