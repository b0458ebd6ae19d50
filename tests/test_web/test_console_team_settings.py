"""Macros and teams in the settings: whoever leads makes, changes and deletes them, and sees what a macro becomes."""

from __future__ import annotations

import pytest

from tests.test_web.conftest import real_desk
from tests.test_web.test_console import LOOK
from tests.test_web.test_console_settings import leaves, opens, signed_in

pytestmark = [pytest.mark.browser, pytest.mark.integration]


def test_who_leads_makes_changes_and_deletes_macros_and_teams(browser, tmp_path, axe):
    with real_desk(tmp_path) as (_, port):
        jon = signed_in(browser, tmp_path, port, "Jon", "agent")
        mira = signed_in(browser, tmp_path, port, "Mira", "lead")
        opens(mira)
        page = mira.page.locator("dialog.settings")
        assert {"Macros", "Teams"} <= set(page.locator("header nav button").all_inner_texts())
        page.get_by_role("button", name="Macros").click()

        page.get_by_label("Name", exact=True).fill("Greeting")
        page.get_by_label("Text", exact=True).fill("Dear ")
        page.get_by_role("button", name="customer.first_name").click()
        page.get_by_label("Text", exact=True).press_sequentially(", {{customer.name|you}}. {{order}}")
        assert page.locator(".preview").inner_text() == "Dear Ada, Ada Brandt. {{order}}"
        page.locator("form button.main").click()
        page.locator(":scope > .trouble").filter(has_text="no variable order").wait_for()
        assert page.locator("tbody tr").count() == 0
        page.get_by_label("Text", exact=True).fill("Hello <b>{{agent.name}}</b>")
        assert page.locator(".preview").inner_text() == "Hello <b>Mira</b>"
        page.locator("form button.main").click()
        page.locator("tr").filter(has_text="used 0 times").wait_for()
        page.get_by_role("button", name="Change the macro Greeting").click()
        page.get_by_label("Name", exact=True).fill("Hello")
        page.get_by_role("button", name="Save").click()
        page.locator("tr").filter(has_text="Hello").wait_for()
        mira.page.evaluate(axe)
        assert mira.page.evaluate(LOOK)[0] == []
        page.get_by_role("button", name="Delete Hello").click()
        assert page.locator("tbody tr").count() == 1  # asked first
        mira.page.locator("dialog.confirm").get_by_role("button", name="Delete").click()
        page.locator("tbody tr").wait_for(state="detached")

        page.get_by_role("button", name="Teams").click()
        page.get_by_role("button", name="Make a team").wait_for()
        page.get_by_label("Name", exact=True).fill("Refunds")
        page.get_by_label("Jon", exact=True).check()
        page.get_by_role("button", name="Make a team").click()
        page.locator("tr").filter(has_text="Jon").wait_for()
        page.get_by_label("Name", exact=True).fill("refunds")
        page.get_by_role("button", name="Make a team").click()
        page.locator(":scope > .trouble").filter(has_text="called refunds already").wait_for()
        page.get_by_role("button", name="Change the team Refunds").click()
        page.get_by_label("Name", exact=True).fill("Money back")
        page.get_by_label("Mira", exact=True).check()
        page.get_by_role("button", name="Save").click()
        page.locator("tr").filter(has_text="Money back").filter(has_text="Jon, Mira").wait_for()
        mira.page.evaluate(axe)
        assert mira.page.evaluate(LOOK)[0] == []
        page.get_by_role("button", name="Delete Money back").click()
        mira.page.locator("dialog.confirm").get_by_role("button", name="Delete").click()
        page.locator("tbody tr").wait_for(state="detached")
        for one in (jon, mira):
            leaves(one)
