"""Past questions asked again: what they may see, what is replayed, and that a stopped backtest goes on."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from chatbot.dialogue.answer import Decision
from chatbot.dialogue.decide.error_budget import Promise
from chatbot.dialogue.pipeline import Pipeline
from chatbot.errors import InputError
from chatbot.learning.backtest.backtest import opened as open_backtest
from chatbot.learning.backtest.replay_questions import code_digest
from chatbot.learning.contracts import make_contract
from chatbot.learning.contracts.make_contract import replayable
from chatbot.learning.erasure import forget
from data.split import held_out
from data.transcripts import Conversation, Role, Turn
from tests.test_learning.past_desk import opened, talk


@pytest.fixture
async def backtest(tmp_path, database, monkeypatch):
    settings = await opened(tmp_path / "desk", database, monkeypatch, count=60)
    return await open_backtest(database, settings)


@pytest.fixture
def replayed(monkeypatch):
    """The conversations whose questions were really replayed, with what they might see."""
    asked = []
    real = Pipeline.backtest

    def noted(self, turns, *, before, exclude_source):
        answer = real(self, turns, before=before, exclude_source=exclude_source)
        asked.append((exclude_source, before, answer))
        return answer

    monkeypatch.setattr(Pipeline, "backtest", noted)
    return asked


async def test_a_question_sees_the_past_only(backtest, replayed):
    cases = backtest.replay(backtest.questions(20)).cases
    assert [case.conversation_id for case in cases] == [f"t{number}" for number in range(40, 60)]
    for case in cases:
        for name in case.evidence_ids:
            assert backtest.retriever.passage(name).created < case.created
    assert all(
        source != evidence.id.partition(":")[0] for source, _, answer in replayed for evidence in answer.evidence
    )


async def test_known_answers_are_right_and_others_wrong(backtest):
    cases = backtest.replay(backtest.questions(40)).cases
    by_kind = {True: [], False: []}
    for case in cases:
        by_kind[case.conversation_id[1:].isdigit() and int(case.conversation_id[1:]) % 5 != 0].append(case)
    assert all(case.right and case.judged_by == "encoder" and case.agreement > 0.99 for case in by_kind[True])
    assert all(not case.right for case in by_kind[False])
    assert all(case.decision is not Decision.ANSWER for case in cases)
    assert all(case.features["similarity"] > 0 for case in cases if case.ours)


async def test_a_message_that_asks_several_things_has_no_verdict(backtest):
    """It is answered in parts, and the agent's reply tells of none of them alone."""
    known = next(each for each in backtest.questions(40) if not each.conversation_id.endswith(("0", "5")))
    words = known.context[-1].text
    two = (Turn(Role.CUSTOMER, f"{words}? And when is your shop in the harbour open?"),)
    asked = backtest.replay([replace(known, id="one"), replace(known, id="two", context=two)]).cases
    assert [(case.right, case.judged_by) for case in asked] == [(True, "encoder"), (None, None)]
    assert asked[1].ours is not None


async def test_what_was_replayed_is_not_replayed_again(backtest, replayed):
    questions = backtest.questions(20)
    first = backtest.replay(questions)
    assert len(replayed) == 20
    assert backtest.replay(questions) == first
    assert backtest.replay(backtest.questions(25)).cases[5:] == first.cases
    assert len(replayed) == 25


class KilledError(Exception):
    """As if the process had ended there."""


async def test_a_killed_backtest_goes_on(backtest, replayed):
    questions = backtest.questions(20)

    def kill(step, done, total):
        if step == "backtest" and done == 7:
            raise KilledError

    with pytest.raises(KilledError):
        backtest.replay(questions, kill)
    (path,) = backtest.home.practice.glob("*.jsonl")
    whole = path.read_bytes()
    path.write_bytes(whole[:-40])  # the last line is torn
    assert len(backtest.replay(questions).cases) == 20
    assert len(replayed) == 7 + 14
    lines = path.read_text("utf-8").splitlines()
    assert len(lines) == 1 + 20
    assert [json.loads(line)["case"]["id"] for line in lines[1:]] == [question.id for question in questions]


async def test_progress_counts_what_was_there_already(backtest):
    backtest.replay(backtest.questions(5))
    told = []
    backtest.replay(backtest.questions(8), lambda *step: told.append(step))
    assert [step for step in told if step[0] == "backtest"] == [("backtest", done, 8) for done in (5, 6, 7, 8)]


async def test_another_ranking_or_a_changed_question_is_replayed_anew(backtest, replayed):
    questions = backtest.questions(5)
    backtest.replay(questions)
    backtest.replay([*questions[:4], replace(questions[4], answer="Something else.")])
    assert len(replayed) == 6
    backtest.replay(questions[:4], ranking={"words": 1.0})
    assert len(replayed) == 10


async def test_files_of_other_indexes_are_forgotten(backtest, database, tmp_path, monkeypatch):
    backtest.replay(backtest.questions(3))
    kept = list(backtest.home.practice.glob("*.jsonl"))
    (backtest.home.practice / "broken.jsonl").write_text("not a line\n")
    settings = replace_home(backtest)
    await open_backtest(database, settings)
    assert list(backtest.home.practice.glob("*.jsonl")) == kept
    backtest.home.promote(index="two")
    (backtest.home.indexes / "one").rename(backtest.home.indexes / "two")
    await open_backtest(database, settings)
    assert list(backtest.home.practice.glob("*.jsonl")) == []


def replace_home(backtest):
    from chatbot.settings import Settings

    return Settings(home=backtest.home.path, torch_threads=1)


async def test_only_what_tuning_held_out_is_replayed_beside_an_adapter(backtest):
    everything = {moment.conversation_id for moment in backtest.questions(1000)}
    left = {moment.conversation_id for moment in replace(backtest, adapter="learnt").questions(1000)}
    assert left == {name for name in everything if held_out(name, 0.2)}
    assert 0 < len(left) < len(everything)


async def test_a_small_desk_sets_aside_what_the_encoder_learnt_to_be_able_to_promise(backtest, monkeypatch):
    tuned = replace(backtest, adapter="learnt")
    few = len(tuned.questions(1000))
    small, questions = replayable(tuned, replace_home(backtest), Promise())
    assert small.adapter is None
    assert questions == backtest.questions(1000)
    monkeypatch.setattr(make_contract, "AMPLE", few / Promise().cases)
    kept, questions = replayable(tuned, replace_home(backtest), Promise())
    assert kept.adapter == "learnt"
    assert len(questions) == few


async def test_questions_since_a_date(backtest):
    assert [moment.conversation_id for moment in backtest.questions(1000, since="2024-02-27")] == ["t57", "t58", "t59"]
    with pytest.raises(InputError, match="ISO date"):
        backtest.questions(5, since="last week")


async def test_marked_answers_are_judged_by_their_marks(tmp_path, database, monkeypatch):
    manners = ["please", "now", "then", "sir", "madam", "friend", "dear", "again", "kindly", "first", "though", "today"]
    talks = [
        Conversation(
            f"m{number}",
            (
                Turn(Role.CUSTOMER, f"hello my name is unknown {number % 2}"),
                Turn(Role.AGENT, f"What is your name, {manner}?", extras={"action": "ask_name"}),
            ),
        )
        for number, manner in enumerate(manners)
    ]
    settings = await opened(tmp_path / "desk", database, monkeypatch, talks=talks)
    backtest = await open_backtest(database, settings)
    cases = backtest.replay(backtest.questions(12)).cases
    assert {(case.judged_by, case.right) for case in cases if case.ours} == {("label", True)}
    assert any(case.ours for case in cases)


async def test_a_desk_without_a_past_says_what_to_do(tmp_path, database, monkeypatch):
    silent = Conversation("q", (Turn(Role.CUSTOMER, "Hello?"),))
    settings = await opened(tmp_path / "desk", database, monkeypatch, talks=[silent, talk(1)])
    async with database.write() as session:
        from chatbot.storage.queries import corpus

        await corpus.delete_conversation(session, "t1")
    with pytest.raises(InputError, match="understudy import"):
        await open_backtest(database, settings)


async def test_what_is_forgotten_leaves_the_files(backtest):
    cases = backtest.replay(backtest.questions(10)).cases
    (path,) = backtest.home.practice.glob("*.jsonl")
    quoted = next(case.evidence_ids[0].rpartition(":")[0] for case in cases if case.evidence_ids)
    forget(backtest.home, ["t59", quoted])
    left = [json.loads(line)["case"] for line in path.read_text("utf-8").splitlines()[1:]]
    assert 0 < len(left) < 10
    assert all(case["conversation_id"] != "t59" for case in left)
    assert all(not name.startswith(f"{quoted}:") for case in left for name in case["evidence_ids"])
    assert backtest.replay(backtest.questions(10)).cases == cases


def test_cases_are_old_when_any_code_below_their_packages_has_changed(tmp_path):
    below = tmp_path / "package" / "check" / "harm"
    below.mkdir(parents=True)
    (below / "words.toml").write_text("a = 1")
    (tmp_path / "package" / "pipeline.py").write_text("pass")
    before = code_digest([tmp_path / "package"])
    assert code_digest([tmp_path / "package"]) == before
    (below / "words.toml").write_text("a = 2")
    changed = code_digest([tmp_path / "package"])
    (below / "words.toml").rename(tmp_path / "package" / "words.toml")
    moved = code_digest([tmp_path / "package"])
    (tmp_path / "package" / "__pycache__").mkdir()
    (tmp_path / "package" / "__pycache__" / "pipeline.pyc").write_bytes(b"compiled")
    assert len({before, changed, moved}) == 3
    assert code_digest([tmp_path / "package"]) == moved
