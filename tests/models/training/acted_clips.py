"""Acted clips made of numbers: what tells emotions apart in them is known."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from models import voice
from models.tone_windows import Stretch
from models.training.tone_clips import Clip, Corpus, Emotion
from models.training.tone_heard import Heard
from models.training.tone_rows import Acted, acted

FRAMES = 62
EMOTIONS: tuple[Emotion, ...] = ("neutral",) * 3 + ("calm", "sad", "angry", "angry", "happy")
ACTIVE, ANGRY, PLEASANT = range(3)
"""Numbers of a state that tell something; all others tell nothing."""
COPIES = 2


def speech(rng: np.random.Generator, pitch: float = 120.0) -> Stretch:
    """A window of somebody's voice, two seconds long."""
    rows = np.zeros((FRAMES, voice.FEATURES), np.float32)
    rows[:, voice.ENERGY] = rng.normal(-25, 3, FRAMES)
    rows[:, voice.PITCH] = pitch * 2 ** rng.normal(0, 0.1, FRAMES)
    rows[:, voice.VOICING], rows[:, voice.TILT] = 0.9, -8
    return Stretch(0, rows, np.ones(FRAMES, bool))


def made(*, width: int = 12, noise: float = 0.1, speakers: int = 5, seed: int = 1) -> Acted:
    """Clips of both corpora. Who speaks moves a state far more than any emotion does."""
    rng = np.random.default_rng(seed)
    clips, heard = [], []
    corpora: tuple[Corpus, ...] = ("RAVDESS", "EmoDB")
    for corpus in corpora:
        for number in range(speakers):
            own = rng.normal(0, 10, width)
            for take, emotion in enumerate(EMOTIONS):
                state = own + _told(emotion, width)
                means = state + rng.normal(0, noise, (COPIES, 1, width))
                name = f"{corpus}-{number}-{take}"
                clips.append(
                    Clip(corpus, Path(name), f"{corpus} {number}", number % 2 == 0, emotion)
                )
                heard.append(Heard((speech(rng),), means.astype(np.float32)))
    return acted(clips, heard)


def _told(emotion: Emotion, width: int) -> np.ndarray:
    state = np.zeros(width)
    state[ACTIVE] = emotion in ("angry", "happy")
    state[ANGRY] = emotion == "angry"
    state[PLEASANT] = emotion in ("happy", "calm")
    return state
