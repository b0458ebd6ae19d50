"""A replay of a desk's own past, from the database to the page: what is counted, what is left out, what is refused."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from chatbot.errors import InputError, NotReadyError
from chatbot.learning.backtest.verdicts import Judgement, verdicts
from chatbot.learning.contracts.fit_contract import make
from chatbot.learning.labelling.labelling_session import open_session
from chatbot.learning.replay.replay_run import ReplayOptions, replay
from chatbot.service.corpus.history import place_in_time
from chatbot.service.serving import contract_versions as contract_folder
from chatbot.settings import Settings
from chatbot.storage.queries import corpus
from data.transcripts import Turn
from tests.test_learning.contracts.test_fit_contract import MAKING, past
from tests.test_learning.past_desk import opened, talk

COUNT = 60


def timed(number):
    """A talk whose answer took two or four minutes."""
    found = talk(number)
    asked, answered = found.turns
    minutes = 2 + 2 * (number % 2)
    return replace(
        found,
        turns=(
            Turn(asked.role, asked.text, at="2024-01-01T10:00:00Z"),
            Turn(answered.role, answered.text, at=f"2024-01-01T10:0{minutes}:00Z"),
        ),
    )


def serve(home, *, until, adapter=None):
    """A contract under which whatever is similar is right, made of all conversations up to a date."""
    made = make(past(), replace(MAKING, fitted_with={"index": "one", "adapter": adapter}, ranking=None))
    contract_folder.save(home.contracts / "v1", replace(made, until=place_in_time(until, "")))
    home.promote(contract="v1")


def written(told):
    """The page and the JSON of a replay."""
    page = Path(told["page"])
    return page.read_text("utf-8"), json.loads(page.with_suffix(".json").read_text("utf-8"))


async def test_without_a_contract_everything_counts_and_nothing_is_promised(tmp_path, database, monkeypatch):
    settings = await opened(tmp_path / "desk", database, monkeypatch, talks=[timed(number) for number in range(COUNT)])
    told = await replay(database, settings, ReplayOptions())
    assert told["total"]["cases"] == COUNT
    assert told["total"]["answered"] + told["total"]["handed_over"] <= COUNT
    assert "Nothing is promised" in told["promise"]
    assert told["saved"]["measured"]
    assert told["saved"]["an_answer"] == 3.0
    page, stored = written(told)
    assert told["headline"] in page
    assert stored["total"] == told["total"]
    assert stored["terms"]["versions"]["index"] == "one"

    # What people said stands above what was found, and is told.
    labelling = await open_session(database, settings, count=10)
    assert len(labelling.cases) == 10
    for case in labelling.cases:
        labelling.record(case.id, Judgement.WRONG)
    again = await replay(database, settings, ReplayOptions(minutes=1.5))
    assert again["judged_by"]["person"] == 10
    assert again["saved"]["an_answer"] == 1.5
    assert not again["saved"]["measured"]
    assert set(labelling.said(verdicts(settings.desk())).values()) == {Judgement.WRONG}


async def test_what_the_contract_was_made_of_is_left_out(tmp_path, database, monkeypatch):
    settings = await opened(tmp_path / "desk", database, monkeypatch, count=COUNT)
    serve(settings.desk(), until="2024-01-31T12:00:00")
    told = await replay(database, settings, ReplayOptions())
    assert (told["since"], told["until"]) == ("2024-02-01", "2024-02-29")
    assert (told["total"]["cases"], told["terms"]["left_out"]) == (29, 31)
    assert told["terms"]["promised"]
    assert told["terms"]["versions"]["contract"] == "v1"
    assert told["warnings"] == []
    assert "not counted" in written(told)[0]
    newest = await replay(database, settings, ReplayOptions(last=25))
    assert newest["total"]["cases"] == 25


async def test_too_few_and_no_date_are_told(tmp_path, database, monkeypatch):
    settings = await opened(tmp_path / "desk", database, monkeypatch, count=COUNT)
    with pytest.raises(InputError, match=r"5 past questions are too few for a replay .*--since"):
        await replay(database, settings, ReplayOptions(since="2024-02-25"))
    with pytest.raises(InputError, match="ISO date"):
        await replay(database, settings, ReplayOptions(since="yesterday"))
    serve(settings.desk(), until="2030-01-01")
    with pytest.raises(InputError, match="the others made the contract"):
        await replay(database, settings, ReplayOptions())


async def test_nothing_indexed_and_nothing_imported_are_told(tmp_path, database, monkeypatch):
    with pytest.raises(NotReadyError, match="understudy index"):
        await replay(database, Settings(home=tmp_path / "empty"), ReplayOptions())
    settings = await opened(tmp_path / "desk", database, monkeypatch, count=COUNT)
    async with database.write() as session:
        for number in range(COUNT):
            await corpus.delete_conversation(session, f"t{number}")
    with pytest.raises(InputError, match="import transcripts first"):
        await replay(database, settings, ReplayOptions())
