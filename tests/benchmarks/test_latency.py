"""The latency of words, on recordings made by hand: every rule of latency.py in numbers."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.dataset import (
    DatasetMissing,
    ReferenceCall,
    ReferenceWord,
    Side,
    harper_valley,
)
from benchmarks.latency import measure, percentiles, word_times
from benchmarks.recording import Arrival, Recording

STARTED = 100.0
"""Wall time of sample 0."""


def said(text: str, *, every: float = 1.0) -> tuple[ReferenceWord, ...]:
    """Words that begin `every` seconds apart and last half of it."""
    return tuple(
        ReferenceWord(w, i * every, i * every + every / 2) for i, w in enumerate(text.split())
    )


def partial(at: float, text: str, *, utterance: int = 1, stable: int = 0) -> Arrival:
    """A partial that arrives `at` seconds after sample 0, its first `stable` words stable."""
    return event(at, "transcript.partial", text, utterance, stable)


def final(at: float, text: str, *, utterance: int = 1) -> Arrival:
    return event(at, "transcript.final", text, utterance, len(text.split()))


def event(at: float, kind: str, text: str, utterance: int, stable: int) -> Arrival:
    words = [
        {"w": w, "start": 0.0, "end": 0.0, "p": 1.0, "stable": i < stable}
        for i, w in enumerate(text.split())
    ]
    data = {"party": "agent", "utterance": utterance, "text": text, "words": words}
    return Arrival(STARTED + at, {"type": kind, "data": {**data, "start": 0.0, "end": 2.0}})


def shown(words: tuple[ReferenceWord, ...], *arrivals: Arrival) -> list[float | None]:
    """Seconds after sample 0 from which each word stays shown."""
    return [
        None if wall is None else round(wall - STARTED, 6)
        for _, wall, _ in word_times(words, arrivals, STARTED)
    ]


def stable(words: tuple[ReferenceWord, ...], *arrivals: Arrival) -> list[float | None]:
    return [
        None if wall is None else round(wall - STARTED, 6)
        for _, _, wall in word_times(words, arrivals, STARTED)
    ]


def test_a_word_is_shown_when_it_first_appears_and_stays() -> None:
    words = said("hello there friend")
    arrivals = (
        partial(0.7, "Hello"),
        partial(1.9, "Hello there."),
        final(3.0, "Hello, there friend!"),
    )
    assert shown(words, *arrivals) == [0.7, 1.9, 3.0]


def test_a_word_that_flaps_counts_from_when_it_came_to_stay() -> None:
    words = said("hello there")
    arrivals = (
        partial(1.0, "hello there"),
        partial(1.5, "hello"),
        partial(2.0, "hello their"),
        partial(2.5, "hello there"),
        final(3.0, "hello there"),
    )
    assert shown(words, *arrivals) == [1.0, 2.5]


def test_a_word_that_the_final_drops_was_never_shown() -> None:
    assert shown(said("hello there"), partial(1.9, "hello there"), final(3.0, "hello")) == [
        1.9,
        None,
    ]


def test_a_word_said_twice_is_shown_when_its_own_turn_is() -> None:
    words = said("yes yes")
    assert shown(words, partial(0.6, "yes"), final(2.0, "yes yes")) == [0.6, 2.0]


def test_a_word_is_not_shown_before_it_began() -> None:
    """The one "thank" so far aligns with the second; only in its own time does that count."""
    words = said("thanks a lot you are kind thank you")
    early = partial(2.0, "thank you")
    assert shown(words, early, final(9.0, "thanks a lot you are kind thank you"))[6:] == [9.0, 9.0]


def test_the_alignment_is_over_all_utterances() -> None:
    words = said("my name is ann my name is bob")
    arrivals = (
        final(4.0, "my name is ann"),
        partial(7.6, "my name is", utterance=2),
        final(9.0, "my name is bob", utterance=2),
    )
    assert shown(words, *arrivals) == [4.0, 4.0, 4.0, 4.0, 7.6, 7.6, 7.6, 9.0]


def test_a_partial_after_its_final_changes_nothing() -> None:
    assert shown(said("hello"), final(1.0, "hello"), partial(1.1, "yellow")) == [1.0]


def test_a_final_that_empties_a_partial_takes_its_words_away() -> None:
    assert shown(said("hello"), partial(0.6, "hello"), final(1.0, "")) == [None]


def test_stable_waits_for_the_flag_or_the_final() -> None:
    words = said("hello there friend")
    arrivals = (
        partial(1.7, "hello there", stable=0),
        partial(2.0, "hello there", stable=1),
        partial(2.6, "hello there friend", stable=2),
        final(4.0, "hello there friend"),
    )
    assert stable(words, *arrivals) == [2.0, 2.6, 4.0]
    assert shown(words, *arrivals) == [1.7, 1.7, 2.6]


def test_an_event_without_words_is_read_by_its_text() -> None:
    bare = Arrival(
        STARTED + 1,
        {
            "type": "transcript.final",
            "data": {"party": "agent", "utterance": 1, "text": "Hello there"},
        },
    )
    assert shown(said("hello there", every=0.1), bare) == [1.0, 1.0]


def call(words: tuple[ReferenceWord, ...]) -> ReferenceCall:
    text = " ".join(word.w for word in words)
    return ReferenceCall("c", (Side("agent", Path("agent.flac"), text, words),))


def recorded(*arrivals: Arrival) -> Recording:
    return Recording("c", "bench-c", {"agent": STARTED}, 10.0, 1.0, 0.0, arrivals)


def test_missing_and_untimed_words_are_counted_apart() -> None:
    words = (*said("hello there"), ReferenceWord("um", None, None))
    result = measure([(call(words), recorded(final(2.5, "hello um")))])
    assert [(word.w, word.shown) for word in result.words] == [("hello", 2.0), ("there", None)]
    assert [word.w for word in result.missing] == ["there"]
    assert result.untimed == 1
    assert result.series()["words shown"] == [2.0]


def test_utterances_give_first_partial_and_final() -> None:
    arrivals = (partial(0.4, ""), partial(0.9, "hel"), partial(1.2, "hello"), final(2.5, "hello"))
    result = measure([(call(said("hello")), recorded(*arrivals))])
    assert result.series()["first partial"] == pytest.approx([0.9])
    assert result.series()["finals"] == pytest.approx([0.5])


def test_an_empty_final_is_no_utterance_that_was_late() -> None:
    result = measure([(call(said("hello")), recorded(partial(1, "x"), final(9, "")))])
    assert result.series()["finals"] == []
    assert not result.passed


def test_a_call_fed_too_fast_has_no_latency() -> None:
    fast = replace(recorded(final(1.0, "hello")), speed=2.0)
    with pytest.raises(ValueError, match="needs real time"):
        measure([(call(said("hello")), fast)])


@pytest.mark.parametrize(("delay", "passed"), [(0.5, True), (0.7, False)])
def test_the_target_decides(delay: float, passed: bool) -> None:
    arrivals = final(0.5 + delay, "hello")
    assert measure([(call(said("hello")), recorded(arrivals))]).passed is passed


def test_percentiles_of_nothing_are_nothing() -> None:
    assert percentiles([]) == {}
    assert percentiles([1.0, 3.0])["p50"] == 2.0


TEXTS = st.lists(
    st.lists(st.sampled_from(["yes", "no", "well"]), max_size=4).map(" ".join), max_size=6
)


@given(texts=TEXTS)
def test_shown_is_a_time_of_arrival_and_never_after_stable(texts: list[str]) -> None:
    words = said("yes no well yes", every=0.01)
    arrivals = [partial(1.0 + i, text, stable=i % 3) for i, text in enumerate(texts)]
    arrivals.append(final(9.0, "yes no well yes"))
    walls = {arrival.wall for arrival in arrivals}
    for _, first, firm in word_times(words, arrivals, STARTED):
        assert first is not None
        assert firm is not None
        assert first in walls
        assert first <= firm


def test_a_listener_without_fault_measures_as_its_own_delay() -> None:
    """Every word of the shared calls, shown 0.3 s after its end: nothing else may come out."""
    try:
        calls = harper_valley()
    except DatasetMissing as absent:
        pytest.skip(str(absent))
    delay, pairs = 0.3, []
    for one in calls:
        arrivals: list[Arrival] = []
        for side in one.sides:
            ended = 0.0
            for count, word in enumerate(side.words, 1):
                ended = ended if word.end is None else word.end
                text = " ".join(w.w for w in side.words[:count])
                growing = partial(ended + delay, text)
                growing.event["data"]["party"] = side.party
                arrivals.append(growing)
        arrivals.sort(key=lambda arrival: arrival.wall)
        started = {side.party: STARTED for side in one.sides}
        pairs.append((one, Recording(one.name, "x", started, 60, 1.0, 0, tuple(arrivals))))
    result = measure(pairs)
    assert not result.missing
    assert result.series()["words shown"] == pytest.approx([delay] * len(result.words))
