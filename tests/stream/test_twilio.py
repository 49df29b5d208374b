"""The Twilio codec's settings and silence; its messages are in tests/wire/twilio.jsonl."""

from __future__ import annotations

import base64
import json

import numpy as np
import pytest

from stream.audio import AudioFormat, Party, PartyId
from stream.decoder import Decoder
from stream.events import CallStarted, Media
from stream.g711 import encode_mulaw
from stream.protocols.twilio import TwilioCodec
from stream.timeline import Gap, Timeline

START = json.dumps(
    {
        "event": "start",
        "start": {
            "callSid": "CA01",
            "tracks": ["inbound", "outbound"],
            "mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1},
        },
    }
)


def media(track: str, milliseconds: int, payload: bytes) -> str:
    encoded = base64.b64encode(payload).decode()
    body = {"track": track, "timestamp": str(milliseconds), "payload": encoded}
    return json.dumps({"event": "media", "media": body})


def test_tracks_may_change_places() -> None:
    codec = TwilioCodec(inbound="agent", outbound="customer")
    [started] = codec.receive(START)
    assert isinstance(started, CallStarted)
    assert started.format.parties == (Party.named("agent"), Party.named("customer"))
    [sound] = codec.receive(media("outbound", 0, b"\xff"))
    assert sound == Media(b"\xff", PartyId("customer"), 0.0)


def test_two_tracks_need_two_parties() -> None:
    with pytest.raises(ValueError, match="name two parties"):
        TwilioCodec(inbound="agent", outbound="agent")


def test_late_and_duplicated_media_through_the_timeline() -> None:
    """Messages lost, late and twice: one seamless clock, with a gap where sound was late."""
    codec = TwilioCodec()
    codec.receive(START)
    tone = (np.sin(np.arange(8000) / 10) / 2).astype(np.float32)
    packets = [
        media("inbound", at, encode_mulaw(tone[at * 8 : at * 8 + 160])) for at in range(0, 1000, 20)
    ]
    arrived = [*packets[:10], packets[9], *packets[11:20], packets[10], *packets[20:]]

    party = Party.named("customer")
    decoder = Decoder(AudioFormat("mulaw", 8000, (party,)))
    timeline = Timeline(party.id, 8000)
    items: list[object] = []
    for message in arrived:
        [event] = codec.receive(message)
        assert isinstance(event, Media)
        items += timeline.feed(decoder.feed(event.payload)[party.id], event.at)
    assert [item for item in items if isinstance(item, Gap)] == [Gap(party.id, 0.2, 0.02, "lost")]
    assert timeline.received == 1.0
