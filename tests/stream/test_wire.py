"""Recorded messages, valid and broken, through the codecs (tests/stream/wire.py)."""

from __future__ import annotations

import json
from dataclasses import MISSING, asdict, fields
from typing import Any

import pytest

from stream.audio import PartyId
from stream.errors import BadRequest, MediaError
from stream.events import Reply, StreamEvent
from stream.protocols import Ack, Codec, Ended, Failed, News, Ready
from tests.stream.wire import RECORDED, WHOLE_CALLS, Message, codec_of, hear, message_of

CASES = [(protocol, case) for protocol, cases in RECORDED.items() for case in cases]
BROKEN = [(protocol, case) for protocol, case in CASES if case["error"]]


def name_of(part: Any) -> str:
    return part if isinstance(part, str) else str(part["name"])


def recorded_form(event: StreamEvent) -> dict[str, Any]:
    whole = asdict(event)
    form: dict[str, Any] = {"event": type(event).__name__}
    for field in fields(event):
        value = whole[field.name]
        default = field.default if field.default_factory is MISSING else field.default_factory()
        if value != default:
            form[field.name] = value.hex() if isinstance(value, bytes) else value
    return json.loads(json.dumps(form))  # type: ignore[no-any-return]


@pytest.mark.parametrize(("protocol", "case"), CASES, ids=name_of)
def test_recorded_messages(protocol: str, case: dict[str, Any]) -> None:
    codec = codec_of(protocol, case)
    messages = [message_of(recorded) for recorded in case["messages"]]
    events: list[dict[str, Any]] = []

    for message in messages if case["error"] is None else messages[:-1]:
        events += [recorded_form(event) for event in hear(codec, message)]
    if case["error"] is not None:
        with pytest.raises(MediaError) as raised:
            hear(codec, messages[-1])
        assert raised.value.code == case["error"]["code"]
        assert case["error"]["says"] in raised.value.message
        assert len(raised.value.message) < 300, "an error must not repeat a whole message"

    assert events == case["events"]


@pytest.mark.parametrize(("protocol", "case"), BROKEN, ids=name_of)
def test_a_fault_changes_nothing(protocol: str, case: dict[str, Any]) -> None:
    """After a broken message a codec goes on as one that never had it."""
    *before, broken = [message_of(recorded) for recorded in case["messages"]]
    codec, untouched = codec_of(protocol, case), codec_of(protocol, case)
    for message in before:
        assert hear(codec, message) == hear(untouched, message)
    with pytest.raises(MediaError):
        hear(codec, broken)
    for message in [message_of(recorded) for recorded in WHOLE_CALLS[protocol]]:
        assert outcome(codec, message) == outcome(untouched, message)


def outcome(codec: Codec, message: Message) -> object:
    try:
        return hear(codec, message)
    except MediaError as fault:
        return fault.payload()


@pytest.mark.parametrize("protocol", ["twilio", "jambonz", "vonage", "asterisk", "audiosocket"])
def test_nothing_is_ever_sent_back(protocol: str) -> None:
    """It would end the stream, steer the call, or be played to the caller."""
    codec = codec_of(protocol, RECORDED[protocol][0])
    news: list[News] = [Ready(), Ack(PartyId("agent"), 1.0), Failed(BadRequest("any")), Ended()]
    for message in WHOLE_CALLS[protocol]:
        assert not any(isinstance(event, Reply) for event in hear(codec, message_of(message)))
        assert [codec.tell(each) for each in news] == [[], [], [], []]
    assert not codec.manners.client_closes
