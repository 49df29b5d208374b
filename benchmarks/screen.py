"""The agent's page in a real browser, and when each nudge was painted on it.

A script that runs before the page's own watches the document and every shadow root for
elements with `data-nudge`. One that is new is looked at frame by frame until it can be seen
(opacity above 0, an area of its own), and its moment is the first task after that frame was
painted. The page's clock is related to ours by asking it the time: the answer of the shortest
round trip lies in its middle, off by half of it at most.
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, Page, async_playwright

CHROMIUM = Path("/usr/bin/chromium")
"""Debian's; packages.txt names it."""
VIEW = {"width": 400, "height": 800}
"""CSS pixels of an agent's sidebar."""
TRIPS = 15
"""Questions for the time; the quickest takes about a millisecond."""
PAGE_MS = 30_000
"""For the page to open its socket on a busy machine."""
SETTLE_MS = 1_000
"""From then to the first word, as `coach demo` does it: the socket is open, the page drawn."""
LAST_MS = 500
"""After the call's end, for what is still on its way to the screen."""

WATCH = """
(() => {
  const roots = [], pending = new Set(), known = new Set(), after = new MessageChannel();
  let frame = 0, drawn = [];
  window.coachPainted = [];
  after.port1.onmessage = () => {
    const at = performance.now();
    for (const entry of drawn) window.coachPainted.push({ ...entry, at });
    drawn = [];
  };
  const seen = (element) => {
    const box = element.getBoundingClientRect();
    return box.width > 0 && box.height > 0 && element.checkVisibility({
      opacityProperty: true, visibilityProperty: true, checkOpacity: true,
      checkVisibilityCSS: true,
    });
  };
  const look = () => {
    frame = 0;
    for (const element of pending) {
      const id = element.dataset.nudge;
      const done = !element.isConnected || !id || known.has(id);
      if (!done && !seen(element)) continue;
      pending.delete(element);
      if (done) continue;
      known.add(id);
      drawn.push({ id, rule: element.dataset.rule ?? "", text: element.innerText.slice(0, 200) });
    }
    if (drawn.length) after.port2.postMessage(0);
    if (pending.size) frame = requestAnimationFrame(look);
  };
  const search = () => {
    for (const root of roots)
      for (const element of root.querySelectorAll("[data-nudge]"))
        if (!known.has(element.dataset.nudge)) pending.add(element);
    if (pending.size && !frame) frame = requestAnimationFrame(look);
  };
  const watch = (root) => {
    roots.push(root);
    new MutationObserver(search).observe(root, {
      subtree: true, childList: true, attributes: true, attributeFilter: ["data-nudge", "hidden"],
    });
  };
  const attach = Element.prototype.attachShadow;
  Element.prototype.attachShadow = function (options) {
    const root = attach.call(this, options);
    watch(root);
    return root;
  };
  watch(document);
})();
"""


@dataclass(frozen=True, slots=True)
class Screen:
    """One open page. `offset`: seconds to add to its clock for `time.monotonic()` here."""

    page: Page
    offset: float

    async def painted(self) -> list[dict[str, Any]]:
        """Every nudge seen so far: id, rule, text, and `at` in milliseconds of the page."""
        await self.page.wait_for_timeout(LAST_MS)
        found: list[dict[str, Any]] = await self.page.evaluate("window.coachPainted")
        return found


@asynccontextmanager
async def browsing() -> AsyncIterator[Browser]:
    """A headless Chromium. Raises RuntimeError where it is not installed."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=_chromium(),
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        try:
            yield browser
        finally:
            await browser.close()


@asynccontextmanager
async def showing(browser: Browser, url: str) -> AsyncIterator[Screen]:
    """The page at `url`, its events socket open, in a context of its own."""
    context = await browser.new_context(viewport={"width": VIEW["width"], "height": VIEW["height"]})
    try:
        page = await context.new_page()
        await page.add_init_script(WATCH)
        async with page.expect_websocket(lambda socket: "/events" in socket.url, timeout=PAGE_MS):
            await page.goto(url)
        await page.wait_for_timeout(SETTLE_MS)
        yield Screen(page, await _offset(page))
    finally:
        await context.close()


def _chromium() -> Path:
    if not CHROMIUM.exists():
        raise RuntimeError(f"{CHROMIUM} is absent: install Debian's chromium to see the pages")
    return CHROMIUM


async def _offset(page: Page) -> float:
    """Seconds to add to the page's clock for ours."""
    trips = []
    for _ in range(TRIPS):
        asked = time.monotonic()
        there = float(await page.evaluate("performance.now()")) / 1000
        answered = time.monotonic()
        trips.append((answered - asked, (asked + answered) / 2 - there))
    return min(trips)[1]
