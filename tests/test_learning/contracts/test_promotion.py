"""Whether a new contract may serve, against what serves: proven or not, more or less, right or wrong."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import pytest

from chatbot.dialogue.answer import Decision
from chatbot.dialogue.decide.error_budget import Promise, Threshold, Thresholds
from chatbot.errors import NotReadyError
from chatbot.home import Home
from chatbot.learning.contracts import promotion
from chatbot.learning.contracts.fit_contract import make
from chatbot.learning.contracts.promotion import judge
from chatbot.learning.contracts.written_questions import Written
from chatbot.service.serving import contract_versions as contract_folder
from data.progress import silent
from tests.test_learning.contracts.test_fit_contract import MAKING, past
from tests.test_learning.past import a_history

NONE = Thresholds(Promise(0.05, 0.9), Threshold(None, cases=209, wrong=69))


@pytest.fixture(scope="module")
def proven():
    return make(past(400), replace(MAKING, promise=Promise(0.1, 0.9)))


@pytest.fixture
def home(tmp_path):
    return Home(tmp_path).create()


def cases(*, alone, wrong=0):
    """Two hundred questions of which the first are answered alone, and the first of these wrongly."""
    return [
        replace(
            case,
            decision=Decision.ANSWER if number < alone else Decision.HAND_OVER,
            right=number >= wrong,
            probability=1 - number / 200,
        )
        for number, case in enumerate(a_history(200))
    ]


def judged(home, contract, after, before):
    def decided(*_):
        if isinstance(before, Exception):
            raise before
        return before

    backtest = SimpleNamespace(home=home, decided=decided)
    return judge(backtest, contract, after, [], Written({}), None, silent)


def test_what_proves_nothing_does_not_serve_and_says_what_it_takes(home, proven):
    unproven = replace(proven, thresholds=NONE)
    found = judged(home, unproven, cases(alone=0), cases(alone=80))
    assert not found.passed
    assert found.sentence.startswith(
        "Too little is proven: of 209 cases that could prove at most 5% wrong, 90% sure, 69 have a wrong best reply"
    )
    assert "45 right ones in a row" in found.sentence
    assert "No contract serves: " in found.sentence
    assert "80 of 200 newest questions, 0 of these otherwise than the team did." in found.sentence


def test_it_tells_the_strictest_promise_that_could_be_kept_and_what_it_would_answer(home, proven):
    assert (
        "What could be promised is at most 10% wrong"
        in judged(home, replace(proven, thresholds=NONE), cases(alone=0), cases(alone=80)).sentence
    )
    nothing = replace(proven, thresholds=NONE, kept=())
    assert "No promise of up to 30% wrong" in judged(home, nothing, cases(alone=0), cases(alone=80)).sentence


def test_nor_does_it_replace_an_older_contract(home, proven):
    contract_folder.save(home.contracts / "v1", proven)
    home.promote(contract="v1")
    found = judged(home, replace(proven, thresholds=NONE), cases(alone=0), cases(alone=80))
    assert not found.passed
    assert "Too little is proven" in found.sentence


def test_where_nothing_was_promised_nothing_is_switched_off(home, proven):
    found = judged(home, replace(proven, thresholds=NONE), cases(alone=0), cases(alone=80, wrong=40))
    assert not found.passed
    assert "80 of 200 newest questions, 40 of these otherwise than the team did." in found.sentence


def test_unless_what_serves_is_shown_to_be_wrong_too_often(home, proven):
    contract_folder.save(home.contracts / "v1", proven)
    home.promote(contract="v1")
    found = judged(home, replace(proven, thresholds=NONE), cases(alone=0), cases(alone=80, wrong=40))
    assert found.passed
    assert "Of 80 answers of what served before 40 are wrong, which is more than 5%" in found.sentence


@pytest.mark.parametrize("older", [True, False])
def test_what_answers_less_does_not_serve(home, proven, older):
    if older:
        contract_folder.save(home.contracts / "v1", proven)
        home.promote(contract="v1")
    found = judged(home, proven, cases(alone=40), cases(alone=80))
    assert not found.passed
    assert "it answers 40 alone, 80 were before" in found.sentence
    assert judged(home, proven, cases(alone=80), cases(alone=80)).passed
    assert judged(home, proven, cases(alone=40), cases(alone=80, wrong=40)).passed


def test_what_cannot_be_compared_with_gives_way_only_to_what_proves_something(home, proven):
    gone = NotReadyError("Its adapter is gone.")
    assert judged(home, proven, cases(alone=40), gone).passed
    found = judged(home, replace(proven, thresholds=NONE), cases(alone=0), gone)
    assert not found.passed
    assert "Its adapter is gone." in found.sentence


def test_what_is_wrong_more_often_loses(home, proven, monkeypatch):
    contract_folder.save(home.contracts / "v1", proven)
    home.promote(contract="v1")
    monkeypatch.setattr(promotion, "loses", lambda *_: (True, "It loses."))
    found = judged(home, proven, cases(alone=80), cases(alone=80))
    assert (found.passed, found.sentence) == (False, "It loses.")
