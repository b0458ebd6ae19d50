"""The widget against a desk that misbehaves on request: refusals, lost answers, silence, hostile text."""

from __future__ import annotations

import json

import pytest

from tests.test_web.conftest import Visitor, wait_until

pytestmark = pytest.mark.browser


@pytest.fixture
def chat(fake, visitor):
    """The demo page, its chat open."""
    visitor.visit(fake.start())
    visitor.open()
    return visitor


def test_too_many_messages_wait_their_turn_and_arrive(fake, chat):
    fake.refusals = [(429, "rate_limited", 2)]
    chat.say("quick")
    chat.sees(".banner", "goes out in 2 seconds")
    chat.sees(".log .theirs .bubble", "within 30 days")
    assert chat.find(".banner").inner_text() == ""
    assert [m["text"] for m in fake.only().messages if m["role"] == "customer"] == ["quick"]


def test_a_desk_that_still_starts_is_waited_for(fake, chat):
    fake.refusals = [(503, "not_ready", 1)]
    chat.say("early")
    chat.sees(".banner", "still starting")
    chat.sees(".log .theirs .bubble", "within 30 days")


def test_a_refused_message_is_kept_and_can_be_sent_again_or_removed(fake, chat):
    fake.refusals = [(422, "invalid_input", 0)]
    chat.say("odd")
    chat.sees(".failure", "refused")
    chat.find(".failure").get_by_text("Try again").click()
    chat.sees(".log .theirs .bubble", "within 30 days")
    fake.refusals = [(422, "invalid_input", 0)]
    chat.say("odder")
    chat.find(".failure").get_by_text("Remove").click()
    chat.find(".failure").wait_for(state="detached")
    assert [m["text"] for m in fake.only().messages if m["role"] == "customer"] == ["odd"]


def test_an_answer_lost_on_the_way_makes_no_second_message(fake, chat):
    chat.say("first")
    chat.sees(".log .theirs .bubble", "within 30 days")
    fake.lose_answers = 2
    chat.say("second")
    chat.sees(".log .mine .bubble", "second")
    chat.page.wait_for_timeout(2500)
    assert [m["text"] for m in fake.only().messages if m["role"] == "customer"] == ["first", "second"]
    assert chat.said().count("second") == 1


def test_without_a_connection_it_says_so_after_a_while_and_catches_up(fake, chat):
    chat.say("hello")
    chat.sees(".log .theirs .bubble", "within 30 days")
    port = fake.stop()
    chat.page.wait_for_timeout(1500)
    assert chat.find(".banner").inner_text() == "", "a short break is nobody's business"
    chat.sees(".banner", "No connection", seconds=8)
    fake.say(fake.only(), "agent", "I looked it up meanwhile.", author="Maren")
    fake.start(port)
    chat.sees(".log .agent .bubble", "I looked it up meanwhile.", seconds=20)
    assert chat.find(".log .agent .name").inner_text().startswith("Maren")
    assert chat.find(".banner").inner_text() == ""
    assert chat.said().count("I looked it up meanwhile.") == 1


def test_a_draft_that_is_never_finished_does_not_stay(fake, chat):
    fake.answers = False
    chat.say("hello")
    chat.sees(".log .mine .meta", "Sent")
    fake.answer(fake.only(), stop_after=5)
    chat.sees(".draft .bubble", "You can send anything back")
    port = fake.stop()
    chat.find(".draft").wait_for(state="detached")
    fake.start(port)
    fake.answer(fake.only())
    chat.sees(".log .theirs .bubble", "within 30 days", seconds=20)
    assert len(chat.said()) == 2


def test_news_while_the_panel_is_closed_is_counted(fake, chat):
    chat.say("hello")
    chat.sees(".log .theirs .bubble", "within 30 days")
    chat.find("textarea").press("Escape")
    assert chat.page.evaluate("document.activeElement.shadowRoot.activeElement.className") == "launcher"
    fake.say(fake.only(), "agent", "One more thing", author="Maren")
    chat.sees(".badge", "1")
    assert chat.find(".launcher").get_attribute("aria-label") == "Chat with us, 1 new"
    chat.find(".launcher").click()
    assert chat.find(".badge").is_hidden()


def test_an_unfinished_word_of_an_input_method_is_not_sent(fake, chat):
    fake.answers = False
    chat.find("textarea").fill("nihao")
    chat.find("textarea").dispatch_event("keydown", {"key": "Enter", "isComposing": True})
    chat.find("textarea").press("Shift+Enter")
    assert chat.find("textarea").input_value() == "nihao\n"
    chat.find("textarea").press("Enter")
    chat.sees(".log .mine .bubble", "nihao")
    assert len(chat.said()) == 1


def test_a_page_can_drive_it_and_hears_of_it(fake, chat):
    heard = chat.page.evaluate(
        """async () => {
          const chat = document.querySelector("support-chat"), heard = [];
          for (const name of ["chat-open", "chat-close", "chat-message", "chat-status"])
            chat.addEventListener(name, (event) => heard.push([name, event.detail.role ?? event.detail.status ?? ""]));
          chat.close();
          chat.send("Can I have a person?");
          await new Promise((go) => chat.addEventListener("chat-status", go, { once: true }));
          chat.open();
          chat.reset();
          return heard;
        }"""
    )
    told = [line for line in heard if line not in (["chat-message", "customer"], ["chat-status", "open"])]
    assert told == [["chat-close", ""], ["chat-message", "bot"], ["chat-status", "waiting"], ["chat-open", ""]]
    assert chat.said() == []


def test_speaks_the_language_of_the_page_around_it(fake, chat):
    chat.page.evaluate(
        """() => {
          const chat = document.querySelector("support-chat");
          chat.remove();
          document.documentElement.lang = "zh-CN";
          document.body.append(chat);
        }"""
    )
    chat.sees("h2", "Kettle")
    assert chat.find("textarea").get_attribute("placeholder") == "输入消息"
    chat.say("还能退货吗？")
    chat.sees(".log .theirs .bubble", "within 30 days")
    assert chat.find(".log .name").inner_text().startswith("智能助手")
    assert chat.wrong() == []


def test_works_where_storage_is_blocked(fake, visitor):
    visitor.page.add_init_script(
        "Object.defineProperty(window, 'localStorage', { get() { throw new Error('blocked'); } })"
    )
    visitor.visit(fake.start())
    visitor.open()
    visitor.say("hello")
    visitor.sees(".log .theirs .bubble", "within 30 days")
    assert visitor.wrong() == []


def test_a_page_that_is_full_of_mistakes_is_survived(fake, visitor):
    visitor.page.add_init_script(
        """Object.prototype.extra = "everywhere"; Array.prototype.last = () => 1; window.name = "chat";
        window.onerror = () => { throw new Error("in the handler of errors"); };
        for (const name of ["chat-open", "chat-message", "chat-status"])
          addEventListener(name, () => { throw new Error(`a mistake of the page on ${name}`); });
        setTimeout(() => { throw new Error("a mistake of the page"); }, 0);"""
    )
    visitor.visit(fake.start())
    visitor.open()
    visitor.say("hello")
    visitor.sees(".log .theirs .bubble", "within 30 days")
    visitor.find(".foot").get_by_text("Talk to a person").click()
    visitor.sees(".card", "A person will take over")
    assert len(visitor.said()) == 2
    assert all("mistake of the page" in line or "handler of errors" in line for line in visitor.heard), visitor.heard


def test_where_the_conversation_cannot_be_loaded_a_later_try_may(fake, visitor):
    visitor.page.route("**/widget/chat.js", lambda route: route.abort(), times=1)
    visitor.visit(fake.start())
    wait_until(visitor.page, "performance.getEntriesByName(new URL('../widget/chat.js', location).href).length")
    visitor.open()
    visitor.say("hello")
    visitor.sees(".log .theirs .bubble", "within 30 days")


def test_the_keyboard_is_enough_and_stays_inside_on_a_phone(fake, browser):
    context = browser.new_context(viewport={"width": 390, "height": 800}, locale="en-GB")
    visitor = Visitor(context.new_page())
    visitor.visit(fake.start())
    visitor.find(".launcher").focus()
    visitor.page.keyboard.press("Enter")
    assert visitor.find(".panel").get_attribute("aria-modal") == "true"
    for _ in range(14):
        visitor.page.keyboard.press("Tab")
        assert visitor.page.evaluate("document.activeElement.localName") == "support-chat"
    visitor.page.keyboard.press("Escape")
    assert visitor.find(".panel").is_hidden()
    assert json.loads(visitor.page.evaluate("JSON.stringify(window.__wrong)")) == []
    context.close()
