"""Tone: windows on the media clock, a speaker against their own habit, labels that hold."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models import voice
from models.tone import KNOWN, Tone, ToneWindow
from models.tone_labels import CERTAIN, Label, ShownLabel
from models.tone_windows import LEAST_FRAMES, LONGEST_FRAMES, SPEECH_FRAMES, ToneWindows
from models.vad import FRAME_SECONDS, Array
from stream.audio import PartyId
from tests.models.voices import Manner, heard, talk, telephone

CUSTOMER = PartyId("customer")
WOMAN, MAN = Manner(205.0, 4.8), Manner(110.0, 4.2)
UPSET = {"pitch": 1.3, "rate": 1.3}
"""Nearly five semitones higher and a third faster: clearly beside oneself."""


def upset(manner: Manner) -> Manner:
    return replace(
        manner,
        pitch=UPSET["pitch"] * manner.pitch,
        rate=UPSET["rate"] * manner.rate,
        slope=manner.slope + 5,
    )


@cache
def call(*turns: tuple[Manner, float], gain: float = 0.0, seed: int = 1) -> tuple[Array, Array]:
    """Features and probabilities of somebody who speaks so and then so, over a telephone."""
    rng = np.random.default_rng(seed)
    said = [talk(manner, seconds, rng) for manner, seconds in turns]
    samples = telephone(np.concatenate([samples for samples, _ in said]))
    rows = heard(samples * 10 ** (gain / 20))
    return rows, np.concatenate([probs for _, probs in said])[: len(rows)]


class Judge:
    """Cuts windows and judges them at once."""

    def __init__(self, start: float = 0.0) -> None:
        self.windows = ToneWindows()
        self.tone = Tone(CUSTOMER, start)

    def step(self, rows: Array, probs: Array) -> list[ToneWindow]:
        return [self.tone.judge(each) for each in self.windows.step(rows, probs)]

    def state(self) -> Any:
        return {"windows": self.windows.state(), "tone": self.tone.state()}

    def restore(self, state: Any) -> None:
        self.windows.restore(state["windows"])
        self.tone.restore(state["tone"])


def windows(rows: Array, probs: Array, start: float = 0.0) -> list[ToneWindow]:
    return Judge(start).step(rows, probs)


def vowels(*runs: tuple[int, float]) -> tuple[Array, Array]:
    """Frames of a steady voice, by how many with which probability."""
    probs = np.concatenate([np.full(count, prob, np.float32) for count, prob in runs])
    rows = np.zeros((len(probs), voice.FEATURES), np.float32)
    rows[:] = [-25, 120, 0.9, -8]
    rows[probs < 0.5] = [-60, 0, 0.1, 0]
    return rows, probs


# -- windows -------------------------------------------------------------------------------


def test_a_window_each_two_seconds_of_speech() -> None:
    found = windows(*vowels((400, 0.9)), start=10.0)
    assert [(w.start, w.end) for w in found[:2]] == [(10.0, 11.984), (11.984, 13.968)]
    assert len(found) == 400 // SPEECH_FRAMES
    assert all(w.party == CUSTOMER and w.valence is None for w in found)


def test_a_window_begins_and_ends_with_speech() -> None:
    (window,) = windows(*vowels((50, 0.1), (40, 0.9), (60, 0.1)))
    assert (window.start, window.end) == (1.6, 2.88)


def test_a_short_answer_is_a_window_of_a_second() -> None:
    (window,) = windows(*vowels((10, 0.9), (60, 0.1)))
    assert (window.start, window.end) == (0.0, 1.024)
    assert window.label == "unsure"


def test_sparse_speech_is_cut_after_four_seconds() -> None:
    found = windows(*vowels(*[(8, 0.9), (12, 0.1)] * 20))
    assert found
    assert all(w.end - w.start <= 4.0 for w in found)


def test_a_click_is_no_window() -> None:
    assert windows(*vowels((LEAST_FRAMES - 1, 0.9), (100, 0.1))) == []


def test_what_is_no_speech_gives_no_window() -> None:
    """Music on hold and noise have pitch and level; voice activity says that nobody speaks."""
    rows, _ = call((WOMAN, 20.0))
    assert windows(rows, np.full(len(rows), 0.2, np.float32)) == []


def test_rows_and_probabilities_must_match() -> None:
    with pytest.raises(ValueError, match="one row a speech probability"):
        windows(np.zeros((3, voice.FEATURES), np.float32), np.zeros(2, np.float32))


FRAMES = st.lists(
    st.tuples(st.integers(1, 140), st.sampled_from([0.05, 0.49, 0.5, 0.9])), min_size=1, max_size=12
)


@given(FRAMES)
def test_windows_keep_the_promises_of_the_api(runs: list[tuple[int, float]]) -> None:
    rows, probs = vowels(*runs)
    speech = probs >= 0.5
    judge = Judge()
    reached, silent_speech = 0.0, 0
    for i in range(len(rows)):
        bound = round(judge.windows.reached * FRAME_SECONDS, 3)
        found = judge.step(rows[i : i + 1], probs[i : i + 1])
        silent_speech = 0 if found else silent_speech + int(speech[i])
        assert silent_speech * FRAME_SECONDS < 2.0 + LEAST_FRAMES * FRAME_SECONDS
        for window in found:
            assert reached <= window.start
            assert 1.0 <= window.end - window.start <= 4.0
            assert bound <= window.end <= round((i + 1) * FRAME_SECONDS, 3)
            reached = window.end
        assert len(judge.windows.state()["open"]) < LONGEST_FRAMES


# -- a speaker against their own habit -----------------------------------------------------


@pytest.mark.parametrize("manner", [WOMAN, MAN])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_steady_speaker_stays_calm(manner: Manner, seed: int) -> None:
    found = windows(*call((manner, 120.0), seed=seed))
    for numbers in ([w.activation for w in found], [w.tension for w in found]):
        assert np.mean(np.abs(numbers) <= 0.3) >= 0.95
    labels = [w.label for w in found]
    assert "distressed" not in labels
    assert labels.count("calm") > len(labels) / 2


@pytest.mark.parametrize("manner", [WOMAN, MAN])
@pytest.mark.parametrize("seed", [1, 2])
def test_who_becomes_upset_is_seen_and_falls_back(manner: Manner, seed: int) -> None:
    found = windows(*call((manner, 60.0), (upset(manner), 16.0), (manner, 40.0), seed=seed))
    rise = [w for w in found if 60 <= w.start < 60 + 8]  # 6 s of speech with their pauses
    assert max(w.activation for w in rise) > 0.4
    assert max(w.tension for w in rise) > 0.3
    during = [w for w in found if w.start >= 62 and w.end < 76]
    assert np.median([w.activation for w in during]) > 0.4
    assert {w.label for w in during} & {"tense", "distressed"}
    after = [w for w in found if w.start > 82]
    assert np.mean([abs(w.activation) <= 0.3 for w in after]) >= 0.9
    assert after[-1].label not in ("tense", "distressed")


@pytest.mark.parametrize("gain", [-12.0, 12.0])
def test_the_level_of_the_call_changes_nothing(gain: float) -> None:
    turns = ((MAN, 40.0), (upset(MAN), 10.0))
    plain, moved = windows(*call(*turns)), windows(*call(*turns, gain=gain))
    assert [w.start for w in plain] == [w.start for w in moved]
    for one, other in zip(plain, moved, strict=True):
        assert abs(one.activation - other.activation) <= 0.1
        assert abs(one.tension - other.tension) <= 0.1


def test_who_speaks_louder_alone_is_not_upset() -> None:
    """Gain control, or a hand that brings the handset nearer."""
    rows, probs = call((WOMAN, 60.0))
    rows = rows.copy()
    rows[len(rows) // 2 :, voice.ENERGY] += 12
    found = windows(rows, probs)
    assert np.mean([abs(w.activation) <= 0.3 for w in found]) >= 0.95


def test_a_voice_that_sinks_and_narrows_is_flat() -> None:
    dull = replace(WOMAN, pitch=165.0, rate=3.3, slope=-16.0, melody=0.3)
    found = windows(*call((replace(WOMAN, melody=4.0), 60.0), (dull, 14.0)))
    late = [w for w in found if w.start > 64]
    assert np.median([w.activation for w in late]) < -0.3
    assert "flat" in {w.label for w in late}


def test_a_lively_voice_without_strain_is_warm() -> None:
    lively = replace(MAN, pitch=118.0, melody=7.0)
    found = windows(*call((MAN, 60.0), (lively, 16.0)))
    assert "warm" in {w.label for w in found if w.start > 62}


# -- unsure is used ------------------------------------------------------------------------


def test_unsure_until_the_speaker_is_known() -> None:
    found = windows(*call((WOMAN, 60.0)))
    heard_before, judged = 0.0, 0
    for window in found:
        if heard_before < KNOWN - 2:
            assert window.label == "unsure"
            assert window.confidence < CERTAIN
        heard_before += window.end - window.start
        judged += window.label != "unsure"
    assert judged
    confident = [w.confidence for w in found]
    assert confident[0] == 0.0
    assert confident[-1] > 0.7


def test_a_whisper_is_unsure_and_still_has_numbers() -> None:
    rows, probs = call((WOMAN, 60.0))
    rows = rows.copy()
    rows[-150:, voice.PITCH] = 0
    last = windows(rows, probs)[-1]
    assert (last.confidence, last.label) == (0.0, "unsure")
    assert -1 <= last.activation <= 1


def test_another_speaker_is_unknown_again() -> None:
    rows, probs = call((WOMAN, 60.0))
    judge = Judge()
    before = judge.step(rows, probs)
    judge.windows.reset()
    judge.tone.reset()
    after = judge.step(*call((MAN, 20.0)))
    assert before[-1].label == "calm"
    assert {w.label for w in after[:6]} == {"unsure"}
    assert after[0].activation == 0.0
    assert after[0].start >= before[-1].end


# -- labels hold ---------------------------------------------------------------------------


def shown(*calls: Label) -> list[Label]:
    """What is shown after windows that call for these labels."""
    label = ShownLabel()
    found = []
    for each in calls:
        label.take(each)
        found.append(label.shown)
    return found


def test_a_label_needs_two_windows_and_leaves_after_two() -> None:
    assert shown("calm", "calm", "tense", "calm") == ["unsure", "calm", "calm", "calm"]
    assert shown("calm", "calm", "tense", "tense")[2:] == ["calm", "tense"]
    assert shown("calm", "calm", "tense", "warm")[2:] == ["calm", "unsure"]


def test_a_short_answer_speaks_neither_for_a_label_nor_against() -> None:
    answer = ((5, 0.9), (40, 0.1))
    found = windows(*vowels((12 * SPEECH_FRAMES, 0.9), (40, 0.1), *answer * 3, (70, 0.9)))
    assert [w.label for w in found[-5:]] == ["calm", "unsure", "unsure", "unsure", "calm"]


def test_tense_and_distressed_agree_as_far_as_tense() -> None:
    assert shown("calm", "calm", "tense", "distressed", "distressed")[2:] == [
        "calm",
        "tense",
        "distressed",
    ]
    assert shown("distressed", "distressed", "tense")[-1] == "distressed"


@given(st.lists(st.sampled_from(["calm", "warm", "tense", "distressed", "flat", "unsure"])))
def test_no_label_flaps(calls: list[Label]) -> None:
    found: list[Label] = ["unsure", *shown(*calls)]
    asked: list[Label] = ["unsure", "unsure", *calls]
    for i, (before, after) in enumerate(pairwise(found)):
        if after != before:
            assert before not in asked[i + 1 : i + 3]
        if after == "distressed" != before:
            assert asked[i + 1 : i + 3] == ["distressed", "distressed"]


# -- stop here, go on there ----------------------------------------------------------------


@cache
def eventful() -> tuple[Array, Array, list[ToneWindow]]:
    rows, probs = call((WOMAN, 24.0), (upset(WOMAN), 8.0), (WOMAN, 6.0))
    return rows, probs, windows(rows, probs, 3.5)


@given(st.lists(st.integers(0, 1180), min_size=1, max_size=4).map(sorted))
def test_restored_at_any_frame_later_windows_are_the_same(stops: list[int]) -> None:
    rows, probs, whole = eventful()
    judge, found, at = Judge(3.5), [], 0
    for stop in [*stops, len(rows)]:
        found += judge.step(rows[at:stop], probs[at:stop])
        kept = json.loads(json.dumps(judge.state()))
        judge, at = Judge(), stop
        judge.restore(kept)
        assert judge.state() == kept
    assert found == whole


def test_a_state_is_small_however_long_the_call() -> None:
    rows, probs = call((WOMAN, 60.0))
    judge = Judge()
    for _ in range(4):
        judge.step(rows, probs)
    assert len(json.dumps(judge.state())) < 20_000


def test_a_state_is_not_shared() -> None:
    rows, probs = call((WOMAN, 60.0))
    judge = Judge()
    judge.step(rows[:500], probs[:500])
    kept = judge.state()
    copy = json.loads(json.dumps(kept))
    judge.step(rows[500:], probs[500:])
    assert kept == copy
