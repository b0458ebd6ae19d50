"""The replay page in a browser, opened as a file: the slider, the filters, and not one request."""

from __future__ import annotations

import pytest

from chatbot.dialogue.answer import Decision
from chatbot.learning.replay.replay_figures import Terms, figures
from chatbot.learning.replay.replay_page import write
from tests.test_learning.past import a_case, a_history

pytestmark = [pytest.mark.browser, pytest.mark.integration]

TERMS = Terms(0.05, 0.9, promised=True, threshold=0.8, versions={"index": "i1"})


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    cases = [*a_history(200), a_case(900, topic="kettle", decision=Decision.ASK_BACK, said="Which kettle is it?")]
    return write(tmp_path_factory.mktemp("reports"), "v1", figures(cases, TERMS), cases)


def test_it_fits_its_window_and_begins_with_the_answer(report):
    assert report.evaluate("document.documentElement.scrollWidth") == report.viewport_size["width"]
    assert report.locator("h1").inner_text().startswith("Of 201 past questions")


def test_the_slider_reads_off_the_curve(report):
    report.locator("#allowed").focus()
    assert report.locator("#allowed-said").inner_text().startswith("5")
    strict = report.locator("#allowed-means").inner_text()
    report.keyboard.press("End")
    assert report.locator("#allowed-said").inner_text().startswith("30")
    assert report.locator("#allowed-means").inner_text() != strict
    report.keyboard.press("Home")
    assert report.locator("#allowed-said").inner_text().startswith("0.5")


def test_filters_by_decision_topic_and_words(report):
    report.locator("#by-topic").select_option("kettle")
    assert report.locator(".all details:visible").count() == 1
    report.locator("#by-decision").select_option("answer")
    assert report.locator(".all details:visible").count() == 0
    assert report.locator("#found").inner_text() == "0 of 201 shown."
    report.locator("#by-topic").select_option("")
    report.locator("#by-verdict").select_option("wrong")
    wrong = report.locator(".all details:visible").count()
    assert wrong == report.locator('.all details[data-decision="answer"][data-verdict="wrong"]').count() > 0
    report.locator("#by-decision").select_option("")
    report.locator("#by-verdict").select_option("")
    report.locator("#by-words").fill("which KETTLE")
    assert report.locator(".all details:visible").count() == 1
