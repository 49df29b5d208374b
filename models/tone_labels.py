"""Labels of tone: what one window calls for, and what is shown.

A label is shown when two windows in a row have called for it, and leaves when two in a row have
not. Tense and distressed agree as far as tense. Nothing here knows how activation and tension were
measured: both the measures of a voice and the model of models/tone_model.py come here.
"""

from __future__ import annotations

from typing import Literal

Label = Literal["calm", "warm", "tense", "distressed", "flat", "unsure"]

CERTAIN = 0.5
"""Confidence from which a label is given."""
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


def called(activation: float, tension: float, movement: float) -> Label:
    """The label that one window alone calls for. `activation`, `tension`: -1..1; `movement`:
    deviations of the pitch's spread from the speaker's habit."""
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


class ShownLabel:
    """The label that is shown of one party."""

    def __init__(self, shown: Label = "unsure", last: Label = "unsure") -> None:
        self.shown: Label = shown
        self.last: Label = last
        """What the window before called for."""

    def take(self, label: Label) -> None:
        """Move it by what a certain window calls for."""
        if label == self.last:
            self.shown = label
        elif self.shown not in (self.last, label):
            both_tense = {self.last, label} == {"tense", "distressed"}
            self.shown = "tense" if both_tense else "unsure"
        self.last = label
