"""Back to normal: when words are in time again, and nobody is told of a delay."""

from __future__ import annotations

import pytest

from benchmarks.latency import Latencies, WordLatency
from benchmarks.load.recovery import LEAST, back_to_normal, closing, delays, words_normal
from benchmarks.recording import Arrival, Recording

ENDED = 1000.0
LIMIT = 2.0


def recording(*told: tuple[float, float]) -> Recording:
    """A call that was told of delays, so many seconds after the load: (when, how much)."""
    arrivals = tuple(
        Arrival(ENDED + at, {"type": "delay", "data": {"seconds": seconds}}) for at, seconds in told
    )
    return Recording("c", "x", {"agent": ENDED + 1.0}, 60.0, 1.0, 0.0, arrivals)


def words(*late: float | None) -> Latencies:
    """A word each second of the probe, shown so late."""
    return Latencies(
        tuple(WordLatency("c", "agent", "w", float(i), each, each) for i, each in enumerate(late)),
        (),
        0,
    )


QUICK = words(*[0.5] * LEAST)


def normal(load: list[Recording], probe: Recording, heard: Latencies) -> float | None:
    return back_to_normal(ENDED, load, probe, heard, LIMIT)


def test_what_was_never_late_is_normal_at_once() -> None:
    assert normal([recording()], recording(), words(*[0.5] * 20)) == 0.0
    assert normal([recording()], recording(), words(0.5, None, *[0.5] * 20)) == 0.0


def test_words_are_normal_after_the_last_that_are_too_many_to_be_late() -> None:
    late = [5.0] * 4 + [0.5] * 39
    # With the last two of them, 2 of 41 words are late; the one before ended 2 s after the load.
    assert normal([], recording(), words(*late)) == pytest.approx(2.0)
    assert normal([], recording(), words(*[5.0] * 40)) is None
    assert normal([], recording(), words(*[0.5] * 40, *[5.0] * 5)) is None, "it ends late"
    assert normal([], recording(), words(*[0.5] * (LEAST - 1))) is None, "too little to be seen"


def test_a_delay_must_be_told_to_be_over() -> None:
    assert normal([recording((-5, 3.0), (20, 0.0))], recording(), QUICK) == 20
    assert normal([recording((-9, 3.0), (-5, 0.0))], recording(), QUICK) == 0
    assert normal([recording((-5, 3.0))], recording(), QUICK) is None
    assert normal([], recording((3, 3.0), (8, 0.0)), QUICK) == 8
    assert delays([recording((1, 3.0)), recording((2, 0.0))]) == [(1001, 3.0), (1002, 0.0)]


def test_a_call_closes_some_time_after_its_last_sound() -> None:
    assert closing(recording((63.5, 0.0))) == pytest.approx(2.5), "it began a second later"


def test_a_word_out_of_forty_may_be_late() -> None:
    quick = [(float(second), 0.5) for second in range(40)]
    assert words_normal([*quick, (20.5, 9.0)], LIMIT) == 0.0
    assert words_normal([], LIMIT) is None
