"""An exam of a desk, from its file to the page: asked once, graded again, begun anew when the desk changes."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from chatbot.errors import InputError, NotReadyError
from chatbot.learning.erasure import forget
from chatbot.learning.exam import exam_run
from chatbot.learning.exam.exam_run import Bars, exam
from chatbot.learning.exam.facts import FactError
from chatbot.settings import Settings
from tests.test_learning.past_desk import opened, talk

COUNT = 60
KNOWN = talk(1).turns[0].text  # what others were told as well
NONE = Bars()
STRANGE = "does anybody qwerty the uiop asdf"


def lines(path, *rows):
    path.write_text("\n".join(row if isinstance(row, str) else json.dumps(row) for row in rows), encoding="utf-8")
    return path


@pytest.fixture
async def desk(tmp_path, database, monkeypatch):
    return await opened(tmp_path / "desk", database, monkeypatch, count=COUNT)


@pytest.fixture
def asked(monkeypatch):
    """The ids of what was really asked."""
    found = []
    real = exam_run.ask

    def ask(loaded, question):
        found.append(question.id)
        return real(loaded, question)

    monkeypatch.setattr(exam_run, "ask", ask)
    return found


def written(told):
    """The page and the JSON of an exam."""
    return Path(told["page"]).read_text("utf-8"), json.loads(Path(told["json"]).read_text("utf-8"))


async def taken(settings, path, bars=NONE, **options):
    return await asyncio.to_thread(exam, settings, path, bars, **options)


async def test_an_exam_is_asked_graded_and_written(desk, tmp_path, asked):
    rows = [
        {"id": "known", "kind": "lime", "question": KNOWN, "must": ["citric acid"], "who": "either"},
        {"id": "strange", "kind": "other", "question": STRANGE, "who": "person"},
        "broken",
    ]
    seen = []
    path = lines(tmp_path / "mine.jsonl", *rows)
    told = await taken(desk, path, Bars(min_good=1.0), report=lambda *progress: seen.append(progress))
    assert told["total"]["questions"] == 2
    assert told["total"]["good"] == 2
    assert told["missed"] == []
    assert [each.partition("mine.jsonl")[2][:3] for each in told["broken"]] == [":3:"]
    assert seen == [("exam", 0, 2), ("exam", 1, 2), ("exam", 2, 2)]
    assert told["versions"]["index"] == "one"
    page, stored = written(told)
    assert told["headline"] in page
    assert [each["id"] for each in stored["questions"]] == ["known", "strange"]
    assert any("citric acid" in each["text"] for each in stored["questions"][0]["evidence"])
    assert asked == ["known", "known", "strange"]  # the first one warms up

    # Other facts of the same questions are graded again, not asked again; against the first they are changes.
    rows[0]["must"] = ["vinegar"]
    rows[0]["who"] = "bot"
    again = await taken(desk, lines(path, *rows), Bars(min_good=0.8), against=Path(told["json"]))
    assert len(asked) == 3
    assert [(each["id"], each["gained"]) for each in again["changes"]] == [("known", False)]
    assert again["missed"]
    assert again["notes"]


async def test_an_interrupted_exam_goes_on_and_a_changed_desk_is_asked_anew(desk, tmp_path, asked):
    path = lines(tmp_path / "mine.jsonl", *({"id": f"q{number}", "question": STRANGE} for number in range(4)))

    def stop(step, done, total):
        if done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        await taken(desk, path, report=stop)
    assert (await taken(desk, path))["total"]["questions"] == 4
    assert asked == ["q0", "q0", "q1", "q2", "q2", "q3"]
    asked.clear()
    await taken(desk.model_copy(update={"answer_threshold": 0.9}), path)
    assert asked[1:] == ["q0", "q1", "q2", "q3"]


async def test_what_a_deleted_conversation_said_is_taken_out(desk, tmp_path, asked):
    path = lines(tmp_path / "mine.jsonl", {"id": "known", "question": KNOWN})
    told = await taken(desk, path)
    log = desk.desk().practice / "exam.jsonl"
    source = json.loads(log.read_text("utf-8").splitlines()[1])["case"]["evidence_ids"][0].rpartition(":")[0]
    assert told["questions"][0]["evidence"]
    forget(desk.desk(), [source])
    assert len(log.read_text("utf-8").splitlines()) == 1


async def test_what_cannot_be_graded_is_told_by_its_line(desk, tmp_path, monkeypatch):
    path = lines(tmp_path / "mine.jsonl", {"id": "a", "question": STRANGE}, {"id": "b", "question": STRANGE})
    real = exam_run.grade

    def grade(question, asked):
        if question.id == "b":
            raise FactError("it took too long")
        return real(question, asked)

    monkeypatch.setattr(exam_run, "grade", grade)
    told = await taken(desk, path)
    assert told["broken"] == [f"{path}:2: it took too long."]
    assert told["total"]["questions"] == 1
    with pytest.raises(InputError, match="it took too long"):
        await taken(desk, lines(path, {"id": "b", "question": STRANGE}))


async def test_bad_input_and_an_empty_desk_are_told(desk, tmp_path):
    path = lines(tmp_path / "mine.jsonl", {"question": STRANGE})
    for content in ("no json", "[]", '{"questions": [{"id": 1}]}', '{"questions": 3}'):
        old = lines(tmp_path / "old.json", content)
        with pytest.raises(InputError, match="JSON of an earlier exam"):
            await taken(desk, path, against=old)
    with pytest.raises(InputError, match="JSON of an earlier exam"):
        await taken(desk, path, against=tmp_path / "absent.json")
    with pytest.raises(NotReadyError, match="understudy index"):
        await taken(Settings(home=tmp_path / "empty"), path)
