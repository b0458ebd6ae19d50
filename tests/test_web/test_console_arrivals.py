"""What comes while somebody works: told together in one polite line; sound and notifications only where asked for."""

from __future__ import annotations

import pytest

from tests.test_web.conftest import wait_until
from tests.test_web.test_console import desk  # noqa: F401 - a fixture
from tests.test_web.test_console_composer import takes, waiting

pytestmark = [pytest.mark.browser, pytest.mark.integration]
# What a browser would ask and show, written down; the page is not in front.
NOTED = """
window.__asked = 0; window.__notices = [];
window.Notification = class {
  static permission = "default";
  static async requestPermission() { window.__asked += 1; return (this.permission = "granted"); }
  constructor(title, { body }) { window.__notices.push(`${title}: ${body}`); }
};
document.hasFocus = () => false;
"""


def test_who_joins_the_queue_is_told_together_and_politely(desk):  # noqa: F811
    mira, _, _, port = desk
    waiting(port, "my kettle leaks")
    waiting(port, "where is my parcel")
    mira.row("parcel").wait_for()
    told = mira.page.locator("p.unseen[role=status]")
    told.filter(has_text="new in the queue").wait_for()
    assert told.count() == 1


def test_one_polite_region_says_whatever_changes_also_over_a_dialog(desk):  # noqa: F811
    mira, _, _, port = desk
    waiting(port, "my kettle leaks")
    takes(mira, "my kettle leaks")
    page = mira.page
    polite = page.locator("[role=status], [aria-live=polite]")
    waiting(port, "somebody else's")
    polite.filter(has_text="new in the queue").wait_for()
    assert polite.count() == 1
    page.locator(".me button", has_text="Mira").click()
    page.get_by_role("dialog").evaluate("(dialog) => dialog.querySelector('p, div').toggleAttribute('data-tell', true)")
    page.get_by_role("dialog").evaluate("(dialog) => dialog.querySelector('[data-tell]').append('heard here')")
    page.locator("dialog[open] [role=status]", has_text="heard here").wait_for()
    page.get_by_role("dialog").get_by_role("button", name="Close").click()
    waiting(port, "where is my parcel")
    polite.filter(has_text="new in the queue").wait_for()
    assert polite.count() == 1


def test_what_is_mine_is_notified_only_where_somebody_asked_for_it(desk):  # noqa: F811
    mira, _, _, port = desk
    mira.page.add_init_script(NOTED)
    mira.page.reload()
    customer = waiting(port, "my kettle leaks")
    takes(mira, "my kettle leaks")
    customer.says("here is a photo")
    mira.sees(".open .row.customer", "here is a photo")
    assert mira.page.evaluate("[window.__asked, window.__notices]") == [0, []]
    mira.page.locator(".me button", has_text="Mira").click()
    switch = mira.page.get_by_label("A notification on the desktop")
    assert not switch.is_checked()
    switch.check()
    wait_until(mira.page, "window.__asked === 1")
    mira.page.get_by_role("dialog").get_by_role("button", name="Close").click()
    waiting(port, "somebody else's")
    customer.says("and another")
    wait_until(mira.page, "window.__notices.length")
    assert mira.page.evaluate("window.__notices") == ["A customer of yours has written: and another"]
    mira.page.reload()
    mira.page.locator(".me button", has_text="Mira").click()
    assert mira.page.get_by_label("A notification on the desktop").is_checked()
    assert not mira.page.get_by_label("A short sound").is_checked()
