"""The jambonz codec's subprotocols, sides and silence; its messages are in tests/wire."""

from __future__ import annotations

import itertools
import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stream.audio import Party, PartyId, Samples
from stream.decoder import Decoder
from stream.errors import BadRequest, MediaError, TooBig
from stream.events import CallStarted, Media, StreamEvent
from stream.limits import MAX_CONTEXT_BYTES
from stream.protocols import Codec, MakeCodec
from stream.protocols.jambonz import JambonzCodec
from stream.upgrade import Upgrade

METADATA = json.dumps({"sampleRate": 8000, "mixType": "stereo", "callSid": "CS01"})
CALL: list[str | bytes] = [
    METADATA,
    bytes(640),
    bytes(641),
    json.dumps({"event": "dtmf", "dtmf": "1", "duration": "160"}),
    bytes(639),
    "the last words",
]
SOUND = np.arange(-400, 400, dtype="<i2").tobytes()


def events_of(codec: Codec, messages: list[str | bytes]) -> list[StreamEvent]:
    """Events up to the first fault."""
    events: list[StreamEvent] = []
    for message in messages:
        try:
            events += codec.receive(message)
        except MediaError:
            break
    return events


def heard(codec: Codec, messages: list[bytes]) -> dict[PartyId, Samples]:
    """The samples of each party of a call whose audio comes in these messages."""
    [started] = codec.receive(METADATA)
    assert isinstance(started, CallStarted)
    decoder = Decoder(started.format)
    parts: list[dict[PartyId, Samples]] = []
    for message in messages:
        [event] = codec.receive(message)
        assert isinstance(event, Media)
        assert (event.party, event.at) == (None, None)
        parts.append(decoder.feed(event.payload))
    return {party: np.concatenate([part[party] for part in parts]) for party in parts[0]}


@pytest.mark.parametrize(
    ("offered", "agreed"),
    [
        ((), None),
        (("audio.jambonz.org",), "audio.jambonz.org"),
        (("audio.drachtio.org",), "audio.drachtio.org"),
        (("audio.drachtio.org", "audio.jambonz.org"), "audio.drachtio.org"),
        (("chat", "audio.jambonz.org"), "audio.jambonz.org"),
        (("bearer.abc", "audio.jambonz.org"), "audio.jambonz.org"),
        (("bearer.abc",), None),
        (("chat", "bearer.abc"), None),
    ],
)
def test_subprotocol(offered: tuple[str, ...], agreed: str | None) -> None:
    codec: Codec = JambonzCodec(Upgrade(subprotocols=offered))
    assert codec.manners.subprotocol == agreed
    assert not codec.manners.client_closes


@pytest.mark.parametrize("offered", [("chat",), ("chat", "AUDIO.JAMBONZ.ORG"), ("",)])
def test_other_subprotocols_refuse_the_upgrade(offered: tuple[str, ...]) -> None:
    make: MakeCodec = JambonzCodec
    with pytest.raises(BadRequest, match=r"offer audio\.jambonz\.org or audio\.drachtio\.org"):
        make(Upgrade(subprotocols=offered))


def test_sides_may_change_places() -> None:
    codec = JambonzCodec(Upgrade(), caller="agent", callee="customer")
    [started] = codec.receive(METADATA)
    assert isinstance(started, CallStarted)
    assert started.format.parties == (Party.named("agent"), Party.named("customer"))


def test_mono_is_the_caller() -> None:
    codec = JambonzCodec(Upgrade(query={"call": "demo-1"}), caller="agent", callee="customer")
    started, _ = codec.receive(bytes(2))
    assert isinstance(started, CallStarted)
    assert started.format.parties == (Party.named("agent"),)


def test_two_sides_need_two_parties() -> None:
    with pytest.raises(ValueError, match="name two parties"):
        JambonzCodec(Upgrade(), caller="agent", callee="agent")


def test_context_has_a_bound() -> None:
    codec = JambonzCodec(Upgrade())
    data = {"note": "x" * MAX_CONTEXT_BYTES}
    with pytest.raises(TooBig, match="the context in customerData"):
        codec.receive(json.dumps({"callSid": "CS01", "customerData": data}))
    assert codec.receive(METADATA)


@settings(max_examples=100, deadline=None)
@given(cuts=st.lists(st.integers(0, len(SOUND)), max_size=8).map(sorted))
def test_frames_cut_anywhere_sound_the_same(cuts: list[int]) -> None:
    whole = heard(JambonzCodec(Upgrade()), [SOUND])
    edges = [0, *cuts, len(SOUND)]
    pieces = [SOUND[a:b] for a, b in itertools.pairwise(edges)]
    cut = heard(JambonzCodec(Upgrade()), pieces)
    assert {party: samples.tolist() for party, samples in cut.items()} == {
        party: samples.tolist() for party, samples in whole.items()
    }


@settings(max_examples=100, deadline=None)
@given(
    messages=st.lists(st.sampled_from(CALL) | st.text() | st.binary(), max_size=10),
    query=st.dictionaries(
        st.sampled_from(["call", "rate", "mix", "party"]),
        st.sampled_from(["demo-1", "8000", "stereo", "mono", "agent"]) | st.text(),
    ),
)
def test_any_order_makes_a_call_or_a_fault(
    messages: list[str | bytes], query: dict[str, str]
) -> None:
    events = events_of(JambonzCodec(Upgrade(query=query)), messages)
    kinds = [type(event) for event in events]
    assert kinds[:1] in ([], [CallStarted])
    assert CallStarted not in kinds[1:]


@settings(max_examples=60, deadline=None)
@given(cut=st.integers(0, len(METADATA) - 1), call=st.sampled_from([{}, {"call": "demo-1"}]))
def test_half_the_metadata_starts_no_other_call(cut: int, call: dict[str, str]) -> None:
    """Only text that is nothing at all lets the address speak."""
    codec = JambonzCodec(Upgrade(query=call))
    if cut == 0 and call:
        assert codec.receive("")
        return
    with pytest.raises(BadRequest):
        codec.receive(METADATA[:cut])
    assert codec.receive(METADATA)
