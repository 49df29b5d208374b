"""The pcm codec's table of states and its replies; its messages are in tests/wire/pcm.jsonl."""

from __future__ import annotations

import json
from itertools import product
from typing import get_args

import pytest

from stream.audio import PartyId
from stream.errors import BadRequest, Overloaded
from stream.protocols import Ack, Codec, Ended, Failed, Ready
from stream.protocols.pcm import TRANSITIONS, PcmCodec, State, TextStep

START = json.dumps(
    {"call": "demo-1", "format": {"encoding": "mulaw", "rate": 8000, "channels": ["agent"]}}
)
TO_STATE = {
    State.NEW: [],
    State.OPEN: [START],
    State.PAUSED: [START, '{"type":"pause"}'],
}
STEPS = ["audio", *get_args(TextStep)]


def codec_in(state: State) -> PcmCodec:
    codec = PcmCodec()
    for message in TO_STATE[state]:
        codec.receive(message)
    return codec


@pytest.mark.parametrize(("state", "step"), list(product(TO_STATE, STEPS)))
def test_what_the_table_has_not_is_a_fault(state: State, step: str) -> None:
    start = {**json.loads(START), "type": "start"}
    message = (
        b"\xff" if step == "audio" else json.dumps(start if step == "start" else {"type": step})
    )
    codec = codec_in(state)
    if any(known == (state, step) for known in TRANSITIONS):
        codec.receive(message)
    else:
        with pytest.raises(BadRequest, match=f"^{step} cannot come {state.value}$"):
            codec.receive(message)
        assert ": " in state.value, "the mend"


def test_after_stop_only_silence() -> None:
    assert not [state for state, _ in TRANSITIONS if state is State.STOPPED]


def test_replies() -> None:
    codec: Codec = codec_in(State.OPEN)
    assert [json.loads(reply) for reply in codec.tell(Ready())] == [
        {"type": "ready", "call": "demo-1"}
    ]
    assert [json.loads(reply) for reply in codec.tell(Ack(PartyId("agent"), 12.34))] == [
        {"type": "ack", "party": "agent", "at": 12.34}
    ]
    assert [json.loads(reply) for reply in codec.tell(Ended())] == [{"type": "ended"}]


def test_errors_are_told_also_before_the_start() -> None:
    fault = Overloaded("no room: come again later", retry_after=2.0)
    assert [json.loads(reply) for reply in PcmCodec().tell(Failed(fault))] == [
        {
            "type": "error",
            "code": "overloaded",
            "message": "no room: come again later",
            "retry_after": 2.0,
        }
    ]
