"""The pages' view models: calls, nudges and the board, without any page around them."""

from __future__ import annotations

import pytest

from tests.web.scripted import Evaluate

pytestmark = pytest.mark.browser

CALL = """
const { Call, callState } = await import("/ui/call.js");
const call = new Call("c", { self: true });
let n = 0;
const say = (type, at, data, number = ++n) =>
  call.apply({ v: 1, call: "c", type, at, ts: "", data, n: number ?? undefined }, at * 1000);
const part = (type, utterance, text, start, end) => say(type, end,
  { party: "customer", utterance, text, start, end, words: [] },
  type === "transcript.partial" ? null : ++n);
"""
NUDGES = """
const { Nudges, Screen } = await import("/ui/nudges.js");
const nudges = new Nudges();
const screen = new Screen();
const add = (id, at, more = {}) =>
  nudges.add({ at, data: { id, title: id, expires: at + 30, ...more } });
const seen = (clock) => screen.choose(nudges, clock, clock * 1000)?.id ?? null;
"""
BOARD = """
const { Board, need } = await import("/ui/board.js");
const board = new Board();
const numbers = {};
const say = (call, type, at = 1, data = {}) => board.apply({ v: 1, call, type, at,
  ts: `2026-11-22T04:00:0${at}Z`, data, n: numbers[call] = (numbers[call] ?? 0) + 1 }, 0);
const start = (call) => say(call, "call.started", 0, { started: `2026-11-22T04:00:0${call}Z` });
const alert = (call, at, kind = "adverse_event") => say(call, "signal", at,
  { kind, tier: "live", party: "customer", evidence: { text: "a rash", start: 1, end: 2 } });
const order = (held) => board.arrange(held, 0).map((call) => call.id).join("");
"""


def test_a_durable_event_counts_once_and_the_first_hole_is_where_to_go_on(
    evaluate: Evaluate,
) -> None:
    applied = evaluate(
        CALL + 'return [1, 2, 2, 5, 4, 1].map((n) => [say("note", n, {}, n), call.after]);'
    )
    assert applied == [[True, 1], [True, 2], [False, 2], [True, 2], [True, 2], [False, 2]]


def test_a_partial_becomes_its_final_in_place(evaluate: Evaluate) -> None:
    lines = evaluate(
        CALL
        + """
        part("transcript.partial", 1, "my arms", 5, 6);
        const line = call.transcript.lines[0];
        part("transcript.final", 2, "later", 8, 9);
        part("transcript.final", 1, "My arms are red.", 4.9, 7);
        part("transcript.partial", 1, "too late", 5, 7);
        return call.transcript.lines.map((l) => [l.text, l.final, l === line]);
        """
    )
    assert lines == [["My arms are red.", True, True], ["later", True, False]]


def test_an_empty_final_takes_its_line_away_for_good(evaluate: Evaluate) -> None:
    count = evaluate(
        CALL
        + """
        part("transcript.partial", 1, "thanks for watching", 5, 6);
        part("transcript.final", 1, "", 5, 6);
        part("transcript.partial", 1, "thanks", 5, 6);
        return call.transcript.lines.length;
        """
    )
    assert count == 0


def test_the_review_tier_interrupts_nobody(evaluate: Evaluate) -> None:
    kinds = evaluate(
        CALL
        + """
        say("signal", 3, { kind: "adverse_event", tier: "review", party: "customer" });
        say("signal", 4, { kind: "self_harm", tier: "live", party: "customer" });
        return call.signals.map((signal) => signal.kind);
        """
    )
    assert kinds == ["self_harm"]


@pytest.mark.parametrize(
    ("events", "word"),
    [
        ("", "listening"),
        ('say("delay", 5, { seconds: 3.2 });', "delayed 3 s"),
        ('say("gap", 5, { reason: "paused" });', "paused"),
        ('say("quality", 5, { kind: "safety_detection_off" });', "safety detection off"),
        ('say("quality", 5, { kind: "one_way_audio", party: "agent" });', "Your line is silent"),
        ('say("call.ended", 5, { duration: 5 });', "call over"),
    ],
)
def test_the_state_in_a_word(evaluate: Evaluate, events: str, word: str) -> None:
    start = 'say("call.started", 0, { parties: ["agent", "customer"], context: {} });'
    state = evaluate(f'{CALL}{start}{events} return callState(call, "open").word;')
    assert state == word


@pytest.mark.parametrize(
    ("parties", "mixed"),
    [('["agent", "customer"]', False), ('[{ id: "line", role: "unknown" }]', True)],
)
def test_one_mixed_channel_is_known(evaluate: Evaluate, parties: str, mixed: bool) -> None:
    assert (
        evaluate(f'{CALL} say("call.started", 0, {{ parties: {parties} }}); return call.mixed')
        is mixed
    )


def test_one_nudge_at_a_time_with_a_breath_between(evaluate: Evaluate) -> None:
    assert evaluate(
        NUDGES
        + """
        add("a", 0); add("b", 1);
        const shown = [seen(1), seen(2)];
        nudges.update({ id: "a", state: "done" });
        return [...shown, seen(3), seen(3.5), seen(4)];
        """
    ) == ["a", "a", None, None, "b"]


def test_an_urgent_nudge_takes_the_place_and_gives_it_back(evaluate: Evaluate) -> None:
    assert evaluate(
        NUDGES
        + """
        add("a", 0);
        const before = seen(1);
        add("u", 2, { severity: "urgent" });
        const urgent = [seen(2), screen.takesKeys(2100), screen.takesKeys(3000)];
        nudges.update({ id: "u", state: "done" });
        seen(4);
        return [before, ...urgent, seen(5)];
        """
    ) == ["a", "u", False, True, "a"]


def test_a_nudge_leaves_by_itself_and_the_supervisors_never_comes(evaluate: Evaluate) -> None:
    assert evaluate(
        NUDGES
        + """
        add("a", 0); add("s", 0, { audience: "supervisor" });
        return [seen(29), seen(30), seen(40)];
        """
    ) == ["a", None, None]


def test_cards_are_sorted_by_need_then_time(evaluate: Evaluate) -> None:
    assert evaluate(
        BOARD
        + """
        for (const call of ["4", "1", "2", "3", "5"]) start(call);
        alert("5", 6); alert("4", 3); alert("3", 8, "self_harm");
        return [order(false), board.counts()];
        """
    ) == ["34512", {"live": 5, "needing": 3, "delayed": 0}]


def test_no_card_changes_its_place_while_held(evaluate: Evaluate) -> None:
    assert evaluate(
        BOARD
        + """
        start("1"); start("2");
        const before = order(false);
        alert("2", 3); start("0"); say("1", "call.ended", 9, { duration: 9 });
        return [before, order(true), order(false)];
        """
    ) == ["12", "120", "20"]


def test_what_people_add_after_the_end_revives_no_card(evaluate: Evaluate) -> None:
    assert evaluate(
        BOARD
        + """
        start("1"); say("1", "call.ended", 9, { duration: 9 });
        order(false); say("1", "nudge.update", 9, { id: "a", state: "useful" });
        return [order(false), board.recent.length];
        """
    ) == ["", 1]


def test_a_call_that_ended_while_the_link_was_lost_is_forgotten(evaluate: Evaluate) -> None:
    assert (
        evaluate(
            BOARD
            + """
        start("1"); start("2"); order(false);
        board.reconnected();
        board.apply({ call: "2", type: "call.started", at: 0, n: 1, data: {} }, 0);
        board.forgetUnconfirmed();
        return order(false);
        """
        )
        == "2"
    )
