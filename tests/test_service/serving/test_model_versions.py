"""A smaller version of a model: it is another one beside it, serves the same answers, and takes less room."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from chatbot.cli.main import app
from chatbot.errors import InputError, NotFoundError
from chatbot.home import Home
from chatbot.service.serving.model_in_use import load_model
from chatbot.service.serving.model_versions import promote, shrink
from chatbot.service.serving.versions_told import models
from data.transcripts import Role, Turn

TURNS = (Turn(Role.CUSTOMER, "Where is my parcel?"),)


@pytest.fixture
def home(tmp_path):
    from finetune.compress.int8 import save_quantised
    from finetune.model.checkpoint import save_weights, write_manifest
    from finetune.model.weights import read
    from finetune.pretrain.pretrain import new_model, train_tokenizer

    found = Home(tmp_path / "home").create()
    tokenizer = train_tokenizer(["Where is my parcel? It is on its way."] * 20, size=300)
    folder = found.models / "one"
    save_weights(new_model(tokenizer, width=64, layers=1, heads=2), tokenizer, folder)
    save_quantised(read(folder), folder)
    write_manifest(folder, created="2026", base="tiny", method="full", settings={"seed": 1}, figures={"a": 1})
    return found


@pytest.mark.parametrize("bits", [4, 8])
def test_it_serves_nearly_the_same(home, bits):
    from finetune.model.checkpoint import read_manifest

    made = shrink(home, "one", bits)
    assert made.bytes_after < 0.7 * made.bytes_before
    assert not (home.models / made.name / "model.safetensors").exists()
    assert not (home.models / made.name / "int8.safetensors").exists()
    manifest = read_manifest(home.models / made.name)
    assert (manifest.base, manifest.method, manifest.settings) == ("tiny", f"full, {bits} bits", {"seed": 1})
    assert manifest.figures == {"a": 1, "packed": {"of": "one", "bits": bits}}
    promote(home, made.name)
    old, new = (load_model(home.models / name) for name in ("one", made.name))
    assert new.notes == old.notes
    expected = old.reply_model.likelihoods(TURNS, ["It is on its way."])
    assert new.reply_model.likelihoods(TURNS, ["It is on its way."]) == pytest.approx(expected, rel=0.05)


def test_what_cannot_be_shrunk_is_told_and_leaves_nothing(home):
    made = shrink(home, "one", 4)
    with pytest.raises(InputError, match="packed already"):
        shrink(home, made.name, 8)
    with pytest.raises(NotFoundError, match="models list"):
        shrink(home, "absent", 4)
    (home.models / "one" / "model.safetensors").write_bytes(b"")
    with pytest.raises(InputError, match="damaged"):
        shrink(home, "one", 4)
    assert {path.name for path in home.models.iterdir()} == {"one", made.name}


def test_the_command_tells_both_sizes(home):
    result = CliRunner().invoke(app, ["--home", str(home.path), "models", "shrink", "one", "--bits", "8", "--json"])
    assert result.exit_code == 0, result.output
    told = json.loads(result.output.splitlines()[-1])
    assert told["bytes_after"] < told["bytes_before"]
    assert f"promote {told['version']}" in result.output
    assert (home.models / told["version"] / "packed.safetensors").exists()


def test_why_one_was_held_back_is_told(home):
    from finetune.model.checkpoint import write_manifest

    bars = [
        {"name": "a", "passed": False, "sentence": "It got worse"},
        {"name": "b", "passed": True, "sentence": "Fine"},
    ]
    write_manifest(home.models / "one", created="2026", base="tiny", method="full", settings={}, figures={"bars": bars})
    assert {each["name"]: each["held_back"] for each in models(home)["models"]}["one"] == "It got worse"
    write_manifest(home.models / "one", created="2026", base="tiny", method="full", settings={}, figures={})
    assert {each["name"]: each["held_back"] for each in models(home)["models"]}["one"] is None
