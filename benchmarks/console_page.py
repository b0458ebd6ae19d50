"""The console in a real browser, and what can be measured in it, by the page's own clock: for ``console.py``."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from playwright.async_api import Browser, CDPSession, Page

CHROMIUM = "/usr/bin/chromium"
_PASSWORD = "correct horse battery"  # noqa: S105 - of a home that is deleted
# `painted`: the next frame is out. `switched`: the row is open and its thread drawn; messages begin with their number.
_PROBE = """
globalThis.probe = {
  keys: [],
  heard: {},
  painted: () => new Promise((done) => requestAnimationFrame(() => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => done(performance.now());
    port2.postMessage(0);
  })),
  async switched(at) {
    const row = document.querySelectorAll(".rows li")[at];
    const number = /\\(\\d+\\)/.exec(row.querySelector(".last").textContent)?.[0];
    const began = performance.now();
    row.querySelector("button").click();
    for (let frames = 0; frames < 600; frames += 1) {
      const now = await probe.painted();
      const last = [...document.querySelectorAll(".open .log .bubble")].at(-1)?.textContent ?? "";
      if (last.startsWith(number)) return now - began;
    }
    throw new Error(`row ${at} was not shown`);
  },
  listen() {
    new MutationObserver(async () => {
      const last = document.querySelector(".open .log")?.lastElementChild?.textContent ?? "";
      for (const [, name] of last.matchAll(/heard (\\d+)/g)) {
        if (probe.heard[name]) continue;
        probe.heard[name] = 1;
        probe.heard[name] = performance.timeOrigin + (await probe.painted());
      }
    }).observe(document.body, { childList: true, subtree: true });
  },
};
new PerformanceObserver((list) => {
  for (const { duration, name } of list.getEntries()) if (name === "keydown") probe.keys.push(duration);
}).observe({ type: "event", durationThreshold: 16, buffered: true });
"""


class ConsolePage:
    """Somebody at the console."""

    def __init__(self, page: Page, devtools: CDPSession) -> None:
        self.page, self._devtools = page, devtools
        self.loaded: dict[str, int] = {}
        self.requests: list[str] = []
        self._addresses: dict[str, str] = {}
        devtools.on("Network.requestWillBeSent", lambda told: self._asked(told["requestId"], told["request"]["url"]))
        devtools.on("Network.loadingFinished", self._finished)

    @classmethod
    async def opened(cls, browser: Browser, address: str, link: str) -> ConsolePage:
        """By somebody who was invited; the queue is drawn."""
        context = await browser.new_context(locale="en-GB", viewport={"width": 1440, "height": 900})
        page = await context.new_page()
        devtools = await context.new_cdp_session(page)
        await devtools.send("Network.enable")
        await page.add_init_script(_PROBE)
        made = cls(page, devtools)
        await page.goto(f"{address}/console/#link={link}")
        await page.get_by_label("Choose a password").fill(_PASSWORD)
        await page.get_by_role("button", name="Start").click()
        await page.locator(".rows li").first.wait_for()
        await page.wait_for_timeout(1000)
        return made

    def _asked(self, request: str, url: str) -> None:
        self._addresses[request] = url
        self.requests.append(url)

    def _finished(self, told: dict[str, Any]) -> None:
        url = self._addresses.get(told["requestId"], "")
        self.loaded[url] = self.loaded.get(url, 0) + int(told["encodedDataLength"])

    def first_load(self) -> dict[str, Any]:
        """What has been loaded until now: files with their headers, and the desk's data."""
        files = {url: size for url, size in self.loaded.items() if "/v1/" not in url and url.startswith("http")}
        data = sum(size for url, size in self.loaded.items() if "/v1/" in url)
        return {"files": len(files), "file_bytes": sum(files.values()), "data_bytes": data}

    async def list_all(self, rows: int) -> None:
        """The view of all, so many rows of it."""
        await self.page.get_by_role("button", name=re.compile("^All")).first.click()
        while await self.page.locator(".rows li").count() < rows:
            before = await self.page.locator(".rows li").count()
            await self.page.locator(".rows > button").click()
            await self.page.locator(f".rows li:nth-child({before + 1})").wait_for(state="attached")

    async def switch(self, at: int) -> float:
        """Open a row; milliseconds until its thread is painted."""
        return float(await self.page.evaluate("(at) => probe.switched(at)", at))

    async def pressed(self, keys: list[str]) -> list[float]:
        """Press keys; of each the milliseconds until what it did was painted, as Event Timing has it."""
        await self.page.evaluate("() => void (probe.keys.length = 0)")
        for key in keys:
            await self.page.keyboard.press(key)
            await self.page.wait_for_timeout(60)
        await self.page.wait_for_timeout(300)
        slow = await self.page.evaluate("() => probe.keys")
        return sorted([*([16.0] * (len(keys) - len(slow))), *slow])  # what is faster than a frame is not told

    async def memory(self) -> dict[str, float]:
        """Megabytes of the heap and nodes of documents, once all that nobody needs is gone."""
        for _ in range(3):
            await self._devtools.send("HeapProfiler.collectGarbage")
        used = (await self._devtools.send("Runtime.getHeapUsage"))["usedSize"]
        counters = await self._devtools.send("Memory.getDOMCounters")
        return {"heap_mb": round(used / 1e6, 2), "nodes": counters["nodes"], "listeners": counters["jsEventListeners"]}

    async def heard(self, name: int) -> float | None:
        """When a message ``heard NAME`` was painted, in seconds since 1970; None if it was not within five seconds."""
        for _ in range(250):
            at = await self.page.evaluate("(name) => probe.heard[name]", str(name))
            if at and at > 1:
                return float(at) / 1000
            await self.page.wait_for_timeout(20)
        return None
