"""The softphone page: Chromium, whose microphone is a file, calls a real server by WebRTC."""

from __future__ import annotations

import wave
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from playwright.sync_api import Page, Response, expect, sync_playwright

from stream.files import read_audio
from tests.conftest import RunningServer, running
from tests.recorded import CALL
from tests.web.conftest import CHROMIUM
from tests.web.test_pages import PATIENCE_MS, events
from web.pages import NOT_BUILT, STATIC

pytestmark = pytest.mark.browser

SECONDS = 12
"""Of the sample call: the greeting of the agent, and what the customer answers."""
TAB = "A call in a tab"
"""Title of the tab whose sound is shared."""
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--autoplay-policy=no-user-gesture-required",
    "--use-fake-ui-for-media-stream",
    "--use-fake-device-for-media-stream",
    f"--auto-select-tab-capture-source-by-title={TAB}",
]

Dial = Callable[[str], Page]
"""A page of a browser of its own, whose microphone hears that party of the sample call."""


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """A server that waits very long for a sender who vanished: so a call that ends was ended."""
    environ = {
        "COACH_DATA_DIR": str(tmp_path_factory.mktemp("office")),
        "COACH_CALL_REJOIN_SECONDS": "3600",
        "COACH_CALL_LIMIT": "16",
    }
    with running(environ) as server:
        yield server


@pytest.fixture(scope="module")
def voices(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Files of the agent's and the customer's voice."""
    channels, rate = read_audio(CALL)
    folder = tmp_path_factory.mktemp("voices")
    files = {}
    for party, samples in zip(("agent", "customer"), channels, strict=True):
        files[party] = folder / f"{party}.wav"
        with wave.open(str(files[party]), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(rate)
            whole = samples[: SECONDS * rate] * np.iinfo(np.int16).max
            file.writeframes(whole.astype("<i2").tobytes())
    return files


@pytest.fixture
def dial(voices: dict[str, Path]) -> Iterator[Dial]:
    if not CHROMIUM.exists():
        pytest.skip(f"{CHROMIUM} is absent: install Debian's chromium to test the pages")
    if not STATIC.is_dir():
        pytest.fail(NOT_BUILT)
    errors: list[str] = []
    with ExitStack() as open_, sync_playwright() as playwright:

        def opened(party: str) -> Page:
            microphone = f"--use-file-for-fake-audio-capture={voices[party]}"
            browser = playwright.chromium.launch(
                executable_path=CHROMIUM, args=[*FLAGS, microphone]
            )
            open_.callback(browser.close)
            page = browser.new_context(viewport={"width": 400, "height": 800}).new_page()
            page.set_default_timeout(PATIENCE_MS)
            page.on("pageerror", lambda error: errors.append(str(error)))
            return page

        yield opened
        open_.close()
    assert not errors, errors


def call(page: Page, server: RunningServer, name: str, side: str = "agent") -> None:
    """Open the softphone and speak."""
    page.goto(f"{server.url}/softphone?call={name}&side={side}")
    page.locator("#use-microphone").click()
    expect(page.locator("#state")).to_have_text("listening", timeout=PATIENCE_MS)


def words_of(server: RunningServer, name: str, party: str) -> str:
    finals = [e["data"] for e in events(server, name) if e["type"] == "transcript.final"]
    return " ".join(final["text"] for final in finals if final["party"] == party).lower()


def wait_for(page: Page, wanted: Callable[[], bool]) -> None:
    """Until it is so; the browser's events are taken in meanwhile."""
    for _ in range(PATIENCE_MS // 100):
        if wanted():
            return
        page.wait_for_timeout(100)
    pytest.fail("what the test waits for never came")


def ended(server: RunningServer, name: str) -> dict[str, Any] | None:
    last = events(server, name)[-1]
    return last if last["type"] == "call.ended" else None


@pytest.mark.parametrize("handlers", [True, False], ids=["closed", "killed"])
def test_a_tab_calls_and_is_closed(dial: Dial, office: RunningServer, handlers: bool) -> None:
    """What is said appears; with the tab the call ends, whether its page still runs or not."""
    name = f"tab-{handlers}"
    page = dial("agent")
    call(page, office, name)
    expect(page.locator("#transcript .said.agent").first).to_contain_text(
        "Thank you for calling", timeout=PATIENCE_MS
    )
    expect(page.locator("#mine .loss")).to_contain_text("lost on the way")
    other = page.context.new_page()
    page.close(run_before_unload=handlers)
    wait_for(other, lambda: ended(office, name) is not None)
    assert "thank you for calling" in words_of(office, name, "agent")


def test_two_browsers_make_one_call(dial: Dial, office: RunningServer) -> None:
    agent, customer = dial("agent"), dial("customer")
    call(agent, office, "two")
    agent.context.grant_permissions(["clipboard-read", "clipboard-write"])
    agent.locator("#invite").click()
    expect(agent.locator("#invite")).to_have_text("Copied")
    customer.goto(agent.evaluate("navigator.clipboard.readText()"))
    customer.locator("#use-microphone").click()
    expect(agent.locator("#transcript .said.customer").first).to_contain_text(
        "injector", timeout=PATIENCE_MS
    )
    expect(customer.locator("#transcript .said.agent").first).to_contain_text("Thank you")
    customer.locator("#hang-up").click()
    expect(customer.locator("#state")).to_have_text("listening")  # the agent is on it still
    agent.locator("#hang-up").click()
    expect(agent.locator("#after")).to_contain_text("This call is over")
    expect(customer.locator("#after")).to_be_visible()
    agent.locator("#new-call").click()
    expect(agent.locator("#state")).to_have_text("not calling")
    roles = {
        e["data"]["party"]: e["data"]["role"]
        for e in events(office, "two")
        if e["type"] == "party.joined"
    }
    assert roles == {"agent": "agent", "customer": "customer"}


def test_a_tab_is_the_other_side(dial: Dial, office: RunningServer) -> None:
    page = dial("customer")
    heard = page.context.new_page()
    heard.set_content(f"<title>{TAB}</title>")
    page.bring_to_front()
    page.goto(f"{office.url}/softphone?call=shared")
    page.locator("#share-tab").click()
    expect(page.locator("#theirs .mute")).to_be_visible()
    expect(page.locator("#state")).to_have_text("listening")
    page.locator("#theirs .mute").click()
    expect(page.locator("#theirs .mute")).to_have_text("Unmute")
    (joined,) = [e for e in events(office, "shared") if e["type"] == "party.joined"]
    assert joined["data"]["party"] == "customer"
    page.locator("#hang-up").click()
    expect(page.locator("#after")).to_be_visible()


def test_a_connection_that_breaks_is_made_anew(dial: Dial, office: RunningServer) -> None:
    page = dial("agent")
    other = page.context.new_page()
    call(other, office, "broken", "customer")
    asked: list[str] = []
    sessions: list[str] = []

    def seen(response: Response) -> None:
        if response.request.method == "POST":
            asked.append(response.url)
            sessions.append(response.headers["location"])

    page.on("response", seen)
    call(page, office, "broken")
    wait_for(page, lambda: len(sessions) == 1)  # the other side is heard before
    expect(page.locator("#mine .loss")).to_contain_text("lost on the way", timeout=PATIENCE_MS)
    httpx.delete(office.url + sessions[0]).raise_for_status()
    wait_for(page, lambda: len(sessions) == 2)
    assert asked[1].endswith("?resume=" + sessions[0].rpartition("/")[2])
    expect(page.locator("#state")).to_have_text("listening", timeout=PATIENCE_MS)
    kinds = [
        e["type"]
        for e in events(office, "broken")
        if e["type"].startswith("party.") and e["data"]["party"] == "agent"
    ]
    assert kinds == ["party.joined", "party.left", "party.joined"]


def test_who_is_refused_is_told_why(dial: Dial, office: RunningServer) -> None:
    page, second = dial("agent"), dial("customer")
    call(page, office, "taken")
    second.goto(f"{office.url}/softphone?call=taken")
    second.locator("#use-microphone").click()
    expect(second.locator("#mine .trouble")).to_contain_text("already on another socket")
    expect(second.locator("#use-microphone")).to_be_enabled()
