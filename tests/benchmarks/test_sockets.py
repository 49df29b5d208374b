"""Many sockets: that what was taken is known, what is made of the times, and a small run."""

from __future__ import annotations

import asyncio
import io
import json
from pathlib import Path

import pytest
from rich.console import Console
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocket

from benchmarks.loop_lag import summed
from benchmarks.sockets.caller import PROTOCOLS, Session, calling
from benchmarks.sockets.commands import bench_sockets
from benchmarks.sockets.figures import ADDED, BLOCKED, Measured, Told, points
from benchmarks.sockets.holding import Held, hold
from benchmarks.sockets.processes import ClientFailed, Work, leading
from benchmarks.sockets.report import draw_sockets, print_sockets
from benchmarks.sockets.run import measure
from benchmarks.sockets.talking import Talked, by_turns, talk
from coach.client.senders.dialling import SocketProtocol
from coach.metrics import Metrics
from stream.protocols.spoken import spoken
from stream.server import serve_media
from tests.stream.serving import HANG, Seats, serving, soon


def seated(seats: Seats) -> ASGIApp:
    """Every protocol's sockets, into these seats."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        socket = WebSocket(scope, receive, send)
        make = spoken()[scope["path"].rpartition("/")[2]]
        await serve_media(socket, make, seats, lambda started, upgrade: None)

    return app


# -- what was taken --------------------------------------------------------------------------


@pytest.mark.parametrize("protocol", PROTOCOLS)
async def test_a_frame_counts_as_taken_once_its_reader_goes_on(protocol: SocketProtocol) -> None:
    seats, messages = Seats(), 2 if protocol == "twilio" else 1
    async with (
        asyncio.timeout(HANG),
        serving(seated(seats)) as address,
        calling(f"http://{address}", protocol, "one") as caller,
    ):
        seat = await seats.next()
        await caller.speak()
        await caller.taken()
        assert seat.taken.qsize() == messages

        seat.room.clear()
        await caller.speak()
        await soon(seat.waiting)
        await caller.speak()
        behind = asyncio.create_task(caller.taken())
        async with calling(f"http://{address}", protocol, "two") as other:
            for _ in range(2):
                await other.speak()
                await other.taken()
        assert not behind.done(), "its reader is blocked, others' are not"
        seat.room.set()
        await behind
        assert seat.taken.qsize() == 3 * messages


async def test_pings_of_its_own_do_not_answer_for_others() -> None:
    session = Session("one")
    asked = [session.ping() for _ in range(2)]
    first, second = session.asked
    session.hear(json.dumps({"type": "pong", "seq": 1}))
    assert first.done()
    assert not second.done()
    assert [json.loads(message)["type"] for message in asked] == ["ping", "ping"]


async def test_talking_sockets_end_their_calls() -> None:
    seats = Seats()

    async def ended() -> None:
        for _ in PROTOCOLS:
            seat = await seats.next()
            await seat.stopped.wait()
            seat.ended.set()

    async with asyncio.timeout(HANG), serving(seated(seats)) as address:
        ending = asyncio.create_task(ended())
        found = await talk(f"http://{address}", by_turns(4), 0.1, "t")
        await ending
    assert {protocol: len(waits) for protocol, waits in found.waits.items()} == dict.fromkeys(
        PROTOCOLS, 3
    )
    assert len(found.late) == 4 * 5
    assert found.sent == pytest.approx(4 * 6 * 0.02)


async def test_an_idle_socket_that_dies_is_told() -> None:
    seats, over = Seats(), asyncio.Event()
    ready = asyncio.Event()
    async with asyncio.timeout(HANG), serving(seated(seats)) as address:
        holding = asyncio.create_task(hold(f"http://{address}", 2, ready.set, over))
        await soon(ready)
        pcm, twilio = await seats.next(), await seats.next()
        twilio.ended.set()
        await soon(twilio.vanished)
        over.set()
        await pcm.stopped.wait()
        pcm.ended.set()
        found = await holding
    assert found.alive == {"pcm": 1}
    assert [fault.partition(":")[0] for fault in found.faults] == ["twilio"]


# -- the figures -----------------------------------------------------------------------------


def measured(
    loaded: float = 0.002, idle: float = 0.001, alive: int = 2, told: Told | None = None
) -> Measured:
    """Two idle and four talking, of whom each had a millisecond to wait alone."""
    one = {str(protocol): [0.001, 0.001, 0.2] for protocol in PROTOCOLS}
    alone = [Talked(one, [0.0], 4 * 0.06) for _ in range(2)]
    waits = {str(protocol): [0.002] * 99 + [loaded] for protocol in PROTOCOLS}
    return Measured(
        2,
        4,
        (alone[0], alone[1]),
        Talked(waits, [0.0, 0.01], 8.0),
        Held({"pcm": alive}, {"pcm": [idle]}, [] if alive == 2 else ["twilio: closed"]),
        told or Told(decodings=0, taken=8.48),
    )


def test_percentiles_and_the_worst() -> None:
    assert points([]) == {}
    found = points([float(n) for n in range(101)])
    assert found == {"p50": 50.0, "p90": 90.0, "p99": 99.0, "max": 100.0}


def test_what_is_added_is_counted_from_the_median_alone() -> None:
    found = measured()
    assert found.added_p99 == pytest.approx(0.001)
    assert found.passed
    slow = measured(told=Told(0, 8.48))
    slow.loaded.waits["twilio"] = [0.001 + ADDED + 0.0001] * 100
    assert slow.added_p99 == pytest.approx(ADDED + 0.0001), "of the worst protocol"
    assert not slow.passed


def test_the_longest_wait_of_anyone_is_a_blocked_reader() -> None:
    assert measured(loaded=BLOCKED).blocked == BLOCKED
    assert measured(loaded=0.003, idle=0.02).blocked == 0.02
    assert not measured(idle=BLOCKED + 0.001).passed


def test_a_run_that_was_not_what_it_says_does_not_pass() -> None:
    assert measured().whole
    assert not measured(alive=1).passed
    assert not measured(told=Told(decodings=1, taken=8.48)).passed
    assert not measured(told=Told(decodings=0, taken=8.0)).passed


def test_it_is_told_in_tables_json_and_a_picture(tmp_path: Path) -> None:
    found, output = measured(loaded=0.06, alive=1), io.StringIO()
    print_sockets(Console(file=output, width=140), found)
    printed = " ".join(output.getvalue().split())
    assert "│ at most 50 │ 60.0 │ MISSED │" in printed
    assert "│ at most 5 │ 1.58 │ met │" in printed
    assert "twilio: closed" in printed
    body = json.loads(json.dumps(found.body()))
    assert body["added"]["pcm"]["count"] == 100
    assert (body["blocked"], body["passed"]) == (0.06, False)
    assert draw_sockets(tmp_path, found).read_bytes().startswith(b"\x89PNG")


def test_a_metric_is_summed_over_its_labels() -> None:
    metrics = Metrics()
    metrics.media("pcm", 2.0)
    metrics.media("twilio", 0.5)
    page = metrics.render().decode()
    assert summed(page, "coach_media_seconds_total") == 2.5
    assert summed(page, "coach_decode_seconds_count") == 0.0


# -- real processes --------------------------------------------------------------------------


async def test_a_small_run() -> None:
    begun: list[str] = []
    found = await measure(6, 4, 2.0, lambda what, seconds: begun.append(what))
    assert found.held.alive == {"pcm": 2, "twilio": 2, "audiohook": 1, "jambonz": 1}
    assert not found.held.faults
    assert {p: len(waits) for p, waits in found.loaded.waits.items()} == dict.fromkeys(
        PROTOCOLS, 50
    )
    assert found.whole
    assert found.told.decodings == 0
    assert found.usage is not None
    assert len(begun) == 2 * len(PROTOCOLS) + 1


@pytest.mark.parametrize("work", ["talk", "hold"])
async def test_a_client_that_fails_says_why(work: Work) -> None:
    talk = {"protocols": ["pcm"], "seconds": 1.0, "name": "t"}
    options = talk if work == "talk" else {"count": 1}
    async with leading(work, "http://127.0.0.1:9", **options) as client:
        with pytest.raises(ClientFailed, match="unreachable"):
            await (client.found() if work == "talk" else client.ready())


def test_each_protocol_talks(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="one of pcm, twilio, audiohook, jambonz"):
        bench_sockets(idle=0, talking=3, seconds=1.0, out=tmp_path)
