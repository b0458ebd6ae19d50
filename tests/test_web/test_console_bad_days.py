"""What goes wrong while people work: sessions that end, another person in the next tab, gaps, clocks, what wakes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tests.test_web.conftest import WATCH, real_desk
from tests.test_web.test_console import PASSWORD, desk  # noqa: F401 - a fixture
from tests.test_web.test_console_composer import takes, until, waiting

pytestmark = [pytest.mark.browser, pytest.mark.integration]


def signs_in(page, email):
    """In the dialog over the page."""
    page.get_by_role("dialog").wait_for()
    page.get_by_label("E-mail address").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("dialog").get_by_role("button", name="Sign in").click()


def asks(page, method, path, body):
    """A request of the page's own browser."""
    return page.evaluate(
        """async ([method, path, body]) => {
          const headers = { "Content-Type": "application/json" };
          return (await fetch(path, { method, headers, body: JSON.stringify(body) })).status;
        }""",
        [method, path, body],
    )


def test_a_session_that_ends_in_the_middle_of_typing_loses_no_letter(desk):  # noqa: F811
    mira, _, _, port = desk
    customer = waiting(port, "my kettle leaks")
    takes(mira, "my kettle leaks")
    mira.sends_at_once()
    mira.box.type("Send us ")
    mira.context.clear_cookies()
    mira.box.type("a photo of it")
    mira.box.press("Control+Enter")
    signs_in(mira.page, "mira@shop.example")
    mira.page.get_by_role("dialog").wait_for(state="detached")
    assert mira.box.input_value() == "Send us a photo of it"
    mira.box.press("Control+Enter")
    until(lambda: customer.heard() == ["Send us a photo of it"])


def test_another_person_who_signs_in_in_the_next_tab_is_not_taken_for_the_first(desk):  # noqa: F811
    mira, _, _, port = desk
    customer = waiting(port, "my kettle leaks")
    takes(mira, "my kettle leaks")
    mira.sends_at_once()
    mira.box.fill("Send us a photo")
    second = mira.context.new_page()
    second.add_init_script(WATCH)
    second.goto(mira.page.url)
    second.locator(".desk").wait_for()
    second.get_by_role("button", name="Sign out").click()
    second.get_by_label("E-mail address").fill("jon@shop.example")
    second.get_by_label("Password").fill(PASSWORD)
    second.get_by_role("button", name="Sign in").click()
    second.locator(".me", has_text="Jon").wait_for()
    mira.box.press("Control+Enter")
    signs_in(mira.page, "mira@shop.example")
    mira.page.get_by_role("dialog").wait_for(state="detached")
    assert customer.heard() == []
    assert mira.box.input_value() == "Send us a photo"
    mira.box.press("Control+Enter")
    until(lambda: customer.heard() == ["Send us a photo"])
    second.get_by_role("button", name="Take the next one").click()
    second.get_by_role("dialog").wait_for()  # now the other way round
    second.close()


def test_who_is_disabled_while_they_work_is_out_and_what_they_typed_is_kept(desk):  # noqa: F811
    mira, jon, _, port = desk
    waiting(port, "my kettle leaks")
    jon.row("my kettle leaks").wait_for()
    jon.page.get_by_role("button", name="Take the next one").click()
    jon.sees(".brief", "Jon has it")
    jon.box.fill("Send us a photo")
    people = mira.page.evaluate("async () => (await (await fetch('/v1/people')).json()).people")
    (jons,) = [each["id"] for each in people if each["name"] == "Jon"]
    assert asks(mira.page, "POST", f"/v1/people/{jons}/disable", {}) == 200
    jon.box.press("Control+Enter")
    signs_in(jon.page, "jon@shop.example")
    jon.sees("dialog .trouble", "wrong")
    assert jon.box.input_value() == "Send us a photo"


def test_a_hundred_events_that_came_while_it_was_offline_are_there_once(desk, tmp_path):  # noqa: F811
    mira, _, process, port = desk
    customer = waiting(port, "my kettle leaks")
    takes(mira, "my kettle leaks")
    mira.page.route("**/v1/changes*", lambda route: route.abort())
    process.kill()
    process.wait()
    mira.sees(".offline", "What is shown here is as of")
    with real_desk(tmp_path, port):
        for number in range(100):
            customer.says(f"more {number}")
        assert mira.page.locator(".open .row.customer").count() == 1
        mira.page.unroute("**/v1/changes*")
        mira.sees(".open .row.customer", "more 99")
        mira.page.locator(".offline").wait_for(state="hidden")
        shown = mira.page.locator(".open .row.customer .bubble").all_inner_texts()
        assert shown[-40:] == [f"more {number}" for number in range(60, 100)]


def test_what_was_put_off_comes_back_by_itself_when_its_time_comes(desk):  # noqa: F811
    mira, _, _, port = desk
    customer = waiting(port, "my kettle leaks")
    mira.row("my kettle leaks").wait_for()
    later = (datetime.now(UTC) + timedelta(seconds=4)).isoformat()
    assert asks(mira.page, "POST", "/v1/worklist/acts", {"do": "snooze", "ids": [customer.id], "until": later}) == 200
    mira.sees(".empty", "Nobody waits")
    mira.row("my kettle leaks").wait_for()


@pytest.mark.parametrize("hours", [-30, 30])
def test_a_computer_whose_clock_is_wrong_works_all_the_same(desk, hours):  # noqa: F811
    _, jon, _, port = desk
    customer = waiting(port, "my kettle leaks")
    jon.page.add_init_script(
        f"{{ const now = Date.now; const late = {hours} * 3600e3; Date.now = () => now() + late;"
        "const Real = Date; globalThis.Date = class extends Real {"
        "  constructor(...given) { given.length ? super(...given) : super(Real.now()); } }; }"
    )
    jon.page.reload()
    jon.row("my kettle leaks").wait_for()
    assert "-" not in jon.page.locator(".waits").inner_text()
    jon.page.get_by_role("button", name="Take the next one").click()
    jon.sees(".brief", "Jon has it")
    jon.page.locator(".hold select").select_option("5")
    jon.box.fill("Send us a photo")
    jon.box.press("Control+Enter")
    jon.page.locator(".row.held").wait_for()
    until(lambda: customer.heard() == ["Send us a photo"])
    jon.page.locator(".row.held").wait_for(state="detached")
    customer.says("here it is")
    jon.sees(".open .row.customer", "here it is")
