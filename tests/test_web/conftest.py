"""Debian's Chromium under Playwright, and pages that remember what went wrong in them."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.test_web.fake_desk import FakeDesk
from tests.test_web.ports import lasting_port

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Browser, Locator, Page, Route

REPOSITORY = Path(__file__).resolve().parents[2]
AXE = REPOSITORY / "web/node_modules/axe-core/axe.min.js"
CHROMIUM = Path(os.environ.get("UNDERSTUDY_CHROMIUM", "/usr/bin/chromium"))
QUIET = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
# Policy violations and uncaught errors, from the first script of the page on.
WATCH = """
window.__wrong = [];
addEventListener("securitypolicyviolation", (e) => window.__wrong.push(`CSP ${e.violatedDirective} ${e.blockedURI}`));
addEventListener("unhandledrejection", (e) => window.__wrong.push(`unhandled ${e.reason}`));
"""


@pytest.fixture
def axe() -> str:
    """The source of axe."""
    if not AXE.exists() and not (os.environ.get("CI") or os.environ.get("UNDERSTUDY_CI")):
        pytest.skip("axe-core is not there: `make web` installs it")
    return AXE.read_text("utf-8")


# Closed after each module: while it lives, pytest-asyncio could run no loop in this thread.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if not CHROMIUM.exists() and not (os.environ.get("CI") or os.environ.get("UNDERSTUDY_CI")):
        pytest.skip(f"{CHROMIUM} is not there; on Debian: apt-get install chromium")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=[*QUIET, "--disable-component-update"])
        yield chromium
        chromium.close()


@pytest.fixture(params=[(390, "dark"), (1280, "light")], ids=["phone", "desktop"])
def report(browser: Browser, request: pytest.FixtureRequest, path: Path) -> Iterator[Page]:
    """A report opened as a file, the fixture ``path``: nothing goes wrong in it, and it asks for nothing else."""
    width, scheme = request.param
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
    page = context.new_page()
    wrong: list[str] = []
    asked: list[str] = []
    page.on("console", lambda line: wrong.append(line.text))
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("dialog", lambda dialog: (wrong.append(dialog.message), dialog.dismiss()))
    page.on("request", lambda request: asked.append(request.url))
    page.goto(path.as_uri())
    yield page
    assert wrong == []
    assert asked == [path.as_uri()]
    context.close()


def wait_until(page: Page, expression: str) -> None:
    """Until a JavaScript expression holds, half a minute at most.

    Not by wait_for_function, which evaluates a string in the page, where its policy forbids that: so it fails wherever
    the expression does not hold at once.
    """
    page.evaluate(
        f"""async () => {{
          const end = performance.now() + 30000;
          while (!({expression})) {{
            if (performance.now() > end) throw new Error("half a minute, and still not");
            await new Promise((next) => setTimeout(next, 30));
          }}
        }}"""
    )


class Visitor:
    """A person at the widget of one page."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.chat = page.locator("support-chat")
        self.heard: list[str] = []
        page.add_init_script(WATCH)
        page.on("console", lambda line: self.heard.append(line.text) if line.type in {"error", "warning"} else None)
        page.on("pageerror", lambda error: self.heard.append(f"uncaught {error}"))

    def find(self, selector: str) -> Locator:
        return self.chat.locator(selector)

    def visit(self, url: str) -> None:
        self.page.goto(f"{url}/demo/")
        wait_until(self.page, "document.querySelector('support-chat')?.shadowRoot?.querySelector('.launcher')")

    def impatient(self) -> None:
        """The page's widget gives a silent stream up after a second."""

        def changed(route: Route) -> None:
            page = route.fetch()
            route.fulfill(response=page, body=page.text().replace("<support-chat", '<support-chat patience="1"'))

        self.page.route("**/demo/", changed)

    def open(self) -> None:
        self.find(".launcher").click()
        self.find("textarea").wait_for()

    def say(self, text: str) -> None:
        self.find("textarea").fill(text)
        self.find("textarea").press("Enter")

    def sees(self, selector: str, text: str, seconds: float = 30) -> None:
        self.find(selector).filter(has_text=text).first.wait_for(timeout=seconds * 1000)

    def said(self) -> list[str]:
        """All that stands in the conversation, in order."""
        return self.find(".log .bubble").all_inner_texts()

    def wrong(self, *, network: bool = False) -> list[str]:
        """What a developer would see in the console; ``network`` forgives refused and broken requests."""
        heard = [line for line in self.heard if not (network and line.startswith("Failed to load resource"))]
        return heard + self.page.evaluate("window.__wrong")


@pytest.fixture
def visitor(browser: Browser) -> Iterator[Visitor]:
    context = browser.new_context(locale="en-GB", reduced_motion="reduce")
    yield Visitor(context.new_page())
    context.close()


@pytest.fixture
def fake() -> Iterator[FakeDesk]:
    desk = FakeDesk()
    yield desk
    if not desk.stopping:
        desk.stop()


@contextmanager
def real_desk(home: Path, port: int = 0, module: str = "real_desk") -> Iterator[tuple[subprocess.Popen[str], int]]:
    """The real server, which ``module`` beside starts, in a process of its own, killed at the end if it still runs."""
    command = [sys.executable, "-m", f"tests.test_web.{module}", str(home), str(port or lasting_port())]
    with subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            assert line, "the server did not start"
            yield process, int(line)
        finally:
            process.kill()


SCRIPT = '<script type="module" src="/widget/loader.js?desk=Shop"></script>'


def shop(*, head: str = "", body: str = "") -> str:
    """A page of some shop."""
    return f"<!doctype html><html lang=en><head><title>one</title>{head}</head><body><h1>one</h1>{body}</body></html>"


@pytest.fixture
def page(fake, visitor) -> Callable[[str], Visitor]:
    """Opens a page of some shop, which the scripted desk's own server happens to serve."""
    url = fake.start()

    def opened(markup: str) -> Visitor:
        visitor.page.route("**/shop", lambda route: route.fulfill(body=markup, content_type="text/html"))
        visitor.page.goto(f"{url}/shop")
        visitor.find(".launcher").wait_for(state="attached")
        return visitor

    return opened
