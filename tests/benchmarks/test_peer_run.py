"""WhisperLive as it is recorded: over real sockets, against a far end that speaks its wire."""

from __future__ import annotations

import asyncio
import itertools
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from websockets.asyncio.server import ServerConnection

from benchmarks.dataset import ReferenceCall, ReferenceWord
from benchmarks.latency import measure
from benchmarks.peer.address import Patience, Peer, PeerFailed, PeerFull, parse_peer
from benchmarks.peer.run import record_peer_all, record_peer_call, record_peer_together
from benchmarks.recording import Recording
from tests.benchmarks.peer_call import silent_call
from tests.benchmarks.whisperlive_peer import WhisperLivePeer, listening, ready, segment

SOON = Patience(ready=30.0, quiet=0.3, last=5.0)
"""The far end here says all that it has to say while the audio comes in."""


@pytest.fixture
def call(tmp_path: Path) -> ReferenceCall:
    return silent_call(
        tmp_path, ReferenceWord("hello", 0.0, 0.01), ReferenceWord("there", 0.01, 0.02)
    )


def one_side(call: ReferenceCall) -> ReferenceCall:
    return replace(call, sides=call.sides[:1])


def at(far: WhisperLivePeer, model: str | None = None, patience: Patience = SOON) -> Peer:
    return replace(parse_peer(f"whisperlive={far.address}", model=model), patience=patience)


async def test_a_call_is_a_client_a_side_with_the_same_audio(call: ReferenceCall) -> None:
    async with listening(WhisperLivePeer()) as far:
        recording = await record_peer_call(at(far, "tiny.en"), call)
    asked = [{key: o[key] for key in ("model", "language", "task", "use_vad")} for o in far.options]
    wanted = {"model": "tiny.en", "language": "en", "task": "transcribe", "use_vad": True}
    assert asked == [wanted, wanted]
    assert len({options["uid"] for options in far.options}) == 2
    assert [len(samples) for samples in far.audio] == [1600, 1600], "0.1 s at 16 kHz, both sides"
    assert all(samples.dtype == np.float32 for samples in far.audio)
    assert far.ended == 2
    assert recording.started["agent"] == recording.started["customer"]
    assert recording.seconds == 0.1
    assert recording.settings["protocol"] == "whisperlive"
    assert Recording.from_json(recording.to_json()) == recording


async def test_what_is_recorded_is_what_the_server_said(call: ReferenceCall) -> None:
    async with listening(WhisperLivePeer()) as far:
        recording = await record_peer_call(at(far), call)
    for party in ("agent", "customer"):
        arrivals = list(recording.transcript(party))
        texts = [arrival.event["data"]["text"] for arrival in arrivals]
        assert texts == ["Hell", "Hello there"]
        assert arrivals[0].wall >= recording.started[party]
        assert recording.last_text(party) == "Hello there"
    (hello, there) = measure([(call, recording)]).words
    both = list(recording.transcript("agent"))[-1]
    spoken = recording.started["agent"] + np.array([0.01, 0.02])
    assert [hello.shown, there.shown] == pytest.approx(both.wall - spoken)
    assert (hello.stable, there.stable) == (hello.shown, None), "its segment was never closed"


async def test_the_samples_arrive_as_they_were_spoken(tmp_path: Path, call: ReferenceCall) -> None:
    tone = np.sin(2 * np.pi * 440 * np.arange(800) / 8000).astype(np.float32)

    class Spoken(ReferenceCall):
        def audio(self) -> tuple[dict[str, Any], int]:
            return {"agent": 0.5 * tone}, 8000

    async with listening(WhisperLivePeer(says=())) as far:
        spoken = Spoken(call.name, call.sides[:1])
        recording = await record_peer_call(at(far), spoken)
    (heard,) = far.audio
    wanted = 0.5 * np.sin(2 * np.pi * 440 * np.arange(1600) / 16_000)
    assert np.abs(heard - wanted)[200:-200].max() < 0.01
    assert recording.last_text("agent") == ""
    assert measure([(one_side(call), recording)]).missing


async def test_words_that_come_after_the_audio_are_waited_for(call: ReferenceCall) -> None:
    async def late(
        peer: WhisperLivePeer, socket: ServerConnection, options: dict[str, Any]
    ) -> None:
        await ready(socket, options["uid"])
        heard = 0
        async for message in socket:
            if message == b"END_OF_AUDIO":
                return
            heard += len(message) // 4
            if heard == 1600:
                rows = [segment(0, 0.1, "Hello there")]
                await socket.send(json.dumps({"uid": options["uid"], "segments": rows}))

    async with listening(WhisperLivePeer(mischief=late)) as far:
        recording = await record_peer_call(at(far), one_side(call))
    assert recording.last_text("agent") == "Hello there"


async def test_a_peer_that_never_comes_to_rest_is_left(call: ReferenceCall) -> None:
    async def goes_on(_: Any, socket: ServerConnection, options: dict[str, Any]) -> None:
        await ready(socket, options["uid"])
        for count in itertools.count():
            rows = [segment(0, 1, f"word {count}")]
            await socket.send(json.dumps({"uid": options["uid"], "segments": rows}))
            await asyncio.sleep(0.01)

    async with listening(WhisperLivePeer(mischief=goes_on)) as far, asyncio.timeout(30):
        peer = at(far, patience=replace(SOON, last=0.1))
        recording = await record_peer_call(peer, one_side(call))
    assert recording.last_text("agent").startswith("word ")


async def test_calls_at_once_share_the_use_of_the_server(call: ReferenceCall) -> None:
    async with listening(WhisperLivePeer()) as far:
        calls = [one_side(call)] * 3
        recordings, usage = await record_peer_together(at(far), calls)
    assert len({recording.call for recording in recordings}) == 3
    assert usage is not None, "the far end is this very process"
    assert usage.cpu_seconds > 0
    assert usage.rss > 0


async def test_recordings_are_kept_and_used_again(call: ReferenceCall, tmp_path: Path) -> None:
    async with listening(WhisperLivePeer()) as far:
        (first,) = await record_peer_all(at(far), [call], folder=tmp_path)
    (again,) = await record_peer_all(at(far), [call], folder=tmp_path)
    assert again == first == Recording.load(tmp_path, "one")
    assert first.usage is not None


async def refuses(_: WhisperLivePeer, socket: ServerConnection, options: dict[str, Any]) -> None:
    """Refuses as the server does for a model that it cannot load."""
    said = {"uid": options["uid"], "status": "ERROR", "message": "Failed to load model: huge"}
    await socket.send(json.dumps(said))


async def hangs_up(_: WhisperLivePeer, socket: ServerConnection, options: dict[str, Any]) -> None:
    await ready(socket, options["uid"])
    await socket.recv()


async def cuts_off(_: WhisperLivePeer, socket: ServerConnection, options: dict[str, Any]) -> None:
    await ready(socket, options["uid"])
    await socket.recv()
    await socket.send(json.dumps({"uid": options["uid"], "message": "DISCONNECT"}))
    await socket.wait_closed()


async def babbles(_: WhisperLivePeer, socket: ServerConnection, options: dict[str, Any]) -> None:
    await ready(socket, options["uid"])
    await socket.send(json.dumps({"uid": options["uid"], "segments": [{"text": "no times"}]}))
    await socket.wait_closed()


async def greets(_: WhisperLivePeer, socket: ServerConnection, options: dict[str, Any]) -> None:
    await socket.send("hello")
    await socket.wait_closed()


@pytest.mark.parametrize(
    ("mischief", "said"),
    [
        (refuses, "refused: Failed to load model: huge"),
        (hangs_up, "closed the socket before the stream was over; see its log"),
        (cuts_off, "longer max_connection_time"),
        (babbles, "no message of WhisperLive"),
        (greets, "no message of WhisperLive"),
    ],
)
async def test_a_peer_that_fails_is_one_error(
    mischief: Any, said: str, call: ReferenceCall
) -> None:
    async with listening(WhisperLivePeer(mischief=mischief)) as far:
        with pytest.raises(PeerFailed, match=said):
            await record_peer_call(at(far), call)


async def test_a_peer_that_is_never_ready_is_given_up(call: ReferenceCall) -> None:
    async def silent(_: Any, socket: ServerConnection, options: dict[str, Any]) -> None:
        await socket.wait_closed()

    async with listening(WhisperLivePeer(mischief=silent)) as far:
        with pytest.raises(PeerFailed, match=r"ready within 0\.05 s"):
            await record_peer_call(at(far, patience=replace(SOON, ready=0.05)), call)


async def test_a_peer_without_a_place_says_so(call: ReferenceCall) -> None:
    async with listening(WhisperLivePeer(places=1)) as far:
        with pytest.raises(PeerFull, match="larger max_clients"):
            await record_peer_call(at(far), call)


async def test_where_nobody_listens_the_mend_is_said(call: ReferenceCall) -> None:
    async with listening(WhisperLivePeer()) as far:
        pass
    with pytest.raises(PeerFailed, match=r"no WhisperLive server answers at ws://127"):
        await record_peer_call(at(far), call)


async def test_messages_for_others_are_left_alone(call: ReferenceCall) -> None:
    async def crosses(
        peer: WhisperLivePeer, socket: ServerConnection, options: dict[str, Any]
    ) -> None:
        stray = {"uid": "another", "segments": [segment(0, 1, "not for you")]}
        await socket.send(json.dumps(stray))
        await peer.listen(socket, options["uid"])

    async with listening(WhisperLivePeer(mischief=crosses)) as far:
        recording = await record_peer_call(at(far), one_side(call))
    assert recording.last_text("agent") == "Hello there"
