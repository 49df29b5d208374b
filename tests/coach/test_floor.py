"""The floor: turns and their ends, silences, monologues, interruptions."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from coach.floor import OPEN_DOOR, TURN_PAUSE, Floor, Moment, TurnEnd, backchannel
from stream.audio import Party
from tests.coach.scripted_call import AGENT, CUSTOMER, utterance

WORDS = "these are some words"


class Room:
    """A floor that is told things as judgement tells them: opened, closed, and what is due."""

    def __init__(self, floor: Floor | None = None) -> None:
        self.floor = floor or Floor()
        self.number = 0
        self.ends: list[tuple[float, TurnEnd]] = []
        self.moments: list[Moment] = []

    def say(self, party: Party, start: float, end: float, text: str = WORDS) -> None:
        self.floor.opened(party.role, start)
        self.until(end)
        self.close(party, start, end, text)

    def close(self, party: Party, start: float, end: float, text: str = WORDS) -> None:
        self.number += 1
        ends, moments = self.floor.said(utterance(party, self.number, start, end, text))
        self.ends += [(end, each) for each in ends]
        self.moments += moments

    def until(self, at: float) -> None:
        """All timers before media second `at`."""
        while (due := self.floor.next_at()) is not None and due < at:
            ends, moments = self.floor.tick(due)
            self.ends += [(due, each) for each in ends]
            self.moments += moments

    def silences(self) -> list[tuple[float, float]]:
        return [(each.start, each.seconds) for each in self.moments if each.kind == "silence"]


# -- turns -----------------------------------------------------------------------------------


def test_a_turn_ends_after_its_own_pause() -> None:
    room = Room()
    room.say(AGENT, 0, 2)
    room.until(60)
    assert room.ends == [(2 + TURN_PAUSE, TurnEnd("agent", 0, 2, 4))]


def test_a_turn_ends_when_another_takes_the_floor() -> None:
    room = Room()
    room.say(AGENT, 0, 2)
    room.floor.opened(CUSTOMER.role, 2.2)
    room.close(CUSTOMER, 2.2, 2.6)
    assert room.ends == [(2.6, TurnEnd("agent", 0, 2, 4))]


def test_a_backchannel_ends_no_turn_and_one_goes_on() -> None:
    room = Room()
    room.say(AGENT, 0, 2)
    room.floor.opened(CUSTOMER.role, 2.1)
    room.close(CUSTOMER, 2.1, 2.4, "Mm-hm.")
    room.floor.opened(AGENT.role, 2.5)
    room.until(5)
    room.close(AGENT, 2.5, 5)
    room.until(60)
    assert [end for _, end in room.ends if end.role == "agent"] == [TurnEnd("agent", 0, 5, 8)]


def test_a_noise_ends_a_turn_no_earlier_and_is_no_turn() -> None:
    room = Room()
    room.say(AGENT, 0, 2)
    room.floor.opened(AGENT.role, 2.3)
    room.until(3)
    room.close(AGENT, 2.3, 3, "")
    room.until(60)
    assert room.ends == [(3 + TURN_PAUSE, TurnEnd("agent", 0, 3, 4))]


def test_what_only_listens() -> None:
    for text in ("Mm-hm.", "Okay.", "Yes, I see.", "uh huh"):
        assert backchannel(utterance(AGENT, 1, 0, 1, text))
    for text in ("Yes, but no.", "Which one?", "Yes yes yes yes"):
        assert not backchannel(utterance(AGENT, 1, 0, 1, text))


# -- silences --------------------------------------------------------------------------------


def test_silences_are_told_once_each() -> None:
    room = Room(Floor((4.0, 6.0)))
    room.say(AGENT, 0, 2)
    room.until(60)
    assert room.silences() == [(2, 4), (2, 6)]
    assert {each.role for each in room.moments} == {"agent"}, "who spoke last"
    room.say(CUSTOMER, 60, 62)
    room.until(67)
    assert room.silences()[2:] == [(62, 4)]


def test_who_is_still_speaking_is_no_silence() -> None:
    room = Room(Floor((6.0,)))
    room.floor.opened(CUSTOMER.role, 0)
    room.say(AGENT, 3, 3.5, "Okay.")
    room.until(20)
    assert not room.silences(), "the customer speaks from 0 to 20"
    room.close(CUSTOMER, 0, 20)
    room.until(60)
    assert room.silences() == [(20, 6)]


def test_a_noise_breaks_no_silence() -> None:
    room = Room(Floor((6.0,)))
    room.say(AGENT, 0, 2)
    room.say(CUSTOMER, 4, 4.5, "")
    room.until(60)
    assert room.silences() == [(2, 6)]


def test_an_announced_wait_lasts_until_the_agent_is_back() -> None:
    room = Room(Floor((6.0,)))
    room.say(AGENT, 0, 2)
    room.floor.hold(2)
    room.say(CUSTOMER, 2.5, 4, "That is very kind of you.")
    room.until(40)
    assert not room.silences(), "the customer's thanks do not end it"
    room.say(AGENT, 40, 41, "Okay.")
    room.until(55)
    assert not room.silences(), "nor does a word that only listens"
    room.say(AGENT, 55, 57, "Here I am again.")
    room.until(70)
    assert room.silences() == [(57, 6)]


def test_no_rule_on_silence_no_timer() -> None:
    room = Room(Floor(()))
    room.say(AGENT, 0, 2)
    room.until(60)
    assert room.floor.next_at() is None


# -- monologues and interruptions ------------------------------------------------------------


def test_the_floor_is_held_through_backchannels_and_lost_to_words() -> None:
    room = Room()
    room.say(AGENT, 0, 10)
    room.say(CUSTOMER, 10.2, 10.6, "Mm-hm.")
    room.say(AGENT, 10.8, 20)
    assert room.floor.speaks_since("agent") == 0
    room.say(CUSTOMER, 20.5, 22)
    assert room.floor.speaks_since("agent") is None
    assert room.floor.speaks_since("customer") == 20.5


def test_a_long_pause_of_the_own_gives_the_floor_away() -> None:
    room = Room()
    room.say(AGENT, 0, 10)
    room.say(AGENT, 10 + OPEN_DOOR - 0.1, 14)
    assert room.floor.speaks_since("agent") == 0
    room.say(AGENT, 14 + OPEN_DOOR, 20)
    assert room.floor.speaks_since("agent") == 14 + OPEN_DOOR


def test_who_cuts_in_interrupts_whichever_ends_first() -> None:
    for customer_ends in (6.0, 9.0):
        room = Room()
        room.floor.opened(CUSTOMER.role, 0)
        room.floor.opened(AGENT.role, 3)
        both = sorted([(customer_ends, CUSTOMER, 0.0), (7.0, AGENT, 3.0)], key=lambda each: each[0])
        for end, party, start in both:
            room.close(party, start, end)
        (found,) = [each for each in room.moments if each.kind == "interruption"]
        assert (found.role, found.start) == ("agent", 3)


def test_overlaps_at_the_edges_and_backchannels_are_none() -> None:
    room = Room()
    room.close(CUSTOMER, 0, 6)
    room.close(AGENT, 5.6, 8)
    room.close(CUSTOMER, 10, 16)
    room.close(AGENT, 10.3, 18)
    room.close(CUSTOMER, 20, 26)
    room.close(AGENT, 23, 26.5, "Okay.")
    assert not room.moments


# -- state -----------------------------------------------------------------------------------

PIECE = st.tuples(
    st.sampled_from([AGENT, CUSTOMER]),
    st.floats(-2, 5).map(lambda x: round(x, 2)),
    st.floats(0.1, 8).map(lambda x: round(x, 2)),
    st.sampled_from([WORDS, "Mm-hm.", ""]),
    st.booleans(),
)


@given(st.lists(PIECE, max_size=15), st.integers(0, 15))
def test_a_restart_at_any_moment_changes_nothing(
    pieces: list[tuple[Party, float, float, str, bool]], cut: int
) -> None:
    through, restarted = Room(), Room()
    clock = 0.0
    for i, (party, gap, length, text, hold) in enumerate(pieces):
        if i == cut:
            fresh = Floor()
            fresh.restore(json.loads(json.dumps(restarted.floor.state())))
            restarted.floor = fresh
        start = max(0.0, clock + gap)
        clock = max(clock, start + length)
        for room in (through, restarted):
            room.say(party, start, clock, text)
            if hold:
                room.floor.hold(clock)
    for room in (through, restarted):
        room.until(clock + 100)
    assert (through.ends, through.moments) == (restarted.ends, restarted.moments)
    assert through.floor.next_at() is None, "every timer comes to an end"
