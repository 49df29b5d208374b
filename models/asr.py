"""Streaming transcription of one party, without I/O.

Theory. `step` takes the next frame with its speech probability and returns what should be
decoded; whoever runs it gives the result to `apply`, in any order, at any time. An utterance
that is open asks for a partial every third of a second; when it pauses, it asks for a guess,
which is its final if nothing more is said; when endpointing closes it, it asks for its final,
once. Nothing here waits, sleeps or knows the time of day.

Rules.
1. A final depends on its own audio alone: bounds from the media clock, no draft, no history.
2. Every closed utterance gets exactly one final, whose words may be none.
3. A partial whose utterance has closed is out of date and is dropped. A guess that heard all of
   it is shown until its final comes.
4. Where the language is to be detected, each final is decoded in the newest one known, and stands
   if that is the one in force once the party's finals before it were taken, and it was itself:
   `decide`. Else it is decoded again. So which language it ends in does not depend on when.
5. `state()` holds no audio and no decoder: what was closed and not yet decoded is asked for
   again after `restore`, from the audio that the caller kept since `needed_from`.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from models.agreement import Agreement, settled
from models.endpoint import Bounds, Endpointer, EndpointSettings
from models.expected import Expected
from models.language import Spoken, Switch
from models.types import DecodeKind, DecodeRequest, DecodeResult, Word
from models.vad import FRAME, FRAME_SECONDS
from stream.audio import RATE, CallId, PartyId, Samples


@dataclass(frozen=True, slots=True)
class AsrSettings:
    """Seconds of media time."""

    endpoint: EndpointSettings = field(default_factory=EndpointSettings)
    partials: bool = True
    partial_every: float = 0.3
    partial_slack: float = 0.5
    """A partial is wanted this soon after its last sample."""
    final_slack: float = 0.8
    """A final is wanted this soon after the frame that closed its utterance."""


@dataclass(frozen=True, slots=True)
class Heard:
    """What `apply` made of a result: words of an utterance, open or closed.

    `start`, `end`: media seconds of the speech (of the words so far, in a partial).
    """

    party: PartyId
    utterance: int
    final: bool
    start: float
    end: float
    words: tuple[Word, ...]
    language: str
    rejected: str = ""
    detected: bool = False
    """Of a final: whether its language was to be detected, not named."""


class Transcriber:
    """One party's transcription. `language`: what is spoken until something else is named or heard;
    `expected`: by the call's context; `start`: index of the party's first sample at 16 kHz."""

    def __init__(
        self,
        call: CallId,
        party: PartyId,
        *,
        language: str,
        expected: Expected,
        settings: AsrSettings,
        start: int = 0,
    ) -> None:
        self.call = call
        self.party = party
        self._spoken = Spoken(language)
        self.expected = expected
        """Of utterances that begin from now on."""
        self._open_expected = expected
        self._settings = settings
        self._start = start
        self._endpoint = Endpointer(settings.endpoint)
        self._audio: deque[Samples] = deque()
        self._audio_first = 0
        self._number = 1
        self._closed: dict[int, tuple[Bounds, DecodeRequest]] = {}
        self._agreement = Agreement()
        self._asked_at = 0

    # -- where we are ------------------------------------------------------------------------

    @property
    def heard(self) -> float:
        """Media seconds up to which everything is transcribed: audio after it still waits."""
        waiting = [bounds.first for bounds, _ in self._closed.values()]
        return self.time(min(waiting, default=self._endpoint.frames))

    @property
    def clock(self) -> float:
        """Media seconds of audio taken by `step`."""
        return self.time(self._endpoint.frames)

    @property
    def speaking(self) -> bool:
        """Whether the newest frame is speech."""
        return self._endpoint.in_speech

    @property
    def begun(self) -> int:
        """Number of the newest utterance that has certainly begun, or is over; 0 before any."""
        return self._number if self._endpoint.certain else self._number - 1

    @property
    def opened_at(self) -> float:
        """Media second at which the open utterance's speech began; now, where none is open."""
        opened = self._endpoint.opened
        return self.time(self._endpoint.frames if opened is None else opened)

    @property
    def quiet_since(self) -> float:
        """No utterance still to be closed can end before this media second."""
        return self.time(self._endpoint.quiet_since)

    @property
    def waiting(self) -> list[tuple[int, float]]:
        """Closed utterances without a final: number and media second of the speech's end."""
        return [(n, self.time(bounds.speech_last)) for n, (bounds, _) in self._closed.items()]

    @property
    def needed_from(self) -> int:
        """First sample (index at 16 kHz on the party's clock) that a restart still needs."""
        frames = [bounds.first for bounds, _ in self._closed.values()]
        return self._start + FRAME * min([*frames, self._endpoint.audio_from])

    def time(self, frame: int) -> float:
        """Media seconds at which a frame of this party starts."""
        return (self._start + frame * FRAME) / RATE

    def _frame_at(self, seconds: float) -> int:
        return max(self._audio_first, round(seconds * RATE - self._start) // FRAME)

    # -- language ----------------------------------------------------------------------------

    def decide(self, final: DecodeResult) -> tuple[Switch | None, DecodeRequest | None]:
        """Whether a final stands: finals of the party come here in the order they were spoken.

        Returns what its language changed, which holds from its own start on, and the request for
        it in the language that is in force, where it was decoded in another.
        """
        closed = self._closed.get(final.utterance)
        if closed is None or not closed[1].detect:
            return None, None
        bounds, request = closed
        start, end = (round(self.time(f), 3) for f in (bounds.speech_first, bounds.speech_last))
        switch = self._spoken.take(final.utterance, final.detected, start, end)
        if final.language == self._spoken.language:
            return switch, None
        again = replace(request, language=self._spoken.language)
        self._closed[final.utterance] = bounds, again
        return switch, again

    # -- hearing -----------------------------------------------------------------------------

    def step(self, frame: Samples, speech_prob: float) -> list[DecodeRequest]:
        """Take the next frame [FRAME]; what should be decoded now."""
        self._audio.append(frame)
        opened, paused = self._endpoint.opened, not self._endpoint.in_speech
        bounds = self._endpoint.step(speech_prob)
        if paused and self._endpoint.in_speech:
            self._agreement.resume(self.time(self._endpoint.frames) - self._settings.endpoint.lead)
        requests = [self._close(bounds)] if bounds else self._open()
        if self._endpoint.opened != opened:
            self._open_expected = self.expected
        self._trim()
        return requests

    def finish(self) -> list[DecodeRequest]:
        """The party's audio ends here."""
        bounds = self._endpoint.finish()
        return [self._close(bounds)] if bounds else []

    def apply(self, result: DecodeResult) -> Heard | None:
        """Take a result. None where it came too late to matter."""
        if result.kind == "final":
            return self._final(result)
        if result.rejected or not result.words:
            return None
        if result.kind == "guess":
            return self._guessed(result)
        if result.utterance != self._number or self._endpoint.opened is None:
            return None
        words = self._agreement.step(result.words, result.since)
        return self._so_far(result, self._endpoint.opened, words)

    def _guessed(self, result: DecodeResult) -> Heard | None:
        """Words up to a pause that may be the end, or was."""
        current = result.utterance == self._number
        bounds = self._endpoint.pause if current else self._closed_at(result.utterance)
        if bounds is None or abs(result.until - self.time(bounds.last)) > FRAME_SECONDS / 2:
            return None  # more was said meanwhile, or the final has come
        words = settled(result.words)
        if current:
            self._agreement.adopt(words, self.time(bounds.speech_last))
        return self._so_far(result, bounds.speech_first, words)

    def _so_far(self, result: DecodeResult, first: int, words: tuple[Word, ...]) -> Heard:
        start, end = self.time(first), words[-1].end
        return Heard(self.party, result.utterance, False, start, end, words, result.language)

    def _closed_at(self, utterance: int) -> Bounds | None:
        closed = self._closed.get(utterance)
        return closed[0] if closed else None

    def _final(self, result: DecodeResult) -> Heard | None:
        closed = self._closed.pop(result.utterance, None)
        if closed is None:
            return None
        bounds, request = closed
        return Heard(
            self.party,
            result.utterance,
            True,
            round(self.time(bounds.speech_first), 3),
            round(self.time(bounds.speech_last), 3),
            result.words,
            result.language,
            result.rejected,
            request.detect,
        )

    def _open(self) -> list[DecodeRequest]:
        """What to decode of the open utterance."""
        pause = self._endpoint.pause
        if not self._settings.partials or pause is None or not self._endpoint.certain:
            return []
        if self._endpoint.in_speech:
            return self._partial()
        return [self._guess(pause)] if self._endpoint.pausing else []

    def _guess(self, bounds: Bounds) -> DecodeRequest:
        return self._request("guess", self._number, bounds, self._open_expected)

    def _partial(self) -> list[DecodeRequest]:
        opened = self._endpoint.opened
        assert opened is not None
        now, every = self._endpoint.frames, self._settings.partial_every / FRAME_SECONDS
        if now - max(self._asked_at, opened) < every:
            return []
        self._asked_at = now
        since = self._agreement.since
        first = self._endpoint.audio_from if since is None else self._frame_at(since)
        return [
            DecodeRequest(
                self.call,
                self.party,
                self._number,
                "partial",
                self._samples(first, now),
                self.time(first),
                self._open_expected.language or self._spoken.language,
                self.clock + self._settings.partial_slack,
                draft=self._agreement.draft,
                since=since,
            )
        ]

    def _close(self, bounds: Bounds) -> DecodeRequest:
        request = self._request("final", self._number, bounds, self._open_expected)
        self._closed[self._number] = bounds, request
        self._number += 1
        self._agreement = Agreement()
        return request

    def _request(
        self, kind: DecodeKind, number: int, bounds: Bounds, expected: Expected
    ) -> DecodeRequest:
        return DecodeRequest(
            self.call,
            self.party,
            number,
            kind,
            self._samples(bounds.first, bounds.last),
            self.time(bounds.first),
            expected.language or self._spoken.language,
            self.clock + self._settings.final_slack,
            names=expected.names,
            detect=not expected.language,
        )

    # -- audio and state ---------------------------------------------------------------------

    def _samples(self, first: int, last: int) -> Samples:
        offset = first - self._audio_first
        frames = [self._audio[i] for i in range(offset, last - self._audio_first)]
        return np.concatenate(frames) if frames else np.zeros(0, np.float32)

    def _trim(self) -> None:
        while self._audio and self._audio_first < self._endpoint.audio_from:
            self._audio.popleft()
            self._audio_first += 1

    def state(self) -> dict[str, Any]:
        """All that later results depend on, JSON-able; audio since `needed_from` is kept apart."""
        return {
            "start": self._start,
            "spoken": self._spoken.state(),
            "expected": self.expected.state(),
            "open_expected": self._open_expected.state(),
            "number": self._number,
            "endpoint": self._endpoint.state(),
            "closed": [
                [
                    n,
                    [b.first, b.last, b.speech_first, b.speech_last],
                    Expected("" if request.detect else request.language, request.names).state(),
                ]
                for n, (b, request) in self._closed.items()
            ],
        }

    @classmethod
    def restore(
        cls,
        call: CallId,
        party: PartyId,
        *,
        settings: AsrSettings,
        state: dict[str, Any],
        audio: Samples,
    ) -> tuple[Transcriber, list[DecodeRequest]]:
        """The transcriber as `state()` saw it, and the finals that it still waits for.

        `audio`: the party's samples from `needed_from` up to the state's last frame.
        """
        expected = Expected.restore(state["expected"])
        self = cls(
            call, party, language="", expected=expected, settings=settings, start=state["start"]
        )
        self._spoken = Spoken(**state["spoken"])
        self._endpoint = Endpointer.restore(settings.endpoint, state["endpoint"])
        self._open_expected = Expected.restore(state["open_expected"])
        self._number = state["number"]
        count = len(audio) // FRAME
        self._audio_first = self._endpoint.frames - count
        self._audio = deque(audio[: count * FRAME].reshape(count, FRAME))
        for n, kept, by in state["closed"]:
            bounds = Bounds(*kept)
            self._closed[n] = bounds, self._request("final", n, bounds, Expected.restore(by))
        self._trim()
        return self, [request for _, request in self._closed.values()]
