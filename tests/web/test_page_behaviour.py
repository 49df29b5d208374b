"""The agent's page in a browser, over a network that the test plays: keys, places, reconnects."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.web.scripted import ASSERTIVE, ORIGIN, POLITE, Script, begin, nudge

pytestmark = pytest.mark.browser

MARKUP = "<img src=x onerror=alert(1)>"


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
    expect(agent.locator(POLITE)).to_contain_text("When did it start?")
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
    expect(agent.locator(ASSERTIVE)).to_contain_text("Are you safe?")
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
    state = browser_page.locator("#state")
    expect(state).to_have_text("waiting")
    # All that it says: the next socket may be there before anybody looks.
    state.evaluate("""state => {
        window.said = [];
        const options = {childList: true, characterData: true, subtree: true};
        new MutationObserver(() => window.said.push(state.textContent)).observe(state, options);
    }""")
    browser_page.clock.run_for(3_000)
    browser_page.wait_for_function("window.said.includes('reconnecting')", timeout=5_000)


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


def test_urgent_stays_until_it_is_answered_and_gives_the_place_back(
    agent: Page, script: Script
) -> None:
    begin(script)
    nudge(script)
    nudge(script, "u", severity="urgent", title="He may be in danger.")
    nudge(script, "b", title="Read back the lot.")
    expect(agent.locator(".nudge")).to_have_attribute("data-nudge", "u")
    agent.get_by_role("button", name="Used").click()
    expect(agent.locator(".nudge")).to_have_attribute("data-nudge", "b")


def test_a_nudge_names_itself_and_its_rule(agent: Page, script: Script) -> None:
    begin(script)
    nudge(script, rule="safety.adverse_event")
    found = agent.locator('agent-coach [data-nudge="a"][data-rule="safety.adverse_event"]')
    expect(found).to_be_visible()


def test_safety_checklist_and_memory_are_there_only_when_there_is_something(
    agent: Page, script: Script
) -> None:
    begin(script)
    expect(agent.locator("#state")).to_have_text("listening")
    expect(agent.locator(".sides section")).to_have_count(0)
    told = {"state": "volunteered", "at": 3.0, "text": "a rash"}
    elements = {"event": told, "reporter": {"state": "not_asked", "at": None, "text": ""}}
    more = {"state": "open", "elements": elements, "missing": ["reporter", "onset"]}
    script.say("case", 3.0, id="k", kind="adverse_event", **more)
    expect(agent.locator(".chip.told")).to_contain_text("event")
    expect(agent.locator(".chip.lacking")).to_have_text(
        ["○ reporter missing", "○ onset missing"], use_inner_text=True
    )
    items = [
        {"id": "n", "text": "Recording notice", "state": "done", "at": 3.0},
        {"id": "r", "text": "Recap", "state": "due", "at": None},
        {"id": "m", "text": "Greeting", "state": "missed", "at": None},
    ]
    script.say("checklist", 3.0, items=items)
    expect(agent.locator(".check")).to_contain_text(["Recap", "Recording notice"])
    lot = {"type": "lot", "value": "B47", "doubtful": True}
    script.say("signal", 4.0, kind="key_fact", tier="review", party="customer", attributes=lot)
    expect(agent.locator("#remember li")).to_have_text("Lot: B47?")


@pytest.mark.parametrize("height", [480, 568, 640, 800])
def test_rows_without_room_go_as_wholes(agent: Page, script: Script, height: int) -> None:
    agent.set_viewport_size({"width": 320, "height": height})
    begin(script)
    elements = {"event": {"state": "volunteered", "at": 3.0, "text": "a rash"}}
    case = {"id": "k", "kind": "adverse_event", "elements": elements, "missing": ["reporter"]}
    script.say("case", 3.0, state="open", **case)
    due = {"text": "Check who you speak with, before any details", "state": "due", "at": None}
    script.say("checklist", 3.0, items=[{"id": "a", **due}, {"id": "b", **due}])
    for number in range(5):
        dose = {"type": "dose", "value": f"{number} mg"}
        script.say("signal", 4.0, kind="key_fact", party="customer", attributes=dose)
    nudge(script)
    expect(agent.locator(".nudge")).to_be_visible()
    cut = agent.locator(".sides").evaluate("sides => sides.scrollHeight > sides.clientHeight")
    assert not cut
    titles = agent.locator(".sides section:visible")
    for number in range(titles.count()):
        assert titles.nth(number).locator("li:visible").count() > 0


def test_a_message_is_said_politely_and_put_away(agent: Page, script: Script) -> None:
    begin(script)
    script.say("message", 5.0, **{"from": "supervisor", "to": "agent", "text": "I am with you."})
    expect(agent.locator("#message .text")).to_have_text("I am with you.")
    expect(agent.locator(POLITE)).to_contain_text("I am with you.")
    agent.get_by_role("button", name="Put away").click()
    expect(agent.locator("#message")).to_have_count(0)


def test_the_transcript_is_searched(agent: Page, script: Script) -> None:
    begin(script)
    for number, text in enumerate(["The fridge is broken.", "Hello.", "Is a warm fridge bad?"], 1):
        said = {"party": "customer", "utterance": number, "text": text}
        script.say("transcript.final", number * 2.0, **said, start=number * 2.0, end=number * 2.0)
    expect(agent.locator(".said")).to_have_count(3)
    agent.keyboard.press("/")
    agent.keyboard.type("fridge")
    expect(agent.locator(".said mark")).to_have_text(["fridge", "fridge"])
    agent.keyboard.press("Escape")
    expect(agent.locator(".said")).to_have_count(3)


def test_keys_are_left_to_who_is_typing_elsewhere(agent: Page, script: Script) -> None:
    """The component stands in somebody's page, whose fields are none of its business."""
    begin(script)
    nudge(script)
    expect(agent.locator(".nudge")).to_be_visible()
    agent.evaluate("document.body.append(document.createElement('input'))")
    agent.locator("body > input").focus()
    agent.keyboard.type("n t f")
    expect(agent.locator("body > input")).to_have_value("n t f")
    expect(agent.locator(".nudge")).to_be_visible()


def test_components_work_in_any_page(browser_page: Page, script: Script) -> None:
    crm = (
        f'<title>CRM</title><script src="{ORIGIN}/ui/coach.js" defer></script>'
        f'<agent-coach call="c" token="a.b" base="{ORIGIN}"></agent-coach>'
    )
    browser_page.route(
        "http://crm.test/", lambda route: route.fulfill(body=crm, content_type="text/html")
    )
    browser_page.goto("http://crm.test/")
    expect(browser_page.locator("#state")).to_have_text("waiting")
    assert script.sockets[-1].url == "ws://coach.test/v1/calls/c/events?after=0"
    begin(script, customer={"name": "Maria"})
    expect(browser_page.locator("#name")).to_have_text("Maria")
    assert browser_page.title() == "CRM"
