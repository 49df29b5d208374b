"""The AudioSocket codec over any cut of its bytes; its messages are in tests/wire."""

from __future__ import annotations

import itertools
import struct
import uuid

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stream.audio import Party, PartyId
from stream.errors import BadRequest, MediaError
from stream.events import CallEnded, CallStarted, Dtmf, Media, StreamEvent
from stream.limits import MAX_RATE
from stream.protocols import Codec
from stream.protocols.audiosocket import HEADER, RATES, AudioSocketCodec

UUID = uuid.UUID("e3a1c3f0-0d0b-4d7e-9c1a-000000000001")
UUID_KIND, DTMF_KIND, AUDIO_KIND, HANGUP_KIND, ERROR_KIND = 0x01, 0x03, 0x10, 0x00, 0xFF


def message(kind: int, payload: bytes = b"") -> bytes:
    return struct.pack(">BH", kind, len(payload)) + payload


NAMED = message(UUID_KIND, UUID.bytes)
CALL = [
    NAMED,
    message(AUDIO_KIND, bytes(range(256))),
    message(DTMF_KIND, b"1"),
    message(0x42, b"of a later version"),
    message(AUDIO_KIND, bytes(321)),
    message(HANGUP_KIND),
]


def cut_at(data: bytes, cuts: list[int]) -> list[bytes]:
    edges = [0, *sorted(min(cut, len(data)) for cut in cuts), len(data)]
    return [data[a:b] for a, b in itertools.pairwise(edges)]


def events_of(codec: Codec, reads: list[bytes]) -> tuple[list[StreamEvent], MediaError | None]:
    """Events up to the first fault, and that."""
    events: list[StreamEvent] = []
    for read in reads:
        try:
            events += codec.receive(read)
        except MediaError as fault:
            return events, fault
    return events, None


def check(events: list[StreamEvent]) -> None:
    """A call starts with its first audio and once, and ends once; it may end unstarted."""
    kinds = [type(event) for event in events]
    assert CallEnded not in kinds[:-1]
    if kinds not in ([], [CallEnded]):
        assert kinds[:2] == [CallStarted, Media]
        assert CallStarted not in kinds[1:]


def test_party_of_the_settings() -> None:
    codec = AudioSocketCodec(party="agent")
    started, _ = codec.receive(NAMED + message(AUDIO_KIND, bytes(2)))
    assert isinstance(started, CallStarted)
    assert started.format.parties == (Party.named("agent"),)
    assert codec.receive(message(DTMF_KIND, b"1")) == [Dtmf(PartyId("agent"))]


@pytest.mark.parametrize(("kind", "rate"), sorted(RATES.items()))
def test_every_rate_is_taken_or_refused(kind: int, rate: int) -> None:
    events, fault = events_of(AudioSocketCodec(), [NAMED + message(kind, bytes(2))])
    if rate > MAX_RATE:
        assert fault is not None
        assert fault.code == "unsupported_format"
    else:
        assert isinstance(events[0], CallStarted)
        assert (events[0].call, events[0].format.rate) == (str(UUID), rate)


def test_the_longest_message() -> None:
    """As long as a header can say, and then one more, in reads of other lengths."""
    longest = bytes(0xFFFF)
    stream = NAMED + message(AUDIO_KIND, longest) * 2
    reads = cut_at(stream, list(range(0, len(stream), 50_000)))
    events, fault = events_of(AudioSocketCodec(), reads)
    assert fault is None
    assert events[1:] == [Media(longest), Media(longest)]


def test_a_bad_header_does_not_wait_for_its_payload() -> None:
    codec = AudioSocketCodec()
    with pytest.raises(BadRequest, match="the UUID has 65535 bytes"):
        codec.receive(message(UUID_KIND, bytes(0xFFFF))[: HEADER.size])
    assert codec.receive(NAMED) == []


def test_a_fault_loses_no_byte_before_it() -> None:
    """Half a message is still there after a read that was refused."""
    codec = AudioSocketCodec()
    half = NAMED + message(AUDIO_KIND, b"abcd")[:5]
    assert codec.receive(half) == []
    with pytest.raises(BadRequest, match="keep the rate"):
        codec.receive(b"cd" + message(AUDIO_KIND + 1, b"ab"))
    assert codec.receive(b"cd")[1:] == [Media(b"abcd")]


@settings(max_examples=150, deadline=None)
@given(cuts=st.lists(st.integers(0, sum(map(len, CALL))), max_size=20))
def test_any_cut_gives_the_same_events(cuts: list[int]) -> None:
    stream = b"".join(CALL)
    whole, _ = events_of(AudioSocketCodec(), [stream])
    assert [type(event) for event in whole] == [CallStarted, Media, Dtmf, Media, CallEnded]
    assert events_of(AudioSocketCodec(), cut_at(stream, cuts)) == (whole, None)


@settings(max_examples=150, deadline=None)
@given(
    messages=st.lists(st.sampled_from(CALL) | st.binary(max_size=40), max_size=10),
    cuts=st.lists(st.integers(0, 3000), max_size=8),
)
def test_any_order_and_any_bytes(messages: list[bytes], cuts: list[int]) -> None:
    """Reads make a call or a fault; cut otherwise, the fault is the same and no event another."""
    stream = b"".join(messages)
    by_byte, fault = events_of(AudioSocketCodec(), [bytes([value]) for value in stream])
    check(by_byte)
    events, other = events_of(AudioSocketCodec(), cut_at(stream, cuts))
    assert events == by_byte[: len(events)]
    assert (fault and fault.payload()) == (other and other.payload())
    if fault is None:
        assert events == by_byte


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_truncated_streams_end_without_a_fault(data: st.DataObject) -> None:
    stream = b"".join(CALL)
    whole, _ = events_of(AudioSocketCodec(), [stream])
    events, fault = events_of(
        AudioSocketCodec(), [stream[: data.draw(st.integers(0, len(stream)))]]
    )
    check(events)
    assert fault is None
    assert events == whole[: len(events)]


def test_an_error_ends_the_call() -> None:
    [_, _, ended] = AudioSocketCodec().receive(
        NAMED + message(AUDIO_KIND, bytes(2)) + message(ERROR_KIND, b"\x01")
    )
    assert ended == CallEnded("error")
