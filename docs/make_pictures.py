"""Makes the pictures of the console in docs/images: the sample shop, as a newcomer sees it after a minute.

Starts `understudy demo` in a home that is thrown away, signs in by its link in a headless Chromium, waits until the
queue is there, and writes WebP of few bytes. Takes about two minutes.

    python docs/make_pictures.py [--chromium /usr/bin/chromium]
"""

from __future__ import annotations

import argparse
import io
import re
import subprocess
import sys
import tempfile
import threading
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PIL import Image
from playwright.sync_api import sync_playwright

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

ROOT = Path(__file__).resolve().parents[1]
_LINK = re.compile(r"\S+/console/#link=\S+")
_CONVERSATIONS = 12
_SEARCH = "-language:zh -status:done"  # a machine that makes pictures may have no font for Chinese
_PHONE = {"viewport": {"width": 390, "height": 780}, "device_scale_factor": 2, "color_scheme": "dark"}
_DESK = {"viewport": {"width": 1280, "height": 800}}


@contextmanager
def demo() -> Iterator[str]:
    """A running sample shop; the link that signs in as its lead."""
    with tempfile.TemporaryDirectory() as home:
        command = [sys.executable, "-m", "chatbot", "--home", home, "demo", "--port", "0"]
        with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
            try:
                assert process.stdout is not None
                found = next(match for line in process.stdout if (match := _LINK.search(line)))
                # It would wait for a reader of its further lines.
                threading.Thread(target=process.stdout.read, daemon=True).start()
                yield found[0]
            finally:
                process.terminate()


def picture(page: Page, name: str) -> None:
    """What the page shows, as a file."""
    page.wait_for_timeout(1500)
    image = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    path = ROOT / "docs" / "images" / f"console-{name}.webp"
    image.save(path, quality=70, method=6)
    sys.stdout.write(f"{path.relative_to(ROOT)}  {path.stat().st_size}\n")


def opened(browser: Browser, address: str, who: Any, options: dict[str, Any]) -> Page:
    """The console in another window of the same person, its list drawn."""
    page = browser.new_context(
        **{"locale": "en-GB", "reduced_motion": "reduce", **options}, storage_state=who
    ).new_page()
    page.goto(address)
    page.locator(".rows li").first.wait_for()
    return page


def search(page: Page) -> None:
    """List what is not done."""
    page.get_by_role("combobox", name="Search").fill(_SEARCH)
    page.get_by_role("combobox", name="Search").press("Enter")
    page.locator(".rows li").nth(5).wait_for()


def thread(page: Page) -> None:
    """A conversation of the queue, with what is suggested for it."""
    page.locator(".rows li", has_text="40 mugs").get_by_role("button").click()
    page.locator(".suggestion, .suggestions p:not([data-tell])").first.wait_for(state="attached", timeout=60_000)


def make(browser: Browser, link: str) -> None:
    """All pictures."""
    address = link.partition("#")[0]
    first = browser.new_context(locale="en-GB", **_DESK)
    page = first.new_page()
    page.goto(link)
    page.get_by_role("button", name=re.compile(rf"All\s*{_CONVERSATIONS}")).wait_for(timeout=300_000)
    who = first.storage_state()
    search(page)
    picture(page, "queue")
    page.locator(".rows li button").first.focus()  # no letter goes into the search
    page.keyboard.press("N")
    page.locator(".suggestion").first.wait_for(state="attached", timeout=60_000)
    page.locator(".composer textarea").press("Escape")
    picture(page, "thread")
    dark = opened(browser, address, who, {**_DESK, "color_scheme": "dark"})
    search(dark)
    thread(dark)
    picture(dark, "dark")
    phone = opened(browser, address, who, _PHONE)
    thread(phone)
    picture(phone, "phone")
    numbers = opened(browser, address, who, _DESK)
    numbers.goto(f"{address}#numbers")
    numbers.reload()
    numbers.locator("dialog.numbers .figure").first.wait_for()
    picture(numbers, "numbers")


def main() -> None:
    """Make them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--chromium", default="/usr/bin/chromium")
    options = parser.parse_args()
    with demo() as link, sync_playwright() as playwright:
        make(playwright.chromium.launch(executable_path=options.chromium, args=["--no-sandbox"]), link)


if __name__ == "__main__":
    main()
