"""What people said of replies: kept whatever happens, of one reply only, never claimed to mean more than it does."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
import structlog

from chatbot.dialogue.answer import Decision
from chatbot.home import Home
from chatbot.learning.backtest.verdicts import FILE, Judgement, meaning, overruled, verdicts
from chatbot.learning.labelling.labelling_session import LabellingSession
from chatbot.learning.labelling.sample import sampled
from tests.test_learning.past import a_case, a_history, judged

NOW = datetime(2026, 3, 1, tzinfo=UTC)


def sitting(home: Home, *cases):
    return LabellingSession(home.path / FILE, cases, lambda: NOW)


@pytest.fixture
def home(tmp_path):
    return Home(tmp_path / "home").create()


def test_the_last_word_counts_and_can_be_taken_back(home):
    assert judged(home) == {}
    one = sitting(home, a_case(1), a_case(2), a_case(3))
    one.record("c1:1", Judgement.WRONG)
    one.record("c2:1", Judgement.UNSURE)
    one.record("c3:1", Judgement.GOOD)
    one.record("c1:1", Judgement.GOOD)
    one.record("c3:1", Judgement.UNDONE)
    assert judged(home) == {"c1:1": True, "c2:1": None}
    assert one.said(verdicts(home)) == {"c1:1": Judgement.GOOD, "c2:1": Judgement.UNSURE}
    with pytest.raises(KeyError):
        one.record("c9:1", Judgement.GOOD)


def test_a_torn_line_costs_itself_only(home):
    one = sitting(home, a_case(1), a_case(2))
    one.record("c1:1", Judgement.GOOD)
    with (home.path / FILE).open("ab") as file:
        file.write(b'{"case": "c2:1", "repl')
    one.record("c2:1", Judgement.WRONG)
    with structlog.testing.capture_logs() as heard:
        assert judged(home) == {"c1:1": True, "c2:1": False}
    assert [(entry["file"], entry["line"]) for entry in heard] == [(FILE, 2)]


def test_a_judgement_is_of_one_reply(home):
    case = a_case(1, right=False, judged_by="encoder")
    sitting(home, case).record(case.id, Judgement.GOOD)
    given = verdicts(home)
    assert (overruled(case, given).right, overruled(case, given).judged_by) == (True, "person")
    changed = a_case(1, ours="Something else.", right=False)
    assert overruled(changed, given) == changed
    assert overruled(a_case(1, ours=None, right=None), given).right is None
    assert sitting(home, changed).said(given) == {}
    sitting(home, changed).record(case.id, Judgement.WRONG)
    assert sitting(home, case).said(verdicts(home)) == {case.id: Judgement.GOOD}
    assert sitting(home, changed).said(verdicts(home)) == {case.id: Judgement.WRONG}


def test_a_sample_is_the_same_again_and_holds_more_near_the_threshold():
    cases = a_history(3000)
    chosen = sampled(cases, 0.8, count=300)
    assert chosen == sampled(list(reversed(cases)), 0.8, count=300)
    assert len({case.id for case in chosen}) == 300
    near = sum(0.7 < case.probability < 0.9 for case in chosen)
    far = sum(0.2 < case.probability < 0.4 for case in chosen)
    assert near > 2 * far > 0
    assert [case.probability for case in chosen] != sorted(case.probability for case in chosen)
    assert sampled([a_case(1, ours=None)], 0.8) == []
    assert len(sampled(a_history(20), None)) == 20


def test_more_history_changes_a_sample_little():
    cases = a_history(1000)
    before = {case.id for case in sampled(cases[:900], 0.8)}
    after = {case.id for case in sampled(cases, 0.8)}
    assert len(before & after) >= 75


def test_what_it_means():
    cases = [a_case(number) for number in range(100)]
    said = {case.id: Judgement.GOOD for case in cases[:93]}
    said |= {case.id: Judgement.WRONG for case in cases[93:98]}
    said |= {case.id: Judgement.UNSURE for case in cases[98:]}
    told = meaning(cases, said, sure=0.9)
    assert told == "93 good, 5 wrong, 2 unsure. Of 98 that would be sent alone 5 are wrong: at most 9% wrong, 90% sure."
    assert meaning(cases, {}, sure=0.9) == "Nothing was judged."
    unsent = [a_case(1, decision=Decision.SUGGEST)]
    assert "nothing follows yet" in meaning(unsent, {"c1:1": Judgement.GOOD}, sure=0.9)
