"""Whether the model may write: where what it wrote is right, likelier, and more than agents said already."""

from __future__ import annotations

from dataclasses import replace

import pytest

from chatbot.dialogue.answer import Decision
from chatbot.learning.backtest.decide import decided_by
from chatbot.learning.contracts.fit_contract import divided, make
from chatbot.learning.contracts.writing import SIDE_BY_SIDE, tried
from chatbot.learning.contracts.writing_page import page
from chatbot.service.serving.contract import Contract
from tests.test_learning.contracts.test_fit_contract import MAKING, past

NEWEST = 200


def wrote(cases, *, right, likelihood):
    """What a model wrote on each question; both of the case."""
    return [
        replace(
            case,
            ours="mine",
            right=right(case),
            judged_by="encoder",
            features={**case.features, "written": 1.0, "likelihood": likelihood(case)},
        )
        for case in cases
    ]


def trial(replies_of):
    cases = past()
    contract = make(cases, MAKING)
    newest = {case.id for case in divided(cases)[2]}
    measured = decided_by(contract, [case for case in cases if case.id in newest])
    return contract, measured, tried(contract, measured, cases, replace(MAKING, replies_by="m1"), replies_of(cases))


def test_a_model_that_knows_when_it_is_right_writes():
    contract, measured, found = trial(
        lambda cases: wrote(
            cases,
            right=lambda case: case.features["similarity"] < 0.4,
            likelihood=lambda case: -0.1 if case.features["similarity"] < 0.4 else -4.0,
        )
    )
    assert found.told["kept"]
    assert (found.contract.replies_by, contract.replies_by) == ("m1", None)
    assert found.contract.version != contract.version
    assert Contract.from_json(found.contract.to_json()) == found.contract
    sent = [case for case in found.measured if case.decision is Decision.ANSWER]
    assert len(sent) > sum(case.decision is Decision.ANSWER for case in measured)
    assert {case.ours for case in sent} == {"mine", "ours"}
    assert found.told["with"]["written"] == sum(case.ours == "mine" for case in sent)
    assert len(found.told["side_by_side"]) == SIDE_BY_SIDE
    assert "It writes." in found.told["verdict"]
    shown = page(found.told)
    assert shown.count("<article") == SIDE_BY_SIDE
    assert "It writes." in shown
    assert f"<td>{found.told['with']['written']}</td>" in shown


@pytest.mark.parametrize(
    "right",
    [lambda _: False, lambda case: int(case.id[1:-2]) % 2 == 0, lambda case: case.right],
    ids=["wrong", "by chance", "no more"],
)
def test_one_that_adds_nothing_does_not(right):
    contract, measured, found = trial(lambda cases: wrote(cases, right=right, likelihood=lambda _: -1.0))
    assert not found.told["kept"]
    assert (found.contract, found.measured) == (contract, measured)
    assert found.told["verdict"].startswith("It does not write")


@pytest.mark.parametrize(("every", "kept"), [(1000, True), (3, False)])
def test_where_nothing_could_be_answered_without_it_the_promise_decides(every, kept):
    cases = [replace(case, right=int(case.id[1:-2]) % 2 == 0) for case in past()]
    contract = make(cases, MAKING)
    chosen, newest = ({case.id for case in part} for part in divided(cases)[1:])
    measured = decided_by(contract, [case for case in cases if case.id in newest])
    assert not any(case.decision is Decision.ANSWER for case in measured)
    replies = wrote(
        cases, right=lambda case: case.id in chosen or int(case.id[1:-2]) % every != 1, likelihood=lambda _: -1.0
    )
    replies = [replace(case, right=False) if case.id.startswith("c1:") else case for case in replies]
    found = tried(contract, measured, cases, replace(MAKING, replies_by="m1"), replies)
    assert found.told["without"]["answered"] == 0
    assert found.told["with"]["answered"] > 0
    assert found.told["kept"] is kept


def test_one_that_wrote_nothing_acceptable_does_not():
    _, _, found = trial(lambda cases: [replace(case, ours=None, right=None, features={}) for case in cases])
    assert (found.told["kept"], found.told["wrote"], found.told["side_by_side"]) == (False, 0, [])


def test_where_nothing_can_be_fitted_the_page_says_why():
    cases = [replace(case, right=case.right if int(case.id[1:-2]) < 20 else None) for case in past(100)]
    found = tried(make(past(), MAKING), [], cases, replace(MAKING, replies_by="m<1>"), [])
    assert found.told["verdict"].startswith("It does not write: 20 judged cases are too few")
    shown = page(found.told)
    assert "too few" in shown
    assert "m&lt;1&gt;" in shown
