"""The labelling page in a browser: keys, undo, and what was judged survives closing the window and kill -9."""

from __future__ import annotations

import signal

import pytest

from chatbot.home import Home
from tests.test_learning.past import judged as said_in
from tests.test_web.conftest import WATCH, real_desk

pytestmark = [pytest.mark.browser, pytest.mark.integration]


def label_desk(home, port=0):
    return real_desk(home, port, "label_desk")


@pytest.fixture
def opened(browser):
    """Opens an address in a window of its own; what goes wrong there is remembered."""
    context = browser.new_context(locale="en-GB", reduced_motion="reduce")
    wrong: list[str] = []

    def open_(url):
        page = context.new_page()
        page.add_init_script(WATCH)
        page.on("console", lambda line: wrong.append(line.text) if line.type in {"error", "warning"} else None)
        page.on("pageerror", lambda error: wrong.append(f"uncaught {error}"))
        page.goto(url)
        return page

    yield open_, wrong
    context.close()


def judged(page, words):
    page.locator("#progress").filter(has_text=words).wait_for()


def test_keys_judge_undo_takes_back_and_all_is_kept(tmp_path, opened):
    open_, wrong = opened
    with label_desk(tmp_path) as (_, port):
        page = open_(f"http://127.0.0.1:{port}/#token")
        judged(page, "0 of 5")
        assert page.locator("#question").inner_text() == "<b>Question 0</b>"
        for key, words in (("1", "1 of 5"), ("2", "2 of 5"), ("u", "1 of 5"), ("3", "2 of 5"), ("1", "3 of 5")):
            page.keyboard.press(key)
            judged(page, words)
        page.keyboard.press("ArrowLeft")
        assert page.locator("#ours").inner_text().startswith("Reply 2.")
        assert page.locator('[data-judgement="good"]').get_attribute("aria-pressed") == "true"
        page.keyboard.press("ArrowRight")
        page.get_by_role("button", name="Wrong").click()
        judged(page, "4 of 5")
        page.keyboard.press("1")
        page.locator("#end").filter(has_text="3 good, 1 wrong, 1 unsure").wait_for()
        page.locator("#saved").filter(has_text="Saved.").wait_for()
        assert said_in(Home(tmp_path)) == {"c0:1": True, "c1:1": None, "c2:1": True, "c3:1": False, "c4:1": True}
        page.keyboard.press("u")
        judged(page, "4 of 5")
        assert wrong + page.evaluate("window.__wrong") == []


def test_a_closed_window_and_a_killed_server_lose_nothing(tmp_path, opened):
    open_, _ = opened
    with label_desk(tmp_path) as (process, port):
        page = open_(f"http://127.0.0.1:{port}/#token")
        judged(page, "0 of 5")
        page.keyboard.press("1")
        page.keyboard.press("2")
        page.locator("#saved").filter(has_text="Saved.").wait_for()
        page.close()
        page = open_(f"http://127.0.0.1:{port}/#token")
        judged(page, "2 of 5")
        assert page.locator("#question").inner_text() == "<b>Question 2</b>"
        process.send_signal(signal.SIGKILL)
        process.wait(15)
        page.keyboard.press("1")  # nobody is there to take it
        page.locator("#trouble").filter(has_text="1 judgement is not saved yet").wait_for()
        assert said_in(Home(tmp_path)) == {"c0:1": True, "c1:1": False}
    with label_desk(tmp_path, port):
        page.locator("#saved").filter(has_text="Saved.").wait_for(timeout=30_000)
        assert page.locator("#trouble").is_hidden()
        assert said_in(Home(tmp_path)) == {"c0:1": True, "c1:1": False, "c2:1": True}


def test_without_its_token_the_page_says_what_to_do(tmp_path, opened):
    open_, _ = opened
    with label_desk(tmp_path) as (_, port):
        page = open_(f"http://127.0.0.1:{port}/")
        page.locator("#trouble").filter(has_text="all that follows the #").wait_for()
        assert page.locator("#case").is_hidden()
        page.keyboard.press("1")
        assert said_in(Home(tmp_path)) == {}
