"""The tone model: activation, tension and valence of a window, against the speaker's own habit.

Theory. The mean of the encoder's states (models/tone_encoder.py) over the speech of a window,
weighed once, gives three scores. A score has no absolute meaning: the voice, the line and the
language move it further than any mood. So it counts in deviations from the same speaker's running
score (models/habit.py), as the measures of the fallback in models/tone.py do, and the running score
forgets, and follows a quarrel only slowly. How many deviations mean what is the calibration's,
which was made with the weights.

Rules.
1. Windows are those of models/tone_windows.py; each is judged against the windows before it, then
   becomes part of the habit.
2. Confidence is the lesser of two: how well the speaker is known (models/tone.py), and how far the
   window's activation lies from where it could be either. Below CERTAIN the label is unsure; the
   numbers are given all the same.
3. Labels are those of models/tone_labels.py.
4. The weights learnt from corpora for research alone: they are a set of their own, which is used
   where its licence is accepted (weights/tone_research/NOTICE).
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from math import inf, tanh
from pathlib import Path
from typing import Any, Literal, get_args

import numpy as np
import numpy.typing as npt

from models.habit import PRIORS, Habit
from models.onnx import Provider, session
from models.tone import ToneWindow, known
from models.tone_labels import CERTAIN, ShownLabel, called
from models.tone_windows import Stretch, spoken
from models.vad import FRAME_SECONDS, Array
from models.voice import prosody
from models.weights import MissingWeights
from stream.audio import PartyId

Score = Literal["activation", "tension", "valence"]
SCORES: tuple[Score, ...] = get_args(Score)
Scores = dict[Score, float]
"""Of one window: raw ones in a unit of their own, or deviations from a habit."""

WEIGHTS = Path(__file__).with_name("weights") / "tone_research"
"""Where a model lies unless it is told otherwise."""
NOTICE = "NOTICE"
"""The terms of a model, beside it."""
GRAPH = "tone.onnx"
CALIBRATION = "tone.toml"


@dataclass(frozen=True, slots=True)
class Calibration:
    """What deviations mean. `priors`: standard deviation of each raw score between windows of one
    speaker; `gains`: a deviation times its gain, through tanh, is what is told; `middle`:
    deviations of activation where it could be either, `band`: how far beside it a window is just
    certain enough for a label."""

    priors: Mapping[Score, float]
    gains: Mapping[Score, float]
    middle: float
    band: float

    def told(self, name: Score, deviation: float) -> float:
        """-1..1, rounded to 0.01."""
        return round(tanh(self.gains[name] * deviation), 2) + 0.0  # no -0.0 on the wire

    def certainty(self, activation: float) -> float:
        """0..1 of so many deviations; CERTAIN at the edges of the band."""
        return min(1.0, CERTAIN * abs(activation - self.middle) / self.band)


class ToneModel:
    """Scores windows. Thread-safe: onnxruntime runs on the thread that asks."""

    def __init__(self, folder: Path = WEIGHTS, provider: Provider = "cpu") -> None:
        """`folder` holds GRAPH and CALIBRATION. Raises MissingWeights where it does not."""
        if missing := [name for name in (GRAPH, CALIBRATION) if not (folder / name).is_file()]:
            raise MissingWeights(
                f"{folder} has no {' and no '.join(missing)}: make a tone model with "
                f"`coach train tone --out {folder}`"
            )
        self._session = session(folder / GRAPH, provider=provider)
        self.calibration = read_calibration(folder / CALIBRATION)

    def score(self, states: Array, speech: npt.NDArray[np.bool_]) -> Scores:
        """Raw scores of a window. `states`: [frames of 20 ms, width] of ToneEncoder; `speech`:
        [frames of 32 ms], which of them are speech, one at least."""
        heard = spoken(speech).astype(np.float32)
        (found,) = self._session.run(["scores"], {"states": states, "speech": heard})
        return dict(zip(SCORES, map(float, found), strict=True))


class LearnedTone:
    """One party's tone by the model. Synchronous, no clock; holds the habit and the label."""

    def __init__(
        self, party: PartyId, start_frame_seconds: float, calibration: Calibration
    ) -> None:
        """`start_frame_seconds`: media seconds at which the party's first frame starts."""
        self.party = party
        self._zero = start_frame_seconds
        self._calibration = calibration
        self.reset()

    def reset(self) -> None:
        """Another person speaks as this party from here on: their habit is not known."""
        self._voice = Habit(PRIORS)
        self._scores = Habit(self._calibration.priors, extreme=inf)
        self._label = ShownLabel()

    def judge(self, stretch: Stretch, scores: Scores) -> ToneWindow:
        """The tone of one window with the raw scores of ToneModel; it becomes part of the habit."""
        measured = prosody(stretch.rows, stretch.speech)
        movement = self._voice.deviations(measured).get("spread", 0.0)
        beyond = self._scores.deviations(scores)
        told = {name: self._calibration.told(name, beyond[name]) for name in SCORES}
        certainty = self._calibration.certainty(beyond["activation"])
        confidence = round(min(known(self._scores.heard, stretch.voiced), certainty), 2)
        certain = confidence >= CERTAIN
        if certain:
            self._label.take(called(told["activation"], told["tension"], movement))
        self._voice.learn(measured, stretch.seconds)
        self._scores.learn(scores, stretch.seconds)
        return ToneWindow(
            self.party,
            self._second(stretch.first),
            self._second(stretch.first + len(stretch.rows)),
            told["activation"],
            told["tension"],
            told["valence"],
            confidence,
            self._label.shown if certain else "unsure",
        )

    def _second(self, frame: int) -> float:
        return round(self._zero + frame * FRAME_SECONDS, 3)

    def state(self) -> dict[str, Any]:
        """All that later windows depend on, JSON-able."""
        return {
            "zero": self._zero,
            "voice": self._voice.state(),
            "scores": self._scores.state(),
            "shown": self._label.shown,
            "last": self._label.last,
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Take up the state of `state()`; party and calibration are the constructor's."""
        self._zero = state["zero"]
        self._voice.restore(state["voice"])
        self._scores.restore(state["scores"])
        self._label = ShownLabel(state["shown"], state["last"])


def read_calibration(file: Path) -> Calibration:
    """Of a file as `write_calibration` writes it. Raises OSError, KeyError."""
    read = tomllib.loads(file.read_text(encoding="utf-8"))
    return Calibration(
        {name: read[name]["prior"] for name in SCORES},
        {name: read[name]["gain"] for name in SCORES},
        read["certain"]["middle"],
        read["certain"]["band"],
    )


def write_calibration(file: Path, found: Calibration) -> None:
    """Write it; five digits are more than it knows."""
    parts = [
        f"[{name}]\nprior = {found.priors[name]:.5f}\ngain = {found.gains[name]:.5f}\n"
        for name in SCORES
    ]
    parts.append(f"[certain]\nmiddle = {found.middle:.5f}\nband = {found.band:.5f}\n")
    file.write_text("\n".join(parts), encoding="utf-8")
