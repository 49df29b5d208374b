"""A call's state at any frame, to stop here and go on there.

Holds everything that the rest of the call depends on but its audio: the conversation (VAD,
endpointing, utterances without a final, judgement) and each party's timeline (resampler). Who
goes on needs the checkpoint, the 16 kHz audio since `needed_from`, and the sender's bytes from
`received` on. A checkpoint may be kept once all events said before it are stored: what is said
again after it has the same keys, and the store skips what it has.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from coach.conversation import Conversation
from coach.knowledge import Knowledge
from models.types import DecodeRequest
from stream.audio import CallId, PartyId, Samples
from stream.timeline import Timeline


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """`needed_from`: for each party the first 16 kHz sample that going on needs."""

    call: CallId
    at: float
    needed_from: dict[PartyId, int]
    conversation: dict[str, Any]
    timelines: dict[PartyId, dict[str, Any]]

    @classmethod
    def of(cls, conversation: Conversation, timelines: Mapping[PartyId, Timeline]) -> Checkpoint:
        """The call as it is now, between two frames."""
        return cls(
            conversation.call,
            conversation.clock,
            {party: conversation.needed_from(party) for party in timelines},
            conversation.state(),
            {party: timeline.state() for party, timeline in timelines.items()},
        )

    def encode(self) -> bytes:
        """As bytes for the store or a bus."""
        fields = {name: getattr(self, name) for name in self.__slots__}
        return json.dumps(fields, separators=(",", ":")).encode()

    @classmethod
    def decode(cls, payload: bytes) -> Checkpoint:
        """The checkpoint of `encode()`."""
        return cls(**json.loads(payload))

    def resume(
        self, knowledge: Knowledge, audio: dict[PartyId, Samples]
    ) -> tuple[Conversation, dict[PartyId, Timeline], list[DecodeRequest]]:
        """The conversation and timelines to go on with, and finals still to be decoded.

        `audio`: of each party the 16 kHz samples from `needed_from` to the checkpoint.
        """
        conversation, requests = Conversation.restore(
            self.call, knowledge, self.conversation, audio
        )
        timelines = {party: Timeline.restore(state) for party, state in self.timelines.items()}
        return conversation, timelines, requests
