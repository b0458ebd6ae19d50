"""The open conversation in a browser: long ones, odd ones, the brief, the trace, who else is there, what was before."""

from __future__ import annotations

import random
import sqlite3
from urllib.request import Request, urlopen

import pytest

from tests.test_web.conftest import real_desk, wait_until
from tests.test_web.test_console import LOOK, Agent, Customer, desk, invited

__all__ = ["desk"]  # the fixture
pytestmark = [pytest.mark.browser, pytest.mark.integration]

MANY = 2000
WRITE = """
INSERT INTO message (id, conversation_id, seq, role, author, text, created_at)
SELECT 'm_fill' || :seq, id, :seq, :role, NULL, :text, :at FROM conversation WHERE id = :id
"""


def lengthen(home, conversation_id, texts):
    """Put messages before all that was said, as a conversation of weeks has them."""
    with sqlite3.connect(home / "app.db", timeout=30) as database:
        (least,) = database.execute(
            "SELECT min(seq) FROM message WHERE conversation_id = ?", [conversation_id]
        ).fetchone()
        for table in ("message", "event"):
            shift = [conversation_id, least]
            for sign in ("-", "+"):  # away and back: the numbers are unique at every row
                where = "seq >= ?" if sign == "-" else "seq < 0 AND 0 <= ?"
                to = f"-(seq + {len(texts)})" if sign == "-" else "-seq"
                database.execute(f"UPDATE {table} SET seq = {to} WHERE conversation_id = ? AND {where}", shift)
        for at, text in enumerate(texts):
            row = {"seq": least + at, "role": "bot" if at % 10 else "customer", "text": text, "id": conversation_id}
            database.execute(WRITE, row | {"at": f"2026-01-{1 + at // 100:02} 10:00:00.000000"})
        database.execute("UPDATE conversation SET last_seq = last_seq + ? WHERE id = ?", [len(texts), conversation_id])
    return least


def types(customer):
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {customer.token}"}
    with urlopen(Request(f"{customer.url}/{customer.id}/writing", b'{"on": true}', headers), timeout=30) as response:
        assert response.status == 204


def rows(agent):
    return agent.page.locator(".talk .log > *").count()


def test_two_thousand_messages_open_with_fifty_and_scroll_to_the_first(desk, tmp_path):
    mira, _, _, port = desk
    customer = Customer(port, "the last word")
    customer.wants_a_person()
    lengthen(tmp_path, customer.id, [f"number {at} " + "words " * (at % 40) for at in range(MANY)])
    asked = []
    mira.page.on("request", lambda request: asked.append(request.url.partition("/v1")[2]))
    mira.row("the last word").wait_for()
    mira.page.locator(".rows li button").first.click()
    mira.sees(".talk .row.customer", "the last word")
    assert rows(mira) < 60
    assert sum(url.startswith(f"/queue/{customer.id}?") for url in asked) == 1
    box = "document.querySelector('.thread')"
    wait_until(mira.page, f"{box}.scrollHeight - {box}.scrollTop - {box}.clientHeight < 2")

    most = 0
    for _ in range(200):
        at = mira.page.evaluate(
            """async () => {
              const box = document.querySelector('.thread'), top = box.getBoundingClientRect().top;
              box.scrollTop = 500;
              const seen = [...box.querySelectorAll('.row')].find((row) => row.getBoundingClientRect().bottom > top);
              const before = seen.getBoundingClientRect().top;
              await new Promise((next) => setTimeout(next, 60));
              return {
                moved: seen.isConnected ? Math.abs(seen.getBoundingClientRect().top - before) : 0,
                count: box.querySelectorAll('.log > *').length,
                first: box.querySelector('[data-seq]').textContent,
              };
            }"""
        )
        most = max(most, at["count"])
        assert at["moved"] < 40
        if "number 0 " in at["first"]:
            break
    assert "number 0 " in at["first"]
    assert 100 < most <= 200
    customer.says("one more word")
    mira.page.get_by_role("button", name="To the newest").click()
    mira.sees(".talk .row.customer", "one more word")
    assert rows(mira) < 60
    reads = [url for url in asked if url.startswith(f"/queue/{customer.id}?")]
    assert len(reads) == len(set(reads))  # no page twice: one new message reads no thread again


def test_switching_asks_for_each_conversation_once_and_a_change_for_none(desk):
    mira, _, _, port = desk
    customers = [Customer(port, f"matter {number}") for number in range(4)]
    for one in customers:
        one.wants_a_person()
    mira.row("matter 3").wait_for()
    asked = []
    mira.page.on("request", lambda request: asked.append(request.url.partition("/v1")[2]))
    for number in (0, 1, 2, 1, 0, 1):
        mira.row(f"matter {number}").locator("button").click()
        mira.sees(".talk .row.customer", f"matter {number}")
    customers[0].says("and another")
    mira.page.locator(".rows li button").first.click()
    mira.sees(".talk .row.customer", "and another")
    threads = [url for url in asked if url.startswith("/queue/") and "?limit" in url]
    assert sorted(threads) == sorted(f"/queue/{one.id}?limit=50" for one in customers)
    assert not any("/events?" in url for url in asked)


def test_odd_texts_take_no_thread_down(desk):
    mira, _, _, port = desk
    chance = random.Random(7)
    odd = [
        "<img src=x onerror=alert(1)>",
        "\u202eright to left\u202c \U0001f469\u200d\U0001f469\u200d\U0001f467 " + "e\u0301" * 500,
        "http://" + "a." * 3000,
        "a@" * 3900,
        "".join(chance.choice("\u200b\u200d\u0338 x{}[]()*&^%$#@!\n\t") for _ in range(3000)),
    ]
    customer = Customer(port, *odd)
    customer.wants_a_person()
    customer.says("and the end")
    mira.page.locator(".rows li").first.wait_for()
    mira.page.locator(".rows li button").first.click()
    mira.sees(".talk .row.customer", "and the end")
    assert mira.page.locator(".talk .row.customer").count() == len(odd) + 1
    assert mira.page.locator(".talk .row.customer img").count() == 0


def test_the_brief_leads_to_the_words_and_the_trace_says_why(desk):
    mira, _, _, port = desk
    customer = Customer(port, "my kettle leaks, order number 4711-2299")
    wait_until(mira.page, "document.querySelector('.desk')")
    mira.page.get_by_role("button", name="Bot has it").click()
    mira.row("my kettle").wait_for()
    customer.says("I want a person")
    mira.page.get_by_role("button", name="Queue").click()
    mira.row("I want a person").locator("button").click()
    brief = mira.page.locator(".handover")
    brief.get_by_text("my kettle leaks").first.wait_for()
    assert "4711-2299" in brief.inner_text()
    assert "The customer asked for a person" in brief.inner_text()
    brief.get_by_role("button", name="\u201cmy kettle leaks").click()
    wait_until(mira.page, "document.activeElement.classList.contains('customer')")
    mira.page.locator(".row.bot .trace summary").first.click()
    mira.sees(".weighed", "What it found")
    customer.ask("POST", f"/{customer.id}/rating", {"score": 2, "comment": "slow"})
    mira.sees(".row.line", "gave 2 of 5")
    assert mira.page.locator(".row.day").count() == 1


def test_two_people_see_each_other_and_the_customer_type(desk):
    mira, jon, _, port = desk
    customer = Customer(port, "my kettle leaks")
    customer.wants_a_person()
    for one in (mira, jon):
        one.row("my kettle leaks").locator("button").click()
        one.sees(".talk .row.customer", "my kettle leaks")
    mira.sees(".viewers", "Jon is looking at this too")
    jon.sees(".viewers", "Mira is looking at this too")
    mira.sees(".rows .dot", "Jon is looking at this too")
    mira.page.locator(".acts").get_by_role("button", name="Take it").click()
    jon.sees(".row.line", "Mira took the conversation")
    mira.box.type("Hello")
    jon.sees(".viewers", "Mira is typing")
    types(customer)
    mira.sees(".whisper", "The customer is typing")
    mira.page.locator(".whisper").wait_for(state="hidden")  # over by itself
    jon.page.keyboard.press("u")
    mira.page.locator(".viewers").filter(has_text="Jon").wait_for(state="hidden")
    events = customer.ask("GET", f"/{customer.id}")
    assert "looking" not in str(events)


def test_an_earlier_conversation_opens_beside_the_open_one(desk):
    mira, _, _, port = desk
    customer = Customer(port, "the first matter")
    first = customer.id
    customer.ask("POST", f"/{first}/rating", {"score": 5})
    customer.ask("POST", f"/{first}/closure", {})
    customer.id = customer.ask("POST", "", {})["id"]
    customer.says("the second matter")
    customer.wants_a_person()
    mira.row("the second matter").locator("button").click()
    mira.sees(".panel", "Other conversations")
    mira.page.locator(".past li button").filter(has_text="the first matter").click()
    mira.sees(".panel .row.customer", "the first matter")
    mira.sees(".talk .row.customer", "the second matter")
    mira.page.locator(".panel").get_by_role("button", name="To the customer").click()
    mira.sees(".past", "the first matter")
    mira.page.keyboard.press("p")
    mira.page.locator(".panel").wait_for(state="hidden")
    mira.page.keyboard.press("p")
    mira.sees(".panel", "Other conversations")


@pytest.mark.parametrize(("width", "scheme"), [(390, "dark"), (1360, "light"), (1360, "dark")])
def test_axe_finds_nothing_in_a_thread_with_all_of_it(browser, axe, tmp_path, width, scheme):
    link = invited(tmp_path, "mira@shop.example", "Mira")
    with real_desk(tmp_path) as (_, port):
        url = f"http://127.0.0.1:{port}/console/#link={link}"
        mira = Agent(browser, url, viewport={"width": width, "height": 800}, color_scheme=scheme)
        mira.starts()
        customer = Customer(port, "my kettle leaks, order number 4711-2299")
        mira.page.get_by_role("button", name="Bot has it").click()
        mira.row("my kettle").wait_for()
        customer.says("I want a person")
        mira.page.get_by_role("button", name="Queue").click()
        mira.row("I want a person").locator("button").click()
        mira.page.locator(".row.bot .trace summary").first.click()
        mira.sees(".weighed", "What it found")
        if width < 700:
            mira.page.get_by_role("button", name="More to do with it").click()
            mira.page.get_by_role("button", name="Customer", exact=True).click()
        mira.sees(".panel", "Other conversations")
        wrong, passed = (mira.page.evaluate(axe), mira.page.evaluate(LOOK))[1]
        assert wrong == []
        assert passed > 10
        assert mira.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert mira.wrong == []
        mira.context.close()
