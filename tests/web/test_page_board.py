"""The supervisor's page in a browser, over a network that the test plays."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.web.scripted import ASSERTIVE, ORIGIN, Script, begin, nudge

pytestmark = pytest.mark.browser


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


def test_the_supervisor_sees_the_agents_view_and_answers_nothing_in_it(
    browser_page: Page, script: Script
) -> None:
    browser_page.set_viewport_size({"width": 1280, "height": 800})
    browser_page.goto(f"{ORIGIN}/supervisor?call=c")
    expect(browser_page.locator("#panel")).to_be_visible()
    expect(browser_page.locator("#panel-state")).to_have_text("waiting")
    begin(script, agent={"name": "Ana"}, customer={"name": "Tom"})
    nudge(script)
    view = browser_page.locator("agent-coach")
    expect(view.locator(".nudge h2")).to_have_text("She mentioned a rash.")
    expect(view.get_by_role("button", name="Used")).to_be_disabled()
    browser_page.keyboard.press("n")
    browser_page.get_by_role("button", name="Take").click()
    script.say("note", 12.0, **{"from": "supervisor", "by": "sam", "text": "On this call."})
    expect(browser_page.locator("#panel-state")).to_have_text("listening · sam is on it")
    browser_page.get_by_label("Note, for the record").fill("Ask for the lot.")
    browser_page.get_by_role("button", name="Keep").click()
    expect(browser_page.locator("#noted")).to_have_text("Kept.")
    notes = [(c["type"], c["text"]) for c in script.commands]
    assert notes == [("note", "On this call."), ("note", "Ask for the lot.")]
    browser_page.keyboard.press("Escape")
    expect(browser_page.locator("#panel")).to_have_count(0)
    expect(browser_page).to_have_url(f"{ORIGIN}/supervisor")


def board_of_three(script: Script) -> None:
    for call, team in (("a", "north"), ("b", "north"), ("c", "south")):
        script.number = 0
        agent = {"name": f"Agent {call}", "team": team}
        begin(script, call, agent=agent, customer={"name": "Maria"})
        said = {"party": "customer", "utterance": 1, "text": "Hello there.", "start": 1.0}
        script.say("transcript.final", 2.0, call, **said, end=2.0)


def test_no_card_moves_under_the_pointer(browser_page: Page, script: Script) -> None:
    browser_page.goto(f"{ORIGIN}/supervisor")
    expect(browser_page.locator("#state")).to_have_text("live")
    board_of_three(script)
    names = browser_page.locator(".card .name")
    expect(names).to_have_text(["Agent a", "Agent b", "Agent c"])
    browser_page.locator(".card").first.hover()
    script.say("signal", 3.0, "c", kind="emergency", tier="live", party="customer", evidence={})
    expect(browser_page.locator(".card.urgent")).to_be_visible()
    expect(names).to_have_text(["Agent a", "Agent b", "Agent c"])
    browser_page.mouse.move(1, 1)
    expect(names).to_have_text(["Agent c", "Agent a", "Agent b"])
    expect(browser_page.locator(ASSERTIVE)).to_have_text("Urgent, Agent c: Possible emergency")


def test_the_wall_has_no_personal_words_and_the_table_every_call(
    browser_page: Page, script: Script
) -> None:
    browser_page.goto(f"{ORIGIN}/supervisor?view=wall")
    expect(browser_page.locator("#state")).to_have_text("live")
    board_of_three(script)
    told = {"audience": "both", "severity": "urgent", "title": "Maria said: my arms"}
    script.say("nudge", 3.0, "c", id="u", expires=90.0, **told)
    expect(browser_page.locator(".card")).to_have_count(3)
    expect(browser_page.locator(".card.urgent .reason")).to_have_text("Needs you now")
    expect(browser_page.locator("supervisor-board")).not_to_contain_text("Maria")
    expect(browser_page.locator("supervisor-board")).not_to_contain_text("Hello")
    browser_page.get_by_role("button", name="Table").click()
    expect(browser_page.locator(".calls tbody tr")).to_have_count(3)
    browser_page.get_by_label("Team").select_option("south")
    expect(browser_page.locator(".calls .name")).to_have_text("Agent c")
    expect(browser_page).to_have_url(f"{ORIGIN}/supervisor?view=table&team=south")


def test_escape_leaves_the_field_before_the_call(browser_page: Page, script: Script) -> None:
    browser_page.goto(f"{ORIGIN}/supervisor?call=c")
    field = browser_page.get_by_label("Message to the agent")
    field.fill("Half a")
    browser_page.keyboard.press("Escape")
    expect(field).to_have_value("Half a")
    expect(field).not_to_be_focused()
    browser_page.keyboard.press("Escape")
    expect(browser_page.locator("#panel")).to_have_count(0)
