"""Whatever arrives, a codec raises MediaError or nothing, and its events make a call.

Recorded calls are truncated, duplicated, reordered and mutated; random bytes and text are mixed
in. What holds for the recorded messages one by one is in test_wire.py.
"""

from __future__ import annotations

import base64
import contextlib
import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stream.errors import MediaError
from stream.events import CallEnded, CallStarted, Reply, StreamEvent
from stream.protocols import Codec, Failed
from stream.protocols.pcm import PcmCodec
from stream.protocols.twilio import TwilioCodec
from tests.stream.wire import RECORDED, Message, codec_of, hear, message_of


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


def recorded(protocol: str) -> Any:
    """The whole call of tests/wire."""
    case = RECORDED[protocol][0]
    messages = [message_of(each) for each in case["messages"]]
    return pytest.param(lambda: codec_of(protocol, case), messages, id=protocol)


CALLS: list[Any] = [
    pytest.param(PcmCodec, pcm_call(), id="pcm"),
    pytest.param(TwilioCodec, twilio_call(), id="twilio"),
    *(recorded(protocol) for protocol in RECORDED if protocol not in ("pcm", "twilio")),
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
            events += hear(codec, message)
        except MediaError as fault:
            check_replies(codec.tell(Failed(fault)), fault)
            break
    return events


def check_replies(replies: list[str], fault: MediaError) -> None:
    """The protocol says the fault's code, or something of its own, or nothing."""
    assert {json.loads(reply).get("code", fault.code) for reply in replies} <= {fault.code}


def check(events: list[StreamEvent]) -> None:
    """A call starts once and first, ends once and last, and its context can be stored. One that
    never started may end."""
    events = [event for event in events if not isinstance(event, Reply)]
    kinds = [type(event) for event in events]
    assert CallStarted not in kinds[1:]
    assert CallEnded not in kinds[:-1]
    if kinds not in ([], [CallEnded]):
        assert isinstance(events[0], CallStarted)
        json.dumps(events[0].context, allow_nan=False, ensure_ascii=False).encode()
        names = [party.id for party in events[0].format.parties]
        assert len(set(names)) == len(names) >= 1
    for event in events:
        assert getattr(event, "at", None) is None or 0 <= event.at < 1e6  # type: ignore[union-attr,operator]


@pytest.mark.parametrize(("codec", "call"), CALLS)
def test_a_whole_call(codec: Callable[[], Codec], call: list[Message]) -> None:
    talker = codec()
    events = run(talker, call)
    check(events)
    assert isinstance(events[-1], CallEnded) or talker.manners.close_ends


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
    index = data.draw(
        st.sampled_from([i for i, each in enumerate(call) if isinstance(each, str | bytes)])
    )
    message = call[index]
    assert isinstance(message, str | bytes)
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
    texts = [i for i, message in enumerate(call) if isinstance(message, str) and message[0] == "{"]
    if not texts:  # a protocol without JSON
        return
    index = data.draw(st.sampled_from(texts))
    body = json.loads(str(call[index]))
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
        events += hear(good, message)
        with contextlib.suppress(MediaError):
            bad.receive("{")
    assert events == expected
