"""What the doctor says of a model: a whole one is computed, and a damaged one is found, also under sums that fit."""

from __future__ import annotations

import json

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from chatbot.errors import NotReadyError
from chatbot.service.monitoring import doctor
from chatbot.service.serving.model_versions import adopt_base
from chatbot.settings import Settings
from finetune.model.checksums import digest


@pytest.fixture
def settings(tmp_path):
    found = Settings(home=tmp_path / "desk")
    adopt_base(found.desk().create())
    return found


def truncated(path):
    path.write_bytes(path.read_bytes()[:-1000])


def zeros(path):
    path.write_bytes(bytes(path.stat().st_size))


def wrong_shape(path):
    arrays = load_file(path)
    save_file(arrays | {"transformer.ln_f.bias": np.zeros(7, np.float16)}, path)


def missing_tensor(path):
    arrays = load_file(path)
    del arrays["transformer.h.0.ln_1.weight"]
    save_file(arrays, path)


@pytest.mark.integration
def test_a_whole_model_is_computed(settings):
    assert "checksums right, computed by openvino" in doctor._model(settings)


@pytest.mark.parametrize(
    ("damage", "told"),
    [
        (truncated, "cannot be read"),
        (zeros, "cannot be read"),
        (wrong_shape, r"ln_f\.bias has the shape \(7,\)"),
        (missing_tensor, r"lack h\.0\.ln_1\.weight"),
    ],
)
def test_a_damaged_one_is_found_by_its_sum_and_by_what_it_holds(settings, damage, told):
    home = settings.desk()
    folder = home.models / home.current().model
    damage(folder / "model.safetensors")
    with pytest.raises(NotReadyError, match=r"model\.safetensors is damaged \(its SHA-256 differs\)"):
        doctor._model(settings)
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["files"]["model.safetensors"] = digest(folder / "model.safetensors")
    (folder / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(NotReadyError, match=f"{told}.*train again or roll back"):
        doctor._model(settings)
