"""The numbers in a browser: an empty desk says so, a figure opens its conversations, each sees what is theirs."""

from __future__ import annotations

import csv
import io
import re

import pytest

from chatbot.storage.tables.numbers import Figure
from tests.test_web.conftest import REPOSITORY
from tests.test_web.test_console import LOOK, Customer, desk  # noqa: F401 - a fixture


def test_the_page_has_every_figure_and_the_docs_say_what_it_is():
    page = (REPOSITORY / "web/console/numbers/page.js").read_text("utf-8")
    groups = page.partition("GROUPS = {")[2].partition("};")[0]
    assert sorted(re.findall(r'"(\w+)"', groups)) == sorted(Figure)
    told = (REPOSITORY / "docs/numbers.md").read_text("utf-8")
    assert sorted(re.findall(r"^\| `(\w+)` \|", told, re.MULTILINE)) == sorted(Figure)


@pytest.mark.browser
@pytest.mark.integration
def test_figures_open_their_conversations_and_each_sees_their_own(desk, axe):  # noqa: F811
    mira, jon, _, port = desk
    jon.page.keyboard.press("g")
    jon.page.keyboard.press("r")
    jon.page.locator(".figure").first.wait_for()
    assert jon.page.locator(".rests").all_inner_texts() == ["Nothing to count yet."] * 16
    assert jon.page.locator(".figure .value button, .plot").count() == 0
    assert jon.page.get_by_role("combobox", name="Of", exact=True).count() == 0
    assert jon.page.get_by_role("button", name="Judge answers").count() == 0
    jon.page.keyboard.press("Escape")

    customer = Customer(port, "my kettle leaks")
    customer.wants_a_person()
    mira.row("my kettle leaks").wait_for()
    mira.page.keyboard.press("N")
    mira.sees(".brief", "Mira has it")
    mira.sends_at_once()
    mira.box.fill("We send you another one.")
    mira.box.press("Control+Enter")
    mira.sees(".row.agent", "We send you another one.")
    mira.page.get_by_role("button", name="Numbers").click()
    reply = mira.page.locator("[data-figure=reply]")
    reply.get_by_text("n = 1: too few to rely on").first.wait_for()
    for scheme in ("light", "dark"):
        mira.page.emulate_media(color_scheme=scheme)
        mira.page.evaluate(axe)
        found, tried = mira.page.evaluate(LOOK)
        assert found == []
        assert tried > 10
    mira.page.get_by_role("combobox", name="By", exact=True).select_option("person")
    reply.get_by_role("rowheader", name="Mira").wait_for()
    with mira.page.expect_download() as download:
        mira.page.get_by_role("link", name="CSV").click()
    rows = list(csv.DictReader(io.StringIO(download.value.path().read_text("utf-8"))))
    assert {row["key"] for row in rows if (row["figure"], row["by"]) == ("reply", "agent")} == {"Mira"}

    mira.page.get_by_role("combobox", name="Period", exact=True).select_option("dates")
    for end in ("From", "To"):
        mira.page.get_by_label(end, exact=True).fill("2020-02-29")
    reply.get_by_text("Nothing to count yet.").first.wait_for()
    mira.page.get_by_label("From", exact=True).fill("2020-03-29")
    mira.sees(".numbers .trouble", "A period ends after it began")
    mira.page.get_by_role("combobox", name="Period", exact=True).select_option("7")
    reply.get_by_role("button", name="Reply time").click()
    behind = mira.page.get_by_role("dialog", name="Reply time")
    behind.get_by_role("button", name="my kettle leaks").click()
    mira.page.locator("dialog").first.wait_for(state="detached")
    mira.sees(".row.customer", "my kettle leaks")

    jon.page.goto(f"http://127.0.0.1:{port}/console/#numbers")
    jon.page.reload()  # only the fragment is another: that loads nothing
    jon.sees(".about", "These are your own")
    assert set(jon.page.locator("[data-figure=reply] .rests").all_inner_texts()) == {"Nothing to count yet."}


@pytest.mark.browser
@pytest.mark.integration
def test_answers_are_judged_one_after_the_other(desk):  # noqa: F811
    mira, _, _, port = desk
    for one in [Customer(port, text) for text in ("one", "two")]:
        while len(one.ask("GET", f"/{one.id}")["messages"]) < 2:
            mira.page.wait_for_timeout(100)
    mira.page.get_by_role("button", name="Numbers").click()
    wrong = mira.page.locator("[data-figure=wrong]")
    wrong.get_by_role("button", name="Judge answers").click()
    judging = mira.page.get_by_role("dialog", name="Judge answers")
    judging.get_by_text("0 of this period are judged.").first.wait_for()
    judging.get_by_role("button", name="Wrong").click()
    judging.get_by_text("1 of this period are judged.").first.wait_for()
    judging.get_by_role("button", name="Good").click()
    judging.get_by_text("All answers of this period are judged.").first.wait_for()
    judging.get_by_role("button", name="Close").click()
    wrong.get_by_text("n = 2: too few to rely on").first.wait_for()
    assert wrong.locator(".value").inner_text().split()[0] == "50%"
