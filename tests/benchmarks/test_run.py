"""The recorder: a call fed over a real websocket, its events with their moments."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from pathlib import Path

import pytest

from benchmarks.dataset import ReferenceCall
from benchmarks.recording import Recording
from benchmarks.run import record_all, record_call
from benchmarks.server import Meter, Server, model_of
from tests.benchmarks.peer_call import breaks_off, silent_call, telling
from tests.coach.peer import Peer, running

SAID = [
    {"n": 1, "type": "call.started", "data": {}},
    {
        "n": 2,
        "type": "transcript.final",
        "data": {"party": "agent", "utterance": 1, "text": "hello"},
    },
    {"n": 3, "type": "call.ended", "data": {}},
]


@pytest.fixture
def call(tmp_path: Path) -> ReferenceCall:
    return silent_call(tmp_path)


async def test_a_recording_holds_events_in_order_after_the_start(call: ReferenceCall) -> None:
    async with running(Peer(telling(SAID))) as peer:
        recording = await record_call(Server(peer.url, os.getpid()), call)
    assert [arrival.event for arrival in recording.arrivals] == SAID
    walls = [arrival.wall for arrival in recording.arrivals]
    assert walls == sorted(walls)
    assert walls[0] >= recording.started["agent"] == recording.started["customer"]
    assert recording.seconds == 0.1
    assert recording.usage is not None
    assert recording.usage.rss > 0
    assert recording.usage.cpu_seconds >= 0
    assert recording.finals_text("agent") == "hello"
    assert peer.paths[0].startswith("/v1/calls/bench-one-")


async def test_events_that_break_off_are_an_error(call: ReferenceCall) -> None:
    async with running(Peer(breaks_off)) as peer:
        with pytest.raises(ConnectionError, match=r"before call\.ended"):
            await record_call(Server(peer.url), call, speed=0)


async def test_recordings_are_kept_and_used_again(call: ReferenceCall, tmp_path: Path) -> None:
    async with running(Peer(telling(SAID))) as peer:
        (first,) = await record_all([call], url=peer.url, folder=tmp_path)
    (again,) = await record_all([call], url=peer.url, folder=tmp_path)
    assert again == first == Recording.load(tmp_path, "one")
    assert first.usage is None
    assert first.settings["model"].startswith("unknown")
    assert first.settings["surroundings"]["cores"]


async def test_the_use_of_a_process_that_is_gone_is_unknown() -> None:
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", "")
    await process.wait()
    usage = await Meter(Server("http://127.0.0.1:9", process.pid)).stop()
    assert usage is None
    assert await Meter(Server("http://127.0.0.1:9")).stop() is None


async def test_what_follows_the_last_mark_is_not_counted() -> None:
    meter = Meter(Server("http://127.0.0.1:9", os.getpid()))
    meter.mark()
    begun = time.process_time()
    while time.process_time() < begun + 0.5:
        pass
    usage = await meter.stop()
    assert usage is not None
    assert usage.cpu_seconds < 0.5


def test_a_started_server_is_named_by_the_model_of_its_setting() -> None:
    assert model_of({"COACH_MODELS_WHISPER": "tiny.en"}) == "whisper-tiny.en"
    assert model_of({"COACH_MODELS_WHISPER": ""}) == model_of({}) == "whisper-base"
