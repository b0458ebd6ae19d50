"""No code of a model folder runs, no pickle is opened, and nothing leads to another folder."""

from __future__ import annotations

import ast
import json
import pickle
from pathlib import Path

import pytest

from finetune.errors import TrainingError
from finetune.model.checkpoint import CheckpointError, load, new_version_folder, save_weights, write_manifest
from finetune.model.loading import load_base, load_tokenizer

ROOT = Path(__file__).parents[3]
CODE = "import pathlib; pathlib.Path(__file__).with_name('ran').touch()\nclass Mine: pass\n"


class Bomb:
    def __init__(self, mark):
        self.mark = mark

    def __reduce__(self):
        return open, (str(self.mark), "w")


def ask(folder, name, key, value):
    path = folder / name
    config = json.loads(path.read_text()) if path.exists() else {}
    path.write_text(json.dumps({**config, key: value}))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("config.json", {"AutoModelForCausalLM": "mine.Mine", "AutoConfig": "mine.Mine"}),
        ("tokenizer_config.json", {"AutoTokenizer": ["mine.Mine", None]}),
        ("config.json", {"AutoConfig": "somebody/elsewhere--mine.Mine"}),
        ("generation_config.json", {"AutoConfig": "mine.Mine"}),
    ],
)
def test_a_base_that_asks_for_its_own_code_is_refused(tiny_folder, name, value):
    (tiny_folder / "mine.py").write_text(CODE)
    ask(tiny_folder, name, "auto_map", value)
    for use in (load_base, load_tokenizer):
        with pytest.raises(TrainingError, match=r"asks for code of its own \(auto_map\)"):
            use(tiny_folder)
    assert not (tiny_folder / "ran").exists()


def test_an_adapter_that_names_another_base_is_refused(tiny_folder):
    (tiny_folder / "adapter_config.json").write_text('{"base_model_name_or_path": "/elsewhere", "peft_type": "LORA"}')
    with pytest.raises(TrainingError, match="names another model"):
        load_base(tiny_folder)


@pytest.mark.parametrize("name", ["pytorch_model.bin", "adapter_model.bin", "tf_model.h5"])
def test_pickled_weights_are_not_opened(tiny_folder, name):
    mark = tiny_folder / "ran"
    (tiny_folder / "model.safetensors").unlink()
    (tiny_folder / name).write_bytes(pickle.dumps(Bomb(mark)))
    with pytest.raises(TrainingError, match="must be safetensors"):
        load_base(tiny_folder)
    assert not mark.exists()


def test_a_version_that_asks_for_code_or_for_files_elsewhere_does_not_load(tiny, tokenizer, tmp_path):
    folder = new_version_folder(tmp_path / "models", "2026-01-02T03:04:05")
    save_weights(tiny, tokenizer, folder)
    (folder / "mine.py").write_text(CODE)
    ask(folder, "config.json", "auto_map", {"AutoModelForCausalLM": "mine.Mine"})
    told = {"created": "2026-01-02T03:04:05", "base": "ours", "method": "full", "settings": {}, "figures": {}}
    write_manifest(folder, **told)
    with pytest.raises(CheckpointError, match="asks for code of its own"):
        load(folder)
    assert not (folder / "ran").exists()
    ask(folder, "manifest.json", "files", {"../../secret.key": "0" * 64})
    with pytest.raises(CheckpointError, match="names a file elsewhere"):
        load(folder)


def _calls():
    for folder in ("chatbot", "data", "finetune", "retrieval"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call):
                    yield path.relative_to(ROOT).as_posix(), ast.unparse(node.func), ast.unparse(node)


def test_whatever_loads_a_folder_says_that_no_code_is_run():
    loading = [
        (path, call)
        for path, name, call in _calls()
        if (name.endswith(".from_pretrained") and name.startswith(("Auto", "AnswerGPT2", "GPT2")))
        or name == "SentenceTransformer"
    ]
    assert len(loading) >= 6
    assert [
        (path, call) for path, call in loading if "NO_CODE" not in call and "trust_remote_code=False" not in call
    ] == []


def test_nothing_opens_a_pickle():
    opening = {"torch.load", "pickle.load", "pickle.loads", "joblib.load", "pandas.read_pickle"}
    assert [(path, call) for path, name, call in _calls() if name in opening or "allow_pickle=True" in call] == []
