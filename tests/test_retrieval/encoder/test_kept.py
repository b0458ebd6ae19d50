"""A converted encoder is kept and opened without torch; what is damaged, of other weights or half written is not."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from retrieval.encoder import kept, openvino
from retrieval.encoder.encoder import SentenceEncoder, bundled_folder

pytestmark = pytest.mark.integration
TEXTS = ["Where is my parcel?", "我的包裹在哪里", "word " * 400, ""]


@pytest.fixture(scope="module")
def shelf(tmp_path_factory):
    """A cache with the bundled encoder in it."""
    cache = tmp_path_factory.mktemp("kept") / "not" / "there yet"
    SentenceEncoder.load(cache=cache, bf16=False)
    return cache


@pytest.fixture
def cache(shelf, tmp_path):
    return Path(shutil.copytree(shelf, tmp_path / "cache"))


@pytest.fixture
def converted(monkeypatch):
    """How often a model was converted since."""
    times: list[object] = []
    convert = openvino.convert
    monkeypatch.setattr(openvino, "convert", lambda pooled: times.append(pooled) or convert(pooled))
    return times


OPENED = """
import sys
from pathlib import Path
from retrieval.encoder.encoder import SentenceEncoder
encoder = SentenceEncoder.load(cache=Path(sys.argv[1]), bf16=False)
vectors = encoder.encode(sys.argv[3:])
heavy = [name for name in ("torch", "transformers", "sentence_transformers", "scipy", "sklearn") if name in sys.modules]
assert not heavy, heavy
vectors.tofile(sys.argv[2])
print(encoder.fingerprint, encoder.dimension, encoder.runtime, encoder.slower)
"""


def test_it_is_opened_without_torch_and_gives_the_same_vectors(cache, tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", OPENED, str(cache), str(tmp_path / "vectors"), *TEXTS],
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[3])},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    first = SentenceEncoder.load(bf16=False)
    assert done.stdout.split() == [first.fingerprint, "384", "openvino"]
    found = np.fromfile(tmp_path / "vectors", dtype=np.float32).reshape(len(TEXTS), 384)
    np.testing.assert_allclose(found, first.encode(TEXTS), atol=1e-4)


def damaged_graph(folder: Path) -> None:
    (folder / "model.xml").write_text("<net")


def damaged_weights(folder: Path) -> None:
    """The right size, another word's vector: no probe would tell."""
    with (folder / "model.bin").open("r+b") as weights:
        weights.seek(20_000_000)
        weights.write(bytes(64))


def damaged_record(folder: Path) -> None:
    (folder / "encoder.json").write_text('{"space"')


def wrong_probes(folder: Path) -> None:
    record = json.loads((folder / "encoder.json").read_text())
    record["probes"] = record["probes"][::-1]
    (folder / "encoder.json").write_text(json.dumps(record))


def no_tokenizer(folder: Path) -> None:
    (folder / "tokenizer.json").unlink()


@pytest.mark.parametrize("damage", [damaged_graph, damaged_weights, damaged_record, wrong_probes, no_tokenizer])
def test_what_is_damaged_is_made_anew(cache, damage, converted):
    (folder,) = cache.iterdir()
    damage(folder)
    assert SentenceEncoder.load(cache=cache, bf16=False).runtime == "openvino"
    assert len(converted) == 1
    SentenceEncoder.load(cache=cache, bf16=False)
    assert len(converted) == 1
    assert list(cache.iterdir()) == [folder]


def test_other_weights_and_other_releases_are_another_place(tmp_path, monkeypatch):
    model = Path(shutil.copytree(bundled_folder(), tmp_path / "model"))
    before = kept.place(tmp_path, model)
    assert before == kept.place(tmp_path, bundled_folder())
    (model / "1_Pooling" / "config.json").write_text('{"pooling_mode": "cls"}')
    assert kept.place(tmp_path, model) not in {before, None}
    assert kept.place(tmp_path, tmp_path / "absent") is None
    monkeypatch.setattr("importlib.metadata.version", lambda name: "another")
    assert kept.place(tmp_path, bundled_folder()) not in {before, None}


def test_a_cache_that_cannot_be_written_is_done_without(tmp_path):
    (tmp_path / "file").write_text("")
    assert SentenceEncoder.load(cache=tmp_path / "file", bf16=False).runtime == "openvino"
