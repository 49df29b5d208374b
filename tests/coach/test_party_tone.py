"""One party's tone: windows wait for scores, and are judged in their order, by the model or not."""

from __future__ import annotations

import json
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coach.party_tone import PartyTone
from coach.tones import Scorer, ToneRequest
from models import voice
from models.tone import ToneWindow
from models.tone_model import LearnedTone
from models.tone_windows import SPEECH_FRAMES, ToneWindows
from models.vad import FRAME, FRAME_SECONDS, Array
from stream.audio import CallId, PartyId, Samples
from tests.coach.scripted_tone import ScriptedScorer

CALL, CUSTOMER = CallId("one"), PartyId("customer")
START = 3.5
SCORER = ScriptedScorer()
SPEECH = np.arange(620) % 77 < 60
"""Of frames: windows of a little more than two seconds, with pauses in them."""


def sound(count: int) -> tuple[Samples, Array, Array]:
    """Frames [count, FRAME] of a voice that moves, their features and probabilities."""
    level = 0.1 + np.arange(count) % 1000 / 10_000
    frames = np.repeat(level[:, None], FRAME, axis=1).astype(np.float32)
    rows = np.zeros((count, voice.FEATURES), np.float32)
    rows[:] = [-25, 120, 0.9, -8]
    rows[:, voice.PITCH] += 10 * np.sin(np.arange(count))
    return frames, rows, np.where(SPEECH[:count], 0.9, 0.1).astype(np.float32)


FRAMES, ROWS, PROBS = sound(len(SPEECH))


class Listening:
    """A party's tone on its way through the sound."""

    def __init__(self, scorer: Scorer | None = SCORER) -> None:
        self.scorer = scorer
        self.tone = PartyTone(CUSTOMER, START, scorer)
        self.at = 0
        self.over: list[float] = []
        self.asked: list[ToneRequest] = []
        self.told: list[tuple[float, ToneWindow | None]] = []

    def hear(self, until: int) -> None:
        part = slice(self.at, until)
        self.over += self.tone.step(FRAMES[part], ROWS[part], PROBS[part])
        self.asked += self.tone.asking(CALL)
        self.told += self.tone.judged()
        self.at = max(until, self.at)

    def answer(self, index: int = 0) -> None:
        self.tone.answer(self.asked.pop(index).answered(self.scorer))
        self.told += self.tone.judged()

    def answer_all(self) -> None:
        while self.asked:
            self.answer()

    def restart(self, scorer: Scorer | None = SCORER) -> None:
        state = json.loads(json.dumps(self.tone.state()))
        kept = FRAMES[self.tone.needed_from : self.at].ravel()
        self.scorer, self.asked = scorer, []
        self.tone = PartyTone(CUSTOMER, START, scorer)
        self.tone.restore(state, kept)
        assert self.tone.state() == state or state["by_model"] != (scorer is not None)

    @property
    def windows(self) -> list[ToneWindow]:
        return [window for _, window in self.told if window is not None]


def whole(frames: int = len(SPEECH)) -> Listening:
    listening = Listening()
    listening.hear(frames)
    listening.answer_all()
    return listening


def judged(unscored: Sequence[int] = ()) -> list[ToneWindow]:
    """What the model makes of the windows, asked directly; but for those without scores."""
    learned, found = LearnedTone(CUSTOMER, START, SCORER.calibration), []
    for number, stretch in enumerate(ToneWindows().step(ROWS, PROBS), 1):
        audio = FRAMES[stretch.first : stretch.first + len(stretch.rows)].ravel()
        if number not in unscored:
            found.append(learned.judge(stretch, SCORER.score(audio, stretch.speech)))
    return found


def test_a_window_is_asked_with_its_own_sound_and_judged_by_the_model() -> None:
    listening = whole()
    assert listening.windows == judged()
    assert len(listening.windows) > 6
    assert [over for over, _ in listening.told] == listening.over
    assert listening.over == sorted(listening.over)
    assert all(w and w.end <= over for over, w in listening.told)


def test_what_is_asked_is_asked_once_and_numbered() -> None:
    listening = Listening()
    listening.hear(len(SPEECH))
    assert [each.window for each in listening.asked] == list(range(1, len(listening.asked) + 1))
    assert {(each.call, each.party) for each in listening.asked} == {(CALL, CUSTOMER)}
    assert listening.tone.asking(CALL) == []
    assert listening.told == []


def test_answers_that_come_early_wait_for_those_before() -> None:
    listening = Listening()
    listening.hear(len(SPEECH))
    while len(listening.asked) > 1:
        listening.answer(-1)
        assert listening.told == []
    listening.answer()
    assert listening.windows == judged()
    assert not listening.tone.waiting


def test_of_a_window_without_scores_nothing_is_told_nor_remembered() -> None:
    listening = Listening()
    listening.hear(len(SPEECH))
    listening.tone.answer(listening.asked.pop(2).answer(None))
    listening.answer_all()
    assert [n for n, (_, window) in enumerate(listening.told) if window is None] == [2]
    assert listening.windows == judged(unscored=[3])


def test_without_a_model_windows_are_judged_at_once() -> None:
    listening = Listening(None)
    listening.hear(len(SPEECH))
    assert listening.asked == []
    assert len(listening.windows) == len(judged())
    assert not listening.tone.waiting
    assert listening.tone.needed_from == len(SPEECH), "nor is any sound kept"


def test_sound_is_kept_from_the_first_window_that_has_no_score() -> None:
    listening = Listening()
    listening.hear(10)
    assert listening.tone.needed_from == 0, "it is open"
    listening.hear(SPEECH_FRAMES * 3)
    assert listening.tone.needed_from == 0
    assert listening.tone.since == START
    first = len(listening.asked[0].speech)
    listening.answer()
    assert first <= listening.tone.needed_from < 2 * SPEECH_FRAMES + 20
    assert listening.tone.since == pytest.approx(START + listening.tone.needed_from * FRAME_SECONDS)


def test_what_is_open_when_nobody_may_listen_is_no_window() -> None:
    listening = Listening()
    listening.hear(30)
    listening.tone.skip(20)
    assert listening.tone.needed_from == 50
    listening.at = 50
    listening.hear(len(SPEECH))
    assert np.array_equal(listening.asked[0].audio[:FRAME], FRAMES[50])
    assert min(listening.over) > START + 50 * FRAME_SECONDS


@given(st.lists(st.integers(0, len(SPEECH)), max_size=4).map(sorted), st.integers(0, 3))
def test_restored_at_any_frame_later_windows_are_the_same(stops: list[int], late: int) -> None:
    """Some windows still wait for their scores when it stops."""
    listening = Listening()
    for stop in stops:
        listening.hear(stop)
        while len(listening.asked) > late:
            listening.answer()
        listening.restart()
    listening.hear(len(SPEECH))
    listening.answer_all()
    assert listening.windows == judged()


def test_a_call_goes_on_where_there_is_no_model_any_more() -> None:
    listening = Listening()
    listening.hear(200)
    waiting = len(listening.asked)
    assert waiting
    listening.restart(None)
    listening.hear(len(SPEECH))
    assert not listening.tone.waiting, "what waited is judged by the voice"
    assert len(listening.windows) in (len(judged()), len(judged()) - 1), "but for the open one"
    assert {window.valence for window in listening.windows} == {None}


def test_a_call_goes_on_where_there_is_a_model_from_now_on() -> None:
    listening = Listening(None)
    listening.hear(200)
    before = len(listening.windows)
    listening.restart()
    listening.hear(len(SPEECH))
    listening.answer_all()
    first, *_ = (window for window in listening.windows[before:])
    assert first.valence == 0.0, "its habit is begun anew"
    assert first.start >= START + 200 * FRAME_SECONDS


def test_a_state_holds_no_sound() -> None:
    listening = Listening()
    listening.hear(len(SPEECH))
    waiting = len(listening.asked)
    assert waiting > 5
    # Of a window its sound alone would be 80 kB and more.
    assert len(json.dumps(listening.tone.state())) < waiting * 3_000 + 15_000
