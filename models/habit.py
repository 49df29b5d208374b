"""A speaker's habit: what each measure of their voice usually is on this call, and how it varies.

Theory. Mean and mean deviation of windows, weighed by the speech they hold, each with a memory:
once MEMORY seconds of speech are heard, what is older fades. What lies far out moves the mean
only as far as OUTLIER deviations would (Huber): a quarrel does not soon become the habit. The
deviation starts from a prior and is never below half of it, so that the smallest change of a
very even voice is not taken for a great one.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import sqrt
from typing import Any, Generic, TypeVar

from models.voice import Measure

Measured = dict[Measure, float]
"""Of one window, or of one speaker."""

MEMORY = 120.0
"""Seconds of own speech after which the habit has forgotten: about four minutes of a call."""
PRIOR_SECONDS = 10.0
"""Seconds of speech that the prior deviation weighs."""
OUTLIER = 2.5
"""Deviations beyond which a window moves the habit no further."""
EXTREME = 3.0
"""Deviations beyond which a measure counts no further: one broken measure must not speak alone."""
USUAL_WINDOW = 2.0
"""Seconds of speech in a window, mostly."""
SIGMA = 1.25
"""Standard deviation over mean deviation, where values are spread normally."""

PRIORS: Measured = {
    "pitch": 1.5,
    "spread": 1.5,
    "jitter": 0.12,
    "level": 2.5,
    "swing": 3.5,
    "tilt": 2.0,
    "rate": 0.7,
    "pause": 0.15,
}
"""Standard deviations between windows of one speaker, in each measure's own unit: what nine
sides of real telephone calls showed over full windows, and a little for those less full."""


Name = TypeVar("Name", bound=str)
"""What the measures are called: those of a voice, or a model's scores."""


class Habit(Generic[Name]):
    """One speaker's habit. Exact: the same windows in the same order give the same numbers."""

    def __init__(self, priors: Mapping[Name, float], extreme: float = EXTREME) -> None:
        """`priors`: standard deviation of each measure between windows of one speaker, in its
        own unit; `extreme`: deviations beyond which a measure counts no further."""
        self.heard = 0.0
        """Seconds of speech taken in."""
        self._priors = priors
        self._extreme = extreme
        self._kept: dict[Name, list[float]] = {}  # mean, mean deviation, seconds of speech

    def deviations(self, measured: Mapping[Name, float]) -> dict[Name, float]:
        """By how many deviations each measure lies above the habit; 0 where there is none yet."""
        return {name: self._deviation(name, value) for name, value in measured.items()}

    def learn(self, measured: Mapping[Name, float], seconds: float) -> None:
        """Take in a window with that much speech."""
        self.heard += seconds
        for name, value in measured.items():
            if name not in self._kept:
                self._kept[name] = [value, self._priors[name] / SIGMA, seconds]
                continue
            mean, _, heard = self._kept[name]
            reach = OUTLIER * self._sigma(name)
            step = max(-reach, min(reach, value - mean))
            heard = min(MEMORY, heard + seconds)
            share = seconds / min(MEMORY, heard + PRIOR_SECONDS)
            spread = self._kept[name][1] * (1 - share) + abs(step) * share
            self._kept[name] = [mean + step * seconds / heard, spread, heard]

    def _sigma(self, name: Name) -> float:
        return max(SIGMA * self._kept[name][1], self._priors[name] / 2)

    def _deviation(self, name: Name, value: float) -> float:
        """While the habit rests on few windows, its own error widens the deviation."""
        if name not in self._kept:
            return 0.0
        mean, _, heard = self._kept[name]
        sigma = self._sigma(name) * sqrt(1 + USUAL_WINDOW / heard)
        return max(-self._extreme, min(self._extreme, (value - mean) / sigma))

    def state(self) -> dict[str, Any]:
        """All that the habit is, JSON-able."""
        return {
            "heard": self.heard,
            "kept": {name: list(kept) for name, kept in self._kept.items()},
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Take up the state of `state()`; priors are the constructor's."""
        self.heard = state["heard"]
        self._kept = {name: list(kept) for name, kept in state["kept"].items()}
