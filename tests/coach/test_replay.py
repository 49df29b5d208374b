"""Replay against a peer on a real websocket that speaks the API's words."""

from __future__ import annotations

import asyncio
import json
import time
from typing import Any

import numpy as np
import pytest
from websockets.asyncio.client import ClientConnection
from websockets.asyncio.server import ServerConnection

from coach.client.link import connect, websocket_url
from coach.client.replay import Layout, ReplayError, follow, replay
from coach.client.senders.pcm import PcmSender
from stream.events import CallEnded, CallStarted, Media, StreamEvent
from tests.coach.peer import RATE, Peer, running, speech


def audio_bytes(events: list[StreamEvent]) -> int:
    return sum(len(event.payload) for event in events if isinstance(event, Media))


async def test_stereo_is_one_socket_and_the_shorter_side_ends_in_silence() -> None:
    async with running(Peer()) as peer:
        report = await replay(
            peer.url,
            {"agent": speech(0.4), "customer": speech(0.3)},
            rate=RATE,
            call="c-1",
            speed=0,
            context={"product": "X"},
            token="secret",
        )
    (heard,) = peer.sockets
    assert isinstance(heard[0], CallStarted)
    assert heard[0].context == {"product": "X"}
    assert isinstance(heard[-1], CallEnded)
    assert audio_bytes(heard) == 2 * 2 * 0.4 * RATE
    assert peer.paths == ["/v1/media/pcm"]
    assert peer.headers == ["Bearer secret"]
    assert report.ended
    assert report.sent_seconds == {"agent": 0.4, "customer": 0.4}
    assert report.acked == {"agent": 0.5, "customer": 0.5}


async def test_sockets_join_one_after_the_other_each_at_zero() -> None:
    async with running(Peer()) as peer:
        report = await replay(
            peer.url,
            {"agent": speech(0.4), "customer": speech(0.2), "interpreter": speech(0.1)},
            rate=RATE,
            call="c-1",
            speed=float("inf"),
            layout="sockets",
            encoding="mulaw",
        )
    starts = [events[0] for events in peer.sockets]
    assert [s.at for s in starts if isinstance(s, CallStarted)] == [0.0, 0.0, 0.0]
    assert peer.readied == ["agent", "customer", "interpreter"]
    assert [audio_bytes(events) for events in peer.sockets] == [3200, 1600, 800]
    assert report.sent_seconds == {"agent": 0.4, "customer": 0.2, "interpreter": 0.1}
    assert len(set(report.started.values())) == 1


async def test_twilio_is_both_tracks_at_8_khz_and_ends_by_closing() -> None:
    async with running(Peer()) as peer:
        report = await replay(
            peer.url,
            {"agent": np.repeat(speech(0.4), 2), "customer": np.repeat(speech(0.4), 2)},
            rate=2 * RATE,
            call="c-1",
            protocol="twilio",
            speed=0,
            token="secret",
        )
    (heard,) = peer.sockets
    assert isinstance(heard[0], CallStarted)
    assert (heard[0].call, heard[0].token) == ("c-1", "secret")
    assert isinstance(heard[-1], CallEnded)
    assert audio_bytes(heard) == 2 * 0.4 * RATE
    assert peer.paths == ["/v1/media/twilio"]
    assert not report.ended


async def test_asterisk_is_a_socket_a_party_named_in_its_address() -> None:
    async with running(Peer()) as peer:
        report = await replay(
            peer.url,
            {"agent": speech(0.2), "customer": speech(0.1)},
            rate=RATE,
            call="c-1",
            protocol="asterisk",
            token="secret",
        )
    starts = [events[0] for events in peer.sockets]
    assert {s.call for s in starts if isinstance(s, CallStarted)} == {"c-1"}
    assert peer.readied == ["agent", "customer"]
    assert [audio_bytes(events) for events in peer.sockets] == [2 * 3200, 2 * 1600]
    assert peer.paths == [
        f"/v1/media/asterisk?call=c-1&party={party}&access_token=secret"
        for party in ("agent", "customer")
    ]
    assert not report.ended


async def test_a_context_that_has_no_place_in_the_protocol_goes_before_by_the_api() -> None:
    async with running(Peer()) as peer:
        url = peer.url
    with pytest.raises(ReplayError, match=r"no server answers at .*/v1/calls/c-1/context"):
        await replay(
            url,
            {"agent": speech(0.1)},
            rate=RATE,
            call="c-1",
            protocol="asterisk",
            context={"product": "X"},
        )


@pytest.mark.parametrize("layout", ["stereo", "sockets"])
async def test_real_time_is_never_early(layout: Layout) -> None:
    """Each chunk is sent once its last sample was spoken: never before, by the same clock."""
    told: list[tuple[float, float]] = []
    async with running(Peer()) as peer:
        report = await replay(
            peer.url,
            {"agent": speech(0.3), "customer": speech(0.3)},
            rate=RATE,
            call="c-1",
            layout=layout,
            on_progress=lambda at: told.append((at, time.monotonic())),
        )
    assert [at for at, _ in told] == pytest.approx([0.02 * (i + 1) for i in range(15)])
    assert all(wall - report.started["agent"] >= at - 1e-3 for at, wall in told)
    assert report.max_late >= 0


async def test_an_error_of_the_server_is_raised_with_its_code() -> None:
    async def refuse(peer: Peer, socket: ServerConnection) -> None:
        await socket.recv()
        await socket.send(json.dumps({"type": "error", "code": "party_taken", "message": "two"}))
        await socket.close(4002)

    async with running(Peer(refuse)) as peer:
        with pytest.raises(ReplayError, match="party_taken: two") as caught:
            await replay(peer.url, {"agent": speech(0.1)}, rate=RATE, call="c-1")
    assert caught.value.code == "party_taken"


@pytest.mark.parametrize(
    ("close", "code"), [(4001, "call_ended"), (1013, "overloaded"), (1000, "closed")]
)
async def test_a_close_in_the_middle_is_raised_with_its_code(close: int, code: str) -> None:
    async def leave(peer: Peer, socket: ServerConnection) -> None:
        await socket.recv()
        await socket.send('{"type":"ready","call":"c-1"}')
        await socket.recv()
        await socket.close(close)

    async with running(Peer(leave)) as peer:
        with pytest.raises(ReplayError) as caught:
            await replay(peer.url, {"agent": speech(60)}, rate=RATE, call="c-1", speed=0)
    assert caught.value.code == code


async def test_a_fault_of_one_socket_ends_the_others() -> None:
    """The agent's side would go on for a minute; the customer's fault ends it at once."""

    async def fail_second(peer: Peer, socket: ServerConnection) -> None:
        start = json.loads(await socket.recv())
        await socket.send('{"type":"ready","call":"c-1"}')
        if start["format"]["channels"] == ["customer"]:
            await socket.send('{"type":"error","code":"internal","message":"broken"}')
        await socket.wait_closed()

    async with running(Peer(fail_second)) as peer:
        with pytest.raises(ReplayError, match="broken"):
            await replay(
                peer.url,
                {"agent": speech(60), "customer": speech(60)},
                rate=RATE,
                call="c-1",
                layout="sockets",
            )


async def test_a_server_that_is_behind_is_waited_for() -> None:
    """It reads no ping then, and a late pong must not end the call."""
    sender = PcmSender("behind", ("agent",), rate=RATE)
    async with running(Peer()) as peer, connect(peer.url, sender, None) as link:
        assert isinstance(link._socket, ClientConnection)
        assert link._socket.ping_timeout is None


async def test_words_that_are_no_api_are_refused() -> None:
    async def babble(peer: Peer, socket: ServerConnection) -> None:
        await socket.send('["ready"]')
        await socket.wait_closed()

    async with running(Peer(babble)) as peer:
        with pytest.raises(ReplayError, match="no message of its API"):
            await replay(peer.url, {"agent": speech(0.1)}, rate=RATE, call="c-1")


async def test_no_server_says_how_to_start_one() -> None:
    async with running(Peer()) as peer:
        url = peer.url
    with pytest.raises(ReplayError, match="coach serve") as caught:
        await replay(url, {"agent": speech(0.1)}, rate=RATE, call="c-1")
    assert caught.value.code == "unreachable"


async def test_a_token_in_the_address_is_not_told() -> None:
    async with running(Peer()) as peer:
        url = peer.url
    with pytest.raises(ReplayError, match="coach serve") as caught:
        await replay(
            url, {"agent": speech(0.1)}, rate=RATE, call="c", protocol="asterisk", token="secret"
        )
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("change", "mend"),
    [
        ({"call": "a b"}, "no call id"),
        ({"parties": {}}, "at least one party"),
        ({"speed": -1.0}, "1.0 for real time"),
        ({"speed": float("nan")}, "1.0 for real time"),
        ({"chunk_seconds": 0.0}, "chunk_seconds is 0.0"),
        ({"url": "127.0.0.1:80"}, "names no server"),
        ({"protocol": "asterisk", "speed": 0.0}, "asterisk is live"),
    ],
)
async def test_wrong_arguments_are_refused_before_a_socket_is_opened(
    change: dict[str, Any], mend: str
) -> None:
    arguments = {
        "url": "http://127.0.0.1:9",
        "parties": {"agent": speech(0.1)},
        "rate": RATE,
        "call": "c-1",
        **change,
    }
    with pytest.raises(ValueError, match=mend):
        await replay(**arguments)


async def test_follow_yields_up_to_the_end_of_the_call() -> None:
    said: list[dict[str, Any]] = [
        {"n": 5, "type": "call.started", "data": {}},
        {"type": "ack", "ref": "r"},
        {"n": 6, "type": "call.ended", "data": {}},
        {"n": 7, "type": "note", "data": {}},
    ]
    async with running(Peer(events=said)) as peer:
        seen = [event["n"] async for event in follow(peer.url, "c-1", token="t", after=4)]
    assert seen == [5, 6]
    assert peer.paths == ["/v1/calls/c-1/events?after=4"]
    assert peer.headers == ["Bearer t"]


async def test_follow_raises_the_error_of_the_server() -> None:
    said = [{"type": "error", "code": "not_allowed", "message": "another team's call"}]
    async with running(Peer(events=said)) as peer:
        with pytest.raises(ReplayError, match="another team's call"):
            async for _ in follow(peer.url, "c-1"):
                pass


async def test_cancelling_ends_the_socket() -> None:
    async with running(Peer()) as peer:
        feeding = asyncio.create_task(
            replay(peer.url, {"agent": speech(60)}, rate=RATE, call="c-1")
        )
        await peer.hearing.wait()
        feeding.cancel()
        with pytest.raises(asyncio.CancelledError):
            await feeding
    assert not any(isinstance(event, CallEnded) for event in peer.sockets[0])


def test_a_server_behind_a_path_keeps_it() -> None:
    assert websocket_url("https://x.test/coach/", "/v1/media/pcm") == (
        "wss://x.test/coach/v1/media/pcm"
    )
