"""Endpointing: where an utterance begins and ends, on the media clock alone.

Theory. A pause inside a thought is short early on, so a young utterance waits 0.6 s of silence
before it closes; a long one is closed at ever shorter pauses (0.2 s from 10 s on), so that its
final is not late; at 15 s it is cut at the quietest frame of its last 2 s.

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

from models.vad import FRAME, FRAME_SECONDS


@dataclass(frozen=True, slots=True)
class EndpointSettings:
    """Seconds of media time, but for the two probabilities."""

    onset: float = 0.5
    offset: float = 0.35
    lead: float = 0.3
    trail: float = 0.2
    patient: float = 0.6
    """Silence that closes an utterance of up to `young` seconds."""
    hasty: float = 0.2
    """Silence that closes an utterance of `old` seconds or more."""
    young: float = 4.0
    old: float = 10.0
    longest: float = 15.0
    search: float = 2.0
    """How far back the quietest frame is sought when `longest` is reached."""

    def closing_silence(self, length: float) -> float:
        """Seconds of silence that close an utterance which has lasted `length` seconds."""
        share = (length - self.young) / (self.old - self.young)
        return self.patient - (self.patient - self.hasty) * min(1.0, max(0.0, share))


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
        return self.frames if self.opened is None else self.spoken

    def step(self, prob: float) -> Bounds | None:
        """Take the speech probability of the next frame; an utterance that it closed."""
        self.frames += 1
        threshold = self.settings.onset if self.opened is None else self.settings.offset
        if self.opened is None:
            if prob >= threshold:
                self.opened, self.spoken, self.recent = self.frames - 1, self.frames, [prob]
            return None
        self.recent.append(prob)
        del self.recent[: -_frames(self.settings.search)]
        if prob >= threshold:
            self.spoken = self.frames
        return self._close_if_due()

    def finish(self) -> Bounds | None:
        """The audio ends here: close what is open."""
        return None if self.opened is None else self._close(self.spoken)

    def _close_if_due(self) -> Bounds | None:
        assert self.opened is not None
        length = (self.frames - self.opened) * FRAME_SECONDS
        silence = (self.frames - self.spoken) * FRAME_SECONDS
        if silence >= self.settings.closing_silence(length - silence):
            return self._close(self.spoken)
        if length >= self.settings.longest:
            return self._cut()
        return None

    def _close(self, speech_last: int) -> Bounds:
        assert self.opened is not None
        last = min(self.frames, speech_last + _frames(self.settings.trail))
        bounds = Bounds(self.audio_from, last, self.opened, speech_last)
        self.opened, self.floor, self.recent = None, last, []
        return bounds

    def _cut(self) -> Bounds:
        """Cut a too long utterance at its quietest recent frame; the rest goes on as a new one."""
        assert self.opened is not None
        quietest = min(range(len(self.recent)), key=self.recent.__getitem__)
        cut = self.frames - len(self.recent) + quietest + 1
        bounds = Bounds(self.audio_from, cut, self.opened, min(cut, self.spoken))
        self.recent = self.recent[quietest + 1 :]
        self.floor = cut
        self.opened = cut if self.spoken > cut else None
        return bounds

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
