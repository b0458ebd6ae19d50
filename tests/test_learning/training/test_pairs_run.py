"""A writer from its pairs to its texts, tiny but real; it lies where nothing that serves is looked for."""

from __future__ import annotations

import json

import pytest

from chatbot.errors import InputError, NameTakenError, NotFoundError
from chatbot.home import Home
from chatbot.learning.training.pairs import Pair, PairSource
from chatbot.learning.training.pairs_run import train_writer
from chatbot.service.serving import model_versions, writers
from finetune.model.checkpoint import list_versions
from finetune.pair_prompt import Brief
from tests.test_learning.training.test_training_page import NASTY, parsed
from tests.test_learning.training_desk import PLACES, THINGS, settings_for, tiny_base

pytestmark = pytest.mark.integration


def source(*more):
    rows = [
        Pair(line, f"A {thing} from {place}.", f"Your {thing} comes from {place}.", tone="warm")
        for line, (thing, place) in enumerate(((thing, place) for thing in THINGS for place in PLACES), start=1)
    ]
    return PairSource("things.jsonl", (*rows, *more))


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    path = tmp_path_factory.mktemp("desk")
    home = Home(path).create()
    base = tiny_base(path / "base")
    outcome = train_writer(
        home,
        source(Pair(99, NASTY, f"{NASTY} It comes.", part="measured")),
        "things",
        settings_for(base, epochs=12),
        many=False,
    )
    return home, outcome, base


def test_it_learns_and_tells_what_was_held_out(trained):
    home, outcome, _ = trained
    assert outcome["after"]["bits_per_byte"] < outcome["before"]["bits_per_byte"]
    assert sum(outcome["pairs"][part] for part in ("learnt", "stopping", "measured")) == 31
    assert outcome["tones"] == ["warm"]
    assert [warning for warning in outcome["warnings"] if "take all figures as a guess" in warning]
    told = json.loads((home.reports / "writer-things.json").read_text())
    assert told["writer"] == "things"
    assert len(told["samples"]) == min(5, outcome["pairs"]["measured"])
    assert not list(writers.folder_of(home).glob(".work*"))


def test_the_page_stands_side_by_side_and_escapes(trained):
    home, _, _ = trained
    text = (home.reports / "writer-things.html").read_text()
    assert {tag for tag, _ in parsed(text)}.isdisjoint({"script", "link", "img"})
    for words in ("Writer things", "In the file", "The base", "The writer", "&lt;script&gt;"):
        assert words in text


def test_it_writes_the_same_for_the_same_seed(trained):
    home, _, _ = trained
    assert writers.chosen(home, None) == "things"
    first, again, other = (
        [text.to_json() for text in writers.load(home, "things").write(Brief("A lamp from Oslo."), seed=seed)]
        for seed in (3, 3, 11)
    )
    assert first == again != other


def test_it_can_not_be_made_to_serve(trained):
    home, _, _ = trained
    assert list_versions(home.models) == {}
    assert home.current().model is None
    with pytest.raises(NotFoundError):
        model_versions.promote(home, "writers/things")
    with pytest.raises(InputError):
        model_versions.promote(home, "writers")
    copy = home.models / "copied"
    copy.symlink_to(writers.folder_of(home) / "things")
    with pytest.raises(NotFoundError):
        model_versions.promote(home, "copied")
    copy.unlink()
    (writers.folder_of(home) / "things").rename(copy)
    try:
        with pytest.raises(InputError, match="copied is a writer, made to write texts from outlines"):
            model_versions.promote(home, "copied")
    finally:
        copy.rename(writers.folder_of(home) / "things")
    assert home.current().model is None


def test_no_text_that_was_learnt_lies_in_it(trained):
    home, _, _ = trained
    for path in (writers.folder_of(home) / "things").iterdir():
        assert b"Your kettle comes from" not in path.read_bytes()


def test_a_name_is_not_taken_twice(trained):
    home, _, base = trained
    with pytest.raises(NameTakenError, match="There is a writer 'things' already"):
        train_writer(home, source(), "things", settings_for(base))
    with pytest.raises(InputError, match="--name takes letters"):
        train_writer(home, source(), "../things", settings_for(base))


def test_a_damaged_writer_is_told(trained, tmp_path):
    home, _, _ = trained
    with pytest.raises(NotFoundError, match="There is no writer 'other'; there is things"):
        writers.chosen(home, "other")
    with pytest.raises(NotFoundError, match="no writer yet"):
        writers.chosen(Home(tmp_path), None)
    runs = writers.folder_of(home) / "things" / "learnt.safetensors"
    kept = runs.read_bytes()
    runs.write_bytes(kept[:-1] + b"!")
    try:
        with pytest.raises(InputError, match=r"The writer things cannot be used .* train it again"):
            writers.load(home, "things")
    finally:
        runs.write_bytes(kept)
