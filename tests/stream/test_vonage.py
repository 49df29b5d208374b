"""The Vonage codec's party, bound and silence; its messages are in tests/wire/vonage.jsonl."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stream.audio import Party, PartyId
from stream.errors import BadRequest, TooBig
from stream.events import CallStarted, Dtmf
from stream.limits import MAX_CONTEXT_BYTES
from stream.protocols import Codec, MakeCodec
from stream.protocols.vonage import VonageCodec
from stream.upgrade import Upgrade

GREETING = {
    "event": "websocket:connected",
    "content-type": "audio/l16;rate=16000",
    "call": "demo-1",
    "context": {"product": "Velora"},
    "queue": "refills",
}
DTMF = json.dumps({"event": "websocket:dtmf", "digit": "1", "duration": 160})
CALL: list[str | bytes] = [json.dumps(GREETING), bytes(640), bytes(641), DTMF, bytes(639)]


def started(codec: Codec, **more: object) -> CallStarted:
    [event] = codec.receive(json.dumps({**GREETING, **more}))
    assert isinstance(event, CallStarted)
    return event


def test_party_of_the_settings() -> None:
    codec = VonageCodec(Upgrade(), party="agent")
    assert started(codec).format.parties == (Party.named("agent"),)
    assert codec.receive(DTMF) == [Dtmf(PartyId("agent"))]


def test_two_sockets_are_two_parties_of_one_call() -> None:
    make: MakeCodec = VonageCodec
    caller, agent = started(make(Upgrade())), started(make(Upgrade()), party="agent")
    assert caller.call == agent.call == "demo-1"
    assert [leg.format.parties[0].role for leg in (caller, agent)] == ["customer", "agent"]


def test_a_refused_greeting_leaves_the_party_as_it_was() -> None:
    codec = VonageCodec(Upgrade())
    with pytest.raises(TooBig, match="the context in the headers"):
        started(codec, party="agent", note="x" * MAX_CONTEXT_BYTES)
    assert started(codec).format.parties == (Party.named("customer"),)
    assert codec.receive(DTMF) == [Dtmf(PartyId("customer"))]


def test_the_token_is_not_shown() -> None:
    event = started(VonageCodec(Upgrade()), token="secret-token")
    assert event.token == "secret-token"
    assert "secret-token" not in repr(event)


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_truncated_messages_are_faults(data: st.DataObject) -> None:
    codec = VonageCodec(Upgrade())
    for message in CALL:
        if isinstance(message, str):
            cut = data.draw(st.integers(0, len(message) - 1))
            with pytest.raises(BadRequest, match="not valid JSON"):
                codec.receive(message[:cut])
        assert len(codec.receive(message)) == 1
