"""Every state of the widget: looked through by axe in the gallery, gone through by hand against the scripted desk."""

from __future__ import annotations

import contextlib
import json
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import TimeoutError as NotSeenError

from tests.test_web.conftest import WATCH, wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Page

pytestmark = pytest.mark.browser
# All of axe's rules but one: that everything lies in a landmark concerns the page around the widget.
# Unsure of a contrast it is only for letters on a picture, of which none are ours.
LOOK = """async (rules) => {
  const options = { resultTypes: ["violations", "incomplete"], rules: { region: { enabled: false } } };
  if (rules) options.runOnly = rules;
  const { violations, incomplete, passes } = await axe.run({ include: [["support-chat"]] }, options);
  const told = [...violations, ...incomplete.filter((one) => one.id !== "color-contrast")];
  const lines = ({ id, nodes }) => nodes.map((node) => [id, String(node.target), node.failureSummary ?? ""]);
  return [told.flatMap(lines), passes.length];
}"""
CUT = """[...document.querySelectorAll("support-chat")].flatMap((chat) => {
  const panel = chat.shadowRoot.querySelector(".panel"), edge = panel.getBoundingClientRect();
  const out = (one) => {
    const box = one.getBoundingClientRect();
    const seen = one.checkVisibility() && !one.closest(".unseen") && box.width;
    return seen && (box.left < edge.left - 1 || box.right > edge.right + 1);
  };
  const all = [...panel.querySelectorAll("button, p, h2, h3, .bubble, .chip, input, textarea")];
  return all.filter(out).map((one) => [chat.getAttribute("server"), one.className, one.textContent]);
})"""


def opened(page: Page, url: str) -> Page:
    """A page of the gallery on which every conversation stands."""
    page.add_init_script(WATCH)
    page.goto(url)
    wait_until(
        page,
        """(() => {
          const chats = [...document.querySelectorAll("support-chat")];
          const stands = (chat) => chat.shadowRoot?.querySelector(".log[aria-live=polite]");
          return chats.length >= Math.max(1, document.querySelectorAll(".box").length) && chats.every(stands);
        })()""",
    )
    page.wait_for_timeout(6000 if "state=" not in url else 300)  # five seconds until "no connection" is said
    return page


@pytest.fixture
def looks(browser, fake) -> Iterator[object]:
    url, contexts = fake.start(), []

    def look(query: str, **options: object) -> Page:
        context = browser.new_context(locale="en-GB", reduced_motion="reduce", **options)
        contexts.append(context)
        return opened(context.new_page(), f"{url}/gallery/?{query}")

    yield look
    for context in contexts:
        context.close()


def found(page: Page, axe: str, rules: list[str] | None = None) -> list[object]:
    """What axe objects to, having looked at something."""
    page.evaluate(axe)
    wrong, passed = page.evaluate(LOOK, rules)
    assert passed > (0 if rules else 15), "nothing was looked at"
    return wrong


@pytest.mark.parametrize("query", ["", "theme=dark", "lang=ar"])
def test_axe_finds_nothing_in_any_state(looks, axe, query):
    page = looks(query, viewport={"width": 1880, "height": 900})
    # What is dark differs in its colours only.
    assert found(page, axe, ["color-contrast"] if query == "theme=dark" else None) == []
    assert page.evaluate(CUT) == [], "something is cut off"
    assert page.evaluate("window.__wrong") == []


def test_axe_would_find_something(looks, axe):
    page = looks("state=answered")
    page.evaluate(
        "document.querySelector('support-chat').shadowRoot.querySelector('.thumb').removeAttribute('aria-label')"
    )
    page.evaluate("document.querySelector('support-chat').shadowRoot.querySelector('.thumb').removeAttribute('title')")
    assert [line[0] for line in found(page, axe)] == ["button-name"]


@pytest.mark.parametrize("state", ["empty", "waiting", "closed"])
def test_axe_finds_nothing_on_a_phone_or_with_forced_colours(looks, axe, state):
    for options in ({"viewport": {"width": 390, "height": 780}}, {"forced_colors": "active"}):
        assert found(looks(f"state={state}", **options), axe) == []


def test_nothing_is_cut_off_in_chinese(looks):
    assert looks("lang=zh", viewport={"width": 1880, "height": 900}).evaluate(CUT) == []


@pytest.fixture
def chat(fake, visitor):
    """The demo page, its chat open."""
    visitor.visit(fake.start())
    visitor.open()
    return visitor


def focused(chat) -> str:
    inside = "document.activeElement.shadowRoot?.activeElement"
    return chat.page.evaluate(f"{inside}?.className || {inside}?.localName || ''")


def test_a_verdict_is_given_and_taken_back_by_keyboard(fake, chat):
    chat.say("hello")
    chat.sees(".log .theirs .bubble", "within 30 days")
    chat.find(".thumb").first.focus()
    chat.page.keyboard.press("Enter")
    chat.sees(".feedback", "Thank you.")
    assert focused(chat) == "undo", "the focus must not fall off the page"
    chat.page.keyboard.press("Enter")
    chat.find(".thumb").first.wait_for()
    assert focused(chat) == "thumb"
    chat.find(".thumb.down").click()
    chat.sees(".feedback", "Sorry about that.")
    told = [event["payload"]["value"] for event in fake.only().events if event["kind"] == "feedback.given"]
    assert told == [1, 0, -1]
    chat.page.reload()
    chat.sees(".feedback", "Sorry about that.")
    chat.find(".feedback").get_by_text("Talk to a person").click()
    chat.sees(".card", "A person will take over")
    assert chat.wrong() == []


def test_a_verdict_that_the_desk_does_not_take_is_not_shown(fake, chat):
    chat.say("hello")
    chat.sees(".log .theirs .bubble", "within 30 days")
    fake.refusals = [(500, "internal", 0)]
    chat.find(".thumb").first.click()
    chat.sees(".banner", "did not work")
    chat.find(".thumb").first.wait_for()


def test_an_answer_is_stopped_while_it_is_written(fake, chat):
    fake.word_pause = 0.15
    chat.say("hello")
    chat.sees(".draft .bubble", "You can send")
    assert chat.find(".send").get_attribute("aria-label") == "Stop the answer"
    chat.find("textarea").fill("wait")
    assert chat.find(".send").get_attribute("aria-label") == "Send", "what was begun is not in danger"
    chat.find("textarea").fill("")
    chat.find(".send").click()
    chat.sees(".log .theirs", "You stopped this answer.")
    chat.find(".draft").wait_for(state="detached")
    assert chat.find(".send").get_attribute("aria-label") == "Send"
    assert "unused and in its box" not in chat.said()[-1]
    chat.say("go on")
    chat.sees(".log .theirs .bubble", "within 30 days")
    assert chat.wrong() == []


def typing_until_seen(fake, chat, name):
    """Whoever types is told of again and again, as a stream that is just being opened anew misses what passes."""
    for _ in range(30):
        fake.passes(fake.only(), "typing", {"role": "agent", "on": True})
        with contextlib.suppress(NotSeenError):
            return chat.sees(".tail .name", name, seconds=1)
    pytest.fail(f"nobody saw that {name} types")


def test_a_person_is_waited_for_joins_and_leaves(fake, chat):
    chat.find(".foot").get_by_text("Talk to a person").click()
    chat.sees(".card", "A person will take over")
    chat.find(".mail input").fill("jo@example.com")
    chat.find(".mail input").press("Enter")
    chat.sees(".card", "We can also reach you at jo@example.com.")
    assert fake.only().contact == "jo@example.com"
    fake.join(fake.only(), "Maren")
    chat.sees(".state", "You are talking to Maren")
    assert chat.find(".card").count() == 0
    typing_until_seen(fake, chat, "Maren")
    fake.say(fake.only(), "agent", "Hello from the workshop", author="Maren")
    chat.sees(".joined", "Maren has joined the chat")
    chat.page.reload()
    chat.sees(".state", "You are talking to Maren")
    assert chat.find(".joined").count() == 1
    assert chat.wrong() == []


def test_who_waits_is_told_that_they_are_read_and_asks_the_assistant_meanwhile(fake, chat):
    chat.say("a person please")
    chat.sees(".card", "A person will take over")
    chat.say("and one more thing")
    chat.sees(".log .system .bubble", "this has reached us")
    chat.find(".card").get_by_text("Ask the assistant meanwhile").click()
    chat.find(".card").wait_for(state="detached")
    chat.sees(".foot", "A person has been asked")
    assert chat.find(".foot").get_by_text("Talk to a person").count() == 0
    assert focused(chat) == "textarea", "the focus must not fall off the page"
    chat.say("how long do I have to return it?")
    chat.sees(".log .theirs .bubble", "within 30 days")
    chat.page.reload()
    chat.sees(".foot", "A person has been asked")
    fake.join(fake.only(), "Maren")
    chat.sees(".state", "You are talking to Maren")
    assert chat.wrong() == []


def test_nothing_stands_under_a_set_phrase_and_an_articles_words_are_one_tap_away(looks):
    page = looks("state=thanked")
    assert page.locator("support-chat .row.bot:last-child :is(.sources, .feedback)").count() == 0
    page = looks("state=answered")
    words = page.locator("support-chat .excerpt")
    assert not words.is_visible()
    page.locator("support-chat summary.chip").focus()
    page.keyboard.press("Enter")
    assert words.is_visible()


def test_an_ended_chat_is_gone_on_with(fake, chat):
    chat.say("hello")
    chat.sees(".log .theirs .bubble", "within 30 days")
    chat.find(".foot").get_by_text("End chat").click()
    chat.find(".foot").get_by_text("End this chat").click()
    chat.sees(".card.end", "This chat has ended")
    assert focused(chat) == "h3"
    chat.find(".card.end").get_by_text("Continue this chat").click()
    chat.find("textarea").wait_for()
    assert focused(chat) == "textarea"
    chat.say("one more thing")
    chat.sees(".log .mine:last-of-type", "one more thing")
    assert len(fake.talks) == 1
    assert chat.wrong() == []


def test_where_no_stream_gets_through_it_asks(fake, visitor):
    fake.deaf = True
    visitor.impatient()
    visitor.visit(fake.start())
    visitor.open()
    visitor.say("hello")
    visitor.sees(".log .theirs .bubble", "within 30 days", seconds=40)
    fake.say(fake.only(), "agent", "And a person's word", author="Maren")
    visitor.sees(".log .agent .bubble", "And a person's word", seconds=5)
    assert len(visitor.said()) == 3


def test_a_streamed_answer_is_announced_once_and_whole(fake, chat):
    chat.page.evaluate(
        """() => {
          window.heard = [];
          const log = document.querySelector("support-chat").shadowRoot.querySelector("[role=log]");
          new MutationObserver((all) => {
            for (const one of all) for (const node of one.addedNodes) window.heard.push(node.textContent);
          }).observe(log, { childList: true, subtree: true, characterData: true });
        }"""
    )
    chat.say("hello")
    chat.sees(".log .theirs .bubble", "within 30 days")
    heard = [text for text in chat.page.evaluate("window.heard") if "within 30 days" in text]
    assert len(heard) == 1, json.dumps(heard)
    assert "taken off the refund." in heard[0]
    assert chat.find(".draft").count() == 0
