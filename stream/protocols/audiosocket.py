"""Asterisk's AudioSocket: typed messages in a byte stream over TCP.

    1 byte type, 2 bytes length (big endian), as many bytes of payload

    0x00 hangup   0x01 UUID   0x03 DTMF   0x10 … 0x18 audio, a type a rate   0xFF error

Rules: the UUID comes first and once; it is the call's id. The type of the first audio says the
rate of the whole call, so the call starts with that. Types that are not known are skipped. Nothing
after hangup or error counts; Asterisk itself says neither, but closes the connection. Audio is
slin, 16 bits little endian and one party.

The stream may be cut anywhere: what is not yet whole is kept, at most one message, whose header
was checked before its payload is waited for. Bytes with a fault in them count for nothing, also
what is sound in them: the connection is over, and these were its last few milliseconds.
"""

from __future__ import annotations

import struct
import uuid
from dataclasses import dataclass
from enum import Enum
from typing import Literal, assert_never

from stream.audio import AudioFormat, CallId, Party
from stream.errors import BadRequest
from stream.events import CallEnded, CallStarted, Dtmf, Media, StreamEvent
from stream.protocols import Manners, News, fields

HEADER = struct.Struct(">BH")
UUID_BYTES = 16
RATES = {
    0x10: 8_000,
    0x11: 12_000,
    0x12: 16_000,
    0x13: 24_000,
    0x14: 32_000,
    0x15: 44_100,
    0x16: 48_000,
    0x17: 96_000,
    0x18: 192_000,
}
"""Samples a second by type of audio; those above stream.limits are refused."""


class State(Enum):
    """Where a connection is; the value completes "a message cannot come …"."""

    NEW = "before the UUID: send that one first"
    NAMED = "after the UUID: connect again for another call"
    OPEN = "in a call that has started: connect again for another call"
    ENDED = "after the end"


Step = Literal["UUID", "audio", "DTMF", "hangup", "error"]

_STEPS: dict[int, Step] = {
    0x00: "hangup",
    0x01: "UUID",
    0x03: "DTMF",
    **dict.fromkeys(RATES, "audio"),
    0xFF: "error",
}

TRANSITIONS: dict[tuple[State, Step], State] = {
    (State.NEW, "UUID"): State.NAMED,
    (State.NAMED, "audio"): State.OPEN,
    (State.NAMED, "DTMF"): State.NAMED,
    (State.NAMED, "hangup"): State.ENDED,
    (State.NAMED, "error"): State.ENDED,
    (State.OPEN, "audio"): State.OPEN,
    (State.OPEN, "DTMF"): State.OPEN,
    (State.OPEN, "hangup"): State.ENDED,
    (State.OPEN, "error"): State.ENDED,
}


@dataclass(frozen=True, slots=True)
class _Place:
    """How far a connection has come."""

    state: State = State.NEW
    call: str = ""
    rate: int = 0


class AudioSocketCodec:
    """One connection, which is one party; a Codec of stream/protocols/__init__.py."""

    manners = Manners(close_ends=True)

    def __init__(self, party: str = "customer") -> None:
        self._party = Party.named(party)
        self._place = _Place()
        self._held = b""

    def receive(self, message: str | bytes) -> list[StreamEvent]:
        """Events that these next bytes of the stream complete.

        Raises BadRequest, UnsupportedFormat or TooBig, and changes nothing, where they hold what
        the protocol does not allow then.
        """
        place = self._place
        if place.state is State.ENDED:
            return []
        fields.check_size(message)
        if isinstance(message, str):
            raise BadRequest("a text message: send the bytes of AudioSocket")
        data, start = self._held + message, 0
        events: list[StreamEvent] = []
        while (found := _whole(place, data, start)) is not None:
            kind, payload = found
            events += self._read(place, kind, payload)
            place = _moved(place, kind, payload)
            start += HEADER.size + len(payload)
        self._place, self._held = place, data[start:]
        return events

    def tell(self, news: News) -> list[str]:
        """Nothing: what is sent back is played to the caller."""
        return []

    def _read(self, place: _Place, kind: int, payload: bytes) -> list[StreamEvent]:
        """The events of a whole message whose header was checked."""
        step = _STEPS.get(kind)
        match step:
            case None | "UUID":
                return []
            case "audio":
                sound = Media(payload)
                opened = place.state is State.OPEN
                return [sound] if opened else [self._started(place.call, RATES[kind]), sound]
            case "DTMF":  # before the first audio there is no call that it could be of
                return [Dtmf(self._party.id)] if place.state is State.OPEN else []
            case "hangup":
                return [CallEnded()]
            case "error":
                return [CallEnded("error")]
        assert_never(step)

    def _started(self, call: str, rate: int) -> CallStarted:
        return CallStarted(
            call=CallId(call),
            format=AudioFormat("s16le", rate, (self._party,)),
            source="audiosocket",
            waits=False,
        )


def _whole(place: _Place, data: bytes, start: int) -> tuple[int, bytes] | None:
    """Type and payload of the message that begins at `start`; None where it is not whole."""
    if place.state is State.ENDED or len(data) - start < HEADER.size:
        return None
    kind, size = HEADER.unpack_from(data, start)
    _check(place, kind, size)
    payload = data[start + HEADER.size : start + HEADER.size + size]
    return (kind, payload) if len(payload) == size else None


def _check(place: _Place, kind: int, size: int) -> None:
    """Raises for the header of a message that may not come now."""
    step = _STEPS.get(kind)
    if step is None and place.state is not State.NEW:
        return
    if step is None or (place.state, step) not in TRANSITIONS:
        raise BadRequest(f"{step or f'type {kind:#04x}'} cannot come {place.state.value}")
    if step == "UUID" and size != UUID_BYTES:
        raise BadRequest(f"the UUID has {size} bytes: send {UUID_BYTES}")
    if step == "audio":
        rate = fields.rate(RATES[kind], f"the rate of audio of type {kind:#04x}")
        if place.state is State.OPEN and rate != place.rate:
            raise BadRequest(
                f"audio at {rate} Hz in a call at {place.rate}: keep the rate of the first audio"
            )


def _moved(place: _Place, kind: int, payload: bytes) -> _Place:
    """The place after a whole message whose header was checked."""
    step = _STEPS.get(kind)
    if step is None:
        return place
    after = TRANSITIONS[place.state, step]
    call = str(uuid.UUID(bytes=payload)) if step == "UUID" else place.call
    return _Place(after, call, RATES.get(kind, place.rate))
