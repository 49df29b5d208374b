"""The pages over the real server, while the sample call is played into it."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, Protocol

import httpx
import pytest
from playwright.sync_api import Page, expect

from coach.client.replay import replay
from stream.files import read_audio
from tests.recorded import CALL

pytestmark = pytest.mark.browser

EXCERPT_SECONDS = 24
"""The greeting, and the customer's red and itchy arms."""
PATIENCE_MS = 90_000
"""A machine busy with other tests may hear late; what matters here is what comes, not when."""
CONTEXT = {"agent": {"id": "daniel"}, "customer": {"name": "Maria", "role": "patient"}}


class Server(Protocol):
    @property
    def url(self) -> str: ...


@contextmanager
def playing(server: Server, call: str) -> Iterator[None]:
    """The excerpt plays in a thread meanwhile (the browser's loop runs in this one); on
    leaving, every event of the call is out."""
    channels, rate = read_audio(CALL)
    agent, customer = channels[:, : EXCERPT_SECONDS * rate]
    parties = {"agent": agent, "customer": customer}
    with ThreadPoolExecutor(1) as pool:
        played = pool.submit(
            lambda: asyncio.run(replay(server.url, parties, rate=rate, call=call, context=CONTEXT))
        )
        yield
        played.result()


def events(server: Server, call: str) -> list[dict[str, Any]]:
    answer = httpx.get(f"{server.url}/v1/calls/{call}/events")
    answer.raise_for_status()
    found: list[dict[str, Any]] = answer.json()["events"]
    return found


def test_an_unknown_call_is_waited_for(server: Server, browser_page: Page) -> None:
    browser_page.goto(f"{server.url}/agent?call=nobody-yet")
    expect(browser_page.locator("#state")).to_have_text("waiting")
    expect(browser_page.locator("#waiting")).to_contain_text("Waiting for the call")
    expect(browser_page.locator("#mode")).to_have_text("Development mode: no access control")


def test_an_agent_sees_the_words_and_uses_the_nudge(server: Server, browser_page: Page) -> None:
    browser_page.goto(f"{server.url}/agent?call=page-agent")
    with playing(server, "page-agent"):
        row = browser_page.wait_for_selector(".said.partial", timeout=PATIENCE_MS)
        final = "row => row.isConnected && !row.classList.contains('partial')"
        browser_page.wait_for_function(final, arg=row, timeout=PATIENCE_MS)
        expect(browser_page.locator("#name")).to_have_text("Maria")
        expect(browser_page.locator(".nudge").first).to_be_visible(timeout=PATIENCE_MS)
        browser_page.keyboard.press("Enter")
        expect(browser_page.locator("#safety")).to_contain_text(
            re.compile("adverse event", re.IGNORECASE), timeout=PATIENCE_MS
        )
    expect(browser_page.locator("#state")).to_have_text("call over", timeout=PATIENCE_MS)
    updates = [
        e["data"]["state"] for e in events(server, "page-agent") if e["type"] == "nudge.update"
    ]
    assert "done" in updates
    browser_page.get_by_role("link", name="Read the call again").click()
    expect(browser_page.locator("#title")).to_have_text("daniel and Maria")
    expect(browser_page.locator(".said").first).to_be_visible()


def test_a_supervisor_is_called_and_a_lost_link_doubles_nothing(
    server: Server, browser_page: Page
) -> None:
    agent = browser_page.context.new_page()
    browser_page.goto(f"{server.url}/supervisor")
    agent.goto(f"{server.url}/agent?call=page-board")
    with playing(server, "page-board"):
        expect(agent.locator(".said").first).to_be_visible(timeout=PATIENCE_MS)
        browser_page.context.set_offline(True)
        expect(agent.locator("#state")).to_have_text("reconnecting")
        browser_page.context.set_offline(False)
        card = browser_page.locator(".card", has_text="daniel")
        expect(card.locator(".reason")).not_to_be_empty(timeout=PATIENCE_MS)
        expect(browser_page.locator("#counts")).to_contain_text(re.compile("needs? you"))
    expect(agent.locator("#state")).to_have_text("call over", timeout=PATIENCE_MS)
    said = [
        e["data"]["text"]
        for e in events(server, "page-board")
        if e["type"] == "transcript.final" and e["data"]["text"]
    ]
    assert sorted(agent.locator(".said:not(.partial) .words").all_text_contents()) == sorted(said)
