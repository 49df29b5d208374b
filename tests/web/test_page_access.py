"""Whether everybody can use the pages: axe-core over each state, in light and in dark."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.conftest import ROOT
from tests.web.scripted import ORIGIN, Script, serve_files

pytestmark = pytest.mark.browser

AXE = ROOT / "web" / "ui" / "node_modules" / "axe-core" / "axe.min.js"
BAD = {"serious", "critical"}

Scene = Callable[[Page, Script], None]


def waiting(page: Page, _script: Script) -> None:
    page.goto(f"{ORIGIN}/agent?call=c")
    expect(page.locator("#state")).to_have_text("waiting")


def talking(page: Page, script: Script, call: str = "c") -> None:
    """A call with something of everything."""
    people = {"agent": {"id": "ana", "team": "north"}, "customer": {"name": "Maria"}}
    script.number = 0
    script.say("call.started", 0.0, call, parties=["agent", "customer"], context=people)
    for second in range(1, 12):
        script.say("pacing.live", second, call, party="customer", syllables_per_s=4.0)
        script.say("tone", second, call, party="customer", window=[0, second], tension=0.6)
    said = {"party": "customer", "utterance": 1, "text": "My arms are red.", "start": 3.0}
    script.say("transcript.final", 4.0, call, **said, end=4.0)
    quote = {"text": "arms are red", "start": 3.0, "end": 4.0}
    signal = {"kind": "adverse_event", "tier": "live", "party": "customer", "evidence": quote}
    script.say("signal", 4.0, call, **signal)
    elements = {"event": {"state": "volunteered", "at": 4.0, "text": "red"}}
    case = {"id": "k", "kind": "adverse_event", "state": "open", "elements": elements}
    script.say("case", 4.0, call, **case, missing=["reporter"])
    items = [{"id": "r", "text": "Recap", "state": "due", "at": None}]
    script.say("checklist", 5.0, call, items=items)
    lot = {"type": "lot", "value": "B47", "doubtful": True}
    script.say("signal", 5.0, call, kind="key_fact", party="customer", attributes=lot)
    script.say("message", 6.0, call, **{"from": "supervisor", "text": "I am listening in."})


def nudged(page: Page, script: Script, severity: str = "advice") -> None:
    waiting(page, script)
    talking(page, script)
    nudge = {"id": "a", "title": "She mentioned a rash.", "severity": severity, "expires": 900.0}
    script.say("nudge", 12.0, **nudge, phrases=["When did it start?"], reason="Because.")
    expect(page.locator(".nudge")).to_be_visible()
    page.keyboard.press("t")


def urgent(page: Page, script: Script) -> None:
    nudged(page, script, "urgent")
    expect(page.locator("#urgent .band")).to_be_visible()


def over(page: Page, script: Script) -> None:
    waiting(page, script)
    talking(page, script)
    script.say("call.ended", 20.0, duration=20.0)
    expect(page.locator("#state")).to_have_text("call over")


def table_of_pace(page: Page, script: Script) -> None:
    waiting(page, script)
    talking(page, script)
    page.get_by_role("button", name="Pace as a table").press("Enter")
    expect(page.locator("#pace table")).to_be_visible()


def board(page: Page, script: Script, view: str = "cards") -> None:
    page.set_viewport_size({"width": 1280, "height": 800})
    page.goto(f"{ORIGIN}/supervisor?view={view}")
    expect(page.locator("#state")).to_have_text("live")
    talking(page, script, "a")
    talking(page, script, "b")
    signal = {"kind": "emergency", "tier": "live", "party": "customer", "evidence": {}}
    script.say("signal", 12.0, "b", **signal)
    expect(page.locator("#counts")).to_contain_text("2 live")


def table(page: Page, script: Script) -> None:
    board(page, script, "table")


def opened(page: Page, script: Script) -> None:
    board(page, script)
    page.locator(".card .name").first.click()
    expect(page.locator("#panel-state")).to_have_text("waiting")
    talking(page, script, "b")
    expect(page.locator("#panel-state")).to_contain_text("listening")


def phone(page: Page, script: Script) -> None:
    page.goto(f"{ORIGIN}/softphone?call=c")
    expect(page.locator("#use-microphone")).to_be_visible()
    talking(page, script)
    expect(page.locator("#transcript .said")).to_be_visible()


def hung_up(page: Page, script: Script) -> None:
    phone(page, script)
    script.say("call.ended", 20.0, duration=20.0)
    expect(page.locator("#after")).to_be_visible()


SCENES: list[Scene] = [
    waiting,
    nudged,
    urgent,
    over,
    table_of_pace,
    board,
    table,
    opened,
    phone,
    hung_up,
]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.__name__)
def test_axe_finds_nothing_serious(chromium: Browser, scene: Scene, scheme: Any) -> None:
    # No fades: axe must not measure a colour on its way.
    context = chromium.new_context(
        viewport={"width": 400, "height": 800}, color_scheme=scheme, reduced_motion="reduce"
    )
    page, script = context.new_page(), Script()
    page.route(f"{ORIGIN}/**", serve_files)
    page.route_web_socket(lambda url: "/v1/" in url, script.accept)
    scene(page, script)
    page.evaluate(AXE.read_text())
    found = page.evaluate("axe.run({ resultTypes: ['violations'] })")["violations"]
    context.close()
    bad = [
        (fault["id"], node["target"], node.get("failureSummary"))
        for fault in found
        if fault["impact"] in BAD
        for node in fault["nodes"]
    ]
    assert bad == []


def test_live_regions_are_in_the_page_itself(browser_page: Page, script: Script) -> None:
    """Those inside shadow roots are not heard by every screen reader."""
    waiting(browser_page, script)
    regions = browser_page.evaluate(
        "[...document.body.children].filter((node) => node.dataset.coachLive)"
        ".map((node) => node.getAttribute('aria-live'))"
    )
    assert sorted(regions) == ["assertive", "polite"]


def test_with_reduced_motion_nothing_fades(chromium: Browser) -> None:
    context = chromium.new_context(reduced_motion="reduce")
    page, script = context.new_page(), Script()
    page.route(f"{ORIGIN}/**", serve_files)
    page.route_web_socket(lambda url: "/v1/" in url, script.accept)
    nudged(page, script)
    name = page.locator(".nudge").evaluate("node => getComputedStyle(node).animationName")
    context.close()
    assert name == "none"
