"""A contract out of cases: who is used for what, what is claimed, and the file that keeps it."""

from __future__ import annotations

import json
import random
from dataclasses import replace

import pytest

from chatbot.dialogue.answer import Decision
from chatbot.dialogue.decide.error_budget import Promise
from chatbot.errors import InputError, NotFoundError
from chatbot.home import Home
from chatbot.learning.backtest.case import Case
from chatbot.learning.backtest.decide import decided_by
from chatbot.learning.contracts.fit_contract import Making, divided, make
from chatbot.service.serving import contract_versions as contract_folder
from chatbot.service.serving.contract import Contract
from chatbot.service.serving.contract_versions import ContractError

MAKING = Making(
    version="v1",
    created="2026-03-01T00:00:00+00:00",
    fitted_with={"index": "one", "adapter": None},
    promise=Promise(0.05, 0.9),
    same_above=0.8,
    ranking={"cosine": 0.5, "words": 0.1},
)


def case(number: int, *, right: bool | None, similarity: float, conversation: str = "", said: str = "") -> Case:
    """One past question; the higher the number the later."""
    return Case(
        id=f"c{number}:1",
        conversation_id=conversation or f"c{number}",
        created=f"2025-{1 + number // 2400:02}-{1 + number // 100 % 24:02}T{number % 100 // 5:02}:{number % 5:02}:00",
        language="en",
        topic=None,
        question="?",
        theirs="theirs",
        ours="ours" if right is not None else None,
        said=said,
        decision=Decision.HAND_OVER,
        reason="low_confidence",
        probability=0.0,
        right=right,
        judged_by=None if right is None else "encoder",
        agreement=0.5,
        features={"similarity": similarity},
    )


def past(count: int = 1000, *, wrong_from: float = 0.4, seed: int = 0) -> list[Case]:
    """Similar questions have right answers, the others mostly wrong ones."""
    draw = random.Random(seed)
    cases = []
    for number in range(count):
        similarity = draw.random()
        right = similarity > wrong_from or draw.random() < 0.1
        cases.append(case(number, right=right, similarity=similarity))
    return cases


@pytest.fixture(scope="module")
def contract() -> Contract:
    return make(past(), MAKING)


def test_three_parts_in_order_of_time_and_no_conversation_in_two(contract):
    cases = [replace(one, conversation_id=f"c{number // 7}") for number, one in enumerate(past(100))]
    parts = divided(cases)
    assert [one for part in parts for one in part] == cases
    names = [{one.conversation_id for one in part} for part in parts]
    assert sum(map(len, names)) == len(set.union(*names))
    assert contract.figures["cases"] == {"fitted": 500, "chosen": 300, "measured": 200}


def test_what_is_measured_is_what_nothing_was_made_of(contract):
    cases = past()
    unseen = [one for one in cases if contract.unseen(one.created, one.conversation_id)]
    assert unseen == cases[800:]
    turned = [*cases[:800], *(replace(one, right=not one.right) for one in cases[800:])]
    again = make(turned, MAKING)
    assert (again.probability_model, again.thresholds) == (contract.probability_model, contract.thresholds)
    assert again.figures != contract.figures


def test_it_answers_the_similar_ones_and_keeps_its_promise(contract):
    figures = contract.figures
    assert contract.thresholds.overall.answer is not None
    assert contract.thresholds.overall.bound <= 0.05
    assert 0.4 < figures["coverage"] < 0.75
    assert figures["risk"] <= 0.05
    assert figures["ece"] < 0.1
    assert sum(count for _, _, count in figures["bins"]) == 200
    assert figures["judged_by"] == {"encoder": 200}


def test_cases_decided_with_it(contract):
    sure, unsure = case(1, right=True, similarity=0.95), case(2, right=False, similarity=0.05)
    asking = replace(unsure, said="Which model is it?")
    clear = replace(case(3, right=None, similarity=0.95), decision=Decision.HAND_OVER, reason="wants_person")
    decided = decided_by(contract, [sure, unsure, asking, clear, replace(sure, said="Which model is it?")])
    answer, refuse, ask, person, no_need_to_ask = decided
    assert (answer.decision, answer.probability) == (
        Decision.ANSWER,
        contract.probability_model.probability({"similarity": 0.95}),
    )
    assert refuse.decision is Decision.HAND_OVER
    assert ask.decision is Decision.ASK_BACK
    assert person == clear
    assert no_need_to_ask.decision is Decision.ANSWER


def test_another_promise_is_kept_with_the_same_cases(contract):
    assert contract.thresholds_for(MAKING.promise) is contract.thresholds
    loose, strict = contract.thresholds_for(Promise(0.3, 0.9)), contract.thresholds_for(Promise(0.001, 0.9))
    assert loose.overall.answer < contract.thresholds.overall.answer
    assert strict.overall.answer is None
    told = replace(contract, thresholds=strict).sentence()
    assert "nothing is answered alone" in told
    assert "UNDERSTUDY_RISK=0.05 would" in told
    assert contract.sentence() == "Promised: at most 5% wrong, 90% sure of the automatic answers."


@pytest.mark.parametrize("count", [0, 40, 120])
def test_too_few_cases_claim_nothing(count):
    with pytest.raises(InputError, match="too few to promise"):
        make(past(count), MAKING)


def test_cases_of_one_kind_claim_nothing():
    with pytest.raises(InputError, match="No probability can be fitted"):
        make([replace(one, right=True) for one in past(400)], MAKING)


def test_cases_without_a_verdict_count_nothing(contract):
    cases = [*past(), *(case(1000 + number, right=None, similarity=0.9) for number in range(2))]
    assert make(cases, MAKING).probability_model.cases in {500, 501}
    with pytest.raises(InputError, match="too few"):
        make([replace(one, right=None) for one in past()], MAKING)


@pytest.fixture
def home(tmp_path, contract):
    home = Home(tmp_path).create()
    for name in ("v1", "v2"):
        contract_folder.save(home.contracts / name, replace(contract, version=name))
    return home


def test_what_is_saved_comes_back(home, contract):
    assert contract_folder.load(home.contracts / "v1") == contract
    assert contract_folder.versions(home) == ["v1", "v2"]


@pytest.mark.parametrize("damage", ["{", '{"format": 1}', "[]", ""])
def test_a_broken_file_is_a_sentence(home, damage):
    path = home.contracts / "v1" / "contract.json"
    path.write_text(damage)
    with pytest.raises(ContractError, match="understudy contracts fit"):
        contract_folder.load(path.parent)


def test_a_file_changed_by_hand_is_not_believed(home):
    path = home.contracts / "v1" / "contract.json"
    stored = json.loads(path.read_text("utf-8"))
    stored["contract"]["thresholds"]["overall"]["answer"] = 0.01
    path.write_text(json.dumps(stored))
    with pytest.raises(ContractError, match="changed by hand"):
        contract_folder.load(path.parent)
    path.write_text(json.dumps({**stored, "format": 99}))
    with pytest.raises(ContractError, match=r"contracts fit"):
        contract_folder.load(path.parent)


def test_a_ranking_of_another_version_is_a_sentence(home, contract):
    contract_folder.save(home.contracts / "v3", replace(contract, ranking={"unheard_of": 1.0}))
    with pytest.raises(ContractError, match="unheard_of"):
        contract_folder.load(home.contracts / "v3")


def test_going_back_and_forth(home):
    with pytest.raises(NotFoundError, match="no earlier contract"):
        contract_folder.roll_back(home)
    contract_folder.promote(home, "v1")
    with pytest.raises(NotFoundError, match="no earlier contract"):
        contract_folder.roll_back(home)
    assert contract_folder.serving(home).version == "v1"
    contract_folder.promote(home, "v2")
    assert contract_folder.roll_back(home) == "v1"
    assert contract_folder.roll_back(home) == "v2"
    assert contract_folder.serving(home).version == "v2"
    with pytest.raises(NotFoundError, match="contracts list"):
        contract_folder.promote(home, "v9")


def test_going_back_to_a_broken_one_changes_nothing(home):
    contract_folder.promote(home, "v1")
    contract_folder.promote(home, "v2")
    (home.contracts / "v1" / "contract.json").write_text("{")
    with pytest.raises(ContractError):
        contract_folder.roll_back(home)
    assert home.current().contract == "v2"
