"""Senders against the codecs that read them: what is said is what is understood."""

from __future__ import annotations

import json
import uuid
from urllib.parse import parse_qsl, urlsplit

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coach.client.senders import Block, Sender
from coach.client.senders.asterisk import AsteriskSender
from coach.client.senders.audiohook import AudioHookSender
from coach.client.senders.audiosocket import AudioSocketSender
from coach.client.senders.pcm import PcmSender
from coach.client.senders.twilio import TwilioSender
from stream.audio import AudioFormat, Context, Encoding, Samples
from stream.decoder import Decoder
from stream.events import CallEnded, CallStarted, Media, Paused, Reply, StreamEvent
from stream.protocols import Codec, Ready
from stream.protocols.asterisk import AsteriskCodec
from stream.protocols.audiohook import AudioHookCodec
from stream.protocols.audiosocket import AudioSocketCodec
from stream.protocols.pcm import PcmCodec
from stream.protocols.twilio import TwilioCodec
from stream.upgrade import Upgrade

BLOCKS = st.binary(min_size=4, max_size=800).map(
    lambda raw: (
        np.frombuffer(raw[: len(raw) // 4 * 4], "<i2").reshape(2, -1).astype(np.float32) / 32768
    )
)
"""Two channels of 16-bit values."""

BOTH = ("agent", "customer")
TOLERANCE: dict[Encoding, float] = {"s16le": 0, "f32le": 0, "mulaw": 0.035, "alaw": 0.035}
"""G.711's widest step is 1/32 of full scale."""


def understood(codec: Codec, sender: Sender, blocks: list[Block]) -> list[StreamEvent]:
    messages = [*sender.hello(), *(m for b in blocks for m in sender.audio(b)), *sender.stop()]
    return [event for message in messages for event in codec.receive(message)]


@given(blocks=st.lists(BLOCKS, min_size=1, max_size=3), encoding=st.sampled_from(list(TOLERANCE)))
def test_pcm_arrives_as_sent(blocks: list[Block], encoding: Encoding) -> None:
    sender = PcmSender("c-1", BOTH, rate=16_000, encoding=encoding, context={"product": "X"})
    started, *media, ended = understood(PcmCodec(), sender, blocks)
    assert isinstance(started, CallStarted)
    assert (started.call, started.at, started.context) == ("c-1", 0.0, {"product": "X"})
    assert (started.format.encoding, started.format.rate) == (encoding, 16_000)
    assert [party.id for party in started.format.parties] == list(BOTH)
    assert isinstance(ended, CallEnded)
    heard = decoded(started.format, media)
    for row, party in enumerate(BOTH):
        sent = np.concatenate([block[row] for block in blocks])
        np.testing.assert_allclose(heard[party], sent, atol=TOLERANCE[encoding])


def decoded(format: AudioFormat, events: list[StreamEvent]) -> dict[str, Samples]:
    decoder = Decoder(format)
    heard: dict[str, list[Samples]] = {party.id: [] for party in format.parties}
    for event in events:
        assert isinstance(event, Media)
        for party, samples in decoder.feed(event.payload).items():
            heard[party].append(samples)
    return {party: np.concatenate(pieces) for party, pieces in heard.items()}


@given(blocks=st.lists(BLOCKS, min_size=1, max_size=3))
def test_twilio_names_tracks_and_times(blocks: list[Block]) -> None:
    sender = TwilioSender("c-1", BOTH, token="t", context={"lot": "A"})
    started, *media, ended = understood(TwilioCodec(), sender, blocks)
    assert isinstance(started, CallStarted)
    assert (started.call, started.token, started.context) == ("c-1", "t", {"lot": "A"})
    assert isinstance(ended, CallEnded)
    assert [m.party for m in media if isinstance(m, Media)] == [
        party for _ in blocks for party in ("agent", "customer")
    ]
    starts = np.cumsum([0, *(block.shape[1] for block in blocks[:-1])]) / 8000
    own = [m.at for m in media if isinstance(m, Media) and m.party == "customer"]
    assert own == pytest.approx(starts.tolist(), abs=0.0006)
    sizes = [len(m.payload) for m in media if isinstance(m, Media) and m.party == "agent"]
    assert sizes == [block.shape[1] for block in blocks]


@given(blocks=st.lists(BLOCKS, min_size=1, max_size=3), party=st.sampled_from(("agent", "J. & Co")))
def test_asterisk_says_call_and_party_in_its_address(blocks: list[Block], party: str) -> None:
    sender = AsteriskSender("c-1", (party,), token="t&1")
    query = dict(parse_qsl(urlsplit(sender.address.path).query))
    assert query["access_token"] == "t&1"
    codec = AsteriskCodec(Upgrade(query=query, subprotocols=sender.address.subprotocols))
    assert codec.manners.subprotocol == "media"
    assert codec.manners.close_ends, "the sender has no word for its end"
    check_one_party(codec, sender, blocks, "c-1", 16_000)


@given(blocks=st.lists(BLOCKS, min_size=1, max_size=3))
def test_audiosocket_says_a_uuid_and_frames_its_audio(blocks: list[Block]) -> None:
    call = str(uuid.uuid4())
    codec = AudioSocketCodec("agent")
    assert codec.manners.close_ends
    check_one_party(codec, AudioSocketSender(call, ("agent",)), blocks, call, 8000)


def check_one_party(
    codec: Codec, sender: Sender, blocks: list[Block], call: str, rate: int
) -> None:
    started, *media = understood(codec, sender, [block[:1] for block in blocks])
    assert isinstance(started, CallStarted)
    assert (started.call, started.format.rate) == (call, rate)
    assert tuple(party.id for party in started.format.parties) == sender.parties
    (heard,) = decoded(started.format, media).values()
    np.testing.assert_array_equal(heard, np.concatenate([block[0] for block in blocks]))


@pytest.mark.parametrize(
    "call", ["replay-1", "01234567-89AB-cdef-0123-456789abcdef", "0123456789abcdef0123456789abcdef"]
)
def test_audiosocket_takes_ids_that_the_server_reads_as_they_are(call: str) -> None:
    with pytest.raises(ValueError, match="give a UUID in small letters, such as"):
        AudioSocketSender(call, ("agent",))


def test_audiosocket_has_no_place_for_a_context() -> None:
    call = str(uuid.uuid4())
    with pytest.raises(ValueError, match=f"PUT it to /v1/calls/{call}/context"):
        AudioSocketSender(call, ("agent",), context={"product": "X"})


def test_a_sender_refuses_parties_its_protocol_cannot_name() -> None:
    with pytest.raises(ValueError, match="use the layout 'sockets'"):
        PcmSender("c-1", ("agent", "customer", "interpreter"), rate=8000)
    with pytest.raises(ValueError, match="use the protocol pcm"):
        TwilioSender("c-1", ("agent", "interpreter"))
    with pytest.raises(ValueError, match="it carries one"):
        AsteriskSender("c-1", BOTH)
    with pytest.raises(ValueError, match="use the protocol asterisk"):
        AudioSocketSender(str(uuid.uuid4()), BOTH)


def test_full_scale_does_not_wrap() -> None:
    sender = PcmSender("c-1", ("agent",), rate=8000)
    (message,) = sender.audio(np.array([[1.0, -1.0, 2.0, -2.0]], dtype=np.float32))
    assert isinstance(message, bytes)
    assert np.frombuffer(message, "<i2").tolist() == [32767, -32768, 32767, -32768]


def test_no_context_is_sent_where_none_is_given() -> None:
    (started,) = [
        event
        for message in PcmSender("c-1", ("agent",), rate=8000).hello()
        for event in PcmCodec().receive(message)
    ]
    nothing: Context = {}
    assert isinstance(started, CallStarted)
    assert started.context == nothing


def test_a_pause_and_a_ping_are_understood() -> None:
    sender, codec = PcmSender("c-1", BOTH, rate=16_000), PcmCodec()
    codec.receive(*sender.hello())
    assert codec.receive(sender.pause()) == [Paused()]
    session = AudioHookSender("c-1", BOTH)
    hook = AudioHookCodec(Upgrade(session.address.headers))
    hook.receive(*session.hello())
    session.hear(*hook.tell(Ready()))
    (pong,) = hook.receive(session.ping())
    assert isinstance(pong, Reply)
    assert json.loads(pong.text)["type"] == "pong"
    assert session.hear(pong.text) is None
    assert hook.receive(session.pause()) == [Paused()]
