"""A call without consent in its pipeline: nobody looks for speech, and its clock goes on."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from coach.consent import Consent
from coach.pipeline import Changed, Ended, Joined, Left, Pipeline
from models.vad import FRAME, Array, fresh_state
from stream.audio import AudioFrame, Samples
from tests.coach.piped import Loud, Mute, piped
from tests.coach.scripted_call import AGENT, GRANTED, knowledge

UNHEARD = Consent(record=True, analyse=False, tone=True)
FRAMES = 10
"""That are put at a time."""


class Looks:
    """What speech was looked for in: the loudness of each frame, and the state before it."""

    def __init__(self) -> None:
        self.frames: list[float] = []
        self.states: list[Array] = []

    def step(self, frames: Samples, states: Array) -> tuple[Array, Array]:
        self.frames += frames.max(axis=1).tolist()
        self.states += list(states)
        return np.zeros(len(frames), np.float32), states + 1


async def put(pipeline: Pipeline, at: int, level: float) -> None:
    samples = np.full(FRAMES * FRAME, level, np.float32)
    await pipeline.put(AudioFrame(AGENT.id, at * FRAME, samples))


async def test_speech_is_looked_for_only_with_consent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks = Looks()
    monkeypatch.setattr(Loud, "step", lambda _, frames, states: looks.step(frames, states))
    async with piped(tmp_path, knowledge(), Mute(), now=lambda: 0.0) as live:
        pipeline = live.pipeline
        await pipeline.put(Joined(AGENT, 0))
        for turn, consent in enumerate((GRANTED, UNHEARD, GRANTED)):
            await pipeline.put(Changed({}, consent, 0.0))
            await put(pipeline, turn * FRAMES, level=0.1 * (turn + 1))
        await pipeline.put(Left(AGENT.id))
        await pipeline.put(Ended("stopped"))
        await pipeline.run()
        assert pipeline.conversation.clock == pytest.approx(3 * FRAMES * FRAME / 16_000)
    assert looks.frames == pytest.approx([0.1] * FRAMES + [0.3] * FRAMES)
    assert (looks.states[FRAMES - 1] == FRAMES - 1).all()
    assert (looks.states[FRAMES] == fresh_state()).all(), "what it was before is long past"
