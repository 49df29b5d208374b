"""People on the pages over a real server, store and bus, without models: who sees what, a message
and an answer between screens, a server that is killed, a page that sits behind."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Coroutine, Iterator
from pathlib import Path
from typing import Any, TypeVar

import pytest
import uvicorn
from playwright.sync_api import Browser, ConsoleMessage, Page, expect

from coach.events import Draft
from stream.audio import CallId
from tests.stream.serving import HANG
from tests.web.house import CONTEXT, SOUTH, House, final, open_house
from web.server import create_app

pytestmark = pytest.mark.browser

OFFLINE_MS = 3_000
"""A page says within this time that it has lost its server."""
BEHIND = 400
"""Utterances that are said while a page is busy with something else."""

T = TypeVar("T")


class Home(threading.Thread):
    """A house in a loop of its own, since the browser's runs in the test's thread."""

    def __init__(self, folder: Path) -> None:
        super().__init__(name="house")
        self._folder = folder
        self._up = threading.Event()
        self._leave: asyncio.Event | None = None
        self.fault: BaseException | None = None

    def run(self) -> None:
        try:
            asyncio.run(self._live())
        except BaseException as fault:  # told to the test in `opened` and `close`
            self.fault = fault
        finally:
            self._up.set()

    async def _live(self) -> None:
        self.loop = asyncio.get_running_loop()
        self._leave = asyncio.Event()
        async with open_house(self._folder) as self.house:
            self._up.set()
            await self._leave.wait()

    def opened(self) -> Home:
        self.start()
        self._up.wait()
        if self.fault is not None:
            raise self.fault
        return self

    def close(self) -> None:
        assert self._leave is not None
        self.loop.call_soon_threadsafe(self._leave.set)
        self.join()
        if self.fault is not None:
            raise self.fault

    def begin(self, coroutine: Coroutine[Any, Any, T]) -> Any:
        """Run it over there; gives a future."""
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop)

    def do(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Run it over there, until it is done."""
        result: T = self.begin(coroutine).result(HANG)
        return result


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    home = Home(tmp_path).opened()
    yield home
    home.close()


@pytest.fixture
def screens(chromium: Browser) -> Iterator[Screens]:
    screens = Screens(chromium)
    yield screens
    screens.close()


class Screens:
    """Pages of people who share nothing: each has a context of its own."""

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self._contexts: list[Any] = []
        self.errors: list[str] = []

    def open(self, url: str) -> Page:
        context = self._browser.new_context(viewport={"width": 1280, "height": 800})
        self._contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("console", self._hear)
        page.goto(url)
        return page

    def _hear(self, said: ConsoleMessage) -> None:
        """The server's policy forbids inline styles and scripts: ours have none."""
        if "Content Security Policy" in said.text:
            self.errors.append(said.text)

    def close(self) -> None:
        for context in self._contexts:
            context.close()
        assert not self.errors


def agents_page(house: House, call: str, subject: str, address: str = "") -> str:
    token = house.token("agent", subject)
    return f"http://{address or house.address}/agent?call={call}#access_token={token}"


def nudge() -> Draft:
    data = {"id": "n1", "title": "She mentioned a rash.", "severity": "advice", "rule": "r"}
    return Draft("nudge", 3.0, {**data, "audience": "agent", "expires": 900.0}, "nudge:n1")


def test_two_agents_never_see_each_others_calls(home: Home, screens: Screens) -> None:
    house = home.house
    one = home.do(house.begin("one", CONTEXT))
    two = home.do(house.begin("two", SOUTH))
    home.do(house.say(one, final(1, "I am Maria.")))
    home.do(house.say(two, final(1, "I am Tom.")))
    ada = screens.open(agents_page(house, "one", "ada"))
    ben = screens.open(agents_page(house, "two", "ben"))
    curious = screens.open(agents_page(house, "two", "ada"))
    expect(ada.locator(".said .words")).to_have_text(["I am Maria."])
    expect(ben.locator(".said .words")).to_have_text(["I am Tom."])
    expect(curious.locator("#waiting")).to_contain_text("may not show the call")
    home.do(house.say(two, final(2, "Only for Ben.", start=5.0)))
    expect(ben.locator(".said")).to_have_count(2)
    expect(ada.locator(".said")).to_have_count(1)
    expect(curious.locator(".said")).to_have_count(0)


def test_a_message_reaches_the_agent_and_an_answer_every_screen(
    home: Home, screens: Screens
) -> None:
    house = home.house
    call = home.do(house.begin("one", CONTEXT))
    first = screens.open(agents_page(house, "one", "ada"))
    second = screens.open(agents_page(house, "one", "ada"))
    token = house.token("supervisor", "sam", team="north")
    board = screens.open(f"http://{house.address}/supervisor#access_token={token}")
    expect(board.locator("#counts")).to_have_text("1 live")
    home.do(house.say(call, nudge()))
    for page in (first, second):
        expect(page.locator(".nudge")).to_be_visible()
    first.keyboard.press("Enter")
    for page in (first, second):
        expect(page.locator(".nudge")).to_have_count(0)
    board.locator(".card .name").click()
    board.get_by_label("Message to the agent").fill("Well done.")
    board.keyboard.press("Enter")
    expect(board.locator("#sent")).to_have_text("Sent.")
    for page in (first, second):
        expect(page.locator("#message .text")).to_have_text("Well done.")
    board.get_by_role("button", name="Take").click()
    expect(board.locator(".taken")).to_have_text("sam is on it")


def test_a_killed_server_leaves_no_hole(home: Home, screens: Screens) -> None:
    house = home.house
    call = home.do(house.begin("one", CONTEXT))
    home.do(house.say(call, final(1, "Before.")))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    server = home.do(listening(house, port))
    page = screens.open(agents_page(house, "one", "ada", f"127.0.0.1:{port}"))
    expect(page.locator(".said .words")).to_have_text(["Before."])
    home.do(killed(*server))
    expect(page.locator("#state")).to_have_text("reconnecting", timeout=OFFLINE_MS)
    home.do(house.say(call, final(2, "Meanwhile.", start=5.0)))
    page.keyboard.press("f")
    server = home.do(listening(house, port))
    expect(page.locator("#state")).to_have_text("listening", timeout=HANG * 1000)
    home.do(house.say(call, final(3, "After.", start=9.0)))
    expect(page.locator(".said .words")).to_have_text(["Before.", "Meanwhile.", "After."])
    expect(page.locator(".note")).to_contain_text(["Adverse event noted by a person"])
    home.do(killed(*server))


async def listening(house: House, port: int) -> tuple[uvicorn.Server, asyncio.Task[None]]:
    """One more server of the same house, on this port, up."""
    config = uvicorn.Config(
        create_app(house.services()),
        port=port,
        ws="websockets-sansio",
        log_config=None,
        access_log=False,
        lifespan="off",
        timeout_graceful_shutdown=0,
    )
    server = uvicorn.Server(config)
    # Bound here, so that it listens before the server starts and nobody waits for it.
    task = asyncio.create_task(server.serve([socket.create_server(("127.0.0.1", port))]))
    return server, task


async def killed(server: uvicorn.Server, task: asyncio.Task[None]) -> None:
    server.should_exit = server.force_exit = True
    await task


def test_a_page_that_sits_behind_catches_up(home: Home, screens: Screens) -> None:
    house = home.house
    call = home.do(house.begin("one", CONTEXT))
    page = screens.open(agents_page(house, "one", "ada"))
    expect(page.locator("#state")).to_have_text("listening")
    telling = home.begin(flood(house, call))
    page.evaluate("() => { const end = Date.now() + 1500; while (Date.now() < end); }")
    telling.result(HANG)
    expect(page.locator(".said")).to_have_count(BEHIND)
    expect(page.locator(".said .words").last).to_have_text(f"Word {BEHIND}.")


async def flood(house: House, call: CallId) -> None:
    for number in range(1, BEHIND + 1):
        await house.say(call, final(number, f"Word {number}.", start=float(number)))
