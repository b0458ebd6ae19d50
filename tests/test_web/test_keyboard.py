"""A phone's keyboard over the chat, and what may be typed on it: something that can be seen."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.test_web.conftest import SCRIPT, shop

if TYPE_CHECKING:
    from tests.test_web.conftest import Visitor

pytestmark = pytest.mark.browser
PHONE = {"width": 390, "height": 780}
# What a phone's keyboard does: the page keeps its size, and less of it is seen.
KEYBOARD = """
const seen = Object.assign(new EventTarget(), { offsetTop: 0, height: innerHeight, scale: 1 });
Object.defineProperty(window, "visualViewport", { value: seen });
window.keyboard = (height, offsetTop = 0, scale = 1) => {
  Object.assign(seen, { offsetTop, height: innerHeight - height, scale });
  seen.dispatchEvent(new Event("resize"));
};"""


def seen(chat: Visitor, selector: str, top: float, bottom: float) -> bool:
    box = chat.find(selector).last.bounding_box()
    return box is not None and box["y"] >= top and box["y"] + box["height"] <= bottom


@pytest.mark.parametrize("size", [PHONE, {"width": 820, "height": 1100}, {"width": 780, "height": 390}], ids=str)
def test_a_keyboard_hides_neither_the_newest_message_nor_the_box(page, visitor, size):
    visitor.page.set_viewport_size(size)
    visitor.page.add_init_script(KEYBOARD)
    chat = page(shop(body=SCRIPT + "<p style='height: 3000px'>long</p>"))
    chat.open()
    for number in range(8):
        chat.say(f"question {number}")
        chat.page.wait_for_function(
            "n => document.querySelector('support-chat').shadowRoot.querySelectorAll('.log .theirs').length > n",
            arg=number,
        )
    keyboard, pushed = round(size["height"] * 0.45), 30
    for height, top in ((keyboard, 0), (keyboard, pushed), (keyboard + 40, pushed), (0, 0)):
        chat.page.evaluate("([height, top]) => keyboard(height, top)", [height, top])
        chat.page.wait_for_timeout(50)
        edge = top + size["height"] - height
        assert seen(chat, ".composer", top, edge)
        assert seen(chat, ".log .theirs .bubble", top, edge)
        assert seen(chat, ".head", top, edge) or edge - top < 260
    chat.page.evaluate(f"keyboard({keyboard})")
    chat.say("one more")
    chat.sees(".log .mine", "one more")
    assert seen(chat, ".log .mine .bubble", 0, size["height"] - keyboard)
    chat.page.evaluate("keyboard(300, 100, 2)")  # two fingers, and no keyboard
    chat.page.wait_for_timeout(50)
    assert seen(chat, ".composer", 0, size["height"] - keyboard)


def test_who_reads_further_up_is_not_moved_by_the_keyboard(page, visitor):
    visitor.page.set_viewport_size(PHONE)
    visitor.page.add_init_script(KEYBOARD)
    chat = page(shop(body=SCRIPT))
    chat.open()
    for number in range(9):
        chat.say(f"question {number}")
        chat.page.wait_for_function(
            "n => document.querySelector('support-chat').shadowRoot.querySelectorAll('.log .theirs').length > n",
            arg=number,
        )
    left = "(one) => one.scrollHeight - one.scrollTop - one.clientHeight"
    chat.find(".scroll").evaluate("(one) => (one.scrollTop = 200)")
    before = chat.find(".scroll").evaluate(left)
    chat.page.evaluate("keyboard(300)")
    chat.page.wait_for_timeout(50)
    assert abs(chat.find(".scroll").evaluate(left) - before) < 2


INVISIBLE = {
    "zero width": "\u200b\u200c\u200d\u2060\ufeff",
    "directions": "\u200e\u200f\u202a\u202e\u2066\u2069\u061c",
    "variation selectors": "\ufe0f\ufe0e\U000e0100\u180b",
    "fillers": "\u3164\u115f\u1160\uffa0\u17b4\u2800",
    "soft hyphens": "\u00ad\u034f",
    "tags": "\U000e0041\U000e007f",
    "spaces": " \t\n\u00a0\u3000\u2003\u2028",
}


@pytest.mark.parametrize("text", [*INVISIBLE.values(), "".join(INVISIBLE.values())], ids=[*INVISIBLE, "all"])
def test_what_cannot_be_seen_cannot_be_sent(fake, page, text):
    chat = page(shop(body=SCRIPT))
    chat.open()
    chat.find("textarea").fill(text)
    assert chat.find(".send").get_attribute("aria-disabled") == "true"
    chat.find("textarea").press("Enter")
    chat.page.evaluate("text => document.querySelector('support-chat').send(text)", text)
    chat.page.wait_for_timeout(100)
    assert (chat.said(), fake.talks) == ([], {})


def test_an_emoji_alone_is_a_message_and_words_go_out_as_they_are(fake, page):
    chat = page(shop(body=SCRIPT))
    chat.open()
    texts = [
        "👩\u200d🔧",
        "❤\ufe0f",
        "न\u093f",
        "a\u200bb \u202e\u2066c\u2069",
        "؟",
        "🏴\U000e0067\U000e0062\U000e007f",
    ]
    for text in texts:
        chat.say(text)
        chat.page.wait_for_timeout(50)
    chat.page.wait_for_function(
        f"document.querySelector('support-chat').shadowRoot.querySelectorAll('.mine').length > {len(texts) - 1}"
    )
    chat.page.wait_for_timeout(300)
    assert [m["text"] for m in fake.only().messages if m["role"] == "customer"] == texts
