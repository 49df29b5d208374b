"""Two systems side by side: their ratios, what is printed and kept, and the commands' errors."""

from __future__ import annotations

import asyncio
import io
import json
import re
from collections import defaultdict
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from threading import Thread

import pytest
from rich.console import Console
from websockets.asyncio.server import ServerConnection

from benchmarks.dataset import harper_valley
from benchmarks.latency import Latencies, WordLatency
from benchmarks.load.capacity import Load
from benchmarks.load.commands import bench_capacity
from benchmarks.load.report import STREAMS, draw_capacity
from benchmarks.load.report import print_versus as print_carried
from benchmarks.peer.address import Patience, PeerFailed, parse_peer
from benchmarks.peer.address import Peer as OtherPeer
from benchmarks.peer.commands import bench_latency_versus
from benchmarks.peer.report import draw_versus, print_versus
from benchmarks.peer.segments import Shown
from benchmarks.peer.versus import ONE_SIDED, TWO_SIDED, Measured, Versus, measured
from benchmarks.recording import Arrival, Recording, Usage
from stream.events import CallStarted, Media, StreamEvent
from stream.protocols import Codec
from stream.protocols.pcm import PcmCodec
from tests.benchmarks.small_set import final
from tests.benchmarks.test_capacity import load
from tests.benchmarks.test_report import PNG
from tests.benchmarks.whisperlive_peer import WhisperLivePeer, listening, segment
from tests.coach.peer import Peer, running


def system(name: str, *shown: float | None, cpu: float | None = None) -> Measured:
    words = tuple(WordLatency("one", "agent", "w", 1.0, each, each) for each in shown)
    use = {"cpu_seconds_per_call_second": cpu, "rss_bytes": 2.0**20} if cpu else None
    return Measured(name, Latencies(words, (), 0), 0.1, use, 0.01, {})


def printed(versus: Versus) -> str:
    output = io.StringIO()
    print_versus(Console(file=output, width=150), versus)
    return output.getvalue()


def test_ratios_say_how_many_times_lower_ours_is() -> None:
    versus = Versus(ONE_SIDED, system("ours", 0.5, cpu=0.25), system("theirs", 2.0, cpu=1.5))
    assert (versus.times(), versus.times("p50"), versus.cpu_times) == (4.0, 4.0, 6.0)
    assert versus.passed
    body = json.loads(json.dumps(versus.body()))
    assert body["times_lower"] == {"p50": 4.0, "p90": 4.0, "p95": 4.0, "p99": 4.0, "cpu": 6.0}
    assert body["peer"]["seconds"]["words shown"]["p95"] == 2.0


@pytest.mark.parametrize(
    ("what", "peer", "cpu", "passed"),
    [
        (ONE_SIDED, 1.5, 1.0, True),
        (ONE_SIDED, 1.49, 1.0, False),
        (TWO_SIDED, 2.0, 1.0, True),
        (TWO_SIDED, 1.99, 1.0, False),
        (TWO_SIDED, 2.0, 0.99, False),
        (ONE_SIDED, 9.0, None, False),
        (ONE_SIDED, None, 1.0, False),
    ],
)
def test_both_targets_decide_and_the_unknown_is_not_met(
    what: str, peer: float | None, cpu: float | None, passed: bool
) -> None:
    versus = Versus(what, system("ours", 0.5, cpu=0.25), system("theirs", peer, cpu=cpu))
    assert versus.passed is passed


def test_a_table_has_both_and_the_ratio() -> None:
    told = printed(Versus(TWO_SIDED, system("ours", 0.5, cpu=0.25), system("theirs", 1, cpu=0.75)))
    assert re.search(r"times lower.*2\.00.*3\.00", told)
    assert "p95 at least 4 times lower: MISSED; CPU at least 4 times lower: MISSED" in told
    told = printed(Versus(TWO_SIDED, system("ours", 0.5), system("theirs", None)))
    assert "p95 at least 4 times lower: unknown (no word was shown)" in told
    assert "--peer-pid" in told


def test_pictures_are_drawn_even_of_nothing(tmp_path: Path) -> None:
    some = Versus(ONE_SIDED, system("ours", 0.5, 0.7), system("theirs", 2.0))
    none = Versus(TWO_SIDED, system("ours", None), system("theirs"))
    assert draw_versus(tmp_path, "two", [some, none]).read_bytes().startswith(PNG)
    found: dict[str, list[Load]] = {"ours": [load(1, 0.3), load(2, 2.5)], "theirs": [load(1, None)]}
    assert draw_capacity(tmp_path, "side", found, STREAMS).read_bytes().startswith(PNG)


@pytest.mark.parametrize(
    ("theirs", "said"),
    [
        ([load(1, 2.5)], "ours 2, theirs 0, which counts as 1: 2.0 times as many"),
        ([load(1, 0.5), load(2, 9)], "ours 2, theirs 1: 2.0 times as many"),
    ],
)
def test_a_peer_that_carries_none_counts_as_one(theirs: list[Load], said: str) -> None:
    output = io.StringIO()
    found = {"ours": [load(1, 0.3), load(2, 0.5)], "theirs": theirs}
    print_carried(Console(file=output, width=150), found, STREAMS)
    assert f"one-sided streams carried: {said}" in output.getvalue()


def peers_recording(name: str, *parties: str) -> Recording:
    """Hello and there, two seconds after they were said."""
    arrivals = []
    for party in parties:
        shown = Shown()
        shown.take([segment(0, 0.9, "Hello there")])
        arrivals.append(Arrival(12.9, shown.event(party)))
    started = dict.fromkeys(parties, 10.0)
    return Recording(name, "y", started, 1.0, 1.0, 0.002, tuple(arrivals), Usage(2.0, 1 << 21))


def test_words_wrong_are_counted_of_what_stands_there_at_the_end(recordings: Path) -> None:
    calls = harper_valley()
    ours = measured("ours", calls, [kept for kept in [Recording.load(recordings, "one")] if kept])
    theirs = measured("theirs", calls, [peers_recording("one", "agent", "customer")])
    assert (ours.wrong, theirs.wrong) == (0.25, 0.0), "our customer's second word is lost"


def test_latency_against_a_peer_is_reported_from_recordings(
    recordings: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arrivals = (final("agent", 11.4, "Hello there."),)
    alone = Recording("one-agent", "x", {"agent": 10.0}, 1.0, 1.0, 0.0, arrivals, Usage(0.5, 9))
    alone.save(recordings)
    peers_recording("one-agent", "agent").save(recordings / "whisperlive")
    peers_recording("one", "agent", "customer").save(recordings / "whisperlive")
    peer, out = parse_peer("whisperlive=ws://127.0.0.1:9", model="tiny.en"), tmp_path / "out"
    assert not bench_latency_versus(peer, recordings=recordings, out=out)
    body = json.loads((out / "latency-whisperlive.json").read_text(encoding="utf-8"))
    assert body["peer"] == {"name": "whisperlive", "model": "tiny.en"}
    one, two = body["ways"]
    assert (one["what"], two["what"]) == (ONE_SIDED, TWO_SIDED)
    assert one["times_lower"]["p50"] == pytest.approx(2.25 / 0.75)
    assert one["times_lower"]["cpu"] == 4.0
    assert (two["ours"]["words_missing"], two["peer"]["words_missing"]) == (1, 0)
    assert (out / "latency-whisperlive.png").read_bytes().startswith(PNG)
    told = capsys.readouterr().out
    assert "One-sided streams; words shown" in told
    assert "Two-sided calls; words shown" in told


class Ours(Peer):
    """Ours: says hello in each call, as soon as that call's own audio comes in."""

    def __init__(self) -> None:
        super().__init__(self._tell)
        self.calls: dict[Codec, str] = {}
        self.fed: defaultdict[str, asyncio.Event] = defaultdict(asyncio.Event)

    async def answer(self, socket: ServerConnection, codec: Codec, event: StreamEvent) -> None:
        if isinstance(event, CallStarted):
            self.calls[codec] = event.call
        elif isinstance(event, Media):
            self.fed[self.calls[codec]].set()
        await super().answer(socket, codec, event)

    async def _tell(self, _: Peer, socket: ServerConnection) -> None:
        assert socket.request is not None
        path = socket.request.path
        if "/events" not in path:
            await self.media(socket, PcmCodec())
            return
        await self.fed[path.split("/")[3]].wait()
        said = {"party": "agent", "utterance": 1, "text": "hello", "start": 0.0, "end": 0.4}
        for kind in ("call.started", "transcript.final", "call.ended"):
            await socket.send(json.dumps({"n": 1, "type": kind, "data": said}))
        await socket.wait_closed()

    @property
    def sides(self) -> list[int]:
        """How many parties each call had that was fed."""
        starts = [event for (event, *_) in self.sockets if isinstance(event, CallStarted)]
        return [len(start.format.parties) for start in starts]


@contextmanager
def far_ends(ours: Ours, theirs: WhisperLivePeer) -> Iterator[OtherPeer]:
    """Both far ends in a thread of their own, since a command has a loop of its own."""
    loop = asyncio.new_event_loop()
    thread = Thread(target=loop.run_forever)
    thread.start()
    stack = AsyncExitStack()

    async def up() -> None:
        await stack.enter_async_context(running(ours))
        await stack.enter_async_context(listening(theirs))

    try:
        asyncio.run_coroutine_threadsafe(up(), loop).result()
        peer = parse_peer(f"whisperlive={theirs.address}")
        yield replace(peer, patience=Patience(ready=30.0, quiet=0.3, last=5.0))
        asyncio.run_coroutine_threadsafe(stack.aclose(), loop).result()
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


SAYS = [(15_200, [segment(0, 0.9, "Hello there")])]
"""At 0.95 s, when both words were said."""


def test_both_are_fed_one_side_and_then_both(small_set: Path, tmp_path: Path) -> None:
    ours, theirs = Ours(), WhisperLivePeer(SAYS)
    with far_ends(ours, theirs) as peer:
        assert not bench_latency_versus(
            peer, url=ours.url, out=tmp_path / "out", recordings=tmp_path / "kept"
        )
    assert ours.sides == [1, 2]
    assert len(theirs.audio) == 3, "one side, and then both, a client each"
    one, two = json.loads((tmp_path / "out" / "latency-whisperlive.json").read_text())["ways"]
    assert (one["peer"]["words_missing"], two["peer"]["words_missing"]) == (0, 0)
    assert (one["ours"]["words_timed"], two["ours"]["words_timed"]) == (2, 4)
    assert one["times_lower"]["cpu"], "both run in this very process"
    kept = sorted(path.name for path in (tmp_path / "kept" / "whisperlive").iterdir())
    assert kept == ["one-agent.recording.json", "one.recording.json"]


def test_loads_of_both_grow_side_by_side(
    small_set: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ours, theirs = Ours(), WhisperLivePeer(SAYS, places=1)
    with far_ends(ours, theirs) as peer:
        bench_capacity(url=ours.url, out=tmp_path, loads=[1, 2], one_sided=True, peer=peer)
    assert ours.sides == [1] * 5, "three, and one after each load"
    name = "capacity-one-sided-whisperlive"
    body = json.loads((tmp_path / f"{name}.json").read_text(encoding="utf-8"))
    assert (body["what"], body["capacity"], body["peer"]["capacity"]) == (STREAMS, 2, 1)
    assert (body["model"][:7], body["peer"]["model"]) == ("unknown", "base")
    assert (tmp_path / f"{name}.png").read_bytes().startswith(PNG)
    told = capsys.readouterr()
    assert "WhisperLive: One-sided streams at once" in told.out
    assert "Coach 2, WhisperLive 1: 2.0 times as many" in told.out
    assert "at 2 at once: WhisperLive takes no more clients" in told.err


def test_our_capacity_is_measured_without_a_peer_too(
    small_set: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ours = Ours()
    with far_ends(ours, WhisperLivePeer()):
        bench_capacity(url=ours.url, out=tmp_path, loads=[1])
    body = json.loads((tmp_path / "capacity.json").read_text(encoding="utf-8"))
    assert (body["capacity"], len(body["loads"]), "peer" in body) == (1, 1, False)
    assert "carried: 1 two-sided calls at once" in capsys.readouterr().out


def test_a_peer_that_is_not_there_is_known_before_ours_is_fed(small_set: Path) -> None:
    peer = parse_peer("whisperlive=ws://127.0.0.1:9")
    nowhere = "http://127.0.0.1:9"
    with pytest.raises(PeerFailed, match="no WhisperLive server answers"):
        bench_latency_versus(peer, url=nowhere)
    with pytest.raises(PeerFailed, match="no WhisperLive server answers"):
        bench_capacity(url=nowhere, peer=peer)
