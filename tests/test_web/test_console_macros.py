"""Macros at the console: kept by who leads, chosen by key or by a /, and none is sent with a variable in it."""

from __future__ import annotations

import pytest

from tests.test_web.test_console import LOOK, Customer, desk  # noqa: F401 - a fixture
from tests.test_web.test_console_list import choose

pytestmark = [pytest.mark.browser, pytest.mark.integration]


def by_palette(agent, words):
    agent.page.get_by_role("heading", name="Understudy").click()  # nothing has the focus
    agent.page.keyboard.press("Control+k")
    agent.page.locator("dialog.choose").get_by_role("combobox").fill(words)


def keep(agent, name, text):
    agent.box.fill(text)
    by_palette(agent, "Save the text as a macro")
    agent.page.keyboard.press("Enter")
    agent.page.get_by_role("combobox", name="Name of the macro").fill(name)
    agent.page.keyboard.press("Enter")
    agent.sees(".told", f"Saved: {name}")
    agent.box.fill("")


def test_a_macro_is_kept_chosen_and_never_sent_half_done(desk, axe):  # noqa: F811
    mira, jon, _, port = desk
    customer = Customer(port, "my kettle leaks")
    customer.wants_a_person()
    mira.row("kettle").locator("button").click()
    mira.sees(".brief", "Waits")
    mira.page.keyboard.press("i")
    mira.sees(".brief", "Mira has it")
    mira.sends_at_once()
    keep(mira, "Greeting", "Hello {{customer.first_name|there}}, this is {{agent.name}}.")
    keep(mira, "Dear", "Dear {{customer.name}},")

    mira.page.get_by_role("heading", name="Understudy").click()
    mira.page.keyboard.press("m")
    mira.sees("dialog.choose li", "Hello there, this is Mira.")
    mira.page.evaluate(axe)
    assert mira.page.evaluate(LOOK)[0] == []
    choose(mira, "dear")
    assert mira.box.input_value() == "Dear {{customer.name}},"
    mira.box.press("Control+Enter")
    mira.sees(".composer .trouble", "customer.name")
    assert customer.heard() == []

    mira.box.fill("Good day\n")
    mira.box.press("End")
    mira.box.press_sequentially("/")
    mira.page.locator("dialog.choose").wait_for()
    choose(mira, "greet")
    assert mira.box.input_value() == "Good day\nHello there, this is Mira."
    mira.box.press("Control+Enter")
    mira.sees(".row.agent .bubble", "Hello there")
    assert customer.heard() == ["Good day\nHello there, this is Mira."]

    by_palette(jon, "macro")
    assert jon.page.locator("dialog.choose li").filter(has_text="Save the text").count() == 0
