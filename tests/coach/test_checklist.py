"""The checklist ticks itself: open, done, due, missed."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from coach.checklist import GRACE, Checklist
from coach.playbook.schema import Playbook
from models.types import Signal
from stream.audio import Party
from tests.coach.rulebook import playbook, signal
from tests.coach.scripted_call import AGENT, CUSTOMER, utterance


def statement(name: str) -> dict[str, Any]:
    return {"event": "signal", "kind": "statement", "where": {"name": name}}


ITEMS: list[dict[str, Any]] = [
    {"id": "notice", "text": "Say it is recorded", "done": [statement("notice")], "by": 30},
    {"id": "late", "text": "Much later", "done": [statement("late")], "by": 3000},
    {
        "id": "consent",
        "text": "Ask to contact",
        "after": {"event": "signal", "kind": "adverse_event"},
        "done": [statement("consent")],
    },
    {
        "id": "hcp",
        "text": "Of professionals alone",
        "done": [{"event": "phrase", "says": ["your licence"]}],
        "context": {"customer.role": "hcp"},
    },
]
BOOK = playbook(checklist=ITEMS)


class Call:
    """A checklist in a call, its timers run as judgement runs them."""

    def __init__(self, book: Playbook = BOOK, role: str = "patient") -> None:
        self.context = {"customer": {"role": role}}
        self.checklist = Checklist(book)
        assert self.checklist.begin(self.context) == bool(book.checklist)
        assert not self.checklist.begin(self.context)

    def say(self, party: Party, at: float, *signals: Signal, text: str = "so it is") -> bool:
        self.until(at)
        return self.checklist.said(utterance(party, 1, at - 1, at, text), signals, self.context)

    def until(self, at: float) -> None:
        steps = 0
        while (due := self.checklist.next_at()) is not None and due < at:
            self.checklist.tick(due)
            steps += 1
            assert steps < 100, "a timer that never comes to an end"

    def states(self) -> dict[str, tuple[str, float]]:
        return {each["id"]: (each["state"], each["at"]) for each in self.checklist.items()}


def test_an_item_is_open_then_done() -> None:
    call = Call()
    assert call.states() == {"notice": ("open", 0), "late": ("open", 0)}
    assert call.say(AGENT, 5, signal("statement", name="notice"))
    assert call.states()["notice"] == ("done", 5)
    assert not call.say(AGENT, 9, signal("statement", name="notice")), "nothing is new"
    call.until(100)
    assert call.states()["notice"] == ("done", 5)


def test_only_the_agent_ticks() -> None:
    call = Call()
    assert not call.say(CUSTOMER, 5, signal("statement", CUSTOMER, name="notice"))


def test_an_item_is_due_at_its_second_and_may_still_be_done() -> None:
    call = Call()
    assert call.checklist.next_at() == 30
    assert call.checklist.tick(30)
    assert call.states()["notice"] == ("due", 30)
    assert call.checklist.next_at() == 3000
    assert call.say(AGENT, 40, signal("statement", name="notice"))
    assert call.states()["notice"] == ("done", 40)


def test_an_item_comes_with_what_calls_for_it() -> None:
    call = Call()
    assert call.say(CUSTOMER, 12, signal("adverse_event", CUSTOMER))
    assert call.states()["consent"] == ("open", 12)
    assert not call.say(CUSTOMER, 14, signal("adverse_event", CUSTOMER)), "it is there already"
    assert call.say(AGENT, 50, signal("closing"))
    assert call.states()["consent"] == ("due", 50)


def test_closing_makes_due_then_missed_whatever_its_own_time() -> None:
    call = Call()
    call.say(AGENT, 10, signal("closing"))
    assert {state for state, _ in call.states().values()} == {"due"}
    call.until(1000)
    assert call.states() == {
        "notice": ("missed", 10 + GRACE),
        "late": ("missed", 10 + GRACE),
    }
    assert call.checklist.next_at() is None
    assert call.say(AGENT, 40, signal("statement", name="late")), "better late than never"
    assert call.states()["late"] == ("done", 40)


def test_what_comes_up_while_closing_is_due_at_once() -> None:
    call = Call()
    call.say(AGENT, 10, signal("closing"))
    call.say(CUSTOMER, 15, signal("adverse_event", CUSTOMER))
    assert call.states()["consent"] == ("due", 15)
    call.until(100)
    assert call.states()["consent"] == ("missed", 30)


def test_context_says_what_is_on_the_list() -> None:
    assert "hcp" not in Call().states()
    call = Call(role="hcp")
    assert call.states()["hcp"] == ("open", 0)
    call.say(AGENT, 5, text="May I have your licence number?")
    assert call.states()["hcp"] == ("done", 5)
    assert Call(playbook()).states() == {}


MOMENT = st.tuples(
    st.integers(1, 40),
    st.sampled_from([AGENT, CUSTOMER]),
    st.sampled_from(["adverse_event", "closing", "notice", "late", "consent", "nothing"]),
)


@given(st.lists(MOMENT, max_size=12), st.integers(0, 12))
def test_every_timer_ends_and_a_restart_changes_nothing(
    moments: list[tuple[int, Party, str]], cut: int
) -> None:
    through, restarted = Call(), Call()
    clock = 0.0
    for i, (gap, party, what) in enumerate(moments):
        clock += gap
        found = (
            signal(what, party)
            if what in ("adverse_event", "closing")
            else signal("statement", party, name=what)
        )
        if i == cut:
            kept = json.loads(json.dumps(restarted.checklist.state()))
            restarted.checklist = Checklist(BOOK)
            restarted.checklist.restore(kept)
        assert through.say(party, clock, found) == restarted.say(party, clock, found)
    for call in (through, restarted):
        call.until(clock + 5000)
    assert through.states() == restarted.states()


def test_a_restart_with_another_list_forgets_what_is_gone() -> None:
    call = Call()
    fresh = Checklist(playbook(checklist=ITEMS[:1]))
    fresh.restore(call.checklist.state())
    assert [each["id"] for each in fresh.items()] == ["notice"]
    fresh.tick(30)
    assert fresh.next_at() is None
