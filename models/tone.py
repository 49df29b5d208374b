"""Tone: how activated and how tense a speaker is against their own habit on this call.

Theory. Activation is the part of emotion that a voice shows most surely: pitch rises, speech
quickens, the glottis closes harder and the spectrum brightens (Scherer 2003). Tension shows in
the same and in its steadiness: a raised pitch that moves less, a pressed (bright) voice, more
jitter. None of these has an absolute meaning; people differ more than moods do. So each measure
counts in deviations from the speaker's own running habit. Loudness counts for little: gain
control on the line takes it away. What a voice says of pleasure is not measured here: valence
is None. Nor are these emotions: "more tense than before" is all that may be said, and somebody
who is upset from the first word on is their own habit. Measured once, on nothing it was made
with, in the telephone band, each clip after 20 s of its speaker's neutral speech: activation of
angry and happy against neutral and sad has an AUC of 0.97 (EmoDB, 339 clips) and 0.80 (RAVDESS,
663 clips). Both are acted; spontaneous speech is unmeasured and harder.

Rules.
1. A window opens with a frame of speech. It closes with SPEECH_FRAMES of speech, or at
   LONGEST_FRAMES, or when silence has lasted SILENT_FRAMES: then it ends with the speech, but
   is a second long at least. So there is one at least each two seconds of speech; no window
   holds anything of the one before.
2. A window is judged against the habit (habit.py) of the windows before it, then becomes part
   of it.
3. Confidence grows with the speech heard before and with the voiced part of the window. Below
   CERTAIN the label is unsure; the numbers are given all the same.
4. A label is shown when two windows in a row have called for it, and leaves when two in a row
   have not. Tense and distressed agree as far as tense. A window that is not certain ("mm-hm")
   speaks neither for a label nor against it.
5. No clock, no I/O, no level anywhere but relative to the speaker's own; `state()` at any frame
   and `restore()` give the same later windows to the last digit.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import tanh
from typing import Any, Literal

import numpy as np

from models.habit import Habit, Measured
from models.vad import FRAME_SECONDS, Array
from models.voice import FEATURES, LEAST_VOICED, PITCH, SPEECH, Measure, prosody
from stream.audio import PartyId

Label = Literal["calm", "warm", "tense", "distressed", "flat", "unsure"]

SPEECH_FRAMES = 62
"""1.98 s of speech close a window: the API promises one at least each 2 s."""
LONGEST_FRAMES = 125
"""4.0 s, the API's longest window: what is older is another thought."""
SHORTEST_FRAMES = 32
"""1.02 s, just above the API's shortest window."""
SILENT_FRAMES = 31
"""0.99 s of silence close a window: the longest pause for which an utterance stays open."""
LEAST_FRAMES = 3
"""Speech of fewer frames is a click or a breath, and no window, as it is no utterance."""

KNOWN = 15.0
"""Seconds of own speech before a window from which its habit is known: half confidence."""
VOICED_FRAMES = 25
"""0.8 s of voiced frames, two fifths of a full window, are enough; fewer lower confidence."""
CERTAIN = 0.5
"""Confidence from which a label is given."""

Weights = dict[Measure, float]
ACTIVATION: Weights = {
    "pitch": 0.40,
    "rate": 0.30,
    "tilt": 0.25,
    "spread": 0.15,
    "level": 0.05,
    "swing": 0.05,
    "pause": -0.10,
}
TENSION: Weights = {
    "pitch": 0.35,
    "tilt": 0.35,
    "rate": 0.20,
    "spread": -0.20,
    "jitter": 0.15,
}
"""By what theory says of each measure, not fitted to any corpus; level small, see above."""
GAIN = 0.22
"""Keeps ordinary talk on the telephone within 0.3 for 19 windows of 20; three deviations of all
measures together give 0.6."""

HIGH = 0.4
"""Activation from which somebody is beside their usual self."""
TENSE = 0.35
STRAINED = 0.45
"""Tension of tense, and of distressed: the graver word wants more."""
LOW_ACTIVATION, LOW_TENSION = 0.3, 0.25
"""Below both somebody is calm; between them and the limits above the label is unsure."""
DULL = -0.35
"""Activation of flat, with a NARROW pitch."""
NARROW, LIVELY = -0.7, 0.8
"""Deviations of the pitch's spread: monotone, and moving."""
EASY = 0.15
"""Tension up to which a lively voice is a warm one."""


@dataclass(frozen=True, slots=True)
class ToneWindow:
    """A party's tone in one to four seconds; `start`, `end` in media seconds, to 0.001.

    `activation`, `tension`: -1..1 against the party's own habit, 0 as usual, rounded to 0.01.
    `confidence`: 0..1, rounded to 0.01. `valence` is None: it is not measured.
    """

    party: PartyId
    start: float
    end: float
    activation: float
    tension: float
    valence: None
    confidence: float
    label: Label


class Tone:
    """One party's tone. Synchronous, no clock; holds one window's frames and the habit."""

    def __init__(self, party: PartyId, start_frame_seconds: float) -> None:
        """`start_frame_seconds`: media seconds at which the party's first frame starts."""
        self.party = party
        self._zero = start_frame_seconds
        self._frames = 0
        self._open: list[list[float]] = []  # features and probability of each frame
        self._speech = self._spoken = 0  # its frames of speech; the end of the last of them
        self._forget()

    def _forget(self) -> None:
        self._habit = Habit()
        self._shown: Label = "unsure"
        self._last: Label = "unsure"

    @property
    def quiet_since(self) -> float:
        """Media second before which no window that is still to come can end."""
        since = self._frames - len(self._open)
        if self._open:
            since += max(self._spoken, SHORTEST_FRAMES)
        return round(self._zero + since * FRAME_SECONDS, 3)

    def step(self, features: Array, probs: Array) -> list[ToneWindow]:
        """The windows that these frames close.

        `features`: [k, FEATURES] of `voice.features`; `probs`: [k], the same frames' speech
        probabilities. Every frame of the party's clock comes once, in order. ValueError where
        the two do not match.
        """
        if features.shape != (len(probs), FEATURES):
            raise ValueError(
                f"features are {list(features.shape)}, not [{len(probs)}, {FEATURES}]: "
                "give one row a speech probability"
            )
        found: list[ToneWindow] = []
        for row, prob in zip(features.tolist(), probs.astype(np.float32).tolist(), strict=True):
            self._frames += 1
            window = self._take([*row, prob])
            if window:
                found.append(window)
        return found

    def reset(self) -> None:
        """Another person speaks as this party from here on: their habit is not known."""
        self._open, self._speech, self._spoken = [], 0, 0
        self._forget()

    def _take(self, row: list[float]) -> ToneWindow | None:
        speaks = row[-1] >= SPEECH
        if not self._open and not speaks:
            return None
        self._open.append(row)
        if speaks:
            self._speech += 1
            self._spoken = len(self._open)
        length = len(self._open)
        silent = length - self._spoken >= SILENT_FRAMES and length >= SHORTEST_FRAMES
        if self._speech < SPEECH_FRAMES and length < LONGEST_FRAMES and not silent:
            return None
        return self._close()

    def _close(self) -> ToneWindow | None:
        first = self._frames - len(self._open)
        rows = np.array(self._open[: max(self._spoken, SHORTEST_FRAMES)], np.float32)
        enough = self._speech >= LEAST_FRAMES
        self._open, self._speech, self._spoken = [], 0, 0
        return self._judge(first, rows) if enough else None

    def _judge(self, first: int, rows: Array) -> ToneWindow:
        speech = rows[:, FEATURES] >= SPEECH
        measured = prosody(rows, speech)
        beyond = self._habit.deviations(measured)
        confidence = self._confidence(int((speech & (rows[:, PITCH] > 0)).sum()))
        activation, tension = _score(ACTIVATION, beyond), _score(TENSION, beyond)
        certain = confidence >= CERTAIN
        if certain:
            self._show(_called(activation, tension, beyond))
        self._habit.learn(measured, int(speech.sum()) * FRAME_SECONDS)
        return ToneWindow(
            self.party,
            round(self._zero + first * FRAME_SECONDS, 3),
            round(self._zero + (first + len(rows)) * FRAME_SECONDS, 3),
            activation,
            tension,
            None,
            confidence,
            self._shown if certain else "unsure",
        )

    def _confidence(self, voiced: int) -> float:
        """0..1: half at KNOWN seconds of speech before, and rising with more."""
        if voiced < LEAST_VOICED:
            return 0.0
        known = self._habit.heard / (self._habit.heard + KNOWN)
        return round(known * min(1.0, voiced / VOICED_FRAMES), 2)

    def _show(self, called: Label) -> None:
        """Move the label that is shown by what a window calls for (rule 4)."""
        if called == self._last:
            self._shown = called
        elif self._shown not in (self._last, called):
            both_tense = {self._last, called} == {"tense", "distressed"}
            self._shown = "tense" if both_tense else "unsure"
        self._last = called

    def state(self) -> dict[str, Any]:
        """All that later windows depend on, JSON-able; at most LONGEST_FRAMES rows."""
        return {
            "zero": self._zero,
            "frames": self._frames,
            "open": [list(row) for row in self._open],
            "habit": self._habit.state(),
            "shown": self._shown,
            "last": self._last,
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Take up the state of `state()`; the party is the constructor's."""
        self._zero, self._frames = state["zero"], state["frames"]
        self._open = [list(row) for row in state["open"]]
        speaks = [i for i, row in enumerate(self._open) if row[-1] >= SPEECH]
        self._speech, self._spoken = len(speaks), speaks[-1] + 1 if speaks else 0
        self._habit = Habit.restore(state["habit"])
        self._shown, self._last = state["shown"], state["last"]


def _score(weights: Weights, beyond: Measured) -> float:
    whole = sum(weight * beyond.get(name, 0.0) for name, weight in weights.items())
    return round(tanh(GAIN * whole), 2) + 0.0  # no -0.0 on the wire


def _called(activation: float, tension: float, beyond: Measured) -> Label:
    """The label that one window alone calls for."""
    movement = beyond.get("spread", 0.0)
    if activation >= HIGH and tension >= STRAINED:
        return "distressed"
    if tension >= TENSE:
        return "tense"
    if activation <= DULL and movement <= NARROW:
        return "flat"
    if activation > 0 and tension <= EASY and movement >= LIVELY:
        return "warm"
    if activation < LOW_ACTIVATION and tension < LOW_TENSION:
        return "calm"
    return "unsure"
