"""What a search has found is the desk's: taken by later runs for the same base, giving way to what somebody sets."""

from __future__ import annotations

import pytest

from chatbot.home import Home
from chatbot.learning.training import found_settings
from finetune.training_settings import TrainSettings

LORA = {"method": "lora", "lora_rank": 8, "learning_rate": 0.003, "batch_size": 4}


@pytest.fixture
def home(tmp_path):
    return Home(tmp_path).create()


def keep(home, settings, base=None):
    found_settings.keep(home, settings, base=base, created="2026-01-02T10:00:00+00:00", trials=6)
    return found_settings.kept(home)


def test_later_runs_take_it_and_know_what_they_took(home):
    taken = found_settings.with_found(TrainSettings(minutes=5), keep(home, LORA))
    assert taken == TrainSettings(minutes=5, **LORA)
    assert taken.found == tuple(LORA)


def test_what_somebody_sets_stays(home):
    mine = TrainSettings(batch_size=16, method="lora", given=("batch_size", "method"))
    taken = found_settings.with_found(mine, keep(home, LORA))
    assert (taken.batch_size, taken.learning_rate) == (16, 0.003)
    assert set(taken.found) == {"lora_rank", "learning_rate"}


def test_with_another_method_or_base_it_is_another_search(home):
    found = keep(home, LORA)
    for other in (TrainSettings(given=("method",)), TrainSettings(base="gpt2", given=("base",))):
        assert found_settings.with_found(other, found) == other
        assert found_settings.with_found(other, found).found == ()


@pytest.mark.parametrize(
    "content",
    [
        "",
        "[]",
        '{"settings": {"learning_rate": "high"}, "base": null, "created": "", "trials": 1}',
        '{"settings": {"method": "magic"}, "base": null, "created": "", "trials": 1}',
        '{"settings": {"minutes": 9}, "base": null, "created": "", "trials": 1}',
        '{"settings": {"batch_size": true}, "base": null, "created": "", "trials": 1}',
    ],
)
def test_what_is_not_ours_counts_for_nothing(home, content):
    found_settings.place(home).write_text(content)
    assert found_settings.kept(home) is None


def test_without_a_search_nothing_is_found(home):
    assert found_settings.kept(home) is None
    assert found_settings.with_found(TrainSettings(), None) == TrainSettings()
