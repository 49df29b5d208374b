"""Recorded messages of tests/wire, valid and broken, through the codecs.

A line is {"name", "messages", "events", "error"}, and where the upgrade counts "headers", "query"
and "subprotocols" of it. A message is one of {"json": value}, {"text": as it stands}, {"hex":
binary}, {"big": "text"|"binary"} (one byte above the limit) and {"nested": n} (n open brackets);
{"tell": name} is news for the codec. An event names its class under "event" and lists the fields
that differ from their defaults, payloads in hex. An error is what the last message must raise.
"""

from __future__ import annotations

import json
from dataclasses import MISSING, asdict, fields
from pathlib import Path
from typing import Any

import pytest

from stream.errors import MediaError
from stream.events import StreamEvent
from stream.limits import MAX_MESSAGE_BYTES
from stream.protocols import Codec, Ended, News, Ready
from stream.protocols.spoken import spoken
from stream.upgrade import Upgrade

WIRE = Path(__file__).parent.parent / "wire"
CODECS = spoken()
NEWS: dict[str, News] = {"Ready": Ready(), "Ended": Ended()}

RECORDED = {
    protocol: [
        json.loads(line)
        for line in (WIRE / f"{protocol}.jsonl").read_text(encoding="utf-8").splitlines()
    ]
    for protocol in CODECS
}
WHOLE_CALLS = {protocol: cases[0]["messages"] for protocol, cases in RECORDED.items()}
"""The first line of each file is a whole call."""

CASES = [(protocol, case) for protocol, cases in RECORDED.items() for case in cases]
BROKEN = [(protocol, case) for protocol, case in CASES if case["error"]]


def name_of(part: Any) -> str:
    return part if isinstance(part, str) else str(part["name"])


def codec_of(protocol: str, case: dict[str, Any]) -> Codec:
    """A codec for the case's upgrade."""
    offered = tuple(case.get("subprotocols", ()))
    return CODECS[protocol](Upgrade(case.get("headers", {}), case.get("query", {}), offered))


def hear(codec: Codec, message: str | bytes | News) -> list[StreamEvent]:
    if isinstance(message, str | bytes):
        return codec.receive(message)
    codec.tell(message)
    return []


def message_of(recorded: dict[str, Any]) -> str | bytes | News:
    match recorded:
        case {"tell": str(name)}:
            return NEWS[name]
        case {"json": value}:
            return json.dumps(value)
        case {"text": str(text)}:
            return text
        case {"hex": str(digits)}:
            return bytes.fromhex(digits)
        case {"nested": int(depth)}:
            return "[" * depth
        case {"big": "binary"}:
            return bytes(MAX_MESSAGE_BYTES + 1)
        case {"big": "text"}:
            # Fewer characters than the limit, more bytes.
            return '"' + "é" * (MAX_MESSAGE_BYTES // 2) + '"'
    raise AssertionError(f"tests/wire has a message of an unknown form: {recorded}")


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


def outcome(codec: Codec, message: str | bytes | News) -> object:
    try:
        return hear(codec, message)
    except MediaError as fault:
        return fault.payload()
