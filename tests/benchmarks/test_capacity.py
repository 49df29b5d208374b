"""Capacity: calls at once over real sockets, and what is made of how they went."""

from __future__ import annotations

import io
import json
import os
import re
from pathlib import Path

import pytest
from rich.console import Console

from benchmarks.dataset import ReferenceCall, ReferenceWord, Side
from benchmarks.latency import Latencies, WordLatency
from benchmarks.load.aftermath import Aftermath
from benchmarks.load.capacity import Load, capacity
from benchmarks.load.finals import Finals
from benchmarks.load.report import draw_capacity, print_loads
from benchmarks.load.run import measure_loads, record_together
from benchmarks.recording import Usage
from benchmarks.server import Server
from tests.benchmarks.peer_call import breaks_off, silent_call, telling
from tests.coach.peer import Peer, running


def load(calls: int, *shown: float | None) -> Load:
    words = tuple(WordLatency("one", "agent", "w", 1.0, each, each) for each in shown)
    usage = Usage(cpu_seconds=30.0, rss=1 << 20)
    lost = Finals(expected=9, arrived=8, lost=1) if calls == 4 else Finals(9, 0, 9)
    normal = None if calls == 4 else 2.5
    after = Aftermath(lost, 2, 4.5, 1.5, normal)
    return Load(calls, 60.0, Latencies(words, (), 0), 0.01, usage, 1, 10, after)


def test_a_load_is_carried_while_words_are_in_time() -> None:
    assert load(1, 0.3, 1.9, None).carried
    assert not load(1, 0.3, 2.5).carried
    assert not load(1, None).carried
    assert load(1, 0.3).cpu == 0.5


def test_the_capacity_is_the_largest_load_that_is_carried() -> None:
    assert capacity([load(1, 0.3), load(2, 1.2), load(4, 3.0)]) == 2
    assert capacity([load(1, 3.0)]) == 0
    assert capacity([]) == 0


def test_a_load_is_told_in_json() -> None:
    body = json.loads(json.dumps(load(4, 0.5, None).body()))
    after = body["aftermath"]
    assert (body["calls"], body["words_missing"], after["delays"]) == (4, 1, 2)
    assert body["seconds"]["words shown"]["p95"] == 0.5
    assert body["carried"]
    assert (after["finals"]["lost"], after["behind"], after["normal"]) == (1, 4.5, None)
    assert (body["word_error_rate"], after["whole"]) == (0.1, False)
    assert load(1, 0.5).body()["aftermath"]["whole"]


def test_loads_are_a_curve_and_a_table(tmp_path: Path) -> None:
    loads = [load(1, 0.3), load(2, None), load(4, 2.5)]
    assert draw_capacity(tmp_path, "capacity", {"Coach": loads}).read_bytes().startswith(b"\x89PNG")
    output = io.StringIO()
    print_loads(Console(file=output, width=140), loads, calibration=5)
    printed = " ".join(output.getvalue().split())
    assert "carried: 1 two-sided calls at once" in printed
    assert "calibration says 5" in printed
    assert "as stored: MISSED" in printed
    assert "load's end: MISSED" in printed
    assert "not seen" in printed
    assert re.search(r"4\s*│\s*1/1\s*│\s*2\.50", printed)


LATE = telling(
    [
        {"n": 1, "type": "call.started", "data": {}},
        {"type": "delay", "data": {"seconds": 3.0}},
        {
            "n": 2,
            "type": "transcript.final",
            "data": {"party": "agent", "utterance": 1, "text": "hello", "start": 0.0, "end": 0.02},
        },
        {"n": 3, "type": "call.ended", "data": {}},
    ],
    after=0.05,
)
"""Says its one final, and that it was late."""


@pytest.fixture
def call(tmp_path: Path) -> ReferenceCall:
    return silent_call(tmp_path, ReferenceWord("hello", 0.0, 0.02))


async def test_calls_at_once_are_recorded_each_for_itself(call: ReferenceCall) -> None:
    async with running(Peer(LATE)) as peer:
        found = await record_together(Server(peer.url, os.getpid()), [call] * 3, probe=call)
    recordings = found.recordings
    assert len({recording.call for recording in recordings}) == 3
    assert all(recording.usage is None for recording in recordings), "they share one server"
    assert found.usage is not None
    assert min(found.probe.started.values()) >= found.ended, "it begins when their sound is over"
    assert found.ended >= max(max(r.started.values()) + r.seconds for r in recordings) - 1e-3


async def test_loads_grow_until_one_is_not_carried(call: ReferenceCall) -> None:
    said: list[int | None] = []
    async with running(Peer(LATE)) as peer:
        loads = measure_loads([call], (2, 1), url=peer.url, on_calibration=said.append)
        found = [each async for each in loads]
    assert [each.calls for each in found] == [1, 2]
    assert all(each.carried for each in found)
    assert said == [None], "this server does not tell"
    assert [each.error_rate for each in found] == [0.5, 0.5], "nobody heard the customer's word"
    after = [each.aftermath for each in found if each.aftermath]
    assert [(each.delays, each.behind, each.finals.arrived) for each in after] == [
        (1, 3.0, 1),
        (2, 3.0, 2),
    ]
    assert [each.finals.unread for each in after] == [1, 2]
    assert all(each.normal is None for each in after), "nobody was told that it is over"
    silent = ReferenceCall("none", tuple(Side(s.party, s.file, "", ()) for s in call.sides))
    async with running(Peer(LATE)) as peer:
        found = [each async for each in measure_loads([silent], (1, 2, 3), url=peer.url)]
    assert [each.calls for each in found] == [1, 3], "nothing was shown; then only the largest"


async def test_a_call_that_fails_ends_the_load(call: ReferenceCall) -> None:
    async with running(Peer(breaks_off)) as peer:
        with pytest.raises(ConnectionError, match=r"before call\.ended"):
            await record_together(Server(peer.url), [call] * 2, probe=call)
