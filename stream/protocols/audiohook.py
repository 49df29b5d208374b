"""Genesys Cloud AudioHook v2: text JSON for control, binary mu-law for sound.

    client                                      server
    open {conversationId, media, …}             opened {media}        when the call was taken
    binary audio …
    ping                                        pong
    update {language}                           updated
    paused, resumed {discarded}, discarded
                                                event {entities}      what was said, if wanted
    close {reason}                              closed                when every event is out
                                                disconnect {reason}   for a fault; close follows

Rules: each side numbers its messages from 1 and names the last that it has from the other. The
vendor is strict, and so is this codec: a number left out, a wrong id or an unknown type is a
fault. Once the end is under way nothing is a fault any more. A second `open` is ignored. `close`
may come at any time; the socket is the client's to close. What a message means in a state is in
TRANSITIONS.

A probe, with which the vendor tries the connection, is answered at once and makes no call.

The clock is our own: samples that came, and what was `discarded`. The `position` that a message
names is not believed; only its form is checked.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Literal, assert_never, get_args

from stream.audio import Party
from stream.errors import BadRequest, MediaError, NotAllowed, TooBig, Unauthorised
from stream.events import (
    CallEnded,
    CallStarted,
    Media,
    Paused,
    Reply,
    Resumed,
    StreamEvent,
)
from stream.limits import MAX_CALL_SECONDS
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
from stream.protocols import audiohook_fields as values
from stream.protocols.audiohook_events import transcript
from stream.upgrade import Upgrade

VERSION = "2"
MAX_TEXT = 65_535
"""Characters of a text message: the protocol's own bound."""
MAX_INFO = 200
"""Characters of a fault that a disconnect tells: a line in the sender's log."""


class State(Enum):
    """Where a session is; the value completes "a message cannot come …"."""

    NEW = "before open: send that first"
    OPENING = "before opened: wait for that"
    ACTIVE = "in a session that is open"
    PAUSED = "while paused: send resumed first"
    PROBE = "in a probe"
    CLOSING = "after close"
    CLOSED = "after closed"
    DISCONNECTED = "after disconnect"


TextStep = Literal["open", "ping", "paused", "resumed", "discarded", "update", "error", "close"]
Step = TextStep | Literal["probe", "audio", "ready", "ended", "failed"]

_TEXT_STEPS: tuple[TextStep, ...] = get_args(TextStep)

_ROWS: tuple[tuple[State, tuple[Step, ...], State], ...] = (
    (State.NEW, ("ping", "error"), State.NEW),
    (State.NEW, ("open",), State.OPENING),
    (State.NEW, ("probe",), State.PROBE),
    (State.NEW, ("close",), State.CLOSED),
    (State.NEW, ("failed",), State.DISCONNECTED),
    (State.OPENING, ("open", "ping", "error"), State.OPENING),
    (State.OPENING, ("ready",), State.ACTIVE),
    (State.OPENING, ("close",), State.CLOSING),
    (State.OPENING, ("failed",), State.DISCONNECTED),
    (State.ACTIVE, ("open", "ping", "error", "audio"), State.ACTIVE),
    (State.ACTIVE, ("resumed", "discarded", "update"), State.ACTIVE),
    (State.ACTIVE, ("paused",), State.PAUSED),
    (State.ACTIVE, ("close",), State.CLOSING),
    (State.ACTIVE, ("failed",), State.DISCONNECTED),
    (State.PAUSED, ("open", "ping", "error"), State.PAUSED),
    (State.PAUSED, ("paused", "discarded", "update"), State.PAUSED),
    (State.PAUSED, ("resumed",), State.ACTIVE),
    (State.PAUSED, ("close",), State.CLOSING),
    (State.PAUSED, ("failed",), State.DISCONNECTED),
    (State.PROBE, ("open", "ping", "error", "audio"), State.PROBE),
    (State.PROBE, ("paused", "resumed", "discarded", "update"), State.PROBE),
    (State.PROBE, ("close",), State.CLOSED),
    (State.PROBE, ("failed",), State.DISCONNECTED),
    (State.CLOSING, ("ping",), State.CLOSING),
    (State.CLOSING, ("ended", "failed"), State.CLOSED),
    (State.DISCONNECTED, ("close",), State.CLOSED),
)
TRANSITIONS = {(before, step): after for before, steps, after in _ROWS for step in steps}

_TOLD = (State.ACTIVE, State.PAUSED, State.CLOSING)
"""States in which the client may be told what was said."""
_PAST = (State.CLOSING, State.CLOSED, State.DISCONNECTED)
"""States in which whatever is not in the table is passed over."""


@dataclass(frozen=True, slots=True)
class _Answer:
    """A Reply to be: it gets its numbers once the message that it answers was taken."""

    kind: str
    parameters: dict[str, Any] = field(default_factory=dict)


class AudioHookCodec:
    """One session; a Codec of stream/protocols/__init__.py.

    `external` and `internal` name the parties of those channels; `transcribed`: the client is told
    what was said.
    """

    def __init__(
        self,
        upgrade: Upgrade,
        external: str = "customer",
        internal: str = "agent",
        *,
        transcribed: bool = False,
    ) -> None:
        """Raises BadRequest where the upgrade does not name its session."""
        if external == internal:
            raise ValueError(f"both channels are {external!r}: name two parties")
        self.manners = Manners(client_closes=True, pings=True, transcribed=transcribed)
        self._names = {"external": Party.named(external), "internal": Party.named(internal)}
        headers = {name.lower(): value for name, value in upgrade.headers.items()}
        self._session = values.uuid(
            headers.get("audiohook-session-id"), "the header Audiohook-Session-Id"
        )
        self._organization = headers.get("audiohook-organization-id")
        self._state = State.NEW
        self._heard = 0  # the client's last number
        self._said = 0  # and ours
        self._media: dict[str, Any] = {}
        self._rest = b""  # the beginning of a sample whose other channel is yet to come
        self._position = 0  # samples of the sender's clock, those that it discarded too

    def receive(self, message: str | bytes) -> list[StreamEvent]:
        """Events of one message.

        Raises BadRequest, UnsupportedFormat, Unauthorised or TooBig, and changes nothing, for a
        message that is not what the protocol allows now.
        """
        if self._state in _PAST:
            return self._receive_late(message)
        fields.check_size(message)
        if isinstance(message, bytes):
            self._state = transitions.after(TRANSITIONS, self._state, "audio")
            return self._hear(message) if self._state is State.ACTIVE else []
        step, seq, parameters = self._unwrap(message)
        after = transitions.after(TRANSITIONS, self._state, step)
        found = self._read(step, parameters)
        self._state, self._heard = after, seq
        return [
            Reply(self._say(event.kind, event.parameters)) if isinstance(event, _Answer) else event
            for event in found
        ]

    def tell(self, news: News) -> list[str]:
        """The news as a message of the protocol; [] where the client waits for none."""
        match news:
            case Ready():
                return self._move("ready", "opened", {"media": [self._media]})
            case Ack():
                return []
            case Transcript():
                return self._repeat(news)
            case Ended():
                return self._move("ended", "closed", {})
            case Failed() if self._state is State.CLOSING:
                return self._move("failed", "closed", {})
            case Failed(fault):
                return self._move("failed", "disconnect", _why(fault))
        assert_never(news)

    def _repeat(self, said: Transcript) -> list[str]:
        """What was said, up to the last message."""
        if self._state not in _TOLD:
            return []
        channel = [party.id for party in self._names.values()].index(said.party)
        return [self._say("event", {"entities": [transcript(said, self._session, channel)]})]

    def _move(self, step: Step, kind: str, parameters: dict[str, Any]) -> list[str]:
        after = TRANSITIONS.get((self._state, step))
        if after is None:
            return []
        self._state = after
        return [self._say(kind, parameters)]

    def _say(self, kind: str, parameters: dict[str, Any]) -> str:
        self._said += 1
        body = {"version": VERSION, "type": kind, "id": self._session, "seq": self._said}
        return json.dumps({**body, "clientseq": self._heard, "parameters": parameters})

    def _receive_late(self, message: str | bytes) -> list[StreamEvent]:
        """Answers a ping before `closed`, and `close` after a disconnect: nothing else counts.

        Numbers are taken as they come: the fault may have been in them.
        """
        try:
            if isinstance(message, bytes) or len(message) > MAX_TEXT:
                return []
            body = fields.json_object(message)
            seq = values.number(body.get("seq"), "seq")
        except BadRequest:
            return []
        step = transitions.known(_TEXT_STEPS, body.get("type"))
        after = TRANSITIONS.get((self._state, step)) if step else None
        if after is None:
            return []
        self._state, self._heard = after, seq
        return [Reply(self._say("closed" if step == "close" else "pong", {}))]

    def _unwrap(self, message: str) -> tuple[Step, int, dict[str, Any]]:
        """What a text message is, its number and its parameters."""
        if len(message) > MAX_TEXT:
            raise TooBig(f"a text message of {len(message)} characters: send at most {MAX_TEXT}")
        body = fields.json_object(message)
        if body.get("version") != VERSION:
            raise BadRequest(f'version is {fields.shown(body.get("version"))}: send "{VERSION}"')
        if values.uuid(body.get("id"), "id").lower() != self._session.lower():
            raise BadRequest("id is of another session: send that of Audiohook-Session-Id")
        seq = values.number(body.get("seq"), "seq")
        if seq != self._heard + 1:
            raise BadRequest(f"seq is {fields.shown(seq)}: send {self._heard + 1}, then one more")
        if values.number(body.get("serverseq"), "serverseq") > self._said:
            raise BadRequest(f"serverseq is above {self._said}: send the last seq that you got")
        values.seconds(body.get("position"), "position")
        parameters = fields.mapping(body.get("parameters"), "parameters")
        step = transitions.known(_TEXT_STEPS, body.get("type"))
        if step is None:
            raise BadRequest(
                f"type is {fields.shown(body.get('type'))}: send one of {', '.join(_TEXT_STEPS)}"
            )
        probe = step == "open" and self._state is State.NEW and values.is_probe(parameters)
        return "probe" if probe else step, seq, parameters

    def _hear(self, sound: bytes) -> list[StreamEvent]:
        """Whole samples of all channels; what is over waits for the next message."""
        sound = self._rest + sound
        channels = len(self._media["channels"])
        samples = len(sound) // channels
        at = self._position / values.RATE
        self._rest = sound[samples * channels :]
        self._position += samples
        return [Media(sound[: samples * channels], at=at)] if samples else []

    def _read(self, step: Step, parameters: dict[str, Any]) -> list[StreamEvent | _Answer]:
        """The events of a text message that may come now."""
        called = self._state not in (State.NEW, State.PROBE)
        match step:
            case "open" if self._state is State.NEW:
                return [self._read_open(parameters)]
            case "probe":
                return [self._read_probe(parameters)]
            case "ping":
                return [_Answer("pong")]
            case "paused" if self._state is State.ACTIVE:
                return [Paused()]
            case "resumed" | "discarded" if called:
                return self._read_discarded(step, parameters)
            case "update":
                changed = values.read_update(parameters)
                return [_Answer("updated"), changed] if called else [_Answer("updated")]
            case "close":
                ended = CallEnded(values.reason(parameters))
                return [ended] if called else [_Answer("closed"), ended]
        return []

    def _read_open(self, parameters: dict[str, Any]) -> CallStarted:
        values.check_organization(parameters, self._organization)
        media = values.select(parameters.get("media"))
        started = values.read_open(parameters, media, self._names)
        self._media = media
        return started

    def _read_probe(self, parameters: dict[str, Any]) -> _Answer:
        """It may offer no media at all."""
        values.check_organization(parameters, self._organization)
        offered = parameters.get("media")
        return _Answer("opened", {"media": [] if offered == [] else [values.select(offered)]})

    def _read_discarded(
        self, step: Literal["resumed", "discarded"], parameters: dict[str, Any]
    ) -> list[StreamEvent | _Answer]:
        """What was left out moves the clock; what comes next is placed behind it."""
        values.seconds(parameters.get("start"), "parameters.start")
        discarded = values.seconds(parameters.get("discarded"), "parameters.discarded")
        position = self._position / values.RATE + discarded
        if position > MAX_CALL_SECONDS:
            raise BadRequest(
                f"parameters.discarded leads beyond {MAX_CALL_SECONDS:.0f} s of call: send seconds"
            )
        self._position = round(position * values.RATE)
        return [Resumed(self._position / values.RATE, own=True)] if step == "resumed" else []


def _why(fault: MediaError) -> dict[str, Any]:
    refused = isinstance(fault, Unauthorised | NotAllowed)
    reason = "unauthorized" if refused else "error"
    return {"reason": reason, "info": fault.message[:MAX_INFO]}
