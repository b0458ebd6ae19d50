"""Versions on disk: whole or not there, and a flipped byte is told."""

from __future__ import annotations

import pytest
import torch

from finetune.model.checkpoint import (
    MANIFEST,
    CheckpointError,
    list_versions,
    load,
    new_version_folder,
    save_weights,
    verify,
    write_manifest,
)


@pytest.fixture
def version(tiny, tokenizer, tmp_path):
    folder = new_version_folder(tmp_path / "models", "2026-01-02T03:04:05")
    save_weights(tiny, tokenizer, folder)
    write_manifest(
        folder, created="2026-01-02T03:04:05", base="ours", method="full", settings={"seed": 1}, figures={"loss": 2.0}
    )
    return folder


def test_what_is_saved_comes_back(version, tiny, tokenizer) -> None:
    model, loaded, manifest = load(version)
    assert not model.training
    assert model.dtype == torch.float32
    assert loaded.get_vocab() == tokenizer.get_vocab()
    assert manifest.settings == {"seed": 1}
    ids = torch.tensor([[7, 8, 9, 10]])
    with torch.inference_mode():
        assert torch.allclose(model(ids).logits, tiny.eval()(ids).logits, atol=2e-2)
    assert model.config.use_cache
    assert model.generation_config.eos_token_id == tokenizer.eos_token_id


def test_only_safetensors_and_json(version) -> None:
    assert {path.suffix for path in version.iterdir()} == {".json", ".safetensors"}


def test_flipped_byte_is_caught(version) -> None:
    weights = version / "model.safetensors"
    content = bytearray(weights.read_bytes())
    content[len(content) // 2] ^= 1
    weights.write_bytes(content)
    with pytest.raises(CheckpointError, match=r"model\.safetensors is damaged"):
        verify(version)
    with pytest.raises(CheckpointError):
        load(version)


def test_missing_file_is_caught(version) -> None:
    (version / "tokenizer.json").unlink()
    with pytest.raises(CheckpointError, match=r"tokenizer\.json is missing"):
        verify(version)


def test_unfinished_and_foreign_folders_are_not_versions(version) -> None:
    models = version.parent
    (models / "notes").mkdir()
    (models / "half").mkdir()
    (models / "half" / MANIFEST).write_text('{"name": ')
    (models / "readme.txt").write_text("x")
    assert list(list_versions(models)) == [version.name]
    assert list_versions(models / "nowhere") == {}
    with pytest.raises(CheckpointError, match="understudy train"):
        verify(models / "notes")
    with pytest.raises(CheckpointError, match="cannot be read"):
        verify(models / "half")


def test_names_sort_by_age(tmp_path) -> None:
    names = [new_version_folder(tmp_path, stamp).name for stamp in ("2026-01-02T03:04:05+00:00",) * 2]
    names.append(new_version_folder(tmp_path, "2026-01-03T00:00:00").name)
    assert names == sorted(set(names))
