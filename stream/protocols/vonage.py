"""Vonage's websocket endpoint: a JSON greeting with the application's headers, then raw L16.

    sender                                                          server
    {"event":"websocket:connected","content-type":"audio/l16;rate=16000", headers …}  nothing
    binary L16 mono little endian …
    {"event":"websocket:dtmf",…} {"event":"websocket:cleared"}

Rules: the greeting comes first and once. Each socket is one party; sockets of one call name the
same `call`, in their headers or in the address. Headers that are not ours are kept as context.
Events that are not known are ignored. There is no stop: the socket closes.
"""

from __future__ import annotations

import re
from enum import Enum
from typing import Any, Literal

from stream.audio import AudioFormat, Party
from stream.errors import UnsupportedFormat
from stream.events import CallStarted, Dtmf, Media, StreamEvent
from stream.protocols import Manners, News, fields, metadata, transitions
from stream.upgrade import Upgrade

_CONTENT_TYPE = re.compile(r"audio/l16\s*;\s*rate\s*=\s*(8000|16000)", re.IGNORECASE)
_OWN_HEADERS = ("event", "content-type", "conversation_uuid", "uuid", *metadata.OWN)
"""The vendor's keys and ours; all others are kept as context."""


class State(Enum):
    """Where a connection is; the value completes "a message cannot come …"."""

    NEW = "before websocket:connected: send that one first"
    OPEN = "after websocket:connected: open a socket of its own for another call or party"


TextStep = Literal["websocket:connected", "websocket:dtmf"]
Step = TextStep | Literal["audio"]

_TEXT_STEPS: tuple[TextStep, ...] = ("websocket:connected", "websocket:dtmf")

TRANSITIONS: dict[tuple[State, Step], State] = {
    (State.NEW, "websocket:connected"): State.OPEN,
    (State.OPEN, "audio"): State.OPEN,
    (State.OPEN, "websocket:dtmf"): State.OPEN,
}


class VonageCodec:
    """One socket, which is one party; a Codec of stream/protocols/__init__.py.

    `party` is whose it is where neither the headers nor the address say it.
    """

    manners = Manners(close_ends=True)

    def __init__(self, upgrade: Upgrade, party: str = "customer") -> None:
        self._query = upgrade.query
        self._party = Party.named(party)
        self._state = State.NEW

    def receive(self, message: str | bytes) -> list[StreamEvent]:
        """Events of one message.

        Raises BadRequest, UnsupportedFormat or TooBig, and changes nothing, for a message that
        is not what the protocol allows now.
        """
        fields.check_size(message)
        if isinstance(message, bytes):
            self._state = transitions.after(TRANSITIONS, self._state, "audio")
            return [Media(message)]
        body = fields.json_object(message)
        step = transitions.known(_TEXT_STEPS, body.get("event"))
        if step is None:
            return []
        after = transitions.after(TRANSITIONS, self._state, step)
        event = Dtmf(self._party.id) if step == "websocket:dtmf" else self._greet(body)
        self._state = after
        return [event]

    def tell(self, news: News) -> list[str]:
        """Nothing: what is sent back is played to the caller."""
        return []

    def _greet(self, body: dict[str, Any]) -> CallStarted:
        party = metadata.party(
            self._party,
            (body.get("party"), "the header party"),
            (self._query.get("party"), "?party= in the address"),
        )
        started = CallStarted(
            call=metadata.call(
                (body.get("call"), "the header call"),
                (body.get("conversation_uuid"), "the header conversation_uuid"),
                (body.get("uuid"), "the header uuid"),
                (self._query.get("call"), "?call= in the address"),
            ),
            format=AudioFormat("s16le", _read_rate(body.get("content-type")), (party,)),
            source="vonage",
            context=metadata.context(body, _OWN_HEADERS, "the headers"),
            token=metadata.token(body),
            waits=False,
        )
        self._party = party
        return started


def _read_rate(content_type: object) -> int:
    """Samples a second of `audio/l16;rate=…`."""
    found = _CONTENT_TYPE.fullmatch(content_type) if isinstance(content_type, str) else None
    if found is None:
        raise UnsupportedFormat(
            f"content-type is {fields.shown(content_type)}: "
            "send audio/l16;rate=16000 or audio/l16;rate=8000"
        )
    return int(found[1])
