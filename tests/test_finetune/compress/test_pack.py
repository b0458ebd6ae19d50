"""Packed weights: as near as their bits allow, noughts for a bit each, and read back wherever other weights are."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from safetensors.numpy import load_file, save_file

from finetune.compress.pack import packed, save_packed
from finetune.compress.sparse import set_to_nought
from finetune.errors import TrainingError
from finetune.model.checkpoint import CheckpointError, load, load_weights, save_weights, write_manifest
from finetune.model.loading import load_base
from finetune.model.memory_needed import needed_bytes
from finetune.model.packed import GROUP, PACKED_FILE, levels
from finetune.model.weights import BASE_FOLDER, Weights, read

ERRORS = {4: 0.153, 8: 0.0045, 16: 0.0005}
"""Largest distance of a number from what it was, as a share of the largest of its group."""


def version(model, tokenizer, folder, bits):
    save_weights(model, tokenizer, folder)
    save_packed(read(folder), folder, bits)
    (folder / "model.safetensors").unlink()
    write_manifest(folder, created="2026", base="ours", method="full", settings={}, figures={})
    return folder


def test_sixteen_levels_about_nought() -> None:
    found = levels()
    assert len(found) == 16
    assert (np.diff(found) > 0).all()
    assert (found[0], found[7], found[15]) == (-1, 0, 1)
    assert found[8] == pytest.approx(0.0796, abs=1e-4)  # as in Dettmers et al., appendix E
    assert found[1] == pytest.approx(-0.6962, abs=1e-4)


@pytest.mark.parametrize("bits", [4, 8, 16])
def test_no_number_is_further_off_than_its_bits_allow(tiny, tokenizer, tmp_path, bits) -> None:
    whole = Weights.of(tiny)
    found = read(version(tiny, tokenizer, tmp_path, bits))
    for name, shape in whole.shape.tensors():
        old, new = whole.floats(name), found.floats(name)
        flat = np.pad(old.reshape(-1), (0, -old.size % GROUP)).reshape(-1, GROUP)
        allowed = np.repeat(np.abs(flat).max(axis=1), GROUP)[: old.size].reshape(shape) * ERRORS[bits]
        assert (np.abs(new - old) <= (allowed if old.ndim > 1 else np.abs(old) * 0.001) + 1e-6).all(), name


def test_fewer_bits_take_less_room_and_noughts_next_to_none(tiny) -> None:
    def size(model, bits):
        return sum(part.nbytes for part in packed(Weights.of(model), bits).values())

    dense = {bits: size(tiny, bits) for bits in (4, 8, 16)}
    assert dense[4] < 0.6 * dense[8] < 0.36 * dense[16]
    set_to_nought(tiny, 0.9)
    sparse = {bits: size(tiny, bits) for bits in (4, 8, 16)}
    embeddings = 2 * (tiny.transformer.wte.weight.numel() + tiny.transformer.wpe.weight.numel())
    assert sparse[16] - embeddings < 0.25 * (dense[16] - embeddings)
    assert sparse[4] < dense[4]


def test_noughts_come_back_in_their_places(tiny, tokenizer, tmp_path) -> None:
    set_to_nought(tiny, 0.5)
    whole = Weights.of(tiny)
    found = read(version(tiny, tokenizer, tmp_path, 8))
    name = "h.1.mlp.c_fc.weight"
    assert f"{name}.mask" in load_file(tmp_path / PACKED_FILE)
    assert not found.floats(name)[whole.floats(name) == 0].any()
    np.testing.assert_allclose(found.floats(name), whole.floats(name), atol=0.001)


@pytest.mark.parametrize("bits", [4, 16])
def test_whoever_reads_weights_reads_packed_ones(tiny, tokenizer, tmp_path, bits) -> None:
    folder = version(tiny, tokenizer, tmp_path, bits)
    weights, _, manifest = load_weights(folder)
    assert PACKED_FILE in manifest.files
    model, _, _ = load(folder)
    base, _ = load_base(folder)
    ids = torch.tensor([[1, 2, 3]])
    torch.testing.assert_close(base.eval()(input_ids=ids).logits, model(input_ids=ids).logits)
    np.testing.assert_array_equal(
        Weights.of(model).floats("h.0.attn.c_attn.weight"), weights.floats("h.0.attn.c_attn.weight")
    )
    assert needed_bytes(folder) == 2 * 4 * sum(weight.numel() for weight in tiny.parameters())


def test_an_output_layer_of_its_own_is_packed_too(tiny, tokenizer, tmp_path) -> None:
    whole = Weights.of(tiny)
    apart = Weights(whole.shape, {**whole.arrays, "lm_head.weight": whole.floats("wte.weight") + 1})
    save_weights(tiny, tokenizer, tmp_path)
    (tmp_path / "model.safetensors").unlink()
    save_packed(apart, tmp_path, 16)
    np.testing.assert_allclose(read(tmp_path).floats("lm_head.weight"), whole.floats("wte.weight") + 1, atol=0.001)


def test_the_base_in_four_bits_is_a_quarter_of_itself() -> None:
    weights = read(BASE_FOLDER)
    size = sum(part.nbytes for part in packed(weights, 4).values())
    assert size < 0.29 * (BASE_FOLDER / "model.safetensors").stat().st_size


def test_damage_is_told(tiny, tokenizer, tmp_path) -> None:
    folder = version(tiny, tokenizer, tmp_path, 4)
    parts = load_file(folder / PACKED_FILE)
    whole = (folder / PACKED_FILE).read_bytes()
    (folder / PACKED_FILE).write_bytes(whole[:-1] + b"\xff\xff"[: 1 + (whole[-1] == 255)])
    with pytest.raises(CheckpointError, match="damaged"):
        load_weights(folder)
    for name, array in (("wte.weight.numbers", parts["wte.weight.numbers"][:-5]), ("wte.weight.scales", None)):
        changed = {key: value for key, value in {**parts, name: array}.items() if value is not None}
        save_file(changed, folder / PACKED_FILE)
        write_manifest(folder, created="2026", base="ours", method="full", settings={}, figures={})
        with pytest.raises(CheckpointError, match="cannot serve"):
            load_weights(folder)
        with pytest.raises(TrainingError, match="cannot be read"):
            load_base(folder)
