"""Finals, counted and compared: on recordings made by hand, and over the real service."""

from __future__ import annotations

import asyncio
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from benchmarks.dataset import ReferenceCall, Side
from benchmarks.load.finals import Finals, check_finals, compare, total
from benchmarks.loop_lag import described
from benchmarks.recording import Arrival, Recording
from benchmarks.run import record_call
from benchmarks.server import Server
from tests.coach.caller import clip_files
from tests.conftest import RunningServer

Event = dict[str, Any]


def event(kind: str, utterance: int = 0, text: str = "", n: int | None = None) -> Event:
    data = {"party": "agent", "utterance": utterance, "text": text} if utterance else {}
    return {"type": kind, "data": data, **({"n": n} if n else {})}


def partial(utterance: int) -> Event:
    return event("transcript.partial", utterance, "so")


def final(n: int, utterance: int, text: str = "so far") -> Event:
    return event("transcript.final", utterance, text, n)


STREAM = [
    event("call.started", n=1),
    partial(1),
    final(2, 1),
    partial(2),
    final(3, 2, ""),
    final(4, 3, "never shown before"),
    event("call.ended", n=5),
]


def recorded(events: list[Event]) -> Recording:
    return Recording("c", "x", {}, 1.0, 1.0, 0.0, tuple(Arrival(0.0, each) for each in events))


def found(events: list[Event], stored: list[Event] | None = None) -> Finals:
    """Of this stream, where the store holds what `STREAM` says unless told otherwise."""
    stored = [each for each in STREAM if "n" in each] if stored is None else stored
    said = [each["data"] for each in stored if each["type"] == "transcript.final"]
    return compare(recorded(events), stored, [each for each in said if each["text"]])


def test_a_whole_call_is_whole() -> None:
    assert found(STREAM) == Finals(expected=2, arrived=3)
    assert found(STREAM).whole
    assert compare(recorded(STREAM), None, None) == Finals(expected=2, arrived=3, unread=1)


def test_what_is_lost_doubled_or_missing_is_counted() -> None:
    lost = found([each for each in STREAM if each != final(2, 1)])
    assert (lost.lost, lost.arrived, lost.holes) == (1, 2, 1)
    doubled = found([*STREAM[:-1], final(5, 1), event("call.ended", n=6)])
    assert (doubled.doubled, doubled.lost, doubled.holes) == (1, 0, 0)
    for fault in (lost, doubled):
        assert not fault.whole
        assert not total([Finals(), fault]).whole
    assert total([lost, doubled]).arrived == lost.arrived + doubled.arrived


@pytest.mark.parametrize(
    "stored",
    [
        [each for each in STREAM if "n" in each][:-1],
        [each if each != final(2, 1) else final(2, 1, "so what") for each in STREAM if "n" in each],
        [*(each for each in STREAM if "n" in each), final(6, 4)],
        [],
    ],
)
def test_a_record_that_is_not_what_was_streamed_is_unlike(stored: list[Event]) -> None:
    assert found(STREAM, stored).unlike > 0
    assert not found(STREAM, stored).whole


@pytest.fixture
def call(tmp_path: Path) -> ReferenceCall:
    sides = [Side(party, file, "", ()) for party, file in clip_files(tmp_path).items()]
    return ReferenceCall("clip", tuple(sides))


def test_a_real_call_is_read_back_whole(server: RunningServer, call: ReferenceCall) -> None:
    async def fed() -> tuple[Recording, Finals]:
        recording = await record_call(Server(server.url, os.getpid()), call, speed=0)
        return recording, await check_finals(server.url, recording)

    recording, finals = asyncio.run(fed())
    assert finals.whole
    assert finals.unread == 0
    assert finals.arrived >= 2
    assert recording.usage is not None
    assert described(recording.usage.lag), "the loop was looked at meanwhile"
    spoilt = replace(recording, arrivals=recording.arrivals[:-3])
    assert asyncio.run(check_finals(server.url, spoilt)).unlike > 0
