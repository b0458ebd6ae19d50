"""The console's work list in a browser: races, many at once, snoozing, one feed for all tabs, searches, views, keys."""

from __future__ import annotations

import re

import pytest

from tests.test_web.conftest import WATCH
from tests.test_web.test_console import LOOK, Customer, desk  # noqa: F401 - a fixture

pytestmark = [pytest.mark.browser, pytest.mark.integration]


def waiting(port, *said):
    customers = [Customer(port, text) for text in said]
    for one in customers:
        one.wants_a_person()
    return customers


def choose(agent, typed):
    """Types into the dialog that is open and takes the first line."""
    box = agent.page.locator("dialog.choose").get_by_role("combobox")
    box.fill(typed)
    box.press("Enter")
    agent.page.locator("dialog.choose").wait_for(state="detached")


def posts(agent, path, body):
    """Whether the server took it, as from the agent's page."""
    return agent.page.evaluate(
        """async ([path, body]) => (await fetch(path, { method: "POST", body: JSON.stringify(body),
            headers: { "Content-Type": "application/json" } })).ok""",
        [path, body],
    )


def test_of_two_who_take_the_next_each_gets_another(desk):  # noqa: F811
    mira, jon, _, port = desk
    waiting(port, "first", "second")
    for one in (mira, jon):
        one.row("second").wait_for()
    for one in (mira, jon):
        one.page.keyboard.press("N")
    for one, name in ((mira, "Mira"), (jon, "Jon")):
        one.sees(".brief", f"{name} has it")
    texts = {one.page.locator(".row.customer .bubble").first.text_content() for one in (mira, jon)}
    assert texts == {"first", "second"}


def test_many_are_done_at_once_and_taken_back_by_one_key(desk):  # noqa: F811
    mira, jon, _, port = desk
    waiting(port, "one", "two", "three")
    mira.row("three").wait_for()
    jon.row("one").wait_for()
    jon.row("one").locator("button").click()
    jon.sees(".brief", "Waits")
    jon.page.keyboard.press("i")
    jon.sees(".brief", "Jon has it")
    mira.page.keyboard.press("g")
    mira.page.keyboard.press("a")
    mira.row("one").get_by_text("Jon has it").first.wait_for()
    for text in ("one", "two", "three"):
        mira.row(text).get_by_role("checkbox").check()
    mira.sees(".bulk", "3 selected")
    mira.page.get_by_role("heading", name="Understudy").click()  # nothing has the focus
    mira.page.keyboard.press("e")
    mira.sees(".told", "2 done, 1 refused: Jon has this conversation")
    mira.page.locator(".rows .owner").filter(has_text="Done").nth(1).wait_for()
    mira.page.keyboard.press("z")
    mira.page.locator(".rows .owner").filter(has_text="Waits for a person").nth(1).wait_for()


def test_tab_reaches_one_row_and_arrows_the_others(desk):  # noqa: F811
    mira, _, _, port = desk
    waiting(port, "one", "two", "three")
    mira.row("three").wait_for()
    stops = mira.page.locator(".rows li button[tabindex='0']")
    assert stops.count() == 1
    mira.row("two").locator("button").click()
    mira.sees(".open .row.customer", "two")
    before = mira.page.evaluate(
        "[...document.querySelectorAll('.rows li')].map(row => row.innerText.match(/one|two|three/)[0])"
    )
    mira.page.keyboard.press("ArrowDown" if before[-1] != "two" else "ArrowUp")
    other = before[before.index("two") + (1 if before[-1] != "two" else -1)]
    mira.sees(".open .row.customer", other)
    assert mira.page.evaluate("document.activeElement.closest('li').innerText").count(other) == 1
    assert other in stops.inner_text()
    waiting(port, "four")
    mira.row("four").wait_for()
    assert (stops.count(), mira.page.evaluate("document.activeElement.closest('li').innerText").count(other)) == (1, 1)


def test_put_off_in_plain_words_it_wakes_when_the_customer_writes(desk):  # noqa: F811
    mira, _, _, port = desk
    (customer,) = waiting(port, "my kettle leaks")
    mira.row("kettle").locator("button").click()
    mira.sees(".brief", "Waits")
    mira.page.keyboard.press("b")
    mira.sees("dialog.choose li", "tomorrow 9:00")
    choose(mira, "in 2 days")
    mira.sees(".told", "Snoozed until")
    mira.sees(".empty", "Nobody waits")
    customer.says("it still leaks")
    mira.page.locator(".rows li").first.wait_for()
    mira.sees(".row.customer", "it still leaks")


def test_assigned_labelled_and_found_by_the_palette(desk):  # noqa: F811
    mira, _, _, port = desk
    waiting(port, "my kettle leaks")
    mira.row("kettle").locator("button").click()
    mira.sees(".brief", "Waits")
    mira.page.keyboard.press("l")
    choose(mira, "VIP")
    mira.row("kettle").locator(".tag").get_by_text("vip").first.wait_for()
    mira.page.keyboard.press("a")
    choose(mira, "Jon")
    mira.sees(".brief", "Jon has it")
    mira.page.keyboard.press("z")
    mira.sees(".brief", "Waits")
    mira.page.keyboard.press("Control+k")
    mira.sees("dialog.choose li", "Assign")
    choose(mira, "snoozed")
    mira.page.locator("nav [aria-current]").get_by_text("Snoozed").first.wait_for()


def test_a_search_is_kept_as_a_view_renamed_and_deleted(desk):  # noqa: F811
    mira, jon, _, port = desk
    waiting(port, "my kettle leaks")
    search = mira.page.get_by_role("combobox", name="Search")
    search.fill("kettle ownr:me")
    search.press("Enter")
    mira.sees(".query mark", "ownr:me")
    assert search.evaluate("box => box.value.slice(box.selectionStart, box.selectionEnd)") == "ownr:me"
    search.fill("kettle")
    search.press("Enter")
    mira.page.get_by_role("button", name="Save as a view").click()
    choose(mira, "Kettles")
    mira.page.locator("nav").get_by_role("button", name=re.compile("Kettles")).wait_for()
    mira.page.get_by_role("button", name="Change this view").click()
    choose(mira, "Leaks")
    mira.page.locator("nav").get_by_role("button", name=re.compile("Leaks")).wait_for()
    jon.page.reload()
    jon.page.locator("nav").get_by_role("button", name=re.compile("Leaks")).wait_for()
    mira.page.get_by_role("button", name="Change this view").click()
    mira.page.get_by_role("option", name="Delete").click()
    mira.page.locator("nav").get_by_role("button", name=re.compile("Leaks")).wait_for(state="detached")


def test_a_search_that_is_left_leads_back_to_the_view_before(desk):  # noqa: F811
    mira, _, _, port = desk
    waiting(port, "my kettle leaks", "where is my parcel")
    current = mira.page.locator("nav [aria-current]")
    search = mira.page.get_by_role("combobox", name="Search")
    mira.row("parcel").wait_for()
    search.fill("ownr:me")
    search.press("Enter")
    mira.sees(".query mark", "ownr:me")
    current.get_by_text("Queue").first.wait_for()
    search.press("Escape")
    mira.page.locator(".query").wait_for(state="detached")
    assert search.input_value() == ""
    waiting(port, "a third one")
    mira.row("a third one").wait_for()  # the list goes on
    mira.page.keyboard.press("Escape")
    mira.page.keyboard.press("g")
    mira.page.keyboard.press("a")
    current.get_by_text("All").first.wait_for()
    search.fill("kettle")
    search.press("Enter")
    mira.row("parcel").wait_for(state="detached")
    assert current.count() == 0
    search.press("Escape")
    mira.row("parcel").wait_for()
    current.get_by_text("All").first.wait_for()


def test_no_view_is_cut_off_while_a_search_is_on(desk):  # noqa: F811
    mira, _, _, port = desk
    waiting(port, "my kettle leaks")
    for name in ("Kettles that leak", "Of this week", "Refunds to be checked"):
        saved = {"name": name, "q": "kettle", "personal": False}
        assert posts(mira, "/v1/worklist/views", saved)
    search = mira.page.get_by_role("combobox", name="Search")
    search.fill("kettle")
    search.press("Enter")
    mira.page.get_by_role("button", name="Save as a view").wait_for()
    tabs = mira.page.locator(".bar nav button")
    tabs.filter(has_text="Refunds to be checked").wait_for()
    for width in (1280, 1024, 800, 390):
        mira.page.set_viewport_size({"width": width, "height": 800})
        boxes = [tab.bounding_box() for tab in tabs.all()]
        assert all(box["x"] >= 0 and box["x"] + box["width"] <= width for box in boxes), width
        assert not mira.page.locator(".bar nav").evaluate("(nav) => nav.scrollWidth > nav.clientWidth")


def test_agents_are_told_that_answering_alone_is_switched_off(desk):  # noqa: F811
    mira, jon, _, port = desk
    told = jon.page.locator(".stopped")
    assert told.is_hidden()
    assert posts(mira, "/v1/desk/stop", {"why": "Prices changed."})
    waiting(port, "my kettle leaks")  # the list is read again
    told.get_by_text("Mira stopped it. \u201cPrices changed.\u201d").first.wait_for()
    assert posts(mira, "/v1/desk/resume", {})
    waiting(port, "where is my parcel")
    told.wait_for(state="hidden")


def asking(page):
    """The tab's requests to the feed, as they come."""
    asked = []
    page.on("request", lambda request: "/v1/changes" in request.url and asked.append(request.url))
    return asked


def test_tabs_share_one_feed_and_another_goes_on_where_the_first_closed(desk):  # noqa: F811
    mira, _, _, port = desk
    second = mira.context.new_page()
    second.add_init_script(WATCH)
    asked = asking(second)
    second.goto(mira.page.url)
    second.locator(".desk").wait_for()
    waiting(port, "heard by both")
    for page in (mira.page, second):
        page.locator(".rows li").filter(has_text="heard by both").wait_for()
    assert asked == []
    mira.page.close()
    customers = waiting(port, "after it closed")
    second.locator(".rows li").filter(has_text="after it closed").wait_for()
    assert asked
    for number in range(100):
        customers[0].says(f"more {number}")
    second.locator(".rows li").filter(has_text="more 99").wait_for()
    mira.page = second


def test_two_people_in_two_browsers_follow_by_themselves(desk):  # noqa: F811
    mira, jon, _, port = desk
    asked = [asking(one.page) for one in (mira, jon)]
    for one in (mira, jon):
        one.page.reload()
        one.page.locator(".desk").wait_for()
    waiting(port, "for both")
    for one in (mira, jon):
        one.row("for both").wait_for()
    assert all(asked)


def test_letters_can_be_turned_off_and_axe_finds_nothing_in_the_dialogs(desk, axe):  # noqa: F811
    mira, _, _, port = desk
    waiting(port, "my kettle leaks")
    mira.row("kettle").get_by_role("checkbox").check()
    look = lambda: (mira.page.evaluate(axe), mira.page.evaluate(LOOK))[1]  # noqa: E731 - comes as text past the policy
    assert look()[0] == []
    mira.page.keyboard.press("Control+k")
    mira.sees("dialog.choose li", "Assign")
    assert look()[0] == []
    mira.page.keyboard.press("Escape")
    mira.page.get_by_role("button", name="?").click()
    assert look()[0] == []
    mira.page.get_by_label("Set of keys").select_option("off")
    mira.page.get_by_role("button", name="Close").click()
    mira.page.keyboard.press("g")
    mira.page.keyboard.press("d")
    assert mira.page.locator("nav [aria-current]").text_content().startswith("Queue")
    mira.page.reload()
    mira.row("kettle").wait_for()
    mira.page.keyboard.press("?")
    assert mira.page.locator("dialog").count() == 0
