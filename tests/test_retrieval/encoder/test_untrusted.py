"""An encoder's folder runs no code of its own and opens no pickle."""

from __future__ import annotations

import json
import pickle
import shutil

import pytest

from retrieval.encoder.encoder import EncoderError, SentenceEncoder, bundled_folder


class Bomb:
    def __init__(self, mark):
        self.mark = mark

    def __reduce__(self):
        return open, (str(self.mark), "w")


@pytest.fixture
def folder(tmp_path):
    """The encoder that ships, without its weights: what is refused is refused before they are looked for."""
    return shutil.copytree(bundled_folder(), tmp_path / "encoder", ignore=shutil.ignore_patterns("*.safetensors"))


@pytest.mark.parametrize("kind", ["mine.Mine", "os.system", "sentence_transformers_mine.Evil", None, 7])
def test_a_class_of_its_own_is_refused(folder, kind):
    modules = json.loads((folder / "modules.json").read_text())
    modules[-1]["type"] = kind
    (folder / "modules.json").write_text(json.dumps(modules))
    (folder / "mine.py").write_text("raise SystemExit(7)")
    with pytest.raises(EncoderError, match="asks for code of its own"):
        SentenceEncoder.load(str(folder))


def test_code_named_in_a_config_is_refused(folder):
    path = folder / "config.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "auto_map": {"AutoModel": "mine.Mine"}}))
    with pytest.raises(EncoderError, match=r"asks for code of its own \(auto_map\)"):
        SentenceEncoder.load(str(folder))


def test_pickled_weights_are_not_opened(folder, tmp_path):
    (folder / "pytorch_model.bin").write_bytes(pickle.dumps(Bomb(tmp_path / "ran")))
    with pytest.raises(EncoderError, match="must be safetensors"):
        SentenceEncoder.load(str(folder))
    assert not (tmp_path / "ran").exists()
