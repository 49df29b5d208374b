"""The call at one process, its pages at another, and Redis between them going away."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, WebSocket, expect

from tests.two_processes import Two, two_processes
from tests.web.test_pages import PATIENCE_MS, events, playing

pytestmark = pytest.mark.browser

CALL = "pages-elsewhere"
OUTAGE_MS = 10_000


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Two]:
    with two_processes(tmp_path_factory.mktemp("elsewhere")) as running:
        yield running


class Reader:
    """A page of its own context, and the call's durable events that reached it."""

    def __init__(self, browser: Browser, url: str) -> None:
        self.page: Page = browser.new_context(viewport={"width": 1000, "height": 800}).new_page()
        self.found: dict[int, dict[str, Any]] = {}
        self.page.on("websocket", self._listen)
        self.page.goto(url)

    def _listen(self, socket: WebSocket) -> None:
        socket.on("framereceived", self._take)

    def _take(self, frame: str | bytes) -> None:
        event = json.loads(frame)
        if event.get("call") == CALL and "n" in event:
            self.found[event["n"]] = event


def test_pages_elsewhere_lose_nothing_while_redis_is_away(two: Two, chromium: Browser) -> None:
    agent = Reader(chromium, f"{two.far.url}/agent?call={CALL}")
    board = Reader(chromium, f"{two.far.url}/supervisor")
    with playing(two.near, CALL):
        expect(agent.page.locator(".said").first).to_be_visible(timeout=PATIENCE_MS)
        expect(board.page.locator(".card", has_text="daniel")).to_be_visible()
        two.redis.stop()
        agent.page.wait_for_timeout(OUTAGE_MS)  # the browser's events are taken meanwhile
        two.redis.start()
    expect(agent.page.locator("#state")).to_have_text("call over", timeout=PATIENCE_MS)
    stored = {event["n"]: event for event in events(two.near, CALL)}
    assert [*stored] == [*range(1, len(stored) + 1)]
    finals = [e["data"]["text"] for e in stored.values() if e["type"] == "transcript.final"]
    shown = agent.page.locator(".said:not(.partial) .words")
    assert sorted(shown.all_text_contents()) == sorted(filter(None, finals))
    expect(board.page.locator(".card", has_text="daniel")).to_have_count(0)
    for reader in (agent, board):
        assert reader.found == stored
        reader.page.context.close()
