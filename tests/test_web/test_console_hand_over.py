"""Between the bot, the customer and two people at once: who takes over while it writes; hostile words."""

from __future__ import annotations

import pytest

from tests.test_web.test_console import Customer, desk  # noqa: F401 - a fixture
from tests.test_web.test_console_bad_days import asks
from tests.test_web.test_console_composer import opens, until
from tests.test_web.test_xss import CORPUS

pytestmark = [pytest.mark.browser, pytest.mark.integration]
THOUGHT = 6_000  # milliseconds: the bot has thought for four seconds and given up by then
MARKUP = "<img src=x onerror=window.__hit=1>"


@pytest.fixture
def chat(desk, visitor):  # noqa: F811
    """A customer in a browser of their own, to whom the bot is writing."""
    *_, port = desk
    visitor.visit(f"http://127.0.0.1:{port}")
    visitor.open()
    visitor.say("Slowly, my kettle leaks")
    visitor.sees(".draft .bubble", "You said")
    return visitor


def bot_stays_silent(chat, *agents):
    chat.page.wait_for_timeout(THOUGHT)
    assert not any(said.startswith("You said") for said in chat.said())
    assert chat.find(".draft").count() == 0
    for agent in agents:
        assert agent.page.locator(".open .row.bot").count() == 0


def test_who_takes_over_while_the_bot_writes_is_the_only_one_who_answers(desk, chat):  # noqa: F811
    mira, jon, _, _ = desk
    opens(jon, "my kettle leaks")
    opens(mira, "my kettle leaks")
    mira.page.get_by_role("button", name="Take it").click()
    mira.sees(".brief", "Mira has it")
    jon.sees(".brief", "Mira has it")
    mira.sends_at_once()
    mira.box.fill("Send us a photo")
    mira.box.press("Control+Enter")
    chat.sees(".log .bubble", "Send us a photo")
    bot_stays_silent(chat, mira, jon)
    assert chat.said() == ["Slowly, my kettle leaks", "Send us a photo"]


def test_who_asks_for_a_person_while_the_bot_writes_waits_for_one(desk, chat):  # noqa: F811
    mira, jon, _, _ = desk
    chat.find(".foot").get_by_text("Talk to a person").click()
    chat.sees(".card", "A person will take over")
    for one in (mira, jon):
        one.row("my kettle leaks").wait_for()
        one.page.keyboard.press("N")
    until(lambda: any(one.page.locator(".brief").get_by_text("has it").count() for one in (mira, jon)))
    bot_stays_silent(chat, mira, jon)


def test_hostile_words_are_words_everywhere_in_the_console(desk):  # noqa: F811
    mira, _, _, port = desk
    said = [text for text in CORPUS if text.isprintable()]
    customer = Customer(port, *said, MARKUP)
    customer.wants_a_person()
    for path, body in {
        "/v1/macros": {"name": MARKUP, "text": MARKUP},
        "/v1/teams": {"name": MARKUP, "members": ["Mira"]},
        "/v1/worklist/views": {"name": MARKUP, "q": "img"},
        "/v1/people": {"email": "<b>@shop.example", "name": MARKUP},
        f"/v1/conversations/{customer.id}/replies": {"visible_to": "team", "client_id": "n", "text": MARKUP},
        "/v1/worklist/acts": {"do": "tag", "ids": [customer.id], "add": [MARKUP]},
    }.items():
        assert asks(mira.page, "POST", path, body) in {200, 201}, path
    mira.page.reload()
    opens(mira, MARKUP)
    mira.sees(".row.note", MARKUP)
    assert set(said[-30:]) <= set(mira.page.locator(".open .row.customer .bubble").all_text_contents())
    mira.page.get_by_role("button", name="Take it").click()
    mira.sees(".brief", "Mira has it")
    for key, seen in {"m": MARKUP, "a": MARKUP, "Control+k": "Assign"}.items():
        mira.page.locator(".open .log").focus()
        mira.page.keyboard.press(key)
        mira.sees("dialog.choose li", seen)
        mira.page.keyboard.press("Escape")
    mira.page.get_by_role("button", name="Settings").click()
    for page in ("People", "Macros", "Teams"):
        mira.page.locator("dialog nav").get_by_role("button", name=page).click()
        mira.page.locator("dialog").get_by_text(MARKUP).first.wait_for()
    assert mira.page.evaluate("window.__hit") is None
    assert mira.page.locator("img[src=x], script:not([src])").count() == 0
