"""When a new model may serve: each bar by itself."""

from __future__ import annotations

from dataclasses import replace

import pytest

from chatbot.dialogue.answer import CheckResult
from chatbot.learning.training.evaluation import Draft, Figures
from chatbot.learning.training.gate import judge, worse_beyond_chance
from finetune.evaluate.memorisation import Memorisation
from finetune.evaluate.perplexity import Perplexity

FAILED = (CheckResult("numbers", passed=False, detail="12"),)


def figures(*, seen=100.0, unseen=110.0, passed=20, looping=0, drafts=20):
    written = tuple(
        Draft("text", () if number < passed else FAILED, loops=number < looping) for number in range(drafts)
    )
    return Figures("one", Perplexity(seen, 10, 50), Perplexity(unseen, 10, 50), written)


def memory(extracted):
    return Memorisation(exposures=(0.5, 1.0), ranks=(500, 400), extracted=extracted)


def test_a_model_that_is_better_everywhere_serves():
    verdict = judge(figures(seen=120, passed=5, looping=3), figures(), memory(0))
    assert verdict.promoted
    assert [bar.name for bar in verdict.bars] == ["bits per byte", "evidence", "checks", "loops", "secrets"]
    assert verdict.sentence("new", "old") == "new serves now: nothing got worse."


def test_what_stayed_the_same_did_not_get_worse():
    assert judge(figures(), figures(), memory(0)).promoted


@pytest.mark.parametrize(
    ("after", "extracted", "bar", "words"),
    [
        ({"seen": 101}, 0, "bits per byte", "bits per byte with evidence rose from 2.8854 to 2.9142"),
        ({"unseen": 99}, 0, "evidence", "evidence hurts"),
        ({"passed": 15}, 0, "checks", "15 of 20 drafts pass the checks, 20 before (0 more, 5 less)"),
        ({"looping": 1}, 0, "loops", "1 of 20 drafts repeat themselves, 0 before"),
        ({}, 1, "secrets", "1 of 2 planted secrets could be extracted"),
    ],
)
def test_each_bar_alone_keeps_a_model_from_serving_and_is_named(after, extracted, bar, words):
    verdict = judge(figures(), figures(**after), memory(extracted))
    assert not verdict.promoted
    assert [each.name for each in verdict.bars if not each.passed] == [bar]
    sentence = verdict.sentence("new", "old")
    assert words in sentence
    assert "new is kept but does not serve" in sentence
    assert "old goes on serving" in sentence
    assert "no model serves" in verdict.sentence("new", None)


def test_fewer_drafts_that_pass_are_borne_where_chance_could_do_it():
    verdict = judge(figures(), figures(passed=16), None)  # 4 lost, 0 won: p = 0.0625
    assert verdict.promoted
    assert [bar.name for bar in verdict.bars if bar.fell] == ["checks"]
    assert "but what chance would do: 16 of 20 drafts pass the checks, 20 before" in verdict.sentence("new", "old")
    assert not judge(figures(), figures(passed=15), None).promoted  # 5 lost, 0 won: p = 0.031


def test_the_sign_test_is_exact():
    assert not worse_beyond_chance(0, 0)
    assert not worse_beyond_chance(4, 0)
    assert worse_beyond_chance(5, 0)
    assert not worse_beyond_chance(9, 3)  # p = 0.073
    assert worse_beyond_chance(10, 2)  # p = 0.019
    assert not worse_beyond_chance(2, 10)


def agreeing(count):
    found = figures()
    drafts = tuple(replace(draft, agrees=number < count) for number, draft in enumerate(found.drafts))
    return replace(found, drafts=drafts)


def test_a_model_that_says_less_often_what_the_agent_said_does_not_serve():
    assert judge(agreeing(10), agreeing(6), None).promoted  # 4 lost, 0 won: p = 0.0625
    verdict = judge(agreeing(10), agreeing(5), None)
    assert [bar.name for bar in verdict.bars if not bar.passed] == ["replay"]
    assert "5 of 20 drafts say what the agent said, 10 before (0 more, 5 less)" in verdict.sentence("new", "old")
    assert judge(agreeing(5), agreeing(10), None).promoted
    assert "replay" not in [bar.name for bar in judge(figures(), agreeing(0), None).bars]


def test_a_model_of_which_no_draft_could_be_tried_in_time_does_not_serve():
    verdict = judge(figures(drafts=0), figures(drafts=0), None, out_of_time=True)
    assert "no draft could be tried in the minutes given" in verdict.sentence("new", "old")
    assert not verdict.promoted


def test_without_drafts_or_secrets_those_bars_are_left_out():
    verdict = judge(figures(drafts=0), figures(drafts=0), None)
    assert [bar.name for bar in verdict.bars] == ["bits per byte", "evidence"]
