"""A search over a function whose best is known: it finds, cuts short, fails in part and goes on."""

from __future__ import annotations

import json

import pytest

from finetune.errors import TrainingError
from finetune.search.study import CUT_SHORT, DONE, FAILED, JOURNAL, Search, run


def suggest(trial):
    return {"x": trial.suggest_float("x", 0.0, 10.0)}


def far_from_seven(settings, minutes, report):
    return (settings["x"] - 7.0) ** 2


def search(folder, trials, **changes):
    return Search(folder, "one", trials, **{"minutes": 0.5, **changes})


def test_it_begins_with_what_is_there_and_finds_better(tmp_path):
    found = run(search(tmp_path, 30), suggest, far_from_seven, log_folder=tmp_path, first=[{"x": 1.0}])
    assert found.first.settings == {"x": 1.0}
    assert found.first.loss == pytest.approx(36.0)
    assert found.best.loss < 1.0
    assert found.importances == {"x": pytest.approx(1.0)}
    assert [each.number for each in found.trials] == list(range(1, 31))
    assert json.dumps(found.to_json())
    assert all(json.loads(line) for line in (tmp_path / JOURNAL).read_text().splitlines())


def test_few_trials_say_nothing_of_importance(tmp_path):
    assert run(search(tmp_path, 7), suggest, far_from_seven, log_folder=tmp_path).importances == {}


def test_a_trial_that_is_worse_on_the_way_is_cut_short(tmp_path):
    log = tmp_path / "loss.jsonl"

    def attempt(settings, minutes, report):
        log.unlink(missing_ok=True)
        for step in range(4):
            with log.open("a") as file:
                file.write(json.dumps({"step": step, "eval_loss": settings["x"]}) + "\n")
            report("train", step + 1, 4)
        return settings["x"]

    first = [{"x": value} for value in (1.0, 2.0, 3.0, 9.0, 0.5)]
    done = []
    found = run(
        search(tmp_path, 5), suggest, attempt, log_folder=tmp_path, first=first, report=lambda *told: done.append(told)
    )
    assert [each.outcome for each in found.trials] == [DONE, DONE, DONE, CUT_SHORT, DONE]
    assert found.trials[3].loss == 9.0
    assert found.best.settings == {"x": 0.5}
    assert done[-1] == ("search", 500, 500)
    assert sum(told[1] > 300 and told[1] <= 400 for told in done) == 2  # cut at its second evaluation


def test_a_trial_that_explodes_is_told_and_the_search_goes_on(tmp_path):
    def attempt(settings, minutes, report):
        if settings["x"] > 5:
            raise TrainingError("the loss is not a number")
        return settings["x"]

    found = run(search(tmp_path, 2), suggest, attempt, log_folder=tmp_path, first=[{"x": 9.0}, {"x": 2.0}])
    assert [each.outcome for each in found.trials] == [FAILED, DONE]
    assert found.trials[0].problem == "the loss is not a number"
    assert found.best.number == 2


def test_where_none_could_be_trained_the_last_reason_is_told(tmp_path):
    def attempt(*_):
        raise TrainingError("the memory is full")

    with pytest.raises(TrainingError, match="none of 2 trials could be trained; the last: the memory is full"):
        run(search(tmp_path, 2), suggest, attempt, log_folder=tmp_path)


def test_a_stopped_search_tries_the_same_values_again_and_keeps_the_rest(tmp_path):
    tried = []

    def stops_at_the_third(settings, minutes, report):
        tried.append((settings["x"], minutes))
        if len(tried) == 3:
            raise KeyboardInterrupt
        return settings["x"]

    with pytest.raises(KeyboardInterrupt):
        run(search(tmp_path, 5), suggest, stops_at_the_third, log_folder=tmp_path)
    found = run(search(tmp_path, 5, minutes=9.0), suggest, stops_at_the_third, log_folder=tmp_path)
    assert tried[3] == tried[2]
    assert len(found.trials) == 5
    assert len(tried) == 6
    assert len({each.settings["x"] for each in found.trials}) == 5  # the seed has not begun again
    assert {minutes for _, minutes in tried} == {0.5}
    assert found.minutes == 0.5
    # A search of that name that is over tries nothing any more; one of another name begins anew.
    assert run(search(tmp_path, 5), suggest, stops_at_the_third, log_folder=tmp_path).best == found.best
    assert len(tried) == 6


def test_time_that_is_spent_ends_it_after_one(tmp_path):
    found = run(search(tmp_path, 5, enough=lambda: True), suggest, far_from_seven, log_folder=tmp_path)
    assert len(found.trials) == 1
    assert found.wanted == 5
