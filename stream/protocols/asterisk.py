"""Asterisk's websocket channel (chan_websocket): texts that tell of the media, and the media.

    sender                                                            server
    MEDIA_START connection_id:… channel:… format:ulaw …               nothing
    binary in that format …
    DTMF_END digit:1, STATUS …, MEDIA_XON, MEDIA_XOFF …

Rules: MEDIA_START comes first and once. A text is words, the first of which is the event and the
others `key:value`; or, by a setting of Asterisk's, one JSON object with the same keys and `event`.
Each socket is one party; the address says whose and of which call: `?call=&party=`. Without a
call there, the connection's own id is the call. Events that are not known are ignored.

Asterisk closes at the call's end and says nothing; a relay between may say HANGUP, and nothing
after it counts. Commands are Asterisk's to take, and we have none: it paces its audio itself.
"""

from __future__ import annotations

from enum import Enum
from typing import Any, Literal, assert_never

from stream.audio import AudioFormat, Encoding, Party
from stream.errors import UnsupportedFormat
from stream.events import CallEnded, CallStarted, Dtmf, Media, StreamEvent
from stream.protocols import Manners, News, fields, metadata, transitions
from stream.upgrade import Upgrade

SUBPROTOCOL = "media"
"""Named where it is offered: clients are set up with it, as Asterisk's own server asks for it."""
FORMATS: dict[str, tuple[Encoding, int]] = {
    "ulaw": ("mulaw", 8_000),
    "alaw": ("alaw", 8_000),
    "slin": ("s16le", 8_000),
    "slin16": ("s16le", 16_000),
    "slin24": ("s16le", 24_000),
    "slin48": ("s16le", 48_000),
}
"""Asterisk's names of formats: encoding and samples a second."""


class State(Enum):
    """Where a connection is; the value completes "a message cannot come …"."""

    NEW = "before MEDIA_START: send that one first"
    OPEN = "after MEDIA_START: open a socket of its own for another call or party"
    ENDED = "after the end"


TextStep = Literal["MEDIA_START", "DTMF_END", "HANGUP"]
Step = TextStep | Literal["audio"]

_TEXT_STEPS: tuple[TextStep, ...] = ("MEDIA_START", "DTMF_END", "HANGUP")

TRANSITIONS: dict[tuple[State, Step], State] = {
    (State.NEW, "MEDIA_START"): State.OPEN,
    (State.OPEN, "audio"): State.OPEN,
    (State.OPEN, "DTMF_END"): State.OPEN,
    (State.OPEN, "HANGUP"): State.ENDED,
}


class AsteriskCodec:
    """One websocket channel, which is one party; a Codec of stream/protocols/__init__.py.

    `party` is whose it is where the address does not say it.
    """

    def __init__(self, upgrade: Upgrade, party: str = "customer") -> None:
        """Raises BadRequest for a party's name in the address that cannot be one."""
        spoken = SUBPROTOCOL if SUBPROTOCOL in upgrade.subprotocols else None
        self.manners = Manners(spoken, close_ends=True)
        self._query = upgrade.query
        self._party = metadata.party(
            Party.named(party), (upgrade.query.get("party"), "?party= in the address")
        )
        self._state = State.NEW

    def receive(self, message: str | bytes) -> list[StreamEvent]:
        """Events of one message.

        Raises BadRequest, UnsupportedFormat or TooBig, and changes nothing, for a message that
        is not what the protocol allows now.
        """
        if self._state is State.ENDED:
            return []
        fields.check_size(message)
        if isinstance(message, bytes):
            self._state = transitions.after(TRANSITIONS, self._state, "audio")
            return [Media(message)]
        body = _read_text(message)
        step = transitions.known(_TEXT_STEPS, body.get("event"))
        if step is None:
            return []
        after = transitions.after(TRANSITIONS, self._state, step)
        event = self._read(step, body)
        self._state = after
        return [event]

    def tell(self, news: News) -> list[str]:
        """Nothing: every text to Asterisk is a command."""
        return []

    def _read(self, step: TextStep, body: dict[str, Any]) -> StreamEvent:
        """The event of a text that may come now."""
        match step:
            case "MEDIA_START":
                return self._read_start(body)
            case "DTMF_END":
                return Dtmf(self._party.id)
            case "HANGUP":
                return CallEnded()
        assert_never(step)

    def _read_start(self, body: dict[str, Any]) -> CallStarted:
        named = body.get("format")
        known = FORMATS.get(named) if isinstance(named, str) else None
        if known is None:
            raise UnsupportedFormat(
                f"format is {fields.shown(named)}: dial with one of {', '.join(FORMATS)}"
            )
        return CallStarted(
            call=metadata.call(
                (self._query.get("call"), "?call= in the address"),
                (body.get("connection_id"), "connection_id"),
            ),
            format=AudioFormat(*known, (self._party,)),
            source="asterisk",
            waits=False,
        )


def _read_text(text: str) -> dict[str, Any]:
    """A text's keys and its `event`, in words or in JSON."""
    if text.lstrip().startswith("{"):
        return fields.json_object(text)
    event, *pairs = text.split() or [""]
    keys = {key: value for key, _, value in (pair.partition(":") for pair in pairs)}
    return {**keys, "event": event}
