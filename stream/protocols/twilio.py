"""Twilio Media Streams: text JSON with base64 mu-law, one message a track and 20 ms.

Rules: `connected` comes first or not at all, `start` once, then `media` until `stop`. Numbers are
taken as numbers or as strings of digits. Events that are not known are ignored; nothing after
stop counts. Nothing may be sent back: a unidirectional stream ends with Twilio's error 31924.

Only the media timestamps matter for order, not `sequenceNumber` or `chunk`: look-alikes do not
keep the order of messages. A message that comes twice or late is passed on with its `at`, and the
timeline of the party drops what its clock has already.

Each Media names its party and holds that party alone, though the call's format names the parties
of all tracks: decode each party with a one-party format.
"""

from __future__ import annotations

import base64
import binascii
from enum import Enum
from typing import Any, Literal, assert_never

from stream.audio import AudioFormat, Context, Party
from stream.errors import BadRequest, UnsupportedFormat
from stream.events import CallEnded, CallStarted, Dtmf, Media, StreamEvent
from stream.limits import MAX_CALL_SECONDS
from stream.protocols import Manners, News, fields, metadata, transitions

ENCODING = "audio/x-mulaw"
RATE = 8_000
TRACKS = ("inbound", "outbound")
_OWN_PARAMETERS = ("call", "token", "context")
"""Custom parameters that are ours; all others are kept as context."""


class State(Enum):
    """Where a stream is; the value completes "a message cannot come …"."""

    NEW = "before the start event"
    OPEN = "after the start event: open a stream of its own for another call"
    STOPPED = "after stop"


Step = Literal["connected", "start", "media", "dtmf", "mark", "stop"]

_STEPS: tuple[Step, ...] = ("connected", "start", "media", "dtmf", "mark", "stop")

TRANSITIONS: dict[tuple[State, Step], State] = {
    (State.NEW, "connected"): State.NEW,
    (State.NEW, "mark"): State.NEW,
    (State.NEW, "start"): State.OPEN,
    (State.OPEN, "connected"): State.OPEN,
    (State.OPEN, "mark"): State.OPEN,
    (State.OPEN, "media"): State.OPEN,
    (State.OPEN, "dtmf"): State.OPEN,
    (State.OPEN, "stop"): State.STOPPED,
}


class TwilioCodec:
    """One stream of Twilio's; a Codec of stream/protocols/__init__.py.

    `inbound` and `outbound` name the parties of the tracks; they change places where the stream
    is of the agent's own leg.
    """

    manners = Manners()

    def __init__(self, inbound: str = "customer", outbound: str = "agent") -> None:
        if inbound == outbound:
            raise ValueError(f"both tracks are {inbound!r}: name two parties")
        self._names = {"inbound": Party.named(inbound), "outbound": Party.named(outbound)}
        self._state = State.NEW
        self._tracks: dict[str, Party] = {}

    def receive(self, message: str | bytes) -> list[StreamEvent]:
        """Events of one message.

        Raises BadRequest, UnsupportedFormat or TooBig, and changes nothing, for a message that
        is not what the protocol allows now.
        """
        if self._state is State.STOPPED:
            return []
        fields.check_size(message)
        if isinstance(message, bytes):
            raise BadRequest("a binary message: send audio as base64 in media events")
        body = fields.json_object(message)
        step = transitions.known(_STEPS, body.get("event"))
        if step is None:
            return []
        after = transitions.after(TRANSITIONS, self._state, step)
        events = self._read(step, body)
        self._state = after
        return events

    def tell(self, news: News) -> list[str]:
        """Nothing: whatever comes back ends the stream."""
        return []

    def _read(self, step: Step, body: dict[str, Any]) -> list[StreamEvent]:
        """The events of a message that may come now."""
        match step:
            case "connected" | "mark":
                return []
            case "start":
                return [self._read_start(fields.mapping(body.get("start"), "start"))]
            case "media":
                return [self._read_media(fields.mapping(body.get("media"), "media"))]
            case "dtmf":
                return [self._read_dtmf(fields.mapping(body.get("dtmf"), "dtmf"))]
            case "stop":
                return [CallEnded()]
        assert_never(step)

    def _read_start(self, start: dict[str, Any]) -> CallStarted:
        _check_format(fields.mapping(start.get("mediaFormat"), "start.mediaFormat"))
        tracks = self._read_tracks(start.get("tracks"))
        given = start.get("customParameters")
        parameters = fields.mapping({} if given is None else given, "start.customParameters")
        if parameters.get("call"):
            call = fields.call_id(parameters["call"], "the parameter call")
        else:
            call = fields.call_id(start.get("callSid"), "start.callSid")
        started = CallStarted(
            call=call,
            format=AudioFormat("mulaw", RATE, tuple(tracks.values())),
            source="twilio",
            context=_read_context(parameters),
            token=fields.text(parameters.get("token", ""), "the parameter token"),
            waits=False,
        )
        self._tracks = tracks
        return started

    def _read_tracks(self, value: object) -> dict[str, Party]:
        """The party of each track that the stream carries."""
        named = value if isinstance(value, list) else []
        tracks = {track: self._names[track] for track in TRACKS if track in named}
        if not tracks or len(tracks) != len(named):
            raise BadRequest(
                f"start.tracks is {fields.shown(value)}: send a list of {' and '.join(TRACKS)}, "
                "each at most once"
            )
        return tracks

    def _read_media(self, media: dict[str, Any]) -> Media:
        track = media.get("track")
        party = self._tracks.get(track) if isinstance(track, str) else None
        if party is None:
            raise BadRequest(
                f"media.track is {fields.shown(track)}: send one that the start event listed: "
                f"{', '.join(self._tracks)}"
            )
        milliseconds = fields.whole(media.get("timestamp"), "media.timestamp")
        if milliseconds > MAX_CALL_SECONDS * 1000:
            raise BadRequest(
                f"media.timestamp is {milliseconds}: send milliseconds since the stream's start"
            )
        return Media(_read_payload(media.get("payload")), party.id, milliseconds / 1000)

    def _read_dtmf(self, dtmf: dict[str, Any]) -> Dtmf:
        """Tracks are called `inbound_track` here; one that is not known does no harm."""
        party = self._tracks.get(str(dtmf.get("track")).removesuffix("_track"))
        return Dtmf(party.id if party else None)


def _check_format(given: dict[str, Any]) -> None:
    if given.get("encoding") != ENCODING:
        raise UnsupportedFormat(
            f"mediaFormat.encoding is {fields.shown(given.get('encoding'))}: send {ENCODING}"
        )
    for name, wanted in (("sampleRate", RATE), ("channels", 1)):
        if fields.whole(given.get(name), f"mediaFormat.{name}") != wanted:
            raise UnsupportedFormat(
                f"mediaFormat.{name} is {fields.shown(given[name])}: send {wanted}"
            )


def _read_context(parameters: dict[str, Any]) -> Context:
    """What the parameters say of the call. They are strings all, the context too."""
    if parameters.get("context"):
        fields.text(parameters["context"], "the parameter context")
    return metadata.context(parameters, _OWN_PARAMETERS, "start.customParameters")


def _read_payload(value: object) -> bytes:
    """Strict: a character that is not base64 means that the sound is not what it should be."""
    try:
        return base64.b64decode(fields.text(value, "media.payload"), validate=True)
    except (binascii.Error, ValueError):
        raise BadRequest("media.payload is not valid base64: send base64 of mu-law") from None
