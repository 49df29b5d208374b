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
1. Windows are those of models/tone_windows.py. One is judged against the habit (habit.py) of the
   windows before it, then becomes part of it.
2. Confidence grows with the speech heard before and with the voiced part of the window. Below
   CERTAIN the label is unsure; the numbers are given all the same, and the window speaks neither
   for a label nor against it ("mm-hm").
3. Labels hold as models/tone_labels.py says.
4. No clock, no I/O, no level anywhere but relative to the speaker's own; `state()` and `restore()`
   give the same later windows to the last digit.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import tanh
from typing import Any

from models.habit import PRIORS, Habit, Measured
from models.tone_labels import CERTAIN, Label, ShownLabel, called
from models.tone_windows import Stretch
from models.vad import FRAME_SECONDS
from models.voice import LEAST_VOICED, Measure, prosody
from stream.audio import PartyId

KNOWN = 15.0
"""Seconds of own speech before a window from which its habit is known: half confidence."""
VOICED_FRAMES = 25
"""0.8 s of voiced frames, two fifths of a full window, are enough; fewer lower confidence."""

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


@dataclass(frozen=True, slots=True)
class ToneWindow:
    """A party's tone in one to four seconds; `start`, `end` in media seconds, to 0.001.

    `activation`, `tension`: -1..1 against the party's own habit, 0 as usual, rounded to 0.01.
    `confidence`: 0..1, rounded to 0.01. `valence`: likewise, None where it is not measured.
    """

    party: PartyId
    start: float
    end: float
    activation: float
    tension: float
    valence: float | None
    confidence: float
    label: Label


class Tone:
    """One party's tone. Synchronous, no clock; holds the habit and the label."""

    def __init__(self, party: PartyId, start_frame_seconds: float) -> None:
        """`start_frame_seconds`: media seconds at which the party's first frame starts."""
        self.party = party
        self._zero = start_frame_seconds
        self.reset()

    def reset(self) -> None:
        """Another person speaks as this party from here on: their habit is not known."""
        self._habit = Habit(PRIORS)
        self._label = ShownLabel()

    def judge(self, stretch: Stretch) -> ToneWindow:
        """The tone of one window; it becomes part of the habit."""
        measured = prosody(stretch.rows, stretch.speech)
        beyond = self._habit.deviations(measured)
        confidence = round(known(self._habit.heard, stretch.voiced), 2)
        activation, tension = _score(ACTIVATION, beyond), _score(TENSION, beyond)
        certain = confidence >= CERTAIN
        if certain:
            self._label.take(called(activation, tension, beyond.get("spread", 0.0)))
        self._habit.learn(measured, stretch.seconds)
        return ToneWindow(
            self.party,
            self._second(stretch.first),
            self._second(stretch.first + len(stretch.rows)),
            activation,
            tension,
            None,
            confidence,
            self._label.shown if certain else "unsure",
        )

    def _second(self, frame: int) -> float:
        return round(self._zero + frame * FRAME_SECONDS, 3)

    def state(self) -> dict[str, Any]:
        """All that later windows depend on, JSON-able."""
        return {
            "zero": self._zero,
            "habit": self._habit.state(),
            "shown": self._label.shown,
            "last": self._label.last,
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Take up the state of `state()`; the party is the constructor's."""
        self._zero = state["zero"]
        self._habit.restore(state["habit"])
        self._label = ShownLabel(state["shown"], state["last"])


def known(heard: float, voiced: int) -> float:
    """0..1: half at KNOWN seconds of speech `heard` before, and rising with more; less of a window
    with few `voiced` frames."""
    if voiced < LEAST_VOICED:
        return 0.0
    return heard / (heard + KNOWN) * min(1.0, voiced / VOICED_FRAMES)


def _score(weights: Weights, beyond: Measured) -> float:
    whole = sum(weight * beyond.get(name, 0.0) for name, weight in weights.items())
    return round(tanh(GAIN * whole), 2) + 0.0  # no -0.0 on the wire
