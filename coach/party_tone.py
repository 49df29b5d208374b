"""One party's tone in a call: windows that close, and are judged in their order.

Theory. Who judges a window is either the model, which needs its scores first, or the measures of
models/tone.py, which need nothing. Scores take too long for the event loop, so a window that closed
asks for them and waits; each is judged against the habit that the windows before it made, so those
that are answered early wait for the ones before them. What is judged so hangs on the audio alone,
not on when answers come.

Rules.
1. A window's sound is kept until it is scored, and no other sound is.
2. A window without scores (the model failed) is judged by nobody, and is no part of the habit.
3. After a hand-over the first window of the other person begins the habit anew, when its turn has
   come: those before it are judged by the old one, whenever their scores come.
4. A state that was made with the model goes on without it, and the other way round: the habit is
   begun anew, and what was open is no window.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from coach.tones import Scorer, ToneRequest, ToneResult
from models.tone import Tone, ToneWindow
from models.tone_model import LearnedTone
from models.tone_windows import Stretch, ToneWindows
from models.vad import FRAME, FRAME_SECONDS, Array
from stream.audio import CallId, PartyId, Samples


@dataclass(slots=True)
class _Closed:
    """A window that is not judged yet. `over`: the media second at which it closed; `another`: a
    person who did not speak in the window before."""

    number: int
    over: float
    stretch: Stretch
    sound: Samples
    another: bool
    asked: bool = False
    result: ToneResult | None = None


class PartyTone:
    """Synchronous, no clock. `state()` at any frame and `restore()` give the same later windows."""

    def __init__(self, party: PartyId, start: float, scorer: Scorer | None) -> None:
        """`start`: media second of the party's first frame; `scorer`: the model, None for the
        measures of the voice."""
        self.party = party
        self._start = start
        self._windows = ToneWindows()
        self._tone: Tone | LearnedTone = (
            LearnedTone(party, start, scorer.calibration) if scorer else Tone(party, start)
        )
        self._sound: deque[Samples] = deque()
        """Frames of the open window, where it is going to be scored."""
        self._count = 0
        self._closed: deque[_Closed] = deque()
        self._another = False
        """Another person speaks since the newest window that closed."""

    @property
    def waiting(self) -> bool:
        """Whether windows wait for their scores."""
        return bool(self._closed)

    @property
    def since(self) -> float:
        """Media second from which on sound waits to be judged, or may."""
        first = self._closed[0].stretch.first if self._closed else self._windows.open_from
        return self._start + first * FRAME_SECONDS

    @property
    def needed_from(self) -> int:
        """First of the party's frames whose sound `restore` will want."""
        first = self._windows.open_from if self._scored else self._windows.frames
        return min([first, *(each.stretch.first for each in self._closed)])

    def step(self, frames: Samples, rows: Array, probs: Array) -> list[float]:
        """Take frames [k, FRAME] with their `voice.features` [k, FEATURES] and speech probabilities
        [k]. Media seconds, to 0.001, at which windows were over: a little after their ends, where
        they ended in silence."""
        over = []
        for i, frame in enumerate(frames):
            if self._scored:
                self._sound.append(frame)
            for stretch in self._windows.step(rows[i : i + 1], probs[i : i + 1]):
                over.append(self._close(stretch))
            self._trim()
        return over

    def skip(self, frames: int) -> None:
        """So many frames go by in which the voice may not be judged: what was open is no window."""
        self._windows.skip(frames)
        self._trim()

    def hand_over(self) -> None:
        """Another person speaks as this party from here on: what is open is no window."""
        self._windows.reset()
        self._trim()
        self._another = True

    def asking(self, call: CallId) -> list[ToneRequest]:
        """What must be scored; each is told once."""
        due = [each for each in self._closed if self._scored and not each.asked]
        for each in due:
            each.asked = True
        return [
            ToneRequest(call, self.party, each.number, each.sound, each.stretch.speech)
            for each in due
        ]

    def answer(self, result: ToneResult) -> None:
        """The scores of a window; of one that nobody waits for any more they are dropped."""
        for each in self._closed:
            if each.number == result.window:
                each.result = result

    def judged(self) -> Iterator[tuple[float, ToneWindow | None]]:
        """The windows whose turn has come, by when they were over; None where nothing can be told
        of one. Each comes once."""
        while self._closed and (self._closed[0].result or not self._scored):
            closed = self._closed.popleft()
            yield closed.over, self._judge(closed)

    @property
    def _scored(self) -> bool:
        return isinstance(self._tone, LearnedTone)

    def _judge(self, closed: _Closed) -> ToneWindow | None:
        if closed.another:
            self._tone.reset()
        if isinstance(self._tone, Tone):
            return self._tone.judge(closed.stretch)
        scores = closed.result and closed.result.scores
        return self._tone.judge(closed.stretch, scores) if scores else None

    def _close(self, stretch: Stretch) -> float:
        self._count += 1
        over = round(self._start + self._windows.frames * FRAME_SECONDS, 3)
        # What is left of the sound is the silence that closed it.
        kept = [frame for frame, _ in zip(self._sound, stretch.rows, strict=False)]
        sound = np.concatenate(kept) if kept else np.zeros(0, np.float32)
        self._closed.append(_Closed(self._count, over, stretch, sound, self._another))
        self._another = False
        return over

    def _trim(self) -> None:
        while len(self._sound) > self._windows.frames - self._windows.open_from:
            self._sound.popleft()

    # -- state -------------------------------------------------------------------------------

    def state(self) -> dict[str, Any]:
        """All that later windows depend on, JSON-able, without sound."""
        return {
            "by_model": self._scored,
            "tone": self._tone.state(),
            "windows": self._windows.state(),
            "count": self._count,
            "another": self._another,
            "closed": [
                [each.number, each.over, each.stretch.state(), each.another]
                for each in self._closed
            ],
        }

    def restore(self, state: dict[str, Any], audio: Samples) -> None:
        """Take up the state of `state()`; what was asked and not answered is asked again. Party,
        start and model are the constructor's.

        `audio`: the party's whole frames since `needed_from`, [k * FRAME].
        """
        self._windows.restore(state["windows"])
        self._count, self._another = state["count"], state["another"]
        frames = audio.reshape(-1, FRAME)
        zero = self._windows.frames - len(frames)
        for number, over, kept, another in state["closed"]:
            stretch = Stretch.restore(kept)
            first = stretch.first - zero
            sound = frames[first : first + len(stretch.rows)].ravel()
            self._closed.append(_Closed(number, over, stretch, sound, another))
        if state["by_model"] != self._scored:
            self._windows.reset()
            return
        self._tone.restore(state["tone"])
        if self._scored:
            self._sound = deque(frames[self._windows.open_from - zero :])
