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


@pytest.fixture(params=[(390, "dark"), (1280, "light")], ids=["phone", "desktop"])
def page(browser, request, path):
    width, scheme = request.param
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
    found = context.new_page()
    found.wrong, found.asked = [], []
    found.on("console", lambda line: found.wrong.append(line.text))
    found.on("pageerror", lambda error: found.wrong.append(str(error)))
    found.on("request", lambda request: found.asked.append(request.url))
    found.goto(path.as_uri())
    yield found
    assert found.wrong == []
    assert found.asked == [path.as_uri()]
    context.close()


def test_it_fits_its_window_and_begins_with_the_answer(page):
    assert page.evaluate("document.documentElement.scrollWidth") == page.viewport_size["width"]
    assert page.locator("h1").inner_text().startswith("Of 201 past questions")


def test_the_slider_reads_off_the_curve(page):
    page.locator("#allowed").focus()
    assert page.locator("#allowed-said").inner_text().startswith("5")
    strict = page.locator("#allowed-means").inner_text()
    page.keyboard.press("End")
    assert page.locator("#allowed-said").inner_text().startswith("30")
    assert page.locator("#allowed-means").inner_text() != strict
    page.keyboard.press("Home")
    assert page.locator("#allowed-said").inner_text().startswith("0.5")


def test_filters_by_decision_topic_and_words(page):
    page.locator("#by-topic").select_option("kettle")
    assert page.locator(".all details:visible").count() == 1
    page.locator("#by-decision").select_option("answer")
    assert page.locator(".all details:visible").count() == 0
    assert page.locator("#found").inner_text() == "0 of 201 shown."
    page.locator("#by-topic").select_option("")
    page.locator("#by-verdict").select_option("wrong")
    wrong = page.locator(".all details:visible").count()
    assert wrong == page.locator('.all details[data-decision="answer"][data-verdict="wrong"]').count() > 0
    page.locator("#by-decision").select_option("")
    page.locator("#by-verdict").select_option("")
    page.locator("#by-words").fill("which KETTLE")
    assert page.locator(".all details:visible").count() == 1
