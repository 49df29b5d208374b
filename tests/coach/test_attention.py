"""The attention budget: few nudges at a time, and not one after the other."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from coach.attention import PATIENCE, Attention, passes
from coach.nudge import Nudge
from coach.playbook.schema import Budget
from coach.rules import Rules
from tests.coach.rulebook import playbook, signal

KINDS: tuple[dict[str, Any], ...] = (
    {"priority": 50},
    {"priority": 90, "lifetime": 30},
    {"severity": "urgent", "priority": 10},
    {"required": True},
    {"audience": "supervisor"},
    {"audience": "both", "lifetime": 5},
)
RULES = Rules(playbook(*KINDS))
BOOK = RULES.playbook.rules


def nudge(rule: int, at: float, name: str = "") -> Nudge:
    made = BOOK[rule]
    return Nudge(name or f"{rule}-{at:g}", made, at, at + made.lifetime, signal("heard"))


class Page:
    """What an agent sees: attention, with its timers run as judgement runs them."""

    def __init__(self, budget: Budget) -> None:
        self.attention = Attention(budget)
        self.shown: list[tuple[float, str]] = []
        self.over: list[tuple[str, float]] = []

    def offer(self, *nudges: Nudge) -> None:
        self.attention.offer(nudges)
        self.at(max(nudge.at for nudge in nudges))

    def at(self, at: float) -> None:
        self.over += self.attention.expire(at)
        self.shown += [(each.at, each.id) for each in self.attention.take(at)]

    def until(self, at: float) -> None:
        steps = 0
        while (due := self.attention.next_at()) is not None and due <= at:
            self.at(due)
            steps += 1
            assert steps < 1000, "a timer that never comes to an end"


def page(on_screen: int = 1, every: float = 20) -> Page:
    return Page(Budget(on_screen=on_screen, every=every))


def test_what_passes_the_budget() -> None:
    assert [passes(rule) for rule in BOOK] == [False, False, True, True, True, False]


def test_one_at_a_time_and_the_next_after_its_while() -> None:
    seen = page()
    seen.offer(nudge(0, 10))
    seen.offer(nudge(0, 19))
    seen.until(100)
    assert seen.shown == [(10, "0-10")], "the second waited as long as it lasts, and went"
    seen = page()
    seen.offer(nudge(0, 10))
    seen.offer(nudge(0, 21))
    seen.until(100)
    assert seen.shown == [(10, "0-10"), (30, "0-21")]
    assert seen.over == [("0-10", 20), ("0-21", 40)], "its time runs from when it appears"


def test_what_waits_comes_by_priority() -> None:
    seen = page()
    seen.offer(nudge(0, 10), nudge(1, 10))
    assert seen.shown == [(10, "1-10")]
    seen.until(100)
    assert seen.shown == [(10, "1-10")], f"the other one waited {PATIENCE} s at most"


def test_urgent_and_required_come_at_once_and_take_their_room() -> None:
    for kind in (2, 3):
        seen = page()
        seen.offer(nudge(0, 10))
        seen.offer(nudge(kind, 12))
        assert [at for at, _ in seen.shown] == [10, 12]
        seen.offer(nudge(0, 24))
        seen.until(100)
        assert seen.shown[2:] == [(32, "0-24")], "20 s after the urgent one"


def test_what_only_the_supervisor_sees_takes_no_room() -> None:
    seen = page()
    seen.offer(nudge(4, 10))
    seen.offer(nudge(0, 11))
    assert seen.shown == [(10, "4-10"), (11, "0-11")]


def test_two_may_stand_where_the_budget_says_so() -> None:
    seen = page(on_screen=2, every=0)
    seen.offer(nudge(1, 10), nudge(1, 10, "b"), nudge(1, 10, "c"))
    assert [at for at, _ in seen.shown] == [10, 10]
    seen = page(on_screen=2, every=0)
    seen.offer(nudge(0, 10))
    seen.offer(nudge(1, 11))
    seen.offer(nudge(0, 12))
    seen.until(100)
    assert seen.shown == [(10, "0-10"), (11, "1-11"), (20, "0-12")]


def test_what_is_dealt_with_expires_no_more_and_makes_room() -> None:
    seen = page(every=0)
    seen.offer(nudge(1, 10))
    seen.attention.dealt_with("1-10")
    seen.attention.dealt_with("nobody's")
    seen.offer(nudge(0, 12))
    seen.until(100)
    assert seen.shown == [(10, "1-10"), (12, "0-12")]
    assert seen.over == [("0-12", 22)]


OFFERS = st.lists(
    st.tuples(st.integers(0, len(KINDS) - 1), st.integers(0, 12), st.booleans()), max_size=25
)


@given(OFFERS, st.integers(0, 25), st.integers(1, 3), st.sampled_from([0.0, 7.0, 20.0]))
def test_budget_holds_and_a_restart_changes_nothing(
    offers: list[tuple[int, int, bool]], cut: int, on_screen: int, every: float
) -> None:
    through, restarted = page(on_screen, every), page(on_screen, every)
    clock, lives = 0.0, {}
    for i, (rule, gap, dealt) in enumerate(offers):
        clock += gap
        made = nudge(rule, clock, f"{rule}-{i}")
        lives[made.id] = made.rule
        if i == cut:
            kept = json.loads(json.dumps(restarted.attention.state(RULES.put)))
            restarted.attention = Attention(Budget(on_screen=on_screen, every=every))
            restarted.attention.restore(kept, RULES.take)
        for seen in (through, restarted):
            seen.until(clock)
            seen.offer(made)
            if dealt:
                seen.attention.dealt_with(made.id)
    for seen in (through, restarted):
        seen.until(clock + 1000)
        assert seen.attention.next_at() is None
    assert (through.shown, through.over) == (restarted.shown, restarted.over)
    held = [(at, lives[name]) for at, name in through.shown if not passes(lives[name])]
    assert all(b - a >= every for (a, _), (b, _) in pairwise(held))
    assert {name for _, name in through.shown} >= {n for n, r in lives.items() if passes(r)}


def test_a_restart_without_the_rule_forgets_what_waits() -> None:
    seen = page()
    seen.offer(nudge(0, 10), nudge(0, 10, "b"))
    kept = seen.attention.state(RULES.put)
    fresh = Attention(Budget())
    fresh.restore(kept, Rules(playbook()).take)
    assert fresh.expire(20) == [("0-10", 20.0)], "what stands there still ends"
    assert fresh.next_at() is None
