"""Endpointing: each rule by example, and what holds for any row of probabilities."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import astuple

import pytest
from hypothesis import example, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from models.endpoint import Bounds, Endpointer, EndpointSettings, frame_time
from models.vad import FRAME_SECONDS

LEAD, TRAIL = 9, 6
"""Frames of 0.3 s and 0.2 s."""
LONGEST = 469
"""Frames at which an utterance has lasted 15 s."""
SETTINGS = EndpointSettings()


def closed(probs: Iterable[float], settings: EndpointSettings = SETTINGS) -> list[Bounds]:
    """All utterances, the last one closed by the end of the audio."""
    endpointer = Endpointer(settings)
    found = [endpointer.step(prob) for prob in probs] + [endpointer.finish()]
    return [bounds for bounds in found if bounds is not None]


def closes_after(spoken: int) -> int:
    """Frames of silence that close an utterance of so many frames."""
    endpointer = Endpointer()
    for _ in range(spoken):
        assert endpointer.step(0.9) is None
    silent = 1
    while endpointer.step(0.0) is None:
        silent += 1
    return silent


# -- rules -----------------------------------------------------------------------------------


def test_audio_has_a_lead_and_a_trail() -> None:
    (bounds,) = closed([0.0] * 50 + [0.9] * 30 + [0.0] * 50)
    assert bounds == Bounds(50 - LEAD, 80 + TRAIL, 50, 80)


def test_audio_ends_where_the_party_ends() -> None:
    (bounds,) = closed([0.9] * 30 + [0.0] * 2)
    assert bounds == Bounds(0, 32, 0, 30)


def test_speech_begins_at_onset_and_goes_on_above_offset() -> None:
    (bounds,) = closed([0.49] * 20 + [0.5] * 5 + [0.36] * 40 + [0.34] * 50)
    assert (bounds.speech_first, bounds.speech_last) == (20, 65)
    assert closed([0.49] * 500) == []


@pytest.mark.parametrize(
    ("seconds", "silence"),
    [(0.5, 0.9), (1.5, 0.9), (2.75, 0.75), (4.0, 0.6), (7.0, 0.4), (10.0, 0.2), (14.0, 0.2)],
)
def test_the_longer_it_is_the_shorter_the_pause_that_closes_it(
    seconds: float, silence: float
) -> None:
    assert SETTINGS.closing_silence(seconds) == pytest.approx(silence)
    spoken = round(seconds / FRAME_SECONDS)
    assert closes_after(spoken) * FRAME_SECONDS == pytest.approx(silence, abs=FRAME_SECONDS)


def test_a_pause_within_a_fragment_does_not_part_it() -> None:
    assert len(closed(([0.9] * 30 + [0.0] * 28) * 2 + [0.0] * 50)) == 1
    assert len(closed(([0.9] * 30 + [0.0] * 32) * 2 + [0.0] * 50)) == 2


@pytest.mark.parametrize(("loud", "utterances"), [(1, 0), (2, 0), (3, 1)])
def test_a_click_is_no_utterance(loud: int, utterances: int) -> None:
    assert len(closed([0.0] * 20 + [0.9] * loud + [0.4] * 5 + [0.0] * 60)) == utterances


def test_only_what_is_certain_may_be_shown() -> None:
    endpointer = Endpointer()
    shown = []
    for prob in (0.9, 0.4, 0.9, 0.4, 0.9):
        endpointer.step(prob)
        shown.append(endpointer.certain)
    assert shown == [False, False, False, False, True]


def test_no_sound_is_heard_twice() -> None:
    """The lead of the second would reach into the trail of the first."""
    first, second = closed([0.9] * 350 + [0.0] * 8 + [0.9] * 30 + [0.0] * 60)
    assert first.last == 350 + TRAIL
    assert second.first == first.last
    assert second.speech_first == 358


def test_a_dropped_click_takes_no_sound_from_what_follows() -> None:
    (bounds,) = closed([0.9] * 2 + [0.0] * 33 + [0.9] * 30 + [0.0] * 60)
    assert bounds.first == 35 - LEAD


def test_a_long_one_is_cut_at_its_quietest_recent_frame() -> None:
    probs = [0.9] * 600
    probs[100], probs[430] = 0.36, 0.4
    first, second = closed(probs + [0.0] * 60)
    assert first == Bounds(0, 431, 0, 431)
    assert second == Bounds(431, 606, 431, 600)


def test_where_nobody_pauses_it_is_cut_all_the_same() -> None:
    found = closed([0.9] * 2000)
    assert [bounds.speech_first for bounds in found[1:]] == [b.speech_last for b in found[:-1]]
    assert all(bounds.last - bounds.first <= LONGEST for bounds in found)


def test_a_murmur_is_no_utterance_however_long() -> None:
    assert closed([0.9, 0.9] + [0.4] * 2000) == []


def test_a_party_that_falls_silent_at_the_cut() -> None:
    (bounds,) = closed([0.9] * (LONGEST - 5) + [0.0] * 60)
    assert bounds.speech_last == LONGEST - 5


def test_a_cut_is_no_surprise_to_who_waits() -> None:
    """Until an utterance is cut, `quiet_since` does not pass where it will be cut."""
    endpointer, promised = Endpointer(), 0
    for _ in range(LONGEST - 1):
        assert endpointer.step(0.9 if endpointer.frames != 410 else 0.5) is None
        promised = endpointer.quiet_since
    bounds = endpointer.step(0.9)
    assert bounds is not None
    assert promised <= bounds.speech_last == 411


def test_frames_are_of_512_samples() -> None:
    assert frame_time(0) == 0.0
    assert frame_time(125) == 4.0


# -- properties ------------------------------------------------------------------------------

levels = st.sampled_from([0.0, 0.34, 0.36, 0.49, 0.5, 0.9, 1.0])
runs = st.lists(st.tuples(levels, st.sampled_from([1, 2, 3, 7, 20, 40, 150, 480])), max_size=12)
short = EndpointSettings(longest=3.0, search=1.0, young=1.0, old=2.0, fragment=0.5)
any_settings = st.sampled_from([SETTINGS, short])


def probabilities(plan: list[tuple[float, int]]) -> list[float]:
    return [level for level, count in plan for _ in range(count)]


@given(runs, any_settings)
@example([(0.9, 480), (0.0, 3), (0.36, 480)], SETTINGS)
def test_bounds_are_ordered_disjoint_and_not_too_long(
    plan: list[tuple[float, int]], settings: EndpointSettings
) -> None:
    probs = probabilities(plan)
    reached = 0
    for bounds in closed(probs, settings):
        first, last, speech_first, speech_last = astuple(bounds)
        assert reached <= first <= speech_first < speech_last <= last <= len(probs)
        assert (speech_last - speech_first) * FRAME_SECONDS <= settings.longest + FRAME_SECONDS
        spare = settings.lead + settings.trail + 2 * FRAME_SECONDS
        assert (last - first) * FRAME_SECONDS <= settings.longest + spare
        after = speech_last + round(settings.search / FRAME_SECONDS)
        assert sum(prob >= settings.onset for prob in probs[speech_first:after]) >= settings.least
        reached = last


@given(runs, any_settings)
def test_every_loud_stretch_is_in_an_utterance(
    plan: list[tuple[float, int]], settings: EndpointSettings
) -> None:
    """Nothing said is lost: three loud frames in a row are in an utterance, in part at least."""
    probs = probabilities(plan)
    found = closed(probs, settings)
    covered = {i for b in found for i in range(b.first, b.last)}
    lost = [i for i, prob in enumerate(probs) if prob >= settings.onset and i not in covered]
    # Fewer than `least` on either side of a cut, or on their own, are a click.
    assert all(not {i + 1, i + 2} <= set(lost) for i in lost)


@given(runs, any_settings, st.data())
def test_restored_at_any_frame_it_goes_on_the_same(
    plan: list[tuple[float, int]], settings: EndpointSettings, data: st.DataObject
) -> None:
    probs = probabilities(plan)
    cut = data.draw(st.integers(0, len(probs)))
    whole, before = Endpointer(settings), Endpointer(settings)
    expected = [whole.step(prob) for prob in probs]
    found = [before.step(prob) for prob in probs[:cut]]
    kept = json.dumps(before.state())
    after = Endpointer.restore(settings, json.loads(kept))
    assert json.dumps(after.state()) == kept
    found += [after.step(prob) for prob in probs[cut:]]
    assert found == expected
    assert after == whole
    assert after.finish() == whole.finish()


@given(runs, any_settings)
@hypothesis_settings(max_examples=60)
def test_what_is_promised_holds(plan: list[tuple[float, int]], settings: EndpointSettings) -> None:
    """`quiet_since` and `audio_from` never go back, and nothing later lies before them."""
    endpointer = Endpointer(settings)
    quiet = audio = 0
    for prob in probabilities(plan):
        bounds = endpointer.step(prob)
        if bounds is not None:
            assert bounds.speech_last >= quiet
            assert bounds.first >= audio
        assert quiet <= endpointer.quiet_since <= endpointer.frames
        assert audio <= endpointer.audio_from <= endpointer.frames
        quiet, audio = endpointer.quiet_since, endpointer.audio_from


@given(runs)
def test_it_depends_on_the_probabilities_alone(plan: list[tuple[float, int]]) -> None:
    probs = probabilities(plan)
    assert closed(probs) == closed(probs)
