"""Scores of tone for tests without weights: by a window's sound and speech alone."""

from __future__ import annotations

import random

import numpy as np
import numpy.typing as npt

from models.tone_model import SCORES, Calibration, Scores
from stream.audio import Samples

MEANT = Calibration(
    priors=dict.fromkeys(SCORES, 0.2),
    gains=dict.fromkeys(SCORES, 0.2),
    middle=2.2,
    band=0.7,
)


class ScriptedScorer:
    """Another sample, or a frame more of speech, gives other scores. While `broken`, it gives
    none."""

    calibration = MEANT

    def __init__(self) -> None:
        self.broken = False

    def score(self, audio: Samples, speech: npt.NDArray[np.bool_]) -> Scores:
        if self.broken:
            raise ValueError("the model stumbled")
        of = random.Random(audio.tobytes() + speech.tobytes())
        return {name: of.uniform(-2, 2) for name in SCORES}
