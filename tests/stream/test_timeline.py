"""The media clock: seamless frames whatever comes, holes as silence, overlaps dropped."""

from __future__ import annotations

import json
from collections.abc import Iterable
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stream.audio import RATE, AudioFrame, PartyId, Samples
from stream.errors import BadRequest, UnsupportedFormat
from stream.limits import MAX_CALL_SECONDS, MAX_JUMP_SECONDS
from stream.timeline import Gap, Timeline

AGENT = PartyId("agent")


def sound(count: int, level: float = 0.5) -> Samples:
    return np.full(count, level, np.float32)


def frames_of(items: Iterable[AudioFrame | Gap]) -> list[AudioFrame]:
    return [item for item in items if isinstance(item, AudioFrame)]


def gaps_of(items: Iterable[AudioFrame | Gap]) -> list[Gap]:
    return [item for item in items if isinstance(item, Gap)]


def joined(items: Iterable[AudioFrame | Gap]) -> Samples:
    """The samples of frames, which must follow on each other."""
    frames = frames_of(items)
    for before, after in pairwise(frames):
        assert after.start == before.start + len(before.samples)
    return np.concatenate([frame.samples for frame in frames] or [np.zeros(0, np.float32)])


def test_sound_follows_on() -> None:
    timeline = Timeline(AGENT, RATE, at=1.5)
    items = [*timeline.feed(sound(160)), *timeline.feed(sound(320))]
    assert [(f.party, f.start, len(f.samples)) for f in frames_of(items)] == [
        (AGENT, 24_000, 160),
        (AGENT, 24_160, 320),
    ]
    assert timeline.received == 1.53


def test_a_hole_becomes_silence_and_a_gap() -> None:
    timeline = Timeline(AGENT, RATE)
    items = [*timeline.feed(sound(320), 0.0), *timeline.feed(sound(320), 0.5)]
    assert gaps_of(items) == [Gap(AGENT, start=0.02, seconds=0.48, reason="lost")]
    assert isinstance(items[1], Gap), "a gap comes before its silence"
    out = joined(items)
    assert out[:320].all()
    assert not out[320:8000].any()
    assert out[8000:].all()
    assert len(out) == 8320


def test_jitter_is_no_hole() -> None:
    timeline = Timeline(AGENT, 8000)
    list(timeline.feed(sound(160), 0.0))
    assert gaps_of(timeline.feed(sound(160), 0.030)) == []  # 10 ms ahead
    assert timeline.received == 0.04
    assert len(gaps_of(timeline.feed(sound(160), 0.0502))) == 1  # 10.2 ms ahead


def test_overlap_is_dropped() -> None:
    timeline = Timeline(AGENT, RATE)
    items = [
        *timeline.feed(sound(320, 0.1), 0.0),
        *timeline.feed(sound(320, 0.2), 0.01),  # half of it is known
        *timeline.feed(sound(320, 0.3), 0.01),  # all of it
        *timeline.feed(sound(320, 0.4), 0.0),
    ]
    expected = np.concatenate((sound(320, 0.1), sound(160, 0.2)))
    assert joined(items).tolist() == expected.tolist()
    assert timeline.received == 0.03


def test_a_packet_that_comes_after_its_hole_was_filled_changes_nothing() -> None:
    timeline = Timeline(AGENT, RATE)
    items = [
        *timeline.feed(sound(320, 0.1), 0.0),
        *timeline.feed(sound(320, 0.3), 0.04),
        *timeline.feed(sound(320, 0.2), 0.02),
    ]
    assert len(joined(items)) == 960
    assert not joined(items)[320:640].any()


def test_advance() -> None:
    timeline = Timeline(AGENT, RATE)
    items = list(timeline.advance(2.5, "paused"))
    assert items[0] == Gap(AGENT, 0.0, 2.5, "paused")
    assert [len(frame.samples) for frame in frames_of(items)] == [RATE, RATE, RATE // 2]
    assert list(timeline.advance(2.5, "paused")) == []
    assert list(timeline.advance(1.0, "paused")) == []
    assert timeline.received == 2.5


@pytest.mark.parametrize("rate", [8000, 8001, 11025, RATE, 44100])
def test_a_long_hold_is_made_second_by_second(rate: int) -> None:
    timeline = Timeline(AGENT, rate)
    hold = timeline.feed(sound(rate // 50), 600.0)
    assert timeline.received == 0.0, "nothing is done before it is asked for"
    assert isinstance(next(hold), Gap)
    first = next(hold)
    assert isinstance(first, AudioFrame)
    assert timeline.received < 3.0
    lengths = {len(frame.samples) for frame in frames_of(hold)}
    assert max(lengths) <= RATE
    assert timeline.received == pytest.approx(600.02, abs=1 / rate)


def test_a_long_message_leaves_as_frames_of_a_second() -> None:
    items = list(Timeline(AGENT, 8000).feed(sound(8000 * 125)))
    assert max(len(frame.samples) for frame in frames_of(items)) <= RATE
    assert len(items) == 125


@pytest.mark.parametrize("at", [-0.001, float("nan"), float("inf"), float("-inf")])
def test_bad_timestamps(at: float) -> None:
    timeline = Timeline(AGENT, 8000)
    for attempt in (
        lambda: timeline.feed(sound(8), at),
        lambda: timeline.advance(at, "paused"),
        lambda: Timeline(AGENT, 8000, at),
    ):
        with pytest.raises(BadRequest, match="send"):
            attempt()
    assert timeline.received == 0.0


def test_absurd_jumps() -> None:
    timeline = Timeline(AGENT, 8000, at=10.0)
    for attempt in (timeline.feed(sound(8), 10.0 + MAX_JUMP_SECONDS),):
        assert isinstance(next(attempt), Gap)
    with pytest.raises(BadRequest, match=r"above the limit of 14400 s: send seconds"):
        timeline.feed(sound(8), 11.0 + MAX_JUMP_SECONDS)
    with pytest.raises(BadRequest, match="above the limit"):
        timeline.advance(11.0 + MAX_JUMP_SECONDS, "paused")
    with pytest.raises(BadRequest, match="no second of a call"):
        Timeline(AGENT, 8000, at=MAX_CALL_SECONDS + 1)


def test_another_rate() -> None:
    timeline = Timeline(AGENT, 44100)
    items = list(timeline.feed(sound(1000)))
    items += timeline.reformat(8000)
    assert timeline.rate == 8000
    assert timeline.received == pytest.approx(1000 / 44100, abs=0.5 / RATE)
    items += timeline.feed(sound(800))
    items += timeline.flush()
    assert len(joined(items)) == round(timeline.received * RATE) == 363 + 1600


def test_the_same_rate_or_a_bad_one_changes_nothing() -> None:
    timeline = Timeline(AGENT, 8000)
    list(timeline.feed(sound(100)))
    before = timeline.state()
    assert list(timeline.reformat(8000)) == []
    with pytest.raises(UnsupportedFormat):
        timeline.reformat(96_000)
    assert timeline.state() == before


def test_flush_of_an_odd_rate_leaves_as_frames_of_a_second() -> None:
    timeline = Timeline(AGENT, 8001)
    items = [*timeline.feed(sound(8160)), *timeline.flush()]
    assert len(items) == 2
    assert len(joined(items)) == round(8160 * RATE / 8001)


Step = tuple[int, float | None, bool]
STEPS = st.lists(
    st.tuples(
        st.integers(0, 2500),  # samples of a chunk
        st.none() | st.floats(-0.5, 0.5),  # its timestamp, from the clock
        st.booleans(),  # whether the state is stored and restored
    ),
    max_size=12,
)


@settings(max_examples=80, deadline=None)
@given(
    rate=st.sampled_from([8000, 11025, RATE, 44100, 48000, 8001]),
    at=st.floats(0, 100),
    steps=STEPS,
)
def test_frames_are_seamless_whatever_comes(rate: int, at: float, steps: list[Step]) -> None:
    """Chunks of any size, holes, overlaps, a restore after any: no hole, no overlap, no drift."""
    straight, restored = Timeline(AGENT, rate, at), Timeline(AGENT, rate, at)
    outputs: tuple[list[AudioFrame | Gap], list[AudioFrame | Gap]] = ([], [])
    for index, (count, offset, restore) in enumerate(steps):
        clock = straight.received
        stamp = None if offset is None else max(0.0, clock + offset)
        chunk = np.random.default_rng(index).uniform(-1, 1, count).astype(np.float32)
        outputs[0].extend(straight.feed(chunk, stamp))
        outputs[1].extend(restored.feed(chunk, stamp))
        assert straight.received >= clock
        if stamp is not None and stamp + count / rate > clock + 0.011:
            assert straight.received == pytest.approx(stamp + count / rate, abs=0.0101)
        if restore:
            restored = Timeline.restore(json.loads(json.dumps(restored.state())))
    received = straight.received
    outputs[0].extend(straight.flush())
    outputs[1].extend(restored.flush())

    out = joined(outputs[0])
    start = round(at * RATE)
    assert len(out) == round(received * RATE) - start
    if len(out):
        assert frames_of(outputs[0])[0].start == start
    assert out.tobytes() == joined(outputs[1]).tobytes()
    assert gaps_of(outputs[0]) == gaps_of(outputs[1])
    assert straight.received == restored.received == (start + len(out)) / RATE


@settings(max_examples=40, deadline=None)
@given(data=st.data(), rate=st.sampled_from([8000, RATE, 44100]))
def test_stopping_in_the_middle_of_a_hold(data: st.DataObject, rate: int) -> None:
    """State stored between any two frames of a hold: the sender goes on from `received`."""
    chunk = np.random.default_rng(0).uniform(-1, 1, rate // 10).astype(np.float32)
    whole = Timeline(AGENT, rate)
    expected = joined([*whole.feed(chunk), *whole.feed(chunk, 5.0), *whole.flush()])

    timeline = Timeline(AGENT, rate)
    items = list(timeline.feed(chunk))
    hold = timeline.feed(chunk, 5.0)
    for _ in range(data.draw(st.integers(0, 5))):
        items.append(next(hold))
    timeline = Timeline.restore(json.loads(json.dumps(timeline.state())))
    items += [*timeline.feed(chunk, 5.0), *timeline.flush()]
    assert joined(items).tobytes() == expected.tobytes()
