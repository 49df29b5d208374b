"""Endpointing: where an utterance begins and ends, on the media clock alone.

Theory. A fragment of a second is most often the head of a number or a thought, so it waits for
0.9 s of silence before it closes; a sentence of 4 s waits 0.6 s; a longer one is closed at ever
shorter pauses (0.2 s from 10 s on), so that its final is not late; at 15 s it is cut at the
quietest frame of its last 2 s.

Rules.
1. Speech begins when a frame reaches `onset`; it goes on while frames stay above `offset`
   (hysteresis: fading word ends stay in).
2. The audio of an utterance starts `lead` before speech and ends `trail` after it, and never
   reaches back into the utterance before it: no sound is decoded twice.
3. Everything is counted in frames of the party's own clock, so the same audio gives the same
   utterances at any speed, over any transport, before and after a restart.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from models.vad import FRAME, FRAME_SECONDS


@dataclass(frozen=True, slots=True)
class EndpointSettings:
    """Seconds of media time, but for the two probabilities."""

    onset: float = 0.5
    offset: float = 0.35
    lead: float = 0.3
    trail: float = 0.2
    brief: float = 0.9
    """Silence that closes a fragment of up to `fragment` seconds: "seven one five …", "and um …".
    People pause inside numbers and while they think, and Whisper mishears what is cut off."""
    fragment: float = 1.5
    patient: float = 0.6
    """Silence that closes an utterance of `young` seconds."""
    hasty: float = 0.2
    """Silence that closes an utterance of `old` seconds or more."""
    young: float = 4.0
    old: float = 10.0
    least: int = 3
    """Frames at `onset` or above that make an utterance; fewer are a click or a breath."""
    longest: float = 15.0
    search: float = 2.0
    """How far back the quietest frame is sought when `longest` is reached."""

    def closing_silence(self, length: float) -> float:
        """Seconds of silence that close an utterance which has lasted `length` seconds."""
        lengths = (self.fragment, self.young, self.old)
        return float(np.interp(length, lengths, (self.brief, self.patient, self.hasty)))


@dataclass(frozen=True, slots=True)
class Bounds:
    """A closed utterance in frames of its party: audio first..last (exclusive), speech in it."""

    first: int
    last: int
    speech_first: int
    speech_last: int


@dataclass(slots=True)
class Endpointer:
    """One party's endpointing. `state()` and `restore()` carry it over a restart."""

    settings: EndpointSettings = field(default_factory=EndpointSettings)
    frames: int = 0
    """Frames heard so far."""
    floor: int = 0
    """First frame that no earlier utterance has used."""
    opened: int | None = None
    """Frame at which the open utterance's speech began; None in silence."""
    spoken: int = 0
    """End (exclusive) of the last frame of speech in the open utterance."""
    loud: int = 0
    """Frames of the open utterance at `onset` or above."""
    recent: list[float] = field(default_factory=list)
    """Probabilities of the open utterance's last `search` seconds."""

    @property
    def audio_from(self) -> int:
        """First frame whose audio may still be wanted."""
        lead = _frames(self.settings.lead)
        begin = self.frames if self.opened is None else self.opened
        return max(self.floor, begin - lead)

    @property
    def in_speech(self) -> bool:
        """Whether the newest frame belongs to speech."""
        return self.opened is not None and self.spoken == self.frames

    @property
    def quiet_since(self) -> int:
        """No utterance that is still to come can end before this frame."""
        if self.opened is None:
            return self.frames
        earliest_cut = _frames(self.settings.longest) - _frames(self.settings.search)
        return min(self.spoken, self.opened + earliest_cut)

    @property
    def pause(self) -> Bounds | None:
        """The open utterance's bounds if nothing more is said; None where none is open."""
        if self.opened is None:
            return None
        last = min(self.frames, self.spoken + _frames(self.settings.trail))
        return Bounds(self.audio_from, last, self.opened, self.spoken)

    @property
    def pausing(self) -> bool:
        """Whether the open utterance has now paused for just as long as its audio trails."""
        return self.opened is not None and self.frames - self.spoken == _frames(self.settings.trail)

    @property
    def certain(self) -> bool:
        """Whether the open utterance is sure to be closed as one, so that it may be shown."""
        return self.opened is not None and self.loud >= self.settings.least

    def step(self, prob: float) -> Bounds | None:
        """Take the speech probability of the next frame; an utterance that it closed.

        One of too few loud frames is dropped in silence: it never was an utterance.
        """
        self.frames += 1
        threshold = self.settings.onset if self.opened is None else self.settings.offset
        if self.opened is None:
            if prob >= threshold:
                self.opened, self.spoken, self.recent = self.frames - 1, self.frames, [prob]
                self.loud = 1
            return None
        self.loud += prob >= self.settings.onset
        self.recent.append(prob)
        del self.recent[: -_frames(self.settings.search)]
        if prob >= threshold:
            self.spoken = self.frames
        return self._close_if_due()

    def finish(self) -> Bounds | None:
        """The audio ends here: close what is open."""
        return None if self.opened is None else self._close()

    def _close_if_due(self) -> Bounds | None:
        assert self.opened is not None
        length = (self.frames - self.opened) * FRAME_SECONDS
        silence = (self.frames - self.spoken) * FRAME_SECONDS
        if silence >= self.settings.closing_silence(length - silence):
            return self._close()
        if length >= self.settings.longest:
            return self._cut()
        return None

    def _close(self) -> Bounds | None:
        assert self.opened is not None
        bounds = self.pause
        assert bounds is not None
        enough = self.loud >= self.settings.least
        self.opened, self.recent = None, []
        if not enough:
            return None
        self.floor = bounds.last
        return bounds

    def _cut(self) -> Bounds | None:
        """Cut a too long utterance at its quietest recent frame; the rest goes on as a new one.

        A murmur of too few loud frames is no utterance however long it lasts.
        """
        assert self.opened is not None
        quietest = min(range(len(self.recent)), key=self.recent.__getitem__)
        cut = self.frames - len(self.recent) + quietest + 1
        bounds = Bounds(self.audio_from, cut, self.opened, min(cut, self.spoken))
        enough = self.loud >= self.settings.least
        self.recent = self.recent[quietest + 1 :]
        self.floor = cut
        self.opened = cut if self.spoken > cut else None
        self.loud = sum(prob >= self.settings.onset for prob in self.recent)
        return bounds if enough else None

    def state(self) -> dict[str, Any]:
        """All that the next frame depends on, but for the settings; JSON-able."""
        kept = asdict(self)
        del kept["settings"]
        return kept

    @classmethod
    def restore(cls, settings: EndpointSettings, state: dict[str, Any]) -> Endpointer:
        """The endpointer as `state()` saw it."""
        return cls(settings, **state)


def _frames(seconds: float) -> int:
    return max(1, round(seconds / FRAME_SECONDS))


def frame_time(frame: int) -> float:
    """Seconds from the party's first sample to the start of `frame`."""
    return frame * FRAME / 16_000
