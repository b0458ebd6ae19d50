"""What the team writes in the console: notes stay with it, drafts are never lost, what was sent can be taken back."""

from __future__ import annotations

import signal
import time
from contextlib import suppress
from urllib.request import Request, urlopen

import pytest

from tests.test_web.conftest import real_desk
from tests.test_web.test_console import LOOK, PASSWORD, Agent, Customer, desk, invited  # noqa: F401 - a fixture

pytestmark = [pytest.mark.browser, pytest.mark.integration]


def takes(agent, words):
    """Take the conversation in which somebody said this."""
    agent.row(words).wait_for()
    agent.page.get_by_role("button", name="Take the next one").click()
    agent.sees(".brief", "Mira has it")


def opens(agent, words, view="All"):
    agent.page.locator(".bar nav").get_by_role("button", name=view).click()
    agent.row(words).locator("button").first.click()
    agent.page.locator(".open .log .row").first.wait_for()


def note_box(agent):
    return agent.page.get_by_role("textbox", name="Note for the team")


def waiting(port, *said):
    customer = Customer(port, *said)
    customer.wants_a_person()
    return customer


def everything(customer):
    """All that the customer's page can have: the snapshot, and what the stream brings within a second."""
    heard = [str(customer.ask("GET", f"/{customer.id}"))]
    headers = {"Authorization": f"Bearer {customer.token}", "Accept": "text/event-stream"}
    request = Request(f"{customer.url}/{customer.id}/events", headers=headers)
    with suppress(TimeoutError), urlopen(request, timeout=1) as stream:
        for line in stream:
            heard.append(line.decode())  # noqa: PERF401 - what came before the time was over is kept
    assert "conversation.started" in "".join(heard[1:])
    return "".join(heard)


def until(check):
    for _ in range(300):
        if check():
            return
        time.sleep(0.05)
    raise AssertionError("it did not come about within 15 seconds")


def test_a_note_is_for_the_team_and_tells_who_is_mentioned(desk, visitor):  # noqa: F811
    mira, jon, _, port = desk
    visitor.visit(f"http://127.0.0.1:{port}")
    visitor.open()
    visitor.say("a person please, my kettle leaks")
    opens(jon, "my kettle leaks")
    assert jon.box.is_disabled()  # nobody has it: no reply, but a note
    jon.page.locator(".log").focus()
    jon.page.keyboard.press("n")
    note_box(jon).type("Sounds angry, @mi")
    jon.page.get_by_role("option", name="Mira").wait_for()
    note_box(jon).press("Enter")
    note_box(jon).type("please")
    assert note_box(jon).input_value() == "Sounds angry, @Mira please"
    jon.page.get_by_role("button", name="Add note").click()
    jon.sees(".row.note", "Sounds angry, @Mira please")
    assert jon.page.locator(".row.note .bubble").evaluate("(each) => getComputedStyle(each).borderStyle") == "dashed"

    mira.page.locator(".bar nav button").filter(has_text="Mentioned1").click()
    mira.row("my kettle leaks").locator("button").first.click()
    mira.sees(".row.note", "Sounds angry, @Mira please")
    mira.page.locator(".bar nav button").filter(has_text="Mentioned0").wait_for()
    mira.page.get_by_role("button", name="Take it").click()
    mira.sends_at_once()
    mira.box.fill("Send us a photo")
    mira.box.press("Control+Enter")
    visitor.sees(".log .bubble", "Send us a photo")
    assert "angry" not in "".join(visitor.said())


def test_neither_snapshot_nor_stream_has_a_note(desk):  # noqa: F811
    mira, _, _, port = desk
    customer = waiting(port, "my kettle leaks")
    takes(mira, "my kettle leaks")
    mira.page.get_by_role("button", name="Note", exact=True).click()
    note_box(mira).fill("sounds angry")
    note_box(mira).press("Control+Enter")
    mira.sees(".row.note", "sounds angry")
    assert "angry" not in everything(customer)


def test_text_in_the_box_is_never_turned_into_the_other_kind_by_a_key(desk):  # noqa: F811
    mira, _, _, port = desk
    customer = waiting(port, "my kettle leaks")
    takes(mira, "my kettle leaks")
    mira.box.fill("Send us a photo")
    mira.box.press("Escape")
    mira.page.keyboard.press("n")
    mira.sees(".told", "Your reply is in the box")
    assert mira.box.input_value() == "Send us a photo"
    mira.page.get_by_role("button", name="Note", exact=True).click()
    assert note_box(mira).input_value() == ""
    note_box(mira).fill("ask for the receipt")
    mira.page.get_by_role("button", name="Reply", exact=True).click()
    assert mira.box.input_value() == "Send us a photo"  # each has its own draft
    mira.sends_at_once()
    mira.box.press("Control+Enter")
    mira.sees(".row.agent", "Send us a photo")
    assert customer.heard() == ["Send us a photo"]


def test_a_draft_is_there_on_another_device_and_nothing_typed_is_taken_away(desk, browser):  # noqa: F811
    mira, _, _, port = desk
    waiting(port, "my kettle leaks")
    takes(mira, "my kettle leaks")
    with mira.page.expect_response(lambda answer: "/drafts/reply" in answer.url):
        mira.box.type("Send us")
    phone = Agent(browser, f"http://127.0.0.1:{port}/console/")
    phone.page.get_by_label("E-mail address").fill("mira@shop.example")
    phone.page.get_by_label("Password").fill(PASSWORD)
    phone.page.get_by_role("button", name="Sign in").click()
    opens(phone, "my kettle leaks", "Mine")
    until(lambda: phone.box.input_value() == "Send us")
    with phone.page.expect_response(lambda answer: "/drafts/reply" in answer.url):
        phone.box.press("End")
        phone.box.type(" a photo")
    # The page that loaded first goes on typing: its text is newer, and the other can be had back.
    mira.box.press("End")
    mira.box.type(" the receipt")
    mira.sees(".told", "Another device had another draft")
    assert mira.box.input_value() == "Send us the receipt"
    mira.page.locator(".told").get_by_role("button", name="Undo").click()
    assert mira.box.input_value() == "Send us a photo"
    phone.context.close()


def test_what_was_sent_is_taken_back_and_the_customer_never_saw_it(desk):  # noqa: F811
    mira, jon, _, port = desk
    customer = waiting(port, "my kettle leaks")
    takes(mira, "my kettle leaks")
    opens(jon, "my kettle leaks")
    mira.box.fill("Send it to my home")
    mira.box.press("Control+Enter")
    mira.sees(".row.held", "Send it to my home")
    jon.sees(".row.held", "Send it to my home")
    assert "to my home" not in everything(customer)
    assert mira.box.input_value() == ""
    mira.page.locator(".held-line").get_by_role("button", name="Undo").click()
    until(lambda: mira.box.input_value() == "Send it to my home")
    jon.page.locator(".row.held").wait_for(state="detached")
    mira.box.fill("Send it to the shop")
    mira.page.locator(".hold select").select_option("5")
    mira.box.press("Control+Enter")
    until(lambda: customer.heard() == ["Send it to the shop"])
    mira.page.locator(".row.held").wait_for(state="detached")
    mira.sees(".row.agent", "Send it to the shop")
    assert mira.page.locator(".row.agent").count() == 1
    assert "to my home" not in everything(customer)


def test_a_reply_is_sent_though_the_server_is_killed_while_it_is_held(desk, tmp_path):  # noqa: F811
    mira, _, process, port = desk
    customer = waiting(port, "my kettle leaks")
    takes(mira, "my kettle leaks")
    mira.page.locator(".hold select").select_option("5")
    mira.box.fill("Send us a photo")
    mira.box.press("Control+Enter")
    mira.page.locator(".row.held").wait_for()
    process.send_signal(signal.SIGKILL)
    process.wait()
    with real_desk(tmp_path, port):
        until(lambda: customer.heard() == ["Send us a photo"])
        mira.page.locator(".row.held").wait_for(state="detached")
        mira.sees(".row.agent", "Send us a photo")


def test_what_the_customer_wrote_meanwhile_is_read_before_it_is_sent(desk):  # noqa: F811
    mira, _, _, port = desk
    customer = waiting(port, "my kettle leaks")
    mira.page.route("**/v1/changes*", lambda route: route.abort())  # the page hears of nothing
    mira.page.reload()
    takes(mira, "my kettle leaks")
    mira.sends_at_once()
    mira.box.fill("Send us a photo")
    mira.page.route("**/v1/queue/*", lambda route: route.abort())
    mira.page.wait_for_timeout(300)
    customer.says("never mind, I have found it")
    mira.page.unroute("**/v1/queue/*")
    mira.box.press("Control+Enter")
    mira.sees(".composer .trouble", "A new message came in while you were writing")
    mira.sees(".row.customer", "never mind, I have found it")
    assert customer.heard() == []
    assert mira.box.input_value() == "Send us a photo"
    mira.box.press("Control+Enter")
    until(lambda: customer.heard() == ["Send us a photo"])


def test_a_message_that_comes_while_one_writes_is_told_and_facts_are_looked_at(desk):  # noqa: F811
    mira, _, _, port = desk
    customer = waiting(port, "how long can I return it")
    takes(mira, "how long can I return it")
    mira.box.type("You have 40 days.")
    mira.sees(".doubts", "\u201c40 days\u201d: the desk says 14 days.")
    assert mira.page.locator(".marks mark").inner_text() == "40 days"
    customer.says("hello?")
    mira.sees(".wrote", "a new message from the customer")
    mira.box.fill("You have 14 days.")
    mira.page.locator(".marks mark").wait_for(state="detached")


@pytest.mark.parametrize(("width", "scheme"), [(390, "dark"), (1280, "light"), (1280, "dark")])
def test_axe_finds_nothing_in_a_note_and_a_held_reply(browser, axe, tmp_path, width, scheme):
    link = invited(tmp_path, "mira@shop.example", "Mira")
    with real_desk(tmp_path) as (_, port):
        url = f"http://127.0.0.1:{port}/console/#link={link}"
        mira = Agent(browser, url, viewport={"width": width, "height": 800}, color_scheme=scheme)
        mira.starts()
        waiting(port, "my kettle leaks")
        takes(mira, "my kettle leaks")
        mira.page.locator(".hold select").select_option("30")
        mira.box.fill("You have 40 days.")
        mira.sees(".doubts", "40 days")
        look = lambda: (mira.page.evaluate(axe), mira.page.evaluate(LOOK))[1]  # noqa: E731
        assert look()[0] == []
        mira.box.press("Control+Enter")
        mira.page.locator(".row.held").wait_for()
        mira.page.get_by_role("button", name="Note", exact=True).click()
        note_box(mira).fill("the article says otherwise")
        assert look()[0] == []
        note_box(mira).press("Control+Enter")
        mira.sees(".row.note", "the article says otherwise")
        wrong, passed = look()
        assert (wrong, passed > 10) == ([], True)
        assert mira.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert mira.wrong == []
        mira.context.close()
