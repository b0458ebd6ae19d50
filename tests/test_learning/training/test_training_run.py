"""A training run from the database to the version that serves, tiny but real."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from chatbot.errors import InputError
from chatbot.home import Home
from chatbot.learning.time_plan import TimePlan
from chatbot.learning.training import finish, found_settings, stages
from chatbot.learning.training import training_run as training
from chatbot.learning.training.training_run import interrupted, train
from chatbot.service.corpus.history import known_moments
from chatbot.storage.database import open_database
from chatbot.storage.queries import corpus, retirements
from data.progress import silent
from data.transcripts import Conversation, Role, Turn
from finetune.evaluate.memorisation import plant
from finetune.model.checkpoint import list_versions, read_manifest
from finetune.training_settings import METHODS, TrainSettings
from tests.test_learning.training_desk import TALKS, opened, settings_for, tiny_base

pytestmark = pytest.mark.integration


@pytest.fixture
async def home(tmp_path, database, monkeypatch):
    return await opened(tmp_path / "desk", database, monkeypatch)


@pytest.fixture
def base(tmp_path):
    return tiny_base(tmp_path / "base")


async def test_retired_moments_are_not_learnt_from(database):
    turns = (Turn(Role.CUSTOMER, "Hi?"), Turn(Role.AGENT, "Yes."), Turn(Role.CUSTOMER, "Why?"), Turn(Role.AGENT, "So."))
    async with database.write() as session:
        await corpus.store_batch(session, [Conversation("a", turns)])
        await retirements.add(session, ["a:1"], "wrong")
    assert [moment.id for moment in await known_moments(database)] == ["a:3"]


async def test_what_is_deleted_or_retired_is_no_evidence(database, tmp_path, monkeypatch):
    home = await opened(tmp_path / "desk", database, monkeypatch, TALKS, change=0)
    async with database.write() as session:
        await corpus.delete_conversation(session, "t0")
        await retirements.add(session, ["t1:1"], "wrong")
    monkeypatch.setattr(training, "_train", lambda home, parts, retriever, *_: {"retriever": retriever})
    retriever = (await train(database, home, TrainSettings()))["retriever"]
    moments = await known_moments(database)
    found = training.find_evidence(home, retriever, moments, tmp_path / "kept.jsonl", silent)
    shown = {moment.id: {passage.id for passage in found.passages(moment)} for moment in moments}
    # Each has only what was answered before: nothing is left for the first, and t0 and t1 for nobody.
    assert shown["t2:1"] == set()
    assert shown["t3:1"] == {"t2:1"}
    assert all({"t0:1", "t1:1"}.isdisjoint(each) for each in shown.values())


async def test_a_run_writes_a_version_a_report_and_a_page_and_serves(database, home, base):
    steps = set()
    outcome = await train(
        database,
        home,
        settings_for(base, epochs=8, learning_rate=0.01, canaries=1, tracker="tensorboard"),
        report=lambda step, *_: steps.add(step),
    )
    version = outcome["version"]
    assert outcome["promoted"], outcome["verdict"]
    assert home.current().model == version
    assert home.current().previous_model == "old"
    assert outcome["before"]["model"] == "the base"  # the files of the version that serves are gone
    assert outcome["after"]["with_evidence"]["bits_per_byte"] < outcome["before"]["with_evidence"]["bits_per_byte"]
    assert outcome["answers"] == {"learnt": 51, "stopping": 1, "measured": 8}
    assert outcome["training"]["examples"] == 52  # the canary as well
    assert outcome["memorisation"]["extracted"] == 0
    assert {"find evidence", "measure the base", "drafts of the new model", "train"} <= steps
    told = json.loads((home.reports / f"train-{version}.json").read_text(encoding="utf-8"))
    assert len(told["samples"]) == 2
    assert {"customer", "agent", "draft", "failed", "evidence"} <= told["samples"][0].keys()
    assert told["curve"]
    page = (home.reports / f"train-{version}.html").read_text(encoding="utf-8")
    assert outcome["verdict"] in page
    assert plant(1, 0)[0].secret not in page
    assert read_manifest(home.models / version).figures["bars"] == outcome["bars"]
    assert list((home.reports / "tensorboard").rglob("events.out.tfevents.*"))
    assert str(home.reports / "tensorboard") in outcome["tracked"]
    assert not (home.models / ".work").exists()


async def test_minutes_that_are_spent_leave_out_what_does_not_fit_and_promote_nothing(database, home, base):
    plan = TimePlan(0.1, clock=iter(range(0, 10**6, 1000)).__next__)  # gone before anything is measured
    outcome = await train(database, home, settings_for(base, epochs=8, learning_rate=0.01, canaries=4), plan=plan)
    assert outcome["after"]["drafts"]["count"] == 0
    assert outcome["heldout_examples"] == 8
    assert len(outcome["memorisation"]["exposures"]) == 1
    assert not outcome["promoted"]
    assert "no draft could be tried in the minutes given" in outcome["verdict"]
    assert home.current().model == "old"


async def test_canaries_are_nowhere_but_in_the_training(database, home, base):
    await train(database, home, settings_for(base, canaries=2))
    async with database.read() as session:
        known = [conversation.id async for conversation in corpus.all_conversations(session)]
    assert not [name for name in known if "canary" in name]
    retriever = training.load_retriever(home)
    assert all(retriever.passage(canary.moment.id) is None for canary in plant(2, 0))


async def test_a_version_that_serves_is_what_the_next_one_is_compared_with(database, home, base):
    first = await train(database, home, settings_for(base, epochs=8, learning_rate=0.01))
    assert first["promoted"], first["verdict"]
    # One step at a rate that moves nothing: as bad as the base, so worse than what serves.
    second = await train(database, home, settings_for(base, learning_rate=1e-9))
    assert second["before"]["model"] == first["version"]
    assert second["before"]["with_evidence"] == pytest.approx(first["after"]["with_evidence"], rel=0.01)
    assert not second["promoted"]
    assert "bits per byte with evidence rose" in second["verdict"]
    assert f"{first['version']} goes on serving" in second["verdict"]
    assert home.current().model == first["version"]
    assert list(list_versions(home.models)) == [first["version"], second["version"]]


async def test_a_model_that_tells_a_secret_does_not_serve(database, home, base, monkeypatch):
    real = training.memorisation

    def leaking(*arguments, **settings):
        return replace(real(*arguments, **settings), extracted=1)

    monkeypatch.setattr(training, "memorisation", leaking)
    outcome = await train(database, home, settings_for(base, epochs=8, learning_rate=0.01, canaries=1))
    assert not outcome["promoted"]
    assert "1 of 1 planted secrets could be extracted" in outcome["verdict"]
    assert home.current().model == "old"


async def test_questions_are_varied_where_it_is_asked_for_and_only_those_learnt_from(database, home, base, monkeypatch):
    seen: dict[str, list[str]] = {}
    real = stages.fine_tune

    def watched(train, heldout, *rest):
        seen.update(train=[example.input_ids for example in train], heldout=[each.input_ids for each in heldout])
        return real(train, heldout, *rest)

    monkeypatch.setattr(stages, "fine_tune", watched)
    plain = await train(database, home, settings_for(base, canaries=0))
    without = dict(seen)
    outcome = await train(
        database,
        home,
        settings_for(
            base, canaries=0, augment="noise,back_translation", augment_share=1.0, back_translate="false | cat"
        ),
    )
    count = outcome["variants"]["noise"]
    assert plain["variants"] == {}
    assert len(seen["train"]) == len(without["train"]) + count
    assert seen["train"][: len(without["train"])] == without["train"]
    assert seen["heldout"] == without["heldout"]
    assert any("were not back-translated" in each for each in outcome["warnings"])
    assert f"{count} by noise" in (home.reports / f"train-{outcome['version']}.html").read_text()


async def test_an_interrupted_run_goes_on_under_its_name(database, home, base):
    asked = settings_for(base, epochs=4, batch_size=1)

    def stop(step, done, total):
        if step == "train" and done >= 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        await train(database, home, asked, report=stop)
    assert home.current().model == "old"
    assert interrupted(home, asked)
    assert interrupted(home, replace(asked, minutes=9.0))
    assert not interrupted(home, replace(asked, seed=1))
    searched = []
    await train(database, home, asked, report=lambda step, *_: searched.append(step))
    assert "find evidence" not in searched
    assert not interrupted(home, asked)


async def test_a_serving_model_with_another_tokenizer_is_compared_by_bytes(database, home, base, tmp_path):
    first = await train(database, home, settings_for(base))
    home.promote(model=first["version"])
    other = tiny_base(tmp_path / "other", ["nothing in common with the desk at all " * 3])
    second = await train(database, home, settings_for(other))
    assert second["before"]["model"] == first["version"]
    assert second["after"]["with_evidence"]["tokens"] > second["before"]["with_evidence"]["tokens"]
    assert second["after"]["with_evidence"]["bytes"] == second["before"]["with_evidence"]["bytes"]


def test_a_run_that_an_earlier_version_began_goes_on(tmp_path):
    home = Home(tmp_path).create()
    noted = {
        "base": None,
        "method": "lora",
        "seed": 0,
        "epochs": 2,
        "learning_rate": None,
        "batch_size": 3,
        "max_tokens": 512,
        "patience": 3,
        "gradient_checkpointing": False,
        "tracker": "tensorboard",
        "processes": 1,
        "fsdp": False,
        "canaries": 4,
    }
    (home.models / ".work").mkdir(parents=True)
    (home.models / ".work" / "wish.json").write_text(json.dumps({"name": "20260101-120000", "wish": noted}))
    assert interrupted(home, TrainSettings(method="lora", epochs=2, batch_size=3))
    assert not interrupted(home, TrainSettings(method="lora", epochs=2))


def test_settings_are_checked_before_the_work(tmp_path):
    home = Home(tmp_path).create()
    home.promote(model="old")
    for bad in (
        TrainSettings(base="./absent"),
        TrainSettings(method="magic"),
        TrainSettings(tracker="paper"),
        TrainSettings(augment="magic"),
        TrainSettings(base=str(tmp_path)),
    ):
        with pytest.raises(InputError, match=r"old goes on serving\.$"):
            training.check(home, bad)
    training.check(home, TrainSettings())


@pytest.mark.parametrize("method", METHODS)
async def test_each_method_makes_a_version_that_can_be_served(database, home, base, method):
    outcome = await train(database, home, settings_for(base, method=method, max_tokens=1024))
    model, _, manifest = finish.load(home.models / outcome["version"])
    assert manifest.method == method
    assert (model.desk_prefix is not None) == (method == "prefix")


async def test_database_and_home_of_a_new_desk_say_what_to_do(tmp_path):
    async with open_database(f"sqlite:///{tmp_path / 'empty.db'}") as empty:
        with pytest.raises(InputError, match="understudy import"):
            await train(empty, Home(tmp_path).create(), TrainSettings())


async def test_a_search_finds_settings_that_become_the_desks_own(database, home, base):
    asked = settings_for(base, epochs=1, search=2, given=("method",), preferences=True)
    outcome = await train(database, home, asked)
    assert len(outcome["search"]["trials"]) == 2
    best = outcome["search"]["best"]["settings"]
    assert outcome["learning_rate"] == best["learning_rate"]
    assert set(outcome["found"]) == set(best)
    kept = found_settings.kept(home)
    assert kept.settings == best
    assert found_settings.with_found(settings_for(base), kept).learning_rate == best["learning_rate"]
    page = (home.reports / f"train-{outcome['version']}.html").read_text(encoding="utf-8")
    assert "Search of settings" in page
    assert outcome["preferred"] is None
    assert any("Preferences were not learnt: 0 suggestions" in warning for warning in outcome["warnings"])
