"""A model version as it is loaded: what computes it, whether it fits, and what is told where it does not."""

from __future__ import annotations

import json
import struct

import pytest

from chatbot.engine.worker import Worker
from chatbot.service.serving.available_memory import available_memory
from chatbot.service.serving.model_in_use import load_model
from data.transcripts import Role, Turn
from finetune.model.memory_needed import needed_bytes

TURNS = (Turn(Role.CUSTOMER, "Where is my parcel?"),)


@pytest.fixture(scope="module")
def version(tmp_path_factory):
    from finetune.model.checkpoint import new_version_folder, save_weights, write_manifest
    from finetune.pretrain.pretrain import new_model, train_tokenizer

    tokenizer = train_tokenizer(["Where is my parcel? It is on its way."] * 20, size=300)
    folder = new_version_folder(tmp_path_factory.mktemp("models"), "2026-01-01T00:00:00Z")
    save_weights(new_model(tokenizer, width=32, layers=1, heads=2), tokenizer, folder)
    write_manifest(folder, created="2026-01-01T00:00:00Z", base="tiny", method="full", settings={}, figures={})
    return folder


def test_one_that_does_not_fit_is_told_before_its_weights_are_read(version, monkeypatch):
    from finetune.model import checkpoint

    monkeypatch.setattr(checkpoint, "load", lambda _: pytest.fail("it was loaded"))
    model = load_model(version, free=lambda: needed_bytes(version) - 1)
    assert model.engine is model.reply_model is model.completer is None
    assert "needs about" in model.notes[0]
    assert "models rollback" in model.notes[0]


def test_one_that_fits_and_one_of_which_nobody_knows_are_loaded(version):
    assert load_model(version, free=lambda: needed_bytes(version)).engine is not None
    assert load_model(version, free=lambda: None).reply_model.likelihoods(TURNS, ["Hello."])[0] < 0


def test_a_worker_steps_it_for_the_thread_that_waits(version):
    worker = Worker()
    try:
        model = load_model(version, hosting=worker.host)
        alone = load_model(version)
        assert model.reply_model.likelihoods(TURNS, ["It is on its way."]) == pytest.approx(
            alone.reply_model.likelihoods(TURNS, ["It is on its way."]), abs=1e-3
        )
        here, there = (
            [each.text for each in one.reply_model.samples(TURNS, ["It is on its way."], facts=None, count=2)]
            for one in (model, alone)
        )
        assert here == there
        assert model.engine.counts.read > 0
        assert model.engine.idle
    finally:
        worker.stop()


def test_what_is_needed_is_two_copies_in_floats(version):
    header = {"one": {"dtype": "F16", "shape": [10, 100], "data_offsets": [0, 2000]}, "__metadata__": {"format": "pt"}}
    raw = json.dumps(header).encode()
    folder = version.parent / "by hand"
    folder.mkdir()
    (folder / "model.safetensors").write_bytes(struct.pack("<Q", len(raw)) + raw + b"\0" * 2000)
    (folder / "int8.safetensors").write_bytes(struct.pack("<Q", len(raw)) + raw)
    assert needed_bytes(folder) == 2 * 4 * 1000
    (folder / "model.safetensors").write_bytes(b"no")
    assert needed_bytes(folder) == 0


def test_free_memory_is_the_least_of_machine_and_container(tmp_path):
    meminfo, cgroup = tmp_path / "meminfo", tmp_path / "cgroup"
    assert available_memory(meminfo, cgroup) is None
    meminfo.write_text("MemTotal: 9 kB\nMemAvailable:    2000 kB\n")
    assert available_memory(meminfo, cgroup) == 2000 * 1024
    cgroup.mkdir()
    (cgroup / "memory.max").write_text("1000000\n")
    (cgroup / "memory.current").write_text("800000\n")
    (cgroup / "memory.stat").write_text("anon 1\ninactive_file 300000\n")
    assert available_memory(meminfo, cgroup) == 500_000
    (cgroup / "memory.max").write_text("max\n")
    assert available_memory(meminfo, cgroup) == 2000 * 1024
