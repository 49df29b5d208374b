"""Tone by the shipped model over a recorded call: what a call says is what the model says."""

from __future__ import annotations

from functools import cache

import numpy as np
import numpy.typing as npt
import pytest

from coach.analyze import Analysis
from coach.conversation import Conversation
from coach.demo import CALL
from coach.tones import Scorer
from models import voice, weights
from models.tone import ToneWindow
from models.tone_model import LearnedTone, Scores
from models.tone_scorer import ToneScorer
from models.tone_windows import ToneWindows
from models.types import DecodeRequest
from models.vad import FRAME, Vad, fresh_state
from stream.audio import RATE, AudioFrame, Samples
from stream.files import read_audio
from tests.coach.scripted_call import AGENT, GRANTED, knowledge
from tests.coach.scripted_call import CALL as ID

SECONDS = 30


@cache
def scorer() -> ToneScorer:
    try:
        return ToneScorer(weights.folder("whisper-tiny.en"))
    except weights.MissingWeights as missing:
        pytest.skip(str(missing))


@cache
def agent() -> Samples:
    """The sample call's agent, whole frames."""
    channels, _ = read_audio(CALL, RATE)
    whole: Samples = channels[0][: SECONDS * RATE // FRAME * FRAME]
    return whole


def by_itself() -> list[ToneWindow]:
    """The windows as the model tells them, with no call around it."""
    frames, state = agent().reshape(-1, FRAME), fresh_state()[None]
    vad, probs = Vad(weights.folder("silero-vad")), np.empty(len(frames), np.float32)
    for n, frame in enumerate(frames):
        probs[n : n + 1], state = vad.step(frame[None], state)
    rows, _ = voice.features(frames, np.zeros(FRAME, np.float32))
    learned, found = LearnedTone(AGENT.id, 0.0, scorer().calibration), []
    for each in ToneWindows().step(rows, probs):
        audio = agent()[each.first * FRAME : (each.first + len(each.rows)) * FRAME]
        found.append(learned.judge(each, scorer().score(audio, each.speech)))
    return found


def in_a_call(tone: Scorer | None) -> list[dict[str, object]]:
    """Data of the tone events of a call in which no word is heard, packet by packet."""
    conversation = Conversation(ID, knowledge(tone=tone), {}, GRANTED)
    vad = Vad(weights.folder("silero-vad"))
    analysis = Analysis(conversation, vad, DecodeRequest.answer, tone=tone)
    conversation.join(AGENT, 0)
    drafts = []
    for first in range(0, len(agent()), 320):
        audio = AudioFrame(AGENT.id, first, agent()[first : first + 320])
        drafts += analysis.hear(audio)
    drafts += analysis.leave(AGENT.id)
    return [draft.data for draft in drafts if draft.type == "tone"]


def test_a_call_says_what_the_model_says() -> None:
    ours, wanted = in_a_call(scorer()), by_itself()
    assert len(wanted) > 5
    assert [each["window"] for each in ours] == [[each.start, each.end] for each in wanted]
    for name in ("activation", "tension", "valence", "confidence", "label"):
        assert [each[name] for each in ours] == [getattr(each, name) for each in wanted]


def test_it_is_not_what_the_measures_of_the_voice_say() -> None:
    model, measures = in_a_call(scorer()), in_a_call(None)
    assert [each["window"] for each in model] == [each["window"] for each in measures]
    assert [each["activation"] for each in model] != [each["activation"] for each in measures]
    assert {each["valence"] for each in measures} == {None}


class Stumbles:
    """The real model, which fails on its third window."""

    def __init__(self) -> None:
        self.calibration = scorer().calibration
        self._count = 0

    def score(self, audio: Samples, speech: npt.NDArray[np.bool_]) -> Scores:
        self._count += 1
        if self._count == 3:
            raise RuntimeError("out of memory")
        return scorer().score(audio, speech)


def test_a_window_that_cannot_be_scored_is_left_out() -> None:
    whole, holed = in_a_call(scorer()), in_a_call(Stumbles())
    starts = [each["window"] for each in whole]
    assert [each["window"] for each in holed] == starts[:2] + starts[3:]
