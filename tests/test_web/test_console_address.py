"""The console's address in a browser: it says what is open, and what it says is opened, back and forward included."""

from __future__ import annotations

import re

import pytest

from tests.test_web.test_console import Agent, Customer, desk, invited  # noqa: F401 - a fixture

pytestmark = [pytest.mark.browser, pytest.mark.integration]


def goes(agent, at):
    """Writes it into the address bar."""
    agent.page.evaluate("(at) => { location.hash = at; }", at)


def at(agent, what):
    agent.page.wait_for_url(re.compile(f"/console/{what}$"))


def test_numbers_and_settings_open_by_address_and_by_back_and_forward(desk):  # noqa: F811
    mira, _, _, _ = desk
    numbers, settings = mira.page.locator("dialog.numbers"), mira.page.locator("dialog.settings")
    goes(mira, "numbers")
    numbers.wait_for()
    goes(mira, "settings")
    settings.wait_for()
    numbers.wait_for(state="detached")
    mira.page.go_back()
    numbers.wait_for()
    settings.wait_for(state="detached")
    mira.page.go_forward()
    settings.wait_for()
    mira.page.go_back()
    mira.page.go_back()
    numbers.wait_for(state="detached")
    mira.page.get_by_role("button", name="Numbers").click()
    at(mira, "#numbers")
    numbers.get_by_role("button", name="Close").click()
    at(mira, "")
    mira.page.go_forward()
    numbers.wait_for()


def test_back_leads_from_a_conversation_to_the_list(desk):  # noqa: F811
    mira, _, _, port = desk
    one, other = Customer(port, "my kettle leaks"), Customer(port, "where is my parcel")
    for each in (one, other):
        each.wants_a_person()
    mira.row("my kettle leaks").locator("button").click()
    mira.sees(".row.customer", "my kettle leaks")
    at(mira, f"#{one.id}")
    mira.row("where is my parcel").locator("button").click()
    mira.sees(".row.customer", "where is my parcel")
    at(mira, f"#{other.id}")
    mira.page.get_by_role("button", name="Numbers").click()
    mira.page.locator("dialog.numbers").wait_for()
    mira.page.keyboard.press("Escape")
    at(mira, f"#{other.id}")
    mira.sees(".row.customer", "where is my parcel")
    mira.page.reload()
    mira.sees(".row.customer", "where is my parcel")
    mira.page.go_back()
    at(mira, "")
    mira.page.locator(".pick").wait_for()
    mira.page.go_forward()
    mira.sees(".row.customer", "where is my parcel")
    mira.page.keyboard.press("u")
    at(mira, "")
    goes(mira, one.id)
    mira.sees(".row.customer", "my kettle leaks")


def test_a_link_that_signs_in_does_so_where_the_console_is_open(desk, tmp_path):  # noqa: F811
    mira, _, _, _ = desk
    goes(mira, f"link={invited(tmp_path, 'ada@shop.example', 'Ada')}")
    mira.page.get_by_label("Choose a password").wait_for()
