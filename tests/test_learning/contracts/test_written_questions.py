"""Written questions as cases: what is kept, how a reply to them is judged, which part they are in."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from pathlib import Path

import pytest

from chatbot.errors import InputError
from chatbot.home import Home
from chatbot.learning.contracts.fit_contract import by_lot, make
from chatbot.learning.contracts.make_contract import make_contract
from chatbot.learning.contracts.written_questions import EXAM, Written, digest_of, keep, kept
from chatbot.learning.exam.exam_run import Bars, exam
from chatbot.service.serving import contract_versions as contract_folder
from tests.test_learning.contracts.test_fit_contract import MAKING, case, past
from tests.test_learning.exam.answers import a_question
from tests.test_learning.past_desk import THINGS, opened

RETURN = {"question": "How long can I return it?", "must": ["30 days"]}


def lines(path, *rows):
    path.write_text("\n".join(json.dumps(row) if isinstance(row, dict) else row for row in rows), encoding="utf-8")
    return path


def judged(reply, **row):
    question = a_question(**row)
    written = Written({"written-x": question})
    asked = replace(case(1, right=None, similarity=0.5), id="written-x", ours=reply)
    (found,) = written.judged([asked])
    return found.right, found.judged_by


@pytest.mark.parametrize(
    ("reply", "row", "right"),
    [
        ("Within 30 days.", {"must": ["30 days"]}, True),
        ("Within 30 days.", {"must": ["30 days"], "who": "either"}, True),
        ("Within 30 days.", {"must": ["30 days", "unused"]}, False),
        ("Within 30 days, or 60.", {"must": ["30 days"], "never": ["60"]}, False),
        ("Within 30 days.", {"must": ["30 days"], "who": "person"}, False),
        ("Of course!", {"who": "person"}, False),
        ("Whatever.", {}, None),
        ("Within 60 days.", {"never": ["60"]}, False),
        (None, {"must": ["30 days"]}, None),
    ],
)
def test_a_reply_is_judged_by_what_the_file_says(reply, row, right):
    assert judged(reply, **row) == (right, None if right is None else EXAM)


def test_a_message_that_asks_several_things_proves_nothing():
    two = "How long can I return it? And do you gift wrap?"
    assert judged("Within 30 days. We do.", question=two, must=["30 days"]) == (None, None)
    assert judged("Within 30 days.", question="How long can I return it?", must=["30 days"]) == (True, EXAM)


def test_an_expression_that_takes_too_long_proves_nothing():
    assert judged("a" * 60, must=["re:(a?){25}a{25}(x|(a|aa)+)+z"])[0] in {None, False}


def test_other_cases_stay_as_they_are():
    cases = past(3)
    assert Written({}).judged(cases) == cases


def test_files_are_kept_for_later_and_replaced_by_their_name(tmp_path):
    home = Home(tmp_path / "home").create()
    file = lines(tmp_path / "mine.jsonl", RETURN, "broken", {"question": "And a lamp?", "must": ["30 days"]})
    assert [sentence.partition("mine.jsonl")[2][:3] for sentence in keep(home, [file])] == [":2:"]
    file.unlink()
    assert len(kept(home).questions) == 2
    keep(home, [lines(tmp_path / "mine.jsonl", RETURN), lines(tmp_path / "more.csv", "question,must", "Hm?,30 days")])
    assert {each.turns[-1].text for each in kept(home).questions.values()} == {RETURN["question"], "Hm?"}
    keep(home, [home.questions / "mine.jsonl"])
    assert len(kept(home).questions) == 2


def test_a_question_of_two_files_is_one_case(tmp_path):
    home = Home(tmp_path / "home").create()
    keep(home, [lines(tmp_path / "a.jsonl", RETURN), lines(tmp_path / "b.jsonl", {**RETURN, "must": ["60 days"]})])
    (question,) = kept(home).questions.values()
    assert question.must[0][0].written == "60 days"


def test_what_cannot_be_kept_is_told_and_nothing_is_kept(tmp_path):
    home = Home(tmp_path / "home").create()
    good, other = lines(tmp_path / "good.jsonl", RETURN), tmp_path / "other"
    other.mkdir()
    for bad in (tmp_path / "absent.jsonl", lines(tmp_path / "bad.jsonl", "x"), lines(other / "good.jsonl", RETURN)):
        with pytest.raises(InputError):
            keep(home, [good, bad])
    assert kept(home).questions == {}


def a_set(count, *, right_above=0.4):
    """Written cases whose replies are right where they are near."""
    found = []
    for number in range(count):
        near = (number % 97) / 97
        one = case(number, right=near > right_above, similarity=near, conversation=f"written-d{number}")
        found.append(replace(one, id=f"written-d{number}", created=None, judged_by=EXAM))
    return found


def test_they_are_divided_by_lot_and_stay_where_they_are():
    cases = a_set(400)
    fitted, chosen, measured = by_lot(cases)
    assert len(fitted) + len(chosen) + len(measured) == 400
    assert [round(len(part) / 400, 1) for part in (fitted, chosen, measured)] == [0.5, 0.3, 0.2]
    for whole, part in zip((fitted, chosen, measured), by_lot(cases[:100]), strict=True):
        assert part == [one for one in whole if one in cases[:100]]


def test_those_of_one_dialogue_stay_together():
    first = {"role": "customer", "text": "My kettle drips"}
    turns = [first, {"role": "bot", "text": "Rinse the seal."}, {"role": "customer", "text": "and a new one?"}]
    two = Written({"a": a_question(question=None, turns=turns), "b": a_question(question=None, turns=[first])})
    assert len({moment.conversation_id for moment in two.moments}) == 1
    assert len({question.digest for question in two.questions.values()}) == 2


def test_no_case_both_fits_and_proves():
    history, written = past(400), a_set(200)
    fitted, chosen, measured = by_lot(written)
    contract = make(history, replace(MAKING, written=written))
    assert contract.probability_model.cases == 200 + len(fitted)
    assert len(contract.kept) == 120 + len(chosen)
    assert set(contract.written) == {digest_of(one) for one in (*fitted, *chosen)}
    assert contract.figures["parts"]["written"]["cases"] == len(measured)
    assert contract.figures["written"] == 200

    def turned(part):
        names = {one.id for one in part}
        return [replace(one, right=not one.right) if one.id in names else one for one in written]

    again = make(history, replace(MAKING, written=turned(measured)))
    assert (again.probability_model, again.thresholds) == (contract.probability_model, contract.thresholds)
    assert again.figures != contract.figures
    again = make(history, replace(MAKING, written=turned(chosen)))
    assert again.probability_model == contract.probability_model
    assert again.thresholds != contract.thresholds


def test_written_ones_alone_make_a_contract_and_help_a_small_past():
    alone = make([], replace(MAKING, written=a_set(400)))
    assert alone.thresholds.overall.answer is not None
    assert alone.unseen("2020-01-01T00:00:00Z", "c1")
    with pytest.raises(InputError, match="too few"):
        make(past(100), MAKING)
    assert make(past(100), replace(MAKING, written=a_set(300))).thresholds.overall.answer is not None


def test_what_a_contract_learnt_from_comes_back(tmp_path):
    contract = make(past(400), replace(MAKING, written=a_set(200)))
    contract_folder.save(tmp_path / "v1", contract)
    assert contract_folder.load(tmp_path / "v1") == contract


@pytest.mark.integration
async def test_from_a_file_to_a_promise_and_an_exam_that_knows_it(tmp_path, database, monkeypatch):
    settings = await opened(tmp_path / "desk", database, monkeypatch, count=60, risk=0.2)
    rows = [
        {"id": f"q{number}", "question": f"my {THINGS[number % 8]} has limescale what now {number}", "must": ["citric"]}
        for number in range(80)
    ]
    rows += [{"id": f"p{number}", "question": f"vint {number} quix is odd", "who": "person"} for number in range(24)]
    file = lines(tmp_path / "mine.jsonl", *rows)
    keep(settings.desk(), [file])
    outcome = await make_contract(database, settings)
    assert 80 <= outcome["figures"]["written"] <= 104
    assert outcome["promoted"], outcome["verdict"]
    learnt = contract_folder.serving(settings.desk()).written
    assert 50 < len(learnt) < 104
    told = await asyncio.to_thread(exam, settings, file, Bars())
    assert told["learnt"] == len(learnt)
    assert told["unseen"]["questions"] == 104 - len(learnt)
    assert sum(row["learnt"] for row in told["questions"]) == len(learnt)
    assert f"made with {len(learnt)} of these 104" in told["notes"][0]
    assert told["notes"][0] in await asyncio.to_thread(Path(told["page"]).read_text, "utf-8")
    fresh = await asyncio.to_thread(exam, settings, lines(tmp_path / "other.jsonl", {"question": "zorp?"}), Bars())
    assert fresh["learnt"] == 0
    assert not any("made with" in note for note in fresh["notes"])
