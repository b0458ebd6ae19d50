"""The page of an exam in a browser, opened as a file: it fits, filters, and makes not one request."""

from __future__ import annotations

import pytest

from chatbot.learning.exam.exam_page import write
from tests.test_learning.exam.test_exam_figures import graded
from tests.test_learning.exam.test_exam_page import an_exam, nasty

pytestmark = [pytest.mark.browser, pytest.mark.integration]


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    exam = an_exam([*graded(), *nasty().graded], against="old.json", changes=nasty().changes)
    return write(tmp_path_factory.mktemp("reports"), "v1", exam)


@pytest.fixture(params=[(390, "dark"), (1280, "light")], ids=["phone", "desktop"])
def page(browser, request, path):
    width, scheme = request.param
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
    found = context.new_page()
    found.wrong, found.asked = [], []
    found.on("console", lambda line: found.wrong.append(line.text))
    found.on("pageerror", lambda error: found.wrong.append(str(error)))
    found.on("dialog", lambda dialog: (found.wrong.append(dialog.message), dialog.dismiss()))
    found.on("request", lambda request: found.asked.append(request.url))
    found.goto(path.as_uri())
    yield found
    assert found.wrong == []
    assert found.asked == [path.as_uri()]
    context.close()


def test_it_fits_its_window_also_where_all_is_open(page):
    page.evaluate("for (const one of document.querySelectorAll('.all details')) one.open = true")
    assert page.evaluate("document.documentElement.scrollWidth") == page.viewport_size["width"]
    assert page.locator("h1").inner_text().startswith("6 of 11 questions")


def test_filters_by_verdict_outcome_kind_and_words(page):
    shown = page.locator(".all details:visible")
    assert page.locator("#found").inner_text() == "11 of 11 shown."
    page.locator("select[name=verdict]").select_option("wrong")
    assert shown.count() == 3
    page.locator("select[name=outcome]").select_option("answered")
    assert shown.count() == 2
    page.locator("select[name=verdict]").select_option("")
    page.locator("select[name=kind]").select_option("lamp")
    assert shown.count() == 6
    page.locator("#by-words").fill("G3")
    assert shown.count() == 1
