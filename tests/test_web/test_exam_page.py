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


def test_it_fits_its_window_also_where_all_is_open(report):
    report.evaluate("for (const one of document.querySelectorAll('.all details')) one.open = true")
    assert report.evaluate("document.documentElement.scrollWidth") == report.viewport_size["width"]
    assert report.locator("h1").inner_text().startswith("6 of 11 questions")


def test_filters_by_verdict_outcome_kind_and_words(report):
    shown = report.locator(".all details:visible")
    assert report.locator("#found").inner_text() == "11 of 11 shown."
    report.locator("select[name=verdict]").select_option("wrong")
    assert shown.count() == 3
    report.locator("select[name=outcome]").select_option("answered")
    assert shown.count() == 2
    report.locator("select[name=verdict]").select_option("")
    report.locator("select[name=kind]").select_option("lamp")
    assert shown.count() == 6
    report.locator("#by-words").fill("G3")
    assert shown.count() == 1
