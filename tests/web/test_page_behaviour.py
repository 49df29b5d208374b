"""The pages in a browser, over a network that the test plays: keys, places, reconnects."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.web.scripted import ORIGIN, Script

pytestmark = pytest.mark.browser

MARKUP = "<img src=x onerror=alert(1)>"


def begin(script: Script, call: str = "c", **context: Any) -> None:
    script.say("call.started", 0.0, call, parties=["agent", "customer"], context=context)


def nudge(script: Script, name: str = "a", **more: Any) -> None:
    data = {"id": name, "severity": "advice", "title": "She mentioned a rash.", "expires": 900.0}
    script.say("nudge", 10.0, **{**data, "phrases": ["When did it start?"], **more})


@pytest.fixture
def agent(browser_page: Page, script: Script) -> Page:
    browser_page.goto(f"{ORIGIN}/agent?call=c")
    expect(browser_page.locator("#state")).to_have_text("waiting")
    return browser_page


def test_a_token_leaves_the_address_bar_and_goes_with_the_socket(
    browser_page: Page, script: Script
) -> None:
    browser_page.add_init_script(
        "window.WebSocket = class extends WebSocket { constructor(url, protocols) "
        "{ super(url); window.asked = protocols; } };"
    )
    browser_page.goto(f"{ORIGIN}/agent?call=c&access_token=a.b.c")
    expect(browser_page).to_have_url(f"{ORIGIN}/agent?call=c")
    assert browser_page.evaluate("window.asked") == ["bearer.a.b.c"]


def test_text_is_never_markup(agent: Page, script: Script) -> None:
    begin(script, customer={"name": MARKUP})
    said = {"party": "customer", "utterance": 1, "text": MARKUP, "start": 1.0, "end": 2.0}
    script.say("transcript.final", 2.0, **said)
    nudge(script, title=MARKUP, phrases=[MARKUP])
    expect(agent.locator("#name")).to_have_text(MARKUP)
    expect(agent.locator(".nudge h2")).to_have_text(MARKUP)
    expect(agent.locator(".said .words")).to_have_text(MARKUP)
    assert agent.locator("img").count() == 0


@pytest.mark.parametrize(
    ("key", "state"), [("Enter", "done"), ("Escape", "dismissed"), ("n", "not_useful")]
)
def test_keys_answer_the_nudge(agent: Page, script: Script, key: str, state: str) -> None:
    begin(script)
    nudge(script)
    expect(agent.locator(".nudge h2")).to_have_text("She mentioned a rash.")
    expect(agent.locator("#polite")).to_contain_text("When did it start?")
    agent.keyboard.press(key)
    expect(agent.locator(".nudge")).to_have_count(0)
    assert [(c["id"], c["state"]) for c in script.commands] == [("a", "shown"), ("a", state)]


def test_enter_after_a_click_still_means_used(agent: Page, script: Script) -> None:
    begin(script)
    nudge(script)
    agent.locator("#fold").click()
    agent.keyboard.press("Enter")
    expect(agent.locator(".nudge")).to_have_count(0)
    expect(agent.locator("#fold")).to_have_attribute("aria-expanded", "true")


def test_urgent_differs_by_place_word_and_voice(agent: Page, script: Script) -> None:
    begin(script)
    nudge(script)
    nudge(script, "u", severity="urgent", title="He may be in danger.", phrases=["Are you safe?"])
    band = agent.locator("#urgent .band")
    expect(band).to_have_text("!Urgent")
    assert band.bounding_box() == {"x": 0, "y": 0, "width": 400, "height": 33}
    expect(agent.locator("#assertive")).to_contain_text("Are you safe?")
    expect(agent.locator("#now .nudge")).to_have_count(0)


def test_a_nudge_moves_nothing_that_is_being_read(agent: Page, script: Script) -> None:
    begin(script)
    said = {"party": "customer", "utterance": 1, "text": "My arms.", "start": 1.0, "end": 2.0}
    script.say("transcript.final", 2.0, **said)
    line = agent.locator(".said .words")
    before = line.bounding_box()
    nudge(script)
    expect(agent.locator(".nudge")).to_be_visible()
    assert line.bounding_box() == before


def test_words_of_a_partial_stay_where_they_are(agent: Page, script: Script) -> None:
    begin(script)
    said = {"party": "agent", "utterance": 1, "start": 1.0, "end": 2.0}
    script.say("transcript.partial", 2.0, **said, text="Let me look")
    words = agent.locator(".said.agent .words")
    expect(words).to_have_text("Let me look")
    before = words.bounding_box()
    script.say("transcript.final", 2.0, **said, text="Let me look that up.")
    expect(agent.locator(".said.agent:not(.partial) .words")).to_have_text("Let me look that up.")
    assert words.bounding_box() == before


def test_a_lost_link_goes_on_where_it_was_and_doubles_nothing(agent: Page, script: Script) -> None:
    begin(script)
    said = {"party": "customer", "utterance": 1, "text": "Hello.", "start": 1.0, "end": 2.0}
    final = script.say("transcript.final", 2.0, **said)
    expect(agent.locator(".said")).to_have_count(1)
    script.sockets[-1].close(code=1011)
    expect(agent.locator("#state")).to_have_text("reconnecting")
    expect(agent.locator("#state")).to_have_text("listening")
    script.repeat(final)
    script.say("transcript.final", 4.0, **{**said, "utterance": 2, "text": "Again."})
    expect(agent.locator(".said .words")).to_have_text(["Hello.", "Again."])
    assert script.after == [0, 2]


def test_silence_of_the_network_is_seen_within_three_seconds(
    browser_page: Page, script: Script
) -> None:
    """The socket stays open and says nothing, as when a cable is pulled."""
    browser_page.clock.install()
    browser_page.route_web_socket(lambda url: "/v1/" in url, lambda socket: None)
    browser_page.goto(f"{ORIGIN}/agent?call=c")
    expect(browser_page.locator("#state")).to_have_text("waiting")
    browser_page.clock.run_for(3_500)
    expect(browser_page.locator("#state")).to_have_text("reconnecting")


def test_a_refusal_is_said_and_not_tried_again(browser_page: Page, script: Script) -> None:
    tried: list[Any] = []

    def refuse(socket: Any) -> None:
        tried.append(socket)
        socket.send('{"type":"error","code":"not_allowed","message":"This is not your call."}')
        socket.close(code=4004)

    browser_page.route_web_socket(lambda url: "/v1/" in url, refuse)
    browser_page.clock.install()
    browser_page.goto(f"{ORIGIN}/agent?call=c")
    expect(browser_page.locator("#waiting")).to_contain_text("This is not your call.")
    browser_page.clock.run_for(20_000)
    assert len(tried) == 1


def test_a_flag_raised_offline_is_sent_once_the_link_is_back(agent: Page, script: Script) -> None:
    begin(script)
    expect(agent.locator("#state")).to_have_text("listening")
    agent.clock.install()
    script.sockets[-1].close(code=1011)
    expect(agent.locator("#state")).to_have_text("reconnecting")
    agent.keyboard.press("f")
    expect(agent.locator("#flag")).to_contain_text("once reconnected")
    agent.clock.run_for(3_000)
    expect(agent.locator("#flag")).to_contain_text("Noted at")
    assert [command["kind"] for command in script.commands] == ["adverse_event"]


@pytest.mark.parametrize("width", [320, 400, 1280])
def test_the_column_never_scrolls_sideways(agent: Page, script: Script, width: int) -> None:
    agent.set_viewport_size({"width": width, "height": 720})
    begin(script, customer={"name": "Wolfeschlegelsteinhausenbergerdorff " * 3, "role": "hcp"})
    said = {"party": "customer", "utterance": 1, "text": "so" * 200, "start": 1.0, "end": 2.0}
    script.say("transcript.final", 2.0, **said)
    nudge(script, title="She has " + "very " * 15 + "red arms.", evidence={"text": "red " * 100})
    expect(agent.locator(".nudge")).to_be_visible()
    assert agent.evaluate("document.documentElement.scrollWidth") == width
    assert agent.evaluate("document.documentElement.scrollHeight") == 720


def test_the_supervisor_opens_a_call_and_writes_to_its_agent(
    browser_page: Page, script: Script
) -> None:
    browser_page.set_viewport_size({"width": 1280, "height": 800})
    browser_page.goto(f"{ORIGIN}/supervisor")
    expect(browser_page.locator("#empty")).to_have_text("No live calls.")
    begin(script, agent={"name": "Ana"})
    script.say("signal", 3.0, kind="self_harm", tier="live", party="customer", evidence={})
    expect(browser_page.locator("#counts")).to_have_text("1 live · 1 needs you")
    expect(browser_page.locator(".card.urgent .reason")).to_have_text(
        "Possible thought of self-harm"
    )
    browser_page.locator(".card").click()
    expect(browser_page.locator("#panel")).to_be_visible()
    browser_page.get_by_label("Message to the agent").fill("Stay with him.")
    browser_page.keyboard.press("Enter")
    expect(browser_page.locator("#sent")).to_have_text("Sent.")
    assert [c["text"] for c in script.commands if c["type"] == "message"] == ["Stay with him."]
