"""Suggestions and completions at the console, in a browser: what people do with them reaches the server."""

from __future__ import annotations

import json
from urllib.request import Request, urlopen

import pytest

from tests.test_web.conftest import real_desk, wait_until
from tests.test_web.test_console import LOOK, Agent, Customer, invited

pytestmark = [pytest.mark.browser, pytest.mark.integration]

FIRST = "Please send us a photo of it."


@pytest.fixture
def options():
    return {}


@pytest.fixture
def blind():
    return False


@pytest.fixture
def desk(browser, tmp_path, options, blind):
    """Mira, a lead, who has taken a customer's conversation."""
    link = invited(tmp_path, "mira@shop.example", "Mira", "lead")
    if blind:
        (tmp_path / "blind").touch()
    with real_desk(tmp_path, module="suggesting_desk") as (_, port):
        mira = Agent(browser, f"http://127.0.0.1:{port}/console/#link={link}", **options)
        mira.starts()
        customer = Customer(port, "my kettle leaks")
        customer.wants_a_person()
        mira.row("my kettle leaks").wait_for()
        mira.page.get_by_role("button", name="Take the next one").click()
        mira.sees(".brief", "Mira has it")
        wait_until(mira.page, "document.activeElement?.matches('.log')")
        mira.port = port
        yield mira, customer
        assert mira.wrong == []
        assert mira.page.evaluate("window.__wrong") == []
        mira.context.close()


def kept(mira):
    """The one set that the server has."""
    cookies = "; ".join(f"{each['name']}={each['value']}" for each in mira.context.cookies())
    with urlopen(
        Request(f"http://127.0.0.1:{mira.port}/v1/suggestions", headers={"Cookie": cookies}), timeout=30
    ) as told:
        (one,) = json.load(told)["sets"]
    return one


def eventually(mira, kind):
    """What the server was told of a kind of event, once it was told."""
    for _ in range(100):
        found = [each for each in kept(mira)["events"] if each["kind"] == kind]
        if found:
            return found
        mira.page.wait_for_timeout(50)
    raise AssertionError(f"nothing was told of {kind}")


def test_after_taking_a_digit_puts_a_suggestion_in_and_r_writes(desk):
    mira, _ = desk
    mira.sees(".suggestion", FIRST)
    mira.page.keyboard.press("1")
    assert mira.box.input_value() == FIRST
    assert mira.box.evaluate("(box) => box === document.activeElement")
    mira.box.press("Escape")
    mira.page.keyboard.press("r")
    mira.page.keyboard.type(" 1 of 2")
    assert mira.box.input_value() == f"{FIRST} 1 of 2"


def test_what_is_done_with_suggestions_is_told_and_what_is_sent_compared(desk):
    mira, customer = desk
    mira.sees(".suggestion", FIRST)
    assert mira.page.locator(".suggestion footer span").all_inner_texts() == ["likely right", "perhaps", "unsure"]
    mira.sees(".suggestion .warning", "12 is not in the evidence")
    assert eventually(mira, "shown")[0]["by"] == "Mira"
    mira.box.press("Escape")
    mira.page.keyboard.press("v")
    mira.page.locator(".suggestion blockquote").first.wait_for()
    first = kept(mira)["suggestions"][0]["id"]
    assert [each["suggestion_id"] for each in eventually(mira, "expanded")] == [first]
    mira.page.keyboard.press("1")
    assert mira.box.input_value() == FIRST
    mira.box.press("End")
    mira.box.type(" Thanks!")
    mira.page.locator(".hold select").select_option("0")
    mira.box.press("Control+Enter")
    mira.sees(".row.agent", f"{FIRST} Thanks!")
    assert [each["suggestion_id"] for each in eventually(mira, "inserted")] == [first]
    one = kept(mira)
    assert (one["outcome"], one["used"], one["sent"]) == ("edited", first, f"{FIRST} Thanks!")
    assert customer.heard() == [f"{FIRST} Thanks!"]


def test_why_none_fits_is_told_with_the_keyboard_alone(desk):
    mira, _ = desk
    mira.sees(".suggestion", FIRST)
    mira.box.press("Escape")
    mira.page.keyboard.press("0")
    reason = mira.page.get_by_role("radio", name="Facts are wrong")
    reason.wait_for()
    mira.page.keyboard.press("Escape")
    reason.wait_for(state="hidden")
    mira.page.keyboard.press("0")
    mira.page.keyboard.press("ArrowDown")
    mira.page.keyboard.press("Tab")
    mira.page.keyboard.type("they mean the toaster")
    mira.page.keyboard.press("Enter")
    mira.sees(".none-fits", "Noted")
    (told,) = eventually(mira, "rejected")
    assert (told["reason"], told["words"]) == ("wrong_topic", "they mean the toaster")


def ghost(mira, words):
    wait_until(mira.page, f"document.querySelector('.ghost span')?.textContent === {json.dumps(words)}")


def no_ghost(mira):
    wait_until(mira.page, "!document.querySelector('.ghost span')")


def test_a_sentence_is_completed_word_by_word_or_whole(desk):
    mira, _ = desk
    mira.page.wait_for_timeout(2500)  # the list has been read again
    mira.box.type("Thank y")
    ghost(mira, "ou for writing to us today.")
    assert "Tab takes it" in mira.page.locator(f"#{mira.box.get_attribute('aria-describedby')}").inner_text()
    mira.box.press("Control+ArrowRight")
    assert mira.box.input_value() == "Thank you"
    ghost(mira, " for writing to us today.")
    mira.box.type(" for")
    ghost(mira, " writing to us today.")
    mira.box.press("Escape")
    no_ghost(mira)
    assert mira.box.evaluate("(box) => box === document.activeElement")
    mira.box.type(" w")
    ghost(mira, "riting to us today.")
    mira.box.press("Tab")
    assert mira.box.input_value() == "Thank you for writing to us today."
    no_ghost(mira)
    mira.box.press("Control+z")
    assert mira.box.input_value() == "Thank you for"  # a browser takes back what was typed in one go
    ghost(mira, " writing to us today.")
    mira.box.press("ArrowRight")
    mira.box.press("Control+Enter")
    mira.sees(".row.agent", "Thank you for writing to us today.")
    (told,) = eventually(mira, "completed")
    assert told["taken"] >= told["kept"] >= len("ou") + len(" writing to us today.")
    assert told["offered"] > len("ou for writing to us today.")


def test_completion_is_silent_where_it_does_not_belong(desk):
    mira, _ = desk
    mira.box.type("Thank y")
    ghost(mira, "ou for writing to us today.")
    mira.box.press("ArrowLeft")
    no_ghost(mira)
    mira.box.press("End")
    mira.box.type("x")
    mira.page.wait_for_timeout(700)
    no_ghost(mira)
    mira.box.press("Tab")  # nothing is shown: the focus goes on
    assert not mira.box.evaluate("(box) => box === document.activeElement")
    mira.box.fill("we are slow")
    mira.box.press("End")
    mira.page.wait_for_timeout(600)  # it is being asked
    mira.box.type(". Thank")
    ghost(mira, " you for writing to us today.")  # what came late was dropped


@pytest.mark.parametrize(
    "options",
    [
        {"viewport": {"width": width, "height": 860}, "color_scheme": scheme}
        for width, scheme in ((390, "dark"), (1280, "light"))
    ],
)
def test_axe_finds_nothing(desk, axe):
    mira, _ = desk
    if mira.page.viewport_size["width"] < 600:
        mira.unfolds_suggestions()
    mira.sees(".suggestion", FIRST)
    mira.box.type("Thank y")
    ghost(mira, "ou for writing to us today.")
    mira.page.get_by_role("button", name="None fits").click()
    mira.page.get_by_role("radio").first.wait_for()
    mira.page.evaluate(axe)
    wrong, passed = mira.page.evaluate(LOOK)
    assert wrong == []
    assert passed > 10


@pytest.mark.parametrize("blind", [True])
def test_what_is_held_back_shows_after_the_answer(desk):
    mira, _ = desk
    mira.sees(".suggestions", "No suggestion this time")
    mira.box.fill("Please send us a picture of it.")
    mira.box.press("Control+Enter")
    mira.sees(".suggestion", FIRST)
    mira.sees(".suggestions", "held back")
    one = kept(mira)
    assert (one["blind"], one["outcome"]) == (True, "edited")
