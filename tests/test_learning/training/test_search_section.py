"""What the page tells of a search."""

from __future__ import annotations

import re

from chatbot.learning.training.search_section import search_section
from chatbot.learning.training.training_page import page
from tests.test_learning.training.test_training_page import NASTY, told


def trial(number, loss, outcome="done", problem=None):
    settings = {"method": "full", "learning_rate": 0.001 * number, "batch_size": 8}
    return {
        "number": number,
        "settings": settings,
        "loss": loss,
        "outcome": outcome,
        "seconds": 20.0,
        "problem": problem,
    }


def found(**changes):
    trials = [trial(1, 3.0), trial(2, 3.5, "cut short"), trial(3, None, "failed", NASTY), trial(4, 2.5)]
    return {"trials": trials, "best": trials[3], "wanted": 6, "minutes": 0.5, "importances": {}, **changes}


def test_history_best_and_every_trial_are_told():
    html = search_section(found())
    assert "4 of 6 trials of 30 s (1 cut short, 1 failed)" in html
    assert "Best is number 4: held-out loss 2.500, 3.000 without a change" in html
    assert "learning rate 0.004" in html
    assert html.count('class="train dots"') == 3  # one that failed has no loss
    best = re.search(r'<path class="held" d="M([^"]*)"', html)[1].split(" L")
    assert len(best) == 2  # only whole trials count
    assert "cannot be said yet" in html
    assert "<script>" not in html


def test_importances_are_bars_the_largest_first():
    html = search_section(found(importances={"batch_size": 0.2, "learning_rate": 0.8}))
    assert html.index("learning rate</span>") < html.index("batch size</span>")
    assert "width:80.0%" in html
    assert "cannot be said" not in html


def test_the_page_of_a_run_shows_it_and_what_came_from_it():
    html = page(told(search=found(), found=["learning_rate", "lora_rank"]))
    assert "Search of settings" in html
    assert "<dt>Found by a search</dt><dd>learning rate, LoRA rank</dd>" in html
    assert "Search of settings" not in page(told())
