"""jambonz `listen` and FreeSWITCH's mod_audio_fork and mod_audio_stream: JSON, then raw L16.

    sender                                              server
    {"sampleRate","mixType","callSid","customerData"…}  nothing
    binary L16 little endian …
    {"event":"dtmf",…}

Rules: the first message starts the call, whatever it is. jambonz says there what follows; the
bare modules send text of any kind or none, and then the address says it:
`?call=&rate=&mix=&party=`, as does what the metadata leaves out. Text that begins as an object
does and is none is a fault, so that half a message does not become a call of another format.

Later texts mean nothing but a key that was pressed. There is no stop: the sender says some last
words, or none, and closes. Messages may be cut anywhere, in the midst of a sample too: bytes are
passed on as they are, without a time, for the protocol has none.

Stereo holds the caller and the callee, mono one of them, and mixed both in one channel.
"""

from __future__ import annotations

from typing import Any, Literal, assert_never

from stream.audio import AudioFormat, Party
from stream.errors import BadRequest, UnsupportedFormat
from stream.events import CallStarted, Dtmf, Media, StreamEvent
from stream.limits import MAX_RATE
from stream.protocols import Manners, News, fields, metadata
from stream.upgrade import Upgrade

SUBPROTOCOLS = ("audio.jambonz.org", "audio.drachtio.org")
RATES = tuple(rate for rate in (8_000, 16_000, 24_000, 48_000, 64_000) if rate <= MAX_RATE)
"""Those of the senders' rates, in Hz, that we take."""
DEFAULT_RATE = 8_000
Mix = Literal["mono", "mixed", "stereo"]
MIXES: tuple[Mix, ...] = ("mono", "mixed", "stereo")

_BEARER = "bearer."
"""What a subprotocol begins with that carries an access token: the shell answers it."""


class JambonzCodec:
    """One connection of a `listen` or a fork; a Codec of stream/protocols/__init__.py.

    `caller` and `callee` name the parties of the two channels; mono is the caller's.
    """

    def __init__(self, upgrade: Upgrade, caller: str = "customer", callee: str = "agent") -> None:
        """Raises BadRequest where only subprotocols are offered that are not spoken."""
        if caller == callee:
            raise ValueError(f"both sides are {caller!r}: name two parties")
        self.manners = Manners(_agreed(upgrade.subprotocols), close_ends=True)
        self._query = upgrade.query
        self._sides = (Party.named(caller), Party.named(callee))
        self._format: AudioFormat | None = None

    def receive(self, message: str | bytes) -> list[StreamEvent]:
        """Events of one message.

        Raises BadRequest, UnsupportedFormat or TooBig, and changes nothing, for one above the
        limit and for a first one that starts no call.
        """
        fields.check_size(message)
        if self._format is not None and isinstance(message, str):
            return _read_text(message, self._format)
        events: list[StreamEvent] = []
        if self._format is None:
            started = self._read_start(_read_metadata(message))
            self._format = started.format
            events.append(started)
        if isinstance(message, bytes):
            events.append(Media(message))
        return events

    def tell(self, news: News) -> list[str]:
        """Nothing: what may be sent back steers the call, and that is not our business."""
        return []

    def _read_start(self, body: dict[str, Any]) -> CallStarted:
        query = self._query
        given = body.get("customerData")
        data: dict[str, Any] = given if isinstance(given, dict) else {}
        return CallStarted(
            call=metadata.call(
                (body.get("call"), "call"),
                (data.get("call"), "customerData.call"),
                (body.get("callSid"), "callSid"),
                (body.get("callId"), "callId"),
                (query.get("call"), "?call= in the address"),
            ),
            format=AudioFormat("s16le", self._read_rate(body), self._read_parties(body, data)),
            source="jambonz",
            context=metadata.context(data, metadata.OWN, "customerData"),
            token=metadata.token(data),
            waits=False,
        )

    def _read_rate(self, body: dict[str, Any]) -> int:
        value, name = metadata.first(
            (body.get("sampleRate"), "sampleRate"),
            (self._query.get("rate"), "?rate= in the address"),
            (self._query.get("sampleRate"), "?sampleRate= in the address"),
        ) or (DEFAULT_RATE, "the default rate")
        rate = fields.whole(value, name)
        if rate not in RATES:
            known = ", ".join(map(str, RATES))
            raise UnsupportedFormat(f"{name} is {rate}: send one of {known}")
        return rate

    def _read_parties(self, body: dict[str, Any], data: dict[str, Any]) -> tuple[Party, ...]:
        """Who is on each channel."""
        mix = self._read_mix(body)
        match mix:
            case "stereo":
                return self._sides
            case "mixed":
                return (Party.named("unknown"),)
            case "mono":
                said = (
                    (body.get("party"), "party"),
                    (data.get("party"), "customerData.party"),
                    (self._query.get("party"), "?party= in the address"),
                )
                return (metadata.party(self._sides[0], *said),)
        assert_never(mix)

    def _read_mix(self, body: dict[str, Any]) -> Mix:
        value, name = metadata.first(
            (body.get("mixType"), "mixType"),
            (self._query.get("mix"), "?mix= in the address"),
            (self._query.get("mixType"), "?mixType= in the address"),
        ) or ("mono", "the default mix")
        mix = next((known for known in MIXES if known == value), None)
        if mix is None:
            raise UnsupportedFormat(
                f"{name} is {fields.shown(value)}: send one of {', '.join(MIXES)}"
            )
        return mix


def _agreed(offered: tuple[str, ...]) -> str | None:
    """The first that is ours of those offered; None where there is nothing to agree on."""
    spoken = next((offer for offer in offered if offer in SUBPROTOCOLS), None)
    if spoken is None and offered and not any(offer.startswith(_BEARER) for offer in offered):
        raise BadRequest(
            f"the subprotocol {fields.shown(offered[0])} is not spoken here: "
            f"offer {' or '.join(SUBPROTOCOLS)}, or none"
        )
    return spoken


def _read_metadata(message: str | bytes) -> dict[str, Any]:
    """The object that the first message is; an empty one for audio and for other text."""
    if isinstance(message, str) and message.lstrip().startswith("{"):
        return fields.json_object(message, "the metadata")
    return {}


def _read_text(text: str, format: AudioFormat) -> list[StreamEvent]:
    """A key that was pressed; of two parties nobody says which one pressed it."""
    try:
        body = fields.json_object(text)
    except BadRequest:  # words of a dialplan
        return []
    if body.get("event") != "dtmf":
        return []
    return [Dtmf(format.parties[0].id if len(format.parties) == 1 else None)]
