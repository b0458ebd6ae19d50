"""Every state of the console in its gallery: axe finds nothing, nothing is wider than the page, nothing goes wrong."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.test_web.conftest import REPOSITORY, WATCH
from tests.test_web.test_console import LOOK

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Page

pytestmark = pytest.mark.browser
STATES = re.findall(
    r'^  "?([\w-]+)"?: \{ title:', (REPOSITORY / "web/gallery/console-scenes.js").read_text("utf-8"), re.MULTILINE
)
WAYS = {
    "light": {},
    "dark": {"color_scheme": "dark"},
    "forced": {"forced_colors": "active"},
    "rtl": {},
    "chinese": {"locale": "zh-CN"},
    "phone": {"viewport": {"width": 390, "height": 844}},
}


@pytest.fixture(params=WAYS)
def opened(browser, fake, request) -> Iterator[object]:
    """Opens a state in one of the ways that people have it."""
    url = fake.start()
    options = {"locale": "en-GB", "viewport": {"width": 1280, "height": 800}, **WAYS[request.param]}
    context = browser.new_context(reduced_motion="reduce", **options)
    page = context.new_page()
    page.add_init_script(WATCH)
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))

    def open_state(state: str) -> Page:
        page.goto(f"{url}/gallery/console.html?state={state}{'&dir=rtl' if request.param == 'rtl' else ''}")
        page.locator(f'html[data-ready="{state}"]').wait_for()
        return page

    yield open_state
    assert wrong == []
    context.close()


def test_axe_finds_nothing_in_any_state(opened, axe):
    assert {"sign-in", "thread", "note", "held", "away", "numbers", "settings"} <= set(STATES)
    for state in STATES:
        page = opened(state)
        page.evaluate(axe)
        wrong, passed = page.evaluate(LOOK)
        assert wrong == [], state
        assert passed > 10, state
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), state
        assert page.evaluate("window.__wrong") == [], state


def test_the_list_of_states_names_each(browser, fake):
    page = browser.new_page()
    page.goto(f"{fake.start()}/gallery/console.html")
    links = page.locator(".states li a:first-child")
    links.first.wait_for()
    assert [link.get_attribute("href") for link in links.all()] == [f"?state={state}" for state in STATES]
    page.close()
