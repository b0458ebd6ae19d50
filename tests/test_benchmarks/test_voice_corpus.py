"""The conversations of a desk of task dialogues: never measured on what is learnt from, or what the base has read."""

from __future__ import annotations

import gzip
import json

import pytest
import voice_corpus
from voice_corpus import kept_parts, seen_by_base

from finetune.pretrain.datasets import SOURCES, hash_share


def _write(path, prefix: str, count: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with gzip.open(path, "wt", encoding="utf-8") as file:
        for number in range(count):
            turns = [
                {"role": "customer", "text": f"I would like a table for {number + 2} people in town {number}."},
                {"role": "agent", "text": f"There is a table for {number + 2} people in town {number}."},
            ]
            file.write(json.dumps({"id": f"{prefix}-{number}", "language": "en", "turns": turns, "labels": {}}) + "\n")


@pytest.mark.parametrize("name", ["star", "taskmaster4"])
def test_the_measured_part_is_the_tenth_that_the_hash_leaves_out(name: str, tmp_path) -> None:
    _write(tmp_path / name / "dialogues.jsonl.gz", name, 120)
    parts = kept_parts(tmp_path / "parts.jsonl", name, tmp_path, 50)
    asked = {each.id for each in parts.asked}
    assert asked == {f"{name}-{n}" for n in range(120) if hash_share(f"{name}-{n}") < voice_corpus.LEFT_OUT}
    assert 0 < len(asked) < 30
    past = [*parts.earlier, *parts.learnt, *parts.choosing]
    assert len(parts.learnt) + len(parts.choosing) == 50
    assert not asked.intersection(each.id for each in past)
    assert len(past) + len(asked) == 120
    assert parts == kept_parts(tmp_path / "parts.jsonl", name, tmp_path / "gone", 50), "the second time from its file"


def test_sgd_learns_from_train_and_is_asked_dev(tmp_path) -> None:
    _write(tmp_path / "sgd" / "train.jsonl.gz", "train", 40)
    _write(tmp_path / "sgd" / "dev.jsonl.gz", "dev", 10)
    parts = kept_parts(tmp_path / "parts.jsonl", "sgd", tmp_path, None)
    assert {each.id.partition("-")[0] for each in parts.asked} == {"dev"}
    learnt = [each.id for each in [*parts.learnt, *parts.choosing]]
    assert {each.partition("-")[0] for each in learnt} == {"train"}
    assert learnt != sorted(learnt), "files go by subject, the parts must not"


def test_what_the_base_has_read_is_told_by_its_sources() -> None:
    assert not seen_by_base("sgd", "sgd-dev-1_00005")
    assert not seen_by_base("firefox", "anything")
    for source in (each for each in SOURCES if each.name in {"star", "taskmaster4"}):
        ids = [f"{source.name}-{number}" for number in range(200)]
        assert [each for each in ids if seen_by_base(source.name, each)] == [
            each for each in ids if hash_share(each) >= source.left_out
        ]
