"""The order of decodings, without a thread, a loop or a clock."""

from __future__ import annotations

from dataclasses import replace
from itertools import count

import numpy as np
import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from coach.lane.schedule import LEAST_SLACK, Job, Schedule, slack
from models.types import DecodeKind, DecodeRequest, DecodeResult
from stream.audio import RATE, CallId, PartyId

NOW = 0.0


def request(
    kind: DecodeKind,
    *,
    call: str = "one",
    party: str = "agent",
    utterance: int = 1,
    seconds: float = 1.0,
    wanted: float = 0.5,
) -> DecodeRequest:
    """One whose audio ends `wanted` media seconds before its deadline."""
    audio = np.zeros(int(seconds * RATE), np.float32)
    start = 10.0
    deadline = start + seconds + wanted
    return DecodeRequest(
        CallId(call), PartyId(party), utterance, kind, audio, start, "en", deadline
    )


def ignore(result: DecodeResult) -> None:
    """Nobody waits here."""


def job(asked: DecodeRequest, since: float = 0.0) -> Job:
    return Job(asked, ignore, since)


def test_the_deadline_counts_from_the_end_of_the_audio() -> None:
    assert slack(request("final", seconds=4.0, wanted=0.8)) == pytest.approx(0.8)
    assert job(request("partial", seconds=2.0, wanted=0.5), since=100.0).deadline == 100.5


def unsure(kind: DecodeKind, call: str, wanted: float = 1.0) -> Job:
    """One that asks for a second opinion."""
    asked = request(kind, call=call, wanted=wanted)
    return job(replace(asked, first=asked.answer(sure=False)))


@pytest.mark.parametrize("kind", ["final", "guess"])
def test_while_somebody_speaks_second_opinions_leave_a_worker_to_what_is_short(
    kind: DecodeKind,
) -> None:
    schedule = Schedule(workers=2)
    second, third = (unsure(kind, call) for call in ("one", "two"))
    schedule.add(before := job(request("partial", call="three")))
    assert schedule.take(NOW) is before
    schedule.done(before)
    for each in (second, third, final := job(request("final", call="four", wanted=2.0))):
        schedule.add(each)
    taken = [schedule.take(NOW) for _ in range(2)]
    assert taken == ([second, final] if kind == "final" else [final, second])
    schedule.done(final)
    schedule.add(short := job(request("partial", call="three", wanted=1.5)))
    assert [schedule.take(NOW), schedule.take(NOW)] == [short, None]
    schedule.done(short)
    assert schedule.take(0.4) is None  # the next partial is about to come
    schedule.done(second)
    assert schedule.take(0.4) is third


def test_second_opinions_on_finals_take_every_worker_where_nobody_speaks() -> None:
    schedule = Schedule(workers=2)
    both = [unsure("final", call) for call in ("one", "two")]
    for each in both:
        schedule.add(each)
    assert [schedule.take(NOW), schedule.take(NOW)] == both


def test_the_second_opinion_on_a_late_final_takes_any_worker() -> None:
    schedule = Schedule(workers=2)
    first, second = (unsure("final", call) for call in ("one", "two"))
    for each in (first, second, job(request("partial"), since=1.0)):
        schedule.add(each)
    assert [schedule.take(1.1), schedule.take(1.1)] == [first, second]


def test_a_deadline_that_has_passed_gets_the_least_slack() -> None:
    assert slack(request("final", wanted=-3.0)) == LEAST_SLACK


def test_the_earliest_deadline_goes_first_over_calls_and_parties() -> None:
    schedule = Schedule()
    late = job(request("final", call="one", wanted=2.0))
    soon = job(request("final", call="two", wanted=0.5))
    between = job(request("final", call="one", party="customer", wanted=1.0))
    for each in (late, soon, between):
        schedule.add(each)
    assert [schedule.take(NOW) for _ in range(4)] == [soon, between, late, None]


def test_equal_deadlines_go_in_the_order_in_which_they_came() -> None:
    schedule = Schedule()
    jobs = [job(request("final", utterance=n)) for n in range(1, 6)]
    for each in jobs:
        schedule.add(each)
    assert [schedule.take(NOW) for _ in jobs] == jobs


def test_finals_of_any_call_go_before_partials() -> None:
    schedule = Schedule()
    urgent = job(request("partial", call="one", wanted=0.1))
    patient = job(request("final", call="two", wanted=60.0))
    schedule.add(urgent)
    schedule.add(patient)
    assert [schedule.take(NOW), schedule.take(NOW)] == [patient, urgent]


def test_a_newer_partial_replaces_the_one_that_waits_and_keeps_its_deadline() -> None:
    schedule = Schedule()
    old = job(request("partial", call="one"), since=0.0)
    other = job(request("partial", call="two"), since=0.2)
    new = job(request("partial", call="one"), since=0.3)
    schedule.add(old)
    schedule.add(other)
    assert schedule.add(new) is old
    assert schedule.partials == 2
    assert [schedule.take(NOW), schedule.take(NOW), schedule.take(NOW)] == [new, other, None]


def test_one_partial_of_a_party_runs_at_a_time() -> None:
    schedule = Schedule()
    first, second = (job(request("partial"), since=at) for at in (0.0, 0.3))
    other = job(request("partial", party="customer"), since=1.0)
    schedule.add(first)
    assert schedule.take(NOW) is first
    schedule.add(second)
    assert schedule.take(NOW) is None
    schedule.add(other)
    assert schedule.take(NOW) is other
    schedule.done(first)
    assert schedule.take(NOW) is second


def test_a_partial_is_rough_while_others_wait_and_only_then() -> None:
    schedule = Schedule()
    first, last = (job(request("partial", call=call)) for call in ("one", "two"))
    guess = job(request("guess", call="three"))
    for each in (first, last, guess):
        schedule.add(each)
    taken = [schedule.take(NOW) for _ in range(3)]
    assert taken == [first, last, guess]
    assert [each.request.rough for each in (first, last, guess)] == [True, True, False]
    schedule.add(alone := job(request("partial", call="four")))
    assert schedule.take(NOW) is alone
    assert not alone.request.rough


def test_a_guess_does_not_wait_for_the_partial_that_runs() -> None:
    schedule = Schedule(workers=2)
    running, guess = job(request("partial")), job(request("guess"))
    schedule.add(running)
    assert schedule.take(NOW) is running
    schedule.add(guess)
    assert schedule.take(NOW) is guess


def test_the_second_opinion_on_a_guess_waits_for_all_partials() -> None:
    schedule = Schedule()
    schedule.add(second := unsure("guess", "one", wanted=0.2))
    partials = [job(request("partial", call=call), since=1.0) for call in ("two", "three")]
    for each in partials:
        schedule.add(each)
    taken = [schedule.take(NOW) for _ in range(3)]
    assert taken == [*partials, second]


def test_a_final_drops_the_waiting_partial_of_its_utterance_and_no_other() -> None:
    schedule = Schedule()
    stale = job(request("partial", utterance=3))
    elsewhere = job(request("partial", party="customer", utterance=3))
    schedule.add(stale)
    schedule.add(elsewhere)
    assert schedule.add(job(request("final", utterance=3))) is stale
    newer = job(request("partial", utterance=5))
    schedule.add(newer)
    assert schedule.add(job(request("final", utterance=4))) is None
    schedule.take(NOW), schedule.take(NOW)
    assert {schedule.take(NOW), schedule.take(NOW)} == {elsewhere, newer}


def test_a_forgotten_call_leaves_nothing_behind() -> None:
    schedule = Schedule()
    running = job(request("final", call="gone"))
    schedule.add(running)
    schedule.take(NOW)
    stays = job(request("final", call="stays"))
    for each in (request("final", call="gone"), request("partial", call="gone")):
        schedule.add(job(each))
    schedule.add(stays)
    schedule.forget(CallId("gone"))
    assert (running.forgotten, stays.forgotten) == (True, False)
    assert [schedule.take(NOW), schedule.take(NOW)] == [stays, None]
    schedule.done(running)
    assert schedule.running == 1


class Traffic(RuleBasedStateMachine):
    """Any coming and going: no final is lost or doubled, partials keep to their bounds."""

    def __init__(self) -> None:
        super().__init__()
        self.schedule = Schedule()
        self.clock = count()
        self.finals: set[Job] = set()
        self.running: list[Job] = []

    calls = st.sampled_from(["one", "two", "three"])
    parties = st.sampled_from(["agent", "customer"])

    @rule(call=calls, party=parties, utterance=st.integers(1, 4), wanted=st.floats(-1, 9))
    def final(self, call: str, party: str, utterance: int, wanted: float) -> None:
        asked = request("final", call=call, party=party, utterance=utterance, wanted=wanted)
        self.finals.add(new := job(asked, float(next(self.clock))))
        dropped = self.schedule.add(new)
        assert dropped is None or dropped.request.kind != "final"

    @rule(
        call=calls,
        party=parties,
        utterance=st.integers(1, 4),
        kind=st.sampled_from(["partial", "guess"]),
    )
    def so_far(self, call: str, party: str, utterance: int, kind: DecodeKind) -> None:
        asked = request(kind, call=call, party=party, utterance=utterance)
        self.schedule.add(job(asked, float(next(self.clock))))

    @rule()
    def take(self) -> None:
        taken = self.schedule.take(NOW)
        if self.finals:
            assert taken in self.finals
            assert taken.deadline == min(final.deadline for final in self.finals)
            self.finals.remove(taken)
        if taken is not None:
            self.running.append(taken)

    @precondition(lambda self: self.running)
    @rule(which=st.integers(0, 99), fails=st.booleans())
    def done(self, which: int, fails: bool) -> None:
        ended = self.running.pop(which % len(self.running))
        self.schedule.done(ended)
        if fails and ended.request.kind == "final" and not ended.forgotten:
            self.schedule.add(ended)
            self.finals.add(ended)

    @rule(call=calls)
    def forget(self, call: str) -> None:
        self.schedule.forget(CallId(call))
        self.finals = {final for final in self.finals if final.request.call != call}
        assert all(each.forgotten for each in self.running if each.request.call == call)

    @invariant()
    def bounded(self) -> None:
        assert self.schedule.finals == len(self.finals)
        assert self.schedule.partials <= 6
        assert self.schedule.running == len(self.running)
        voices = [each.voice for each in self.running if each.request.kind == "partial"]
        assert len(voices) == len(set(voices))


TestTraffic = Traffic.TestCase
