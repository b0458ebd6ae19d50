"""A newcomer's first minute: the demo's link opens the console, in a queue where two agents are at work."""

from __future__ import annotations

import re
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from chatbot.cli import demo_desk
from chatbot.settings import Settings
from tests.test_web.conftest import real_desk

pytestmark = [pytest.mark.browser, pytest.mark.integration]


def opened(settings, port):
    with demo_desk.open_desk(settings) as tell:
        tell(port)


def test_the_demos_link_opens_a_queue_that_is_lived_in(browser, tmp_path, capsys):
    with real_desk(tmp_path) as (_, port):
        settings = Settings(home=tmp_path, port=port, demo=True)
        with ThreadPoolExecutor() as another:  # the browser's loop runs in this one
            another.submit(opened, settings, port).result()
        link = re.search(r"http\S+#link=\S+", capsys.readouterr().out)[0]
        page = browser.new_context(locale="en").new_page()
        page.goto(link)
        page.get_by_role("button", name=re.compile(r"Snoozed\s*1")).wait_for(timeout=60_000)
        page.get_by_role("button", name=re.compile(r"^Done\s*1")).wait_for()
        page.get_by_role("button", name=re.compile(r"All\s*12")).wait_for(timeout=60_000)
        page.get_by_role("searchbox").or_(page.get_by_role("combobox", name="Search")).first.fill("tag:return")
        page.keyboard.press("Enter")
        page.locator(".rows li", has_text="Perfect, thank you!").get_by_role("button").click()
        page.locator(".row.line", has_text="Quick and kind.").wait_for()
        assert page.locator(".me").inner_text().startswith("Priya")
        with ThreadPoolExecutor() as another:  # started again: no conversation twice
            another.submit(opened, settings, port).result()
        time.sleep(1)
        page.reload()
        page.get_by_role("button", name=re.compile(r"All\s*12")).wait_for()
