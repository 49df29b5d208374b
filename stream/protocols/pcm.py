"""The project's own protocol: `WS /v1/media/pcm`, a JSON start message and then raw audio.

    client                                            server
    {"call", "format", "at"?, "resume"?, "context"?}  {"type":"ready"} or an error
    binary audio …                                    {"type":"ack"} each second
    {"type":"pause"} {"type":"resume","at"?}
    {"type":"context", …}
    {"type":"stop"}                                   {"type":"ended"}

Rules: the start message comes first and once. A text whose type is not known is ignored, so that
a newer client may speak to an older server. Nothing after stop counts. What a message means in a
state is in TRANSITIONS; what is not there is a fault and changes nothing.
"""

from __future__ import annotations

import json
from enum import Enum
from typing import Any, Literal, assert_never

from stream.audio import ENCODINGS, AudioFormat, CallId
from stream.errors import UnsupportedFormat
from stream.events import (
    CallEnded,
    CallStarted,
    ContextChanged,
    Media,
    Paused,
    Resumed,
    StreamEvent,
)
from stream.protocols import (
    Ack,
    Ended,
    Failed,
    Manners,
    News,
    Ready,
    Transcript,
    fields,
    transitions,
)

_ANOTHER = "open a socket of its own for another call or party"


class State(Enum):
    """Where a connection is; the value completes "a message cannot come …"."""

    NEW = "before the start message: send the text start message first"
    OPEN = f"in a call that has started: {_ANOTHER}"
    PAUSED = f"in a call that has started and is paused: {_ANOTHER}"
    STOPPED = "after stop"


TextStep = Literal["start", "pause", "resume", "context", "stop"]
Step = TextStep | Literal["audio"]

_TEXT_STEPS: tuple[TextStep, ...] = ("start", "pause", "resume", "context", "stop")

TRANSITIONS: dict[tuple[State, Step], State] = {
    (State.NEW, "start"): State.OPEN,
    (State.OPEN, "audio"): State.OPEN,
    (State.OPEN, "pause"): State.PAUSED,
    (State.OPEN, "resume"): State.OPEN,  # its `at` may advance the clock
    (State.OPEN, "context"): State.OPEN,
    (State.OPEN, "stop"): State.STOPPED,
    (State.PAUSED, "audio"): State.PAUSED,
    (State.PAUSED, "pause"): State.PAUSED,
    (State.PAUSED, "resume"): State.OPEN,
    (State.PAUSED, "context"): State.PAUSED,
    (State.PAUSED, "stop"): State.STOPPED,
}


class PcmCodec:
    """One connection of the pcm protocol; a Codec of stream/protocols/__init__.py."""

    manners = Manners()

    def __init__(self) -> None:
        self._state = State.NEW
        self._call: CallId | None = None

    def receive(self, message: str | bytes) -> list[StreamEvent]:
        """Events of one message.

        Raises BadRequest, UnsupportedFormat or TooBig, and changes nothing, for a message that
        is not what the protocol allows now.
        """
        if self._state is State.STOPPED:
            return []
        fields.check_size(message)
        if isinstance(message, bytes):
            after = transitions.after(TRANSITIONS, self._state, "audio")
            events: list[StreamEvent] = [Media(message)]
        else:
            body = fields.json_object(message)
            step = self._step(body)
            if step is None:
                return []
            after = transitions.after(TRANSITIONS, self._state, step)
            events = self._read(step, body)
        self._state = after
        return events

    def tell(self, news: News) -> list[str]:
        """The news as a message of the API."""
        match news:
            case Ready():
                return [json.dumps({"type": "ready", "call": self._call})]
            case Ack(party, at):
                return [json.dumps({"type": "ack", "party": party, "at": at})]
            case Transcript():  # who wants them follows the call's events
                return []
            case Ended():
                return [json.dumps({"type": "ended"})]
            case Failed(fault):
                return [json.dumps(fault.payload())]
        assert_never(news)

    def _step(self, body: dict[str, Any]) -> TextStep | None:
        """What a text message is; None for one to ignore. The start message needs no type."""
        kind = body.get("type")
        if step := transitions.known(_TEXT_STEPS, kind):
            return step
        if self._state is State.NEW or (kind is None and ("call" in body or "format" in body)):
            return "start"
        return None

    def _read(self, step: TextStep, body: dict[str, Any]) -> list[StreamEvent]:
        """The events of a text message that may come now."""
        match step:
            case "start":
                started = _read_start(body)
                self._call = started.call
                return [started]
            case "pause":
                return [] if self._state is State.PAUSED else [Paused()]
            case "resume":
                return [Resumed(fields.seconds(body.get("at"), "at"))]
            case "context":
                return [_read_context(body)]
            case "stop":
                return [CallEnded()]
        assert_never(step)


def _read_start(body: dict[str, Any]) -> CallStarted:
    return CallStarted(
        call=fields.call_id(body.get("call"), "call"),
        format=_read_format(fields.mapping(body.get("format"), "format")),
        source="pcm",
        at=fields.seconds(body.get("at"), "at"),
        resume=fields.flag(body.get("resume"), "resume"),
        context=fields.context(body.get("context"), "context"),
    )


def _read_format(body: dict[str, Any]) -> AudioFormat:
    named = body.get("encoding")
    encoding = next((known for known in ENCODINGS if known == named), None)
    if encoding is None:
        raise UnsupportedFormat(
            f"format.encoding is {fields.shown(named)}: send one of {', '.join(ENCODINGS)}"
        )
    return AudioFormat(
        encoding=encoding,
        rate=fields.rate(body.get("rate"), "format.rate"),
        parties=fields.parties(body.get("channels"), "format.channels"),
    )


def _read_context(body: dict[str, Any]) -> ContextChanged:
    """Both forms: the context under a key of its own, or its keys beside the type."""
    if "context" in body:
        return ContextChanged(fields.context(body["context"], "context"))
    keys = {key: value for key, value in body.items() if key != "type"}
    return ContextChanged(fields.context(keys, "context"))
