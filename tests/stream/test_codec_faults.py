"""Whatever arrives, a codec raises MediaError or nothing, and its events make a call.

Recorded calls are truncated, duplicated, reordered and mutated; random bytes and text are mixed
in. What holds for the recorded messages one by one is in test_wire.py.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stream.errors import MediaError
from stream.events import CallEnded, CallStarted, StreamEvent
from stream.protocols import Codec, Failed
from stream.protocols.pcm import PcmCodec
from stream.protocols.twilio import TwilioCodec

Message = str | bytes


def pcm_call() -> list[Message]:
    texts: list[dict[str, Any]] = [
        {"type": "pause"},
        {"type": "resume", "at": 2.5},
        {"type": "context", "context": {"product": "Velora"}},
        {"type": "stop"},
    ]
    start = {
        "call": "demo-1",
        "format": {"encoding": "s16le", "rate": 16000, "channels": ["agent", "customer"]},
        "context": {"history": [{"at": "2026-01-02", "text": "refill"}]},
    }
    return [json.dumps(start), bytes(640), bytes(641), *map(json.dumps, texts)]


def twilio_call() -> list[Message]:
    start = {
        "callSid": "CA01",
        "tracks": ["inbound", "outbound"],
        "mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1},
        "customParameters": {"token": "t", "context": '{"product":"Velora"}', "queue": "refills"},
    }
    payload = base64.b64encode(bytes(160)).decode()
    media = [
        {"event": "media", "media": {"track": track, "timestamp": str(at), "payload": payload}}
        for at in (0, 20)
        for track in ("inbound", "outbound")
    ]
    dtmf = {"event": "dtmf", "dtmf": {"track": "inbound_track", "digit": "1"}}
    whole = [{"event": "connected"}, {"event": "start", "start": start}, *media, dtmf]
    return [json.dumps(message) for message in [*whole, {"event": "stop"}]]


CALLS: list[Any] = [
    pytest.param(PcmCodec, pcm_call(), id="pcm"),
    pytest.param(TwilioCodec, twilio_call(), id="twilio"),
]
ODD_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(["\ud800", "inbound", "mulaw", "20", 10**30]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=6,
)


def run(codec: Codec, messages: list[Message]) -> list[StreamEvent]:
    """Events of a connection that ends at its first fault."""
    events: list[StreamEvent] = []
    for message in messages:
        try:
            events += codec.receive(message)
        except MediaError as fault:
            replies = [json.loads(reply)["code"] for reply in codec.tell(Failed(fault))]
            check_replies(replies, fault)
            break
    return events


def check_replies(codes: list[str], fault: MediaError) -> None:
    """The protocol says the fault's code, or nothing."""
    assert set(codes) <= {fault.code}


def check(events: list[StreamEvent]) -> None:
    """A call starts once and first, ends once and last, and its context can be stored."""
    kinds = [type(event) for event in events]
    assert CallStarted not in kinds[1:]
    assert CallEnded not in kinds[:-1]
    if events:
        assert isinstance(events[0], CallStarted)
        json.dumps(events[0].context, allow_nan=False, ensure_ascii=False).encode()
        names = [party.id for party in events[0].format.parties]
        assert len(set(names)) == len(names) >= 1
    for event in events:
        assert getattr(event, "at", None) is None or 0 <= event.at < 1e6  # type: ignore[union-attr,operator]


@pytest.mark.parametrize(("codec", "call"), CALLS)
def test_a_whole_call(codec: Callable[[], Codec], call: list[Message]) -> None:
    events = run(codec(), call)
    check(events)
    assert isinstance(events[-1], CallEnded)


@pytest.mark.parametrize(("codec", "call"), CALLS)
@settings(max_examples=80, deadline=None)
@given(data=st.data())
def test_duplicated_reordered_and_lost(
    codec: Callable[[], Codec], call: list[Message], data: st.DataObject
) -> None:
    check(run(codec(), data.draw(st.lists(st.sampled_from(call), max_size=12))))


@pytest.mark.parametrize(("codec", "call"), CALLS)
@settings(max_examples=80, deadline=None)
@given(data=st.data())
def test_truncated_and_garbled(
    codec: Callable[[], Codec], call: list[Message], data: st.DataObject
) -> None:
    index = data.draw(st.integers(0, len(call) - 1))
    message = call[index]
    cut = data.draw(st.integers(0, len(message)))
    garbage = data.draw(st.binary(max_size=4) if isinstance(message, bytes) else st.text())
    broken = message[:cut] + garbage + message[cut + len(garbage) :]  # type: ignore[operator]
    check(run(codec(), [*call[:index], broken, *call[index + 1 :]]))


@pytest.mark.parametrize(("codec", "call"), CALLS)
@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_odd_values_in_any_field(
    codec: Callable[[], Codec], call: list[Message], data: st.DataObject
) -> None:
    index = data.draw(
        st.sampled_from([i for i, message in enumerate(call) if isinstance(message, str)])
    )
    body = json.loads(call[index])
    place = body
    while True:
        key = data.draw(st.sampled_from(sorted(place)))
        if not isinstance(place[key], dict) or not place[key] or data.draw(st.booleans()):
            break
        place = place[key]
    place[key] = data.draw(ODD_VALUES)
    check(run(codec(), [*call[:index], json.dumps(body), *call[index + 1 :]]))


@pytest.mark.parametrize(("codec", "call"), CALLS)
@settings(max_examples=80, deadline=None)
@given(
    noise=st.lists(st.binary() | st.text() | ODD_VALUES.map(json.dumps), max_size=4),
    started=st.booleans(),
)
def test_random_messages(
    codec: Callable[[], Codec], call: list[Message], noise: list[Message], started: bool
) -> None:
    check(run(codec(), [*call[:2], *noise] if started else noise))


@pytest.mark.parametrize(("codec", "call"), CALLS)
def test_a_fault_leaves_other_calls_alone(codec: Callable[[], Codec], call: list[Message]) -> None:
    good, bad = codec(), codec()
    expected = run(codec(), call)
    events: list[StreamEvent] = []
    for message in call:
        events += good.receive(message)
        with pytest.raises(MediaError):
            bad.receive("{")
    assert events == expected
