"""How fast a party speaks while it speaks, from sound alone.

Theory. Pacing of closed utterances (models/pacing.py) waits for words. pacing.onnx counts syllables
as they are said, so that a rate is there two seconds after somebody begins. It is the articulation
rate of pacing.py: syllables a second of speaking time, without pauses of more than PAUSE.

Rules.
1. A step is 20 ms. What is told of a step is known DELAY steps after it was heard, and audio is
   read in pieces of PIECE steps: a rate is 0.1 to 0.3 s behind the newest sample.
2. Speaking time runs from the first step of speech in the window to the last; shorter gaps count.
3. Words are better than ears: up to the end of the newest word the words count, and from there on
   the sound does.
4. Nothing here reads a clock: seconds are those of the samples that came.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from models.log_mel import HOP, log_mel
from models.log_mel import WINDOW as FRAME
from models.pacing import PAUSE
from models.pacing_model import DELAY, STEP, STEP_SECONDS, PacingModel, fresh_state
from models.syllables import syllables
from models.types import Word
from stream.audio import Samples

PIECE = 10
"""Steps that are read at once, 0.2 s: each reading has a cost of its own, however little it reads.
Always so many, so that a rate does not hang on how the audio came."""
NEEDED = PIECE * STEP + FRAME - HOP
"""Samples that a piece takes: its last frame reaches into the next."""
QUIET = 1.0
"""Seconds of silence after which the model forgets: it learnt from rows that begin with speech or
soon after, and hears less in what follows a long silence that it remembers."""
WINDOW = 2.0
"""Seconds that a rate looks back."""
KEPT = 10.0
"""Seconds that are kept: the longest window that can be asked for."""
SPEECH = 0.5
"""Probability from which a step is speech."""
LEAST = 0.5
"""Seconds of speaking time from which there is a rate: two or three syllables."""


@dataclass(frozen=True, slots=True)
class Rate:
    """A party's rate. `at`: media second up to which it is told; `syllables` in `speaking` seconds
    of speech; `rate`: their ratio, 0 where `speaking` is less than LEAST."""

    at: float
    syllables: float
    speaking: float

    @property
    def rate(self) -> float:
        """Syllables a second of speaking time."""
        return self.syllables / self.speaking if self.speaking >= LEAST else 0.0


class SpeechRate:
    """What one party is heard by. Synchronous, no clock. For the eye alone, so no checkpoint keeps
    it: after a restart it begins anew."""

    def __init__(self, model: PacingModel, start: float = 0.0) -> None:
        """`start`: media second of the first sample."""
        self._model = model
        self._start = start
        self._tail = np.zeros(0, np.float32)
        self._state = fresh_state()
        self._heard = 0
        self._told = np.zeros((2, 0), np.float32)  # syllables and speech of the steps that are kept

    def step(self, samples: Samples) -> None:
        """Take samples at RATE, [n] of any number; they are read when there are PIECE steps."""
        audio, read = np.concatenate((self._tail, samples)), 0
        while len(audio) - read >= NEEDED:
            self._read(audio[read : read + NEEDED])
            read += PIECE * STEP
        self._tail = audio[read:]

    def _read(self, piece: Samples) -> None:
        """PIECE steps more, of NEEDED samples."""
        quiet = self._told[1, -round(QUIET / STEP_SECONDS) :]
        if len(quiet) == round(QUIET / STEP_SECONDS) and quiet.max() < SPEECH:
            self._state = fresh_state()
        beats, speech, states = self._model.step(log_mel(piece)[None], self._state[None])
        self._state = states[0]
        early = max(0, DELAY - self._heard)  # told of steps before the first
        self._heard += PIECE
        told = np.concatenate((beats, speech))[:, early:]
        self._told = np.concatenate((self._told, told), axis=1)[:, -round(KEPT / STEP_SECONDS) :]

    @property
    def at(self) -> float:
        """Media second up to which steps are told."""
        return round(self._start + max(0, self._heard - DELAY) * STEP_SECONDS, 3)

    @property
    def speech(self) -> float:
        """Probability, 0..1, that the newest step told is speech; 0 before there is one."""
        return float(self._told[1, -1]) if self._told.size else 0.0

    def rate(self, seconds: float = WINDOW, words: Sequence[Word] = ()) -> Rate:
        """The rate of the last `seconds` (KEPT at most) up to `at`.

        `words`: what the party has said in them so far as is known, in order of time.
        """
        count = min(self._told.shape[1], round(min(seconds, KEPT) / STEP_SECONDS))
        if not count:
            return Rate(self.at, 0.0, 0.0)
        start = self.at - count * STEP_SECONDS
        known = [word for word in words if word.end > start and word.start < self.at]
        begun = min(count, max(0, _steps(known[-1].end - start))) if known else 0
        beats = float(self._told[0, -count:][begun:].sum())
        beats += sum(_within(word, start, self.at) * syllables(word.w) for word in known)
        active = self._told[1, -count:] >= SPEECH
        spans = [
            (at * STEP_SECONDS, (at + 1) * STEP_SECONDS)
            for at in np.flatnonzero(active)
            if at >= begun
        ]
        told = [(max(0.0, word.start - start), word.end - start) for word in known]
        end = self.at - start
        speaking = _speaking([(low, min(high, end)) for low, high in told + spans])
        return Rate(self.at, round(beats, 2), round(speaking, 2))


def _steps(seconds: float) -> int:
    return round(seconds / STEP_SECONDS)


def _within(word: Word, start: float, end: float) -> float:
    """Part of a word, 0..1, that lies between `start` and `end`."""
    if word.end <= word.start:
        return 1.0
    return max(0.0, min(word.end, end) - max(word.start, start)) / (word.end - word.start)


def _speaking(spans: Sequence[tuple[float, float]]) -> float:
    """Seconds from the first to the last of these in order of time, less gaps above PAUSE."""
    if not spans:
        return 0.0
    gaps = (after[0] - before[1] for before, after in pairwise(spans))
    return spans[-1][1] - spans[0][0] - sum(gap for gap in gaps if gap > PAUSE)
