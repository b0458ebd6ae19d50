"""The console in a browser: two people and a customer; nothing typed is lost; axe finds nothing."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from urllib.request import Request, urlopen

import pytest

from tests.test_web.conftest import REPOSITORY, WATCH, real_desk

pytestmark = [pytest.mark.browser, pytest.mark.integration]

PASSWORD = "correct horse battery"
LOOK = """async () => {
  const { violations, passes } = await axe.run(document, { resultTypes: ["violations"] });
  const lines = ({ id, nodes }) => nodes.map((node) => [id, String(node.target), node.failureSummary]);
  return [violations.flatMap(lines), passes.length];
}"""


def invited(home, email, name, role="agent"):
    """The token of an invitation."""
    command = [sys.executable, "-m", "chatbot", "--home", str(home), "agents", "invite", email]
    done = subprocess.run(
        [*command, "--name", name, "--role", role], cwd=REPOSITORY, capture_output=True, text=True, check=True
    )
    return done.stdout.partition("#link=")[2].split()[0]


class Customer:
    """Somebody who writes by the API."""

    def __init__(self, port, *said):
        self.url, self.token = f"http://127.0.0.1:{port}/v1/conversations", None
        started = self.ask("POST", "", {})
        self.id, self.token, self.sent = started["id"], started["token"], 0
        for text in said:
            self.says(text)

    def ask(self, method, path, body=None):
        headers = {"Content-Type": "application/json"}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        data = None if body is None else json.dumps(body).encode()
        with urlopen(Request(self.url + path, data, headers, method=method), timeout=30) as response:
            return json.load(response)

    def says(self, text):
        self.sent += 1
        self.ask("POST", f"/{self.id}/messages", {"client_id": f"m{self.sent}", "text": text})

    def wants_a_person(self):
        self.ask("POST", f"/{self.id}/handover", {})

    def heard(self):
        return [each["text"] for each in self.ask("GET", f"/{self.id}")["messages"] if each["role"] == "agent"]


class Agent:
    """Somebody at the console, in a browser of their own."""

    def __init__(self, browser, url, **options):
        self.context = browser.new_context(locale="en-GB", reduced_motion="reduce", **options)
        self.page = self.context.new_page()
        self.page.add_init_script(WATCH)
        self.wrong: list[str] = []
        self.page.on("pageerror", lambda error: self.wrong.append(str(error)))
        self.page.goto(url)

    def starts(self):
        self.page.get_by_label("Choose a password").fill(PASSWORD)
        self.page.get_by_role("button", name="Start").click()
        self.page.locator(".desk").wait_for()

    def row(self, words):
        return self.page.locator(".rows li").filter(has_text=words)

    def sees(self, selector, words):
        self.page.locator(selector).filter(has_text=words).first.wait_for()

    def unfolds_suggestions(self):
        """On a phone they are folded, so that the thread has the room."""
        self.page.locator(".suggestions summary", has_text="Suggestions").click()

    def sends_at_once(self):
        self.page.locator(".hold select").select_option("0")

    @property
    def box(self):
        return self.page.get_by_role("textbox", name="Reply to the customer")


@pytest.fixture
def desk(browser, tmp_path):
    """A running desk with two people signed in."""
    links = [invited(tmp_path, "mira@shop.example", "Mira", "admin"), invited(tmp_path, "jon@shop.example", "Jon")]
    with real_desk(tmp_path) as (process, port):
        people = [Agent(browser, f"http://127.0.0.1:{port}/console/#link={link}") for link in links]
        for one in people:
            one.starts()
        yield (*people, process, port)
        for one in people:
            assert one.wrong == []
            assert one.page.evaluate("window.__wrong") == []
            one.context.close()


def test_who_waits_is_taken_by_one_and_answered_with_a_suggestion(desk):
    mira, jon, _, port = desk
    customer = Customer(port, "my kettle leaks")
    customer.wants_a_person()
    for one in (mira, jon):
        one.row("my kettle leaks").wait_for()  # by the feed: nobody asked for it
    mira.page.keyboard.press("N")
    mira.sees(".brief", "Mira has it")
    mira.sends_at_once()
    mira.sees(".suggestion", "Idea 1 for: my kettle leaks")
    mira.box.press("Escape")
    mira.page.keyboard.press("2")
    assert mira.box.input_value() == "Idea 2 for: my kettle leaks"
    mira.box.press("Control+Enter")
    mira.sees(".row.agent", "Idea 2 for: my kettle leaks")
    assert customer.heard() == ["Idea 2 for: my kettle leaks"]
    assert mira.box.input_value() == ""

    jon.page.get_by_role("button", name="All").click()
    jon.row("my kettle leaks").wait_for()
    jon.page.locator(".rows li button").first.click()
    jon.sees(".brief", "Mira has it")
    assert jon.box.is_disabled()
    customer.says("thank you")
    for one in (mira, jon):
        one.sees(".row.customer", "thank you")

    mira.box.press("Escape")
    mira.page.keyboard.press("e")
    mira.sees(".brief", "Done")
    mira.page.get_by_role("button", name="Undo").click()
    mira.sees(".brief", "Mira has it")


def test_a_draft_outlives_a_reload_a_dead_server_and_the_end_of_the_session(desk, tmp_path):
    mira, _, process, port = desk
    customer = Customer(port, "my kettle leaks")
    customer.wants_a_person()
    mira.row("my kettle leaks").wait_for()
    mira.page.get_by_role("button", name="Take the next one").click()
    mira.sees(".brief", "Mira has it")
    mira.sends_at_once()
    mira.box.fill("Send us a photo")
    mira.page.reload()
    mira.page.get_by_role("button", name="Mine").click()
    mira.row("my kettle leaks").wait_for()
    mira.page.locator(".rows li button").first.click()
    mira.sees(".brief", "Mira has it")
    assert mira.box.input_value() == "Send us a photo"

    process.send_signal(signal.SIGKILL)
    process.wait()
    mira.box.press("End")
    mira.box.type(", please.")
    mira.box.press("Control+Enter")
    mira.sees(".composer .trouble", "Your text is kept")
    mira.context.clear_cookies()
    with real_desk(tmp_path, port):
        mira.box.press("Control+Enter")
        mira.page.get_by_role("dialog").wait_for()
        mira.page.get_by_label("E-mail address").fill("mira@shop.example")
        mira.page.get_by_label("Password").fill(PASSWORD)
        mira.page.get_by_role("dialog").get_by_role("button", name="Sign in").click()
        mira.page.get_by_role("dialog").wait_for(state="detached")
        assert mira.box.input_value() == "Send us a photo, please."
        mira.box.press("Control+Enter")
        mira.sees(".row.agent", "Send us a photo, please.")
        assert customer.heard() == ["Send us a photo, please."]


def test_a_search_that_cannot_be_read_is_told_and_one_that_can_finds(desk):
    mira, _, _, port = desk
    Customer(port, "my kettle leaks")
    Customer(port, "where is my parcel")
    search = mira.page.get_by_role("combobox", name="Search")
    search.fill('status:"')
    search.press("Enter")
    mira.sees(".list .trouble", "")
    mira.page.locator(".list .trouble").wait_for()
    search.fill("parcel")
    search.press("Enter")
    mira.row("parcel").wait_for()
    mira.page.locator(".list .trouble").wait_for(state="hidden")
    assert mira.page.locator(".rows li").count() == 1


@pytest.mark.parametrize(("width", "scheme"), [(390, "light"), (1360, "light"), (1360, "dark")])
def test_axe_finds_nothing(browser, axe, tmp_path, width, scheme):
    link = invited(tmp_path, "mira@shop.example", "Mira")
    with real_desk(tmp_path) as (_, port):
        url = f"http://127.0.0.1:{port}/console/#link={link}"
        mira = Agent(browser, url, viewport={"width": width, "height": 800}, color_scheme=scheme)
        mira.page.get_by_label("Choose a password").wait_for()
        # axe comes as text, which the page's own policy does not let in
        look = lambda: (mira.page.evaluate(axe), mira.page.evaluate(LOOK))[1]  # noqa: E731
        for state in ("link", "list", "open"):
            if state == "list":
                mira.starts()
                Customer(port, "my kettle leaks").wants_a_person()
                mira.row("my kettle leaks").wait_for()
            if state == "open":
                mira.page.get_by_role("button", name="Take the next one").click()
                if width < 600:
                    mira.unfolds_suggestions()
                mira.sees(".suggestion", "Idea 1")
            wrong, passed = look()
            assert wrong == [], state
            assert passed > 10
        assert mira.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert mira.wrong == []
        mira.context.close()
