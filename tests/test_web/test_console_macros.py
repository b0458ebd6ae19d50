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
    mira, _, _, port = desk
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


def test_what_a_macro_does_is_shown_can_be_taken_off_and_is_done_with_the_reply(desk, axe):  # noqa: F811
    mira, _, _, port = desk
    customer = Customer(port, "my kettle leaks")
    customer.wants_a_person()
    mira.row("kettle").locator("button").click()
    mira.page.get_by_role("button", name="Settings", exact=True).click()
    page = mira.page.locator("dialog.settings")
    page.get_by_role("button", name="Macros", exact=True).click()
    page.get_by_role("button", name="Make a macro").wait_for()  # the page before has a name as well
    page.get_by_label("Name", exact=True).fill("Refund")
    page.get_by_label("Text", exact=True).fill("You get your money back.")
    page.get_by_label("Add tags").fill("Refund, kettle")
    page.get_by_label("Assign to").select_option("to:me")
    page.get_by_label("Snooze until").fill("never ever")
    page.locator("form button.main").click()
    assert page.locator("tbody tr").count() == 0  # that is no time
    page.get_by_label("Snooze until").fill("tomorrow 9:00")
    page.locator("form button.main").click()
    page.locator("tr").filter(has_text="Tag “refund”").filter(has_text="Snooze until").wait_for()
    mira.page.evaluate(axe)
    assert mira.page.evaluate(LOOK)[0] == []
    page.get_by_role("button", name="Close").click()

    mira.page.get_by_role("heading", name="Understudy").click()
    mira.page.keyboard.press("i")
    mira.sees(".brief", "Mira has it")
    mira.page.get_by_role("heading", name="Understudy").click()
    mira.page.keyboard.press("m")
    choose(mira, "refund")
    chips = mira.page.locator(".with-reply button")
    chips.nth(3).wait_for()
    assert chips.all_inner_texts()[:2] == ["Tag “refund”\n×", "Tag “kettle”\n×"]
    mira.page.get_by_role("button", name="Take off: Tag “kettle”").click()
    mira.page.evaluate(axe)
    assert mira.page.evaluate(LOOK)[0] == []
    mira.page.reload()  # they are kept with the draft
    mira.page.get_by_role("button", name="Mine").click()
    mira.row("kettle").locator("button").click()
    chips.nth(2).wait_for()
    assert chips.count() == 3
    mira.box.press("Control+Enter")
    mira.sees(".row.held", "When it is sent: Tag “refund”")
    mira.page.get_by_role("button", name="Undo").click()
    chips.nth(2).wait_for()
    mira.sends_at_once()
    mira.box.press("Control+Enter")
    mira.sees(".log", "set the tags: refund")
    mira.sees(".log", "Snoozed by You")
    assert customer.heard() == ["You get your money back."]
    assert chips.count() == 0


def test_an_agent_keeps_a_text_for_themselves(desk):  # noqa: F811
    _, jon, _, port = desk
    customer = Customer(port, "where is my parcel")
    customer.wants_a_person()
    jon.row("parcel").locator("button").click()
    jon.sees(".brief", "Waits")
    jon.page.keyboard.press("i")
    jon.sees(".brief", "Jon has it")
    keep(jon, "On its way", "It is on its way.")
    jon.page.get_by_role("heading", name="Understudy").click()
    jon.page.keyboard.press("m")
    jon.sees("dialog.choose li", "(yours)")
