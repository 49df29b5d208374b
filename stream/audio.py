"""Audio as it travels inside: parties, wire formats, frames on a media clock."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Literal, NewType

import numpy as np
import numpy.typing as npt

CallId = NewType("CallId", str)
PartyId = NewType("PartyId", str)
Role = Literal["agent", "customer", "interpreter", "other", "unknown"]
ROLES: tuple[Role, ...] = ("agent", "customer", "interpreter", "other", "unknown")
Encoding = Literal["s16le", "mulaw", "alaw", "f32le"]
ENCODINGS: tuple[Encoding, ...] = ("s16le", "mulaw", "alaw", "f32le")
SAMPLE_BYTES: dict[Encoding, int] = {"s16le": 2, "mulaw": 1, "alaw": 1, "f32le": 4}

RATE = 16_000
"""Samples a second of everything after the resampler: what VAD and Whisper take."""

CALL_ID = re.compile(r"[A-Za-z0-9._~-]{1,128}")

Samples = npt.NDArray[np.float32]
"""Mono, -1..1, at RATE unless said otherwise."""

Context = dict[str, Any]
"""Context of a call as in the API; unknown keys are kept."""


@dataclass(frozen=True, slots=True)
class Party:
    """One voice of a call. `id` is unique in the call and is what events carry."""

    id: PartyId
    role: Role

    @staticmethod
    def named(name: str) -> Party:
        """The party of that name: its role is its name where that is a role's name."""
        for role in ROLES:
            if name == role:
                return Party(PartyId(name), role)
        return Party(PartyId(name), "unknown")


@dataclass(frozen=True, slots=True)
class AudioFormat:
    """What a sender's bytes mean. `rate` in Hz; `parties` one per interleaved channel."""

    encoding: Encoding
    rate: int
    parties: tuple[Party, ...]

    @property
    def frame_bytes(self) -> int:
        """Bytes of one sample of every channel."""
        return SAMPLE_BYTES[self.encoding] * len(self.parties)

    def only(self, party: PartyId) -> AudioFormat:
        """The format of one party alone, for protocols that send each in messages of its own."""
        return AudioFormat(
            self.encoding, self.rate, tuple(p for p in self.parties if p.id == party)
        )


@dataclass(frozen=True, slots=True)
class AudioFrame:
    """Samples of one party at RATE, contiguous; `start` is the first one's index on its clock."""

    party: PartyId
    start: int
    samples: Samples

    @property
    def at(self) -> float:
        """Media seconds of the first sample."""
        return self.start / RATE
