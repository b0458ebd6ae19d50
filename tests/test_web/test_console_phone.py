"""The console on a phone: the list and the thread are two screens, and everything is within reach."""

from __future__ import annotations

import pytest

from tests.test_web.conftest import real_desk
from tests.test_web.test_console import LOOK, Agent, Customer, invited

pytestmark = [pytest.mark.browser, pytest.mark.integration]

SIZE = {"width": 390, "height": 844}


@pytest.fixture
def mira(browser, tmp_path):
    """Who has a customer's conversation open, on a phone."""
    link = invited(tmp_path, "mira@shop.example", "Mira", "lead")
    with real_desk(tmp_path, module="suggesting_desk") as (_, port):
        mira = Agent(browser, f"http://127.0.0.1:{port}/console/#link={link}", viewport=SIZE, has_touch=True)
        mira.starts()
        Customer(port, "my kettle leaks").wants_a_person()
        mira.row("my kettle leaks").locator("button").click()
        mira.sees(".row.customer", "my kettle leaks")
        yield mira
        assert mira.wrong == []
        assert mira.page.evaluate("window.__wrong") == []
        mira.context.close()


def within_reach(mira, name):
    box = mira.page.locator(".open > header").get_by_role("button", name=name).bounding_box()
    return box is not None and box["x"] >= 0 and box["x"] + box["width"] <= SIZE["width"] and box["y"] < SIZE["height"]


def test_the_main_act_is_in_sight_and_all_others_are_a_tap_away(mira):
    assert within_reach(mira, "Take it")
    mira.page.get_by_role("button", name="Take it").click()
    mira.sees(".brief", "Mira has it")
    assert within_reach(mira, "Done")
    assert mira.page.get_by_role("button", name="Back to the queue").is_hidden()
    mira.page.get_by_role("button", name="More to do with it").click()
    acts = ("Assign", "Snooze", "Tags", "Back to the queue", "Give it to the bot", "Done", "Customer")
    assert [name for name in acts if not within_reach(mira, name)] == []
    mira.page.get_by_role("button", name="Done").click()
    mira.sees(".brief", "Done")
    assert within_reach(mira, "Open again")


def test_the_thread_has_the_height_until_suggestions_are_wanted(mira, axe):
    section = mira.page.locator(".suggestions")
    section.locator("summary").first.get_by_text("3").first.wait_for()
    card = section.locator(".suggestion").first
    assert card.is_hidden()
    thread = mira.page.locator(".talk .thread")
    assert thread.bounding_box()["height"] > SIZE["height"] / 2.2
    mira.page.evaluate(axe)
    assert mira.page.evaluate(LOOK)[0] == []
    section.locator("summary").first.click()
    card.wait_for()
    mira.page.reload()
    card.wait_for()  # who wants them has them
    section.locator("summary").first.click()
    card.wait_for(state="hidden")
