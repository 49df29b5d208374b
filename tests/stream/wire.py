"""Recorded messages of tests/wire, and codecs to hear them.

A line is {"name", "messages", "events", "error"}, and where the upgrade counts "headers", "query"
and "subprotocols" of it. A message is one of {"json": value}, {"text": as it stands}, {"hex":
binary}, {"big": "text"|"binary"} (one byte above the limit) and {"nested": n} (n open brackets);
{"tell": name} is news for the codec. An event names its class under "event" and lists the fields
that differ from their defaults, payloads in hex. An error is what the last message must raise.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from stream.events import StreamEvent
from stream.limits import MAX_MESSAGE_BYTES
from stream.protocols import Codec, Ended, MakeCodec, News, Ready
from stream.protocols.audiosocket import AudioSocketCodec
from stream.protocols.spoken import spoken
from stream.upgrade import Upgrade

Message = str | bytes | News

WIRE = Path(__file__).parent.parent / "wire"
CODECS: dict[str, MakeCodec] = {**spoken(), "audiosocket": lambda upgrade: AudioSocketCodec()}
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


def codec_of(protocol: str, case: dict[str, Any]) -> Codec:
    """A codec for the case's upgrade."""
    offered = tuple(case.get("subprotocols", ()))
    return CODECS[protocol](Upgrade(case.get("headers", {}), case.get("query", {}), offered))


def hear(codec: Codec, message: Message) -> list[StreamEvent]:
    if isinstance(message, str | bytes):
        return codec.receive(message)
    codec.tell(message)
    return []


def message_of(recorded: dict[str, Any]) -> Message:
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
