"""Tone by the model: what is asked of it for a window, and what it answers.

A window that closes asks for a score, and judgement waits for it as it waits for words
(coach/party_tone.py). A score that cannot be had costs its window alone: nothing is told of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from models.tone_model import Calibration, Scores
from stream.audio import CallId, PartyId, Samples


class Scorer(Protocol):
    """What models.tone_scorer.ToneScorer does. `score` blocks, and is thread-safe."""

    @property
    def calibration(self) -> Calibration: ...

    def score(self, audio: Samples, speech: npt.NDArray[np.bool_]) -> Scores: ...


@dataclass(frozen=True, slots=True, eq=False)
class ToneRequest:
    """A window to score. `window`: counts from 1 within a party; `audio`: [n * 512] at RATE;
    `speech`: [n], which of its frames are speech."""

    call: CallId
    party: PartyId
    window: int
    audio: Samples
    speech: npt.NDArray[np.bool_]

    def scored(self, scorer: Scorer) -> Scores:
        """Its scores. Blocks; raises whatever the model does."""
        return scorer.score(self.audio, self.speech)

    def answer(self, scores: Scores | None) -> ToneResult:
        """The answer to it."""
        return ToneResult(self.party, self.window, scores)

    def answered(self, scorer: Scorer | None) -> ToneResult:
        """The answer, scored here and now; without `scorer` none."""
        return self.answer(self.scored(scorer) if scorer else None)


@dataclass(frozen=True, slots=True)
class ToneResult:
    """Raw scores of a window; None where there are none to be had."""

    party: PartyId
    window: int
    scores: Scores | None
