"""Windows of tone: which stretches of a party's frames are judged, on the media clock.

Rules.
1. A window opens with a frame of speech. It closes with SPEECH_FRAMES of speech, or at
   LONGEST_FRAMES, or when silence has lasted SILENT_FRAMES: then it ends with the speech, but
   is a second long at least. So there is one at least each two seconds of speech; no window
   holds anything of the one before.
2. No clock, no I/O; `state()` at any frame and `restore()` give the same later windows.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from models.vad import FRAME, FRAME_SECONDS, Array
from models.voice import FEATURES, PITCH, SPEECH
from models.windows import FRAME as ENCODER_FRAME

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


@dataclass(frozen=True, slots=True)
class Stretch:
    """One window. `first`: its first frame, counted from the party's first; `rows`: [n, FEATURES]
    of `voice.features`; `speech`: [n], which frames are speech."""

    first: int
    rows: Array
    speech: npt.NDArray[np.bool_]

    @property
    def seconds(self) -> float:
        """Seconds of speech in it."""
        return int(self.speech.sum()) * FRAME_SECONDS

    @property
    def voiced(self) -> int:
        """Frames of speech that have a pitch."""
        return int((self.speech & (self.rows[:, PITCH] > 0)).sum())

    def state(self) -> dict[str, Any]:
        """All of it, JSON-able; 3 kB at most."""
        return {
            "first": self.first,
            "rows": base64.b64encode(self.rows.astype(np.float32).tobytes()).decode(),
            "speech": "".join("1" if each else "0" for each in self.speech),
        }

    @classmethod
    def restore(cls, state: dict[str, Any]) -> Stretch:
        """The window as `state()` saw it."""
        rows = np.frombuffer(base64.b64decode(state["rows"]), np.float32).reshape(-1, FEATURES)
        return cls(state["first"], rows, np.array([each == "1" for each in state["speech"]]))


def spoken(speech: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """Which frames of the encoder (20 ms) are speech, of which frames of 32 ms are: by middles."""
    count = -(-len(speech) * FRAME // ENCODER_FRAME)
    middles = np.arange(count) * ENCODER_FRAME + ENCODER_FRAME // 2
    return np.asarray(speech[np.minimum(middles // FRAME, len(speech) - 1)])


class ToneWindows:
    """Cuts one party's frames into windows; holds the frames of the open one."""

    def __init__(self) -> None:
        self.frames = 0
        """Frames taken so far."""
        self._open: list[list[float]] = []  # features and probability of each frame
        self._speech = self._spoken = 0  # its frames of speech; the end of the last of them

    @property
    def open_from(self) -> int:
        """First frame of the open window; the next one, where none is open."""
        return self.frames - len(self._open)

    @property
    def reached(self) -> int:
        """Frame before which no window that is still to come can end."""
        since = self.open_from
        return since + max(self._spoken, SHORTEST_FRAMES) if self._open else since

    def step(self, features: Array, probs: Array) -> list[Stretch]:
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
        found: list[Stretch] = []
        for row, prob in zip(features.tolist(), probs.astype(np.float32).tolist(), strict=True):
            self.frames += 1
            stretch = self._take([*row, prob])
            if stretch:
                found.append(stretch)
        return found

    def reset(self) -> None:
        """What is open is no window: another person speaks from here on, or nobody may listen."""
        self._open, self._speech, self._spoken = [], 0, 0

    def skip(self, frames: int) -> None:
        """So many frames go by unheard: what is open is no window."""
        self.reset()
        self.frames += frames

    def _take(self, row: list[float]) -> Stretch | None:
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

    def _close(self) -> Stretch | None:
        first = self.open_from
        rows = np.array(self._open[: max(self._spoken, SHORTEST_FRAMES)], np.float32)
        enough = self._speech >= LEAST_FRAMES
        self.reset()
        speech = rows[:, FEATURES] >= SPEECH
        return Stretch(first, rows[:, :FEATURES], speech) if enough else None

    def state(self) -> dict[str, Any]:
        """All that later windows depend on, JSON-able; at most LONGEST_FRAMES rows."""
        return {"frames": self.frames, "open": [list(row) for row in self._open]}

    def restore(self, state: dict[str, Any]) -> None:
        """Take up the state of `state()`."""
        self.frames = state["frames"]
        self._open = [list(row) for row in state["open"]]
        speaks = [i for i, row in enumerate(self._open) if row[-1] >= SPEECH]
        self._speech, self._spoken = len(speaks), speaks[-1] + 1 if speaks else 0
