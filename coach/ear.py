"""One party's hearing: frames that are not whole yet, the VAD's state, transcription and tone.

A record that the conversation works on: it decides what is listened to, and what follows.
"""

from __future__ import annotations

import base64
from dataclasses import asdict, dataclass, field
from typing import Any, Self

import numpy as np

from coach.party_tone import PartyTone
from coach.tones import Scorer
from models.asr import AsrSettings, Heard, Transcriber
from models.speech_rate import SpeechRate
from models.types import DecodeRequest, Word
from models.vad import FRAME, Array, fresh_state
from stream.audio import RATE, CallId, Party, Samples


@dataclass(slots=True)
class Ear:
    """`state()` and `restore()` carry it over a restart."""

    party: Party
    transcriber: Transcriber
    tone: PartyTone
    tail: Samples = field(default_factory=lambda: np.zeros(FRAME, np.float32))
    """The newest whole frame: what the next one's pitch is heard against."""
    rest: Samples = field(default_factory=lambda: np.zeros(0, np.float32))
    """Samples of a frame that is not whole yet."""
    vad: Array = field(default_factory=fresh_state)
    next_final: int = 1
    """Number of the utterance whose final is said next."""
    begun: int = 0
    """The newest utterance that judgement knows to have begun."""
    gone: bool = False
    """The party left, and may come back."""
    pace: SpeechRate | None = None
    """Where the moving picture of the pace is of use."""
    newest: Heard | None = None
    """The newest utterance, open or closed, for the moving picture of the pace."""

    def frames(self, samples: Samples) -> Samples:
        """Whole frames [k, FRAME] that are due with these samples; the rest is kept."""
        together = np.concatenate((self.rest, samples)) if len(self.rest) else samples
        count = len(together) // FRAME
        self.rest = together[count * FRAME :].copy()
        return together[: count * FRAME].reshape(count, FRAME)

    def say(self, heard: Heard) -> None:
        """Words were heard; those of an utterance before the newest one may come late."""
        if self.newest is None or heard.utterance >= self.newest.utterance:
            self.newest = heard

    @property
    def words(self) -> tuple[Word, ...]:
        """Of the newest utterance."""
        return self.newest.words if self.newest else ()

    @property
    def taken(self) -> int:
        """Index of the first sample not yet taken."""
        return round(self.transcriber.clock * RATE) + len(self.rest)

    @property
    def heard(self) -> float:
        """Media seconds up to which the audio is transcribed, and its tone judged: both keep
        sound that waits, and this bounds how much."""
        heard = self.transcriber.heard if self.transcriber.waiting else self.taken / RATE
        return min(heard, self.tone.since) if self.tone.waiting else heard

    @property
    def needed_from(self) -> int:
        """First sample that `restore` will want: the newest whole frame, too."""
        start = round(self.transcriber.time(0) * RATE)
        newest = self.taken - len(self.rest) - FRAME
        tone = start + self.tone.needed_from * FRAME
        return min(self.transcriber.needed_from, max(start, newest), tone)

    def state(self) -> dict[str, Any]:
        """All that the rest of the call depends on, JSON-able, without audio."""
        return {
            "party": asdict(self.party),
            "transcriber": self.transcriber.state(),
            "rest": len(self.rest),
            "vad": base64.b64encode(self.vad.tobytes()).decode(),
            "next_final": self.next_final,
            "begun": self.begun,
            "gone": self.gone,
            "tone": self.tone.state(),
        }

    @classmethod
    def restore(
        cls,
        call: CallId,
        party: Party,
        *,
        settings: AsrSettings,
        scorer: Scorer | None,
        state: dict[str, Any],
        audio: Samples,
    ) -> tuple[Self, list[DecodeRequest]]:
        """The ear as `state()` saw it, and the finals that it still waits for. Windows of tone that
        it waits for are asked for again by themselves.

        `audio`: the party's samples since `needed_from`.
        """
        whole = len(audio) - state["rest"]
        transcriber, requests = Transcriber.restore(
            call, party.id, settings=settings, state=state["transcriber"], audio=audio[:whole]
        )
        tone = PartyTone(party.id, transcriber.time(0), scorer)
        tone.restore(state["tone"], audio[:whole])
        self = cls(party, transcriber, tone, rest=audio[whole:].copy())
        self.vad = np.frombuffer(base64.b64decode(state["vad"]), np.float32).copy()
        if whole >= FRAME:
            self.tail = audio[whole - FRAME : whole].copy()
        self.next_final, self.begun = state["next_final"], state["begun"]
        self.gone = state["gone"]
        return self, requests
