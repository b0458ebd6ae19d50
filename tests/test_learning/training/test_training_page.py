"""The page of a run and its chart."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest

from chatbot.learning.reports.charts import ticks
from chatbot.learning.training.training_page import figure_rows, loss_lines, page

NASTY = '<script>alert("x")</script> & $version \ud800'


def figures(name, bits):
    part = {"bits_per_byte": bits, "perplexity": 9.0}
    drafts = {"count": 20, "passed": 7, "looping": 1}
    return {"model": name, "with_evidence": part, "without_evidence": part, "drafts": drafts}


def told(**changes):
    return {
        "version": "v1",
        "created": "2026-01-01T10:00:00+00:00",
        "base": "understudy-base",
        "method": "full",
        "minutes": 5.0,
        "seed": 0,
        "epochs": 4,
        "learning_rate": None,
        "batch_size": None,
        "max_tokens": 512,
        "patience": 3,
        "gradient_checkpointing": False,
        "processes": 1,
        "canaries": 2,
        "answers": {"learnt": 90, "stopping": 5, "measured": 10},
        "heldout_examples": 10,
        "before": figures("the base", 2.0),
        "after": figures("the new model", 1.25),
        "memorisation": {"exposures": [0.5, 3.25], "extracted": 0, "bits": 26.6},
        "bars": [{"name": "loops", "passed": False, "sentence": "3 of 20 drafts repeat themselves, 1 before"}],
        "training": {
            "parameters": 1000,
            "trained_parameters": 10,
            "seconds": 300.0,
            "steps": 7,
            "tokens": 9,
            "stopped_early": False,
        },
        "warnings": [],
        "promoted": False,
        "verdict": "v1 is kept but does not serve.",
        "curve": [
            {"step": 1, "seconds": 1.0, "loss": 4.0},
            {"step": 2, "seconds": 90.0, "loss": 3.0},
            {"step": 2, "seconds": 90.0, "eval_loss": 3.1},
            {"step": 3, "seconds": 100.0, "loss": float("nan")},
            {"step": 3, "seconds": 120.0, "train_runtime": 1.0},
        ],
        "samples": [],
        **changes,
    }


class Tags(HTMLParser):
    """Collects tags and sees that each is closed."""

    VOID = frozenset({"meta", "br", "path", "link", "img"})

    def __init__(self):
        super().__init__()
        self.open: list[str] = []
        self.seen: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag, attrs):
        self.seen.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if tag not in self.VOID:
            assert self.open.pop() == tag


def parsed(text):
    tags = Tags()
    tags.feed(text)
    assert tags.open == []
    return tags.seen


def test_the_page_is_whole_and_fetches_nothing():
    text = page(told())
    tags = parsed(text)
    assert {tag for tag, _ in tags}.isdisjoint({"script", "link", "img", "iframe", "form"})
    assert not [name for _, attributes in tags for name in attributes if name in {"src", "href"} or name[:2] == "on"]
    assert not re.search(r"url\(|@import|https?://", text)
    assert "prefers-color-scheme: dark" in text
    for words in ("v1 is kept but does not serve.", "3 of 20 drafts", "1.250", "2.000", "35 %", "0 of 2", "3.2"):
        assert words in text


def test_whatever_a_desk_says_stays_text():
    sample = {
        "moment": NASTY,
        "customer": NASTY,
        "agent": NASTY,
        "draft": NASTY,
        "failed": [{"name": "numbers", "detail": NASTY}],
        "evidence": [NASTY],
    }
    nasty = {"version": NASTY, "base": NASTY, "verdict": NASTY, "warnings": [NASTY], "samples": [sample]}
    text = page(told(**nasty, before=figures(NASTY, 2.0), bars=[{"name": "a", "passed": True, "sentence": NASTY}]))
    assert "script" not in {tag for tag, _ in parsed(text)}
    assert text.count("&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt; &amp; $version ?") >= 10
    text.encode("utf-8")


def test_a_draft_is_shown_with_what_it_failed_or_that_it_passed():
    sample = {"moment": "a", "customer": "Hi?", "agent": "Yes.", "draft": "", "failed": [], "evidence": []}
    assert "no check keeps it back" in page(told(samples=[sample]))
    failed = {**sample, "failed": [{"name": "links", "detail": "x.org"}, {"name": "complete", "detail": ""}]}
    text = page(told(samples=[failed]))
    assert "<span>links: x.org</span><span>complete</span>" in text
    assert "no check keeps it back" not in text


def test_what_fell_within_chance_gets_no_tick():
    fell = {"name": "checks", "passed": True, "fell": True, "sentence": "5 of 10 drafts pass the checks, 6 before"}
    assert '<li class="even">5 of 10 drafts pass the checks, 6 before</li>' in page(told(bars=[fell]))
    assert "<li>5 of 10" in page(told(bars=[{**fell, "fell": False}]))


def test_a_run_without_curve_canaries_and_drafts_has_a_page():
    none = {**figures("the base", 2.0), "drafts": {"count": 0, "passed": 0, "looping": 0}}
    text = page(told(curve=[], memorisation=None, before=none, after=none))
    parsed(text)
    assert "Nothing was logged" in text
    assert "not tried" in text
    assert "secrets extracted" not in text
    assert "None: no held-out question has evidence." in text
    hurried = {"name": "drafts", "passed": False, "sentence": "no draft could be tried", "fell": False}
    assert "None: no draft could be tried in the minutes given." in page(told(bars=[hurried]))


def test_the_figures_are_named_rows():
    rows = {name: (before, after) for name, before, after in figure_rows(told())}
    assert rows["Bits per byte, with evidence"] == ("2.000", "1.250")
    assert rows["Drafts that repeat themselves, of 20"] == ("5 %", "5 %")
    assert rows["Planted secrets extracted"] == ("", "0 of 2")


def test_lines_leave_out_what_is_no_number():
    train, held = loss_lines(told()["curve"])
    assert train.points == ((1 / 60, 4.0), (1.5, 3.0))
    assert held.points == ((1.5, 3.1),)


def test_a_long_log_is_averaged_down():
    (line,) = loss_lines([{"seconds": 60.0 * n, "loss": float(n % 2)} for n in range(1000)])
    assert len(line.points) <= 120
    assert {y for _, y in line.points[:-1]} <= {4 / 9, 5 / 9}


def test_all_points_are_inside_the_chart():
    text = page(told())
    numbers = [
        float(each)
        for each in re.findall(r"[ML ]\s?(-?[\d.]+)(?= |\")", text.partition("<svg")[2].partition("</svg>")[0])
    ]
    assert all(0 <= number <= 100 for number in numbers)
    assert numbers


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [(2.1, 4.9, [2, 3, 4, 5]), (3.0, 3.0, [3.0, 3.1]), (0.0, 29.5, [0, 10, 20, 30]), (0.31, 0.34, None)],
)
def test_ticks_are_round_and_around_everything(low, high, expected):
    found = ticks(low, high)
    assert found[0] <= low
    assert found[-1] >= high
    assert 2 <= len(found) <= 6
    if expected is not None:
        assert found == expected
