"""Overload, end to end: the real service, whose decoder stands still for as long as a test says.

Nothing that there is room for is lost, nothing comes twice, people are told how late it is, and it
ends without a restart: the words are then those of a service that was never behind.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from websockets.exceptions import ConnectionClosed

from coach.client.link import subscribe
from coach.client.replay import replay
from coach.client.senders.twilio import TwilioSender
from stream.audio import CallId, Samples
from tests.coach.caller import (
    CHUNK,
    HANG,
    RATE,
    Caller,
    Event,
    calling,
    clip,
    dialled,
    durable,
    finals,
    heard,
    of_type,
    start,
)
from tests.coach.stalled import (
    BUFFER,
    CLOSES,
    PIECE,
    Stalled,
    caught_up,
    cut,
    delay,
    in_time,
    kept,
    serving,
    sought,
    telephone,
)
from tests.conftest import RunningServer


@pytest.fixture(scope="module")
def roomy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stalled]:
    """One that keeps all that these tests say."""
    yield from serving(tmp_path_factory.mktemp("roomy"), 60.0)


@pytest.fixture(scope="module")
def tight(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stalled]:
    """One that keeps a second."""
    yield from serving(tmp_path_factory.mktemp("tight"), 1.0)


@pytest.fixture(scope="module")
def audio() -> dict[str, Samples]:
    return clip()


@pytest.fixture(scope="module")
def length(audio: dict[str, Samples]) -> float:
    return len(audio["agent"]) / RATE


@pytest.fixture(scope="module")
def reference(server: RunningServer, audio: dict[str, Samples]) -> list[dict[str, Any]]:
    """Finals of the same call where nothing is late."""

    async def undisturbed() -> list[Event]:
        await replay(server.url, audio, rate=RATE, call="in-time", speed=0, encoding="mulaw")
        return await heard(server, "in-time")

    return finals(asyncio.run(undisturbed()))


def bound(reference: list[dict[str, Any]]) -> float:
    """Media second beyond which nothing is taken while the first words are not there."""
    return float(reference[0]["end"]) + CLOSES + BUFFER + PIECE


def complete(events: list[Event]) -> None:
    """Numbered without holes; each utterance of a party has one final; nothing stays delayed."""
    numbers = [event["n"] for event in durable(events)]
    assert numbers == list(range(1, len(numbers) + 1))
    for party in ("agent", "customer"):
        said = [final["utterance"] for final in finals(events) if final["party"] == party]
        assert said == list(range(1, len(said) + 1))
        shown = {
            event["data"]["utterance"]
            for event in of_type(events, "transcript.partial")
            if event["data"]["party"] == party
        }
        assert shown <= set(said)
    assert of_type(events, "delay")[-1]["data"]["seconds"] == 0.0


async def test_a_sender_that_waits_loses_nothing(
    roomy: Stalled, audio: dict[str, Samples], reference: list[dict[str, Any]], length: float
) -> None:
    roomy.opened.clear()
    async with calling(roomy.server, "patient", encoding="mulaw") as caller:
        speaking = asyncio.create_task(caller.speak(audio))
        acks = [await caller.until("ack", 1.0)]
        roomy.late += 7.0
        await delay(roomy, "patient", 7.0)
        acks += [await caller.until("ack"), await caller.until("ack")]
        roomy.opened.set()
        await speaking
        await caller.stop()
    assert bound(reference) < length - 2
    assert max(ack["at"] for ack in acks) <= bound(reference), "the reader waited"
    events = await heard(roomy.server, "patient")
    complete(events)
    assert finals(events) == reference
    assert of_type(events, "gap") == []


async def test_what_a_telephone_says_meanwhile_is_kept(
    roomy: Stalled, audio: dict[str, Samples], reference: list[dict[str, Any]], length: float
) -> None:
    """It says all and leaves; minutes later, all of it is heard."""
    roomy.opened.clear()
    async with telephone(roomy, "kept") as line:
        await line.say(audio)
        await line.hang_up()
        await kept(roomy, "kept", length - bound(reference))
    assert roomy.server.service.calls.live(CallId("kept"))
    roomy.opened.set()
    events = await heard(roomy.server, "kept")
    complete(events)
    assert finals(events) == reference
    assert of_type(events, "gap") == []
    assert events[-1]["data"] == {"reason": "stopped", "duration": pytest.approx(length, abs=0.05)}


async def test_consent_withdrawn_is_not_withdrawn_of_what_was_said_before(
    roomy: Stalled, audio: dict[str, Samples], reference: list[dict[str, Any]], length: float
) -> None:
    """All is said, and kept, when the context comes; more is said after it."""
    roomy.opened.clear()
    async with telephone(roomy, "withdrawn") as line:
        await line.say(audio)
        await kept(roomy, "withdrawn", length - bound(reference))
        async with httpx.AsyncClient(base_url=roomy.server.url) as client:
            for consent in ({"analyse": True}, {"analyse": False}):
                path = "/v1/calls/withdrawn/context"
                (await client.put(path, json={"consent": consent})).raise_for_status()
        roomy.opened.set()
        await caught_up(roomy, "withdrawn")
        await line.say(audio)
        await line.hang_up()
    events = await heard(roomy.server, "withdrawn")
    complete(events)
    assert finals(events)[: len(reference)] == reference
    assert len(finals(events)) == len(reference), "and nothing of what was said after it"
    changed = of_type(events, "context.changed")
    assert [event["at"] for event in changed] == [pytest.approx(length, abs=0.5)] * 2
    assert [event["data"]["consent"]["analyse"] for event in changed] == [True, False]


async def test_who_vanishes_is_heard_as_far_as_he_spoke(
    roomy: Stalled, audio: dict[str, Samples], reference: list[dict[str, Any]], length: float
) -> None:
    roomy.opened.clear()
    async with telephone(roomy, "vanished") as line:
        await line.say(audio)
        await kept(roomy, "vanished", length - bound(reference))
    roomy.opened.set()
    events = await heard(roomy.server, "vanished")
    assert [final["text"] for final in finals(events)] == [final["text"] for final in reference]
    assert events[-1]["data"] == {"reason": "lost", "duration": pytest.approx(length, abs=0.05)}


async def test_what_is_wrong_with_what_was_kept_ends_the_call_there(
    roomy: Stalled, audio: dict[str, Samples], reference: list[dict[str, Any]], length: float
) -> None:
    """A timestamp hours ahead, found out only when its turn comes."""
    roomy.opened.clear()
    async with telephone(roomy, "spoilt") as line:
        await line.say(audio)
        line.skip(5 * 3600.0)
        await line.say(audio)
        await kept(roomy, "spoilt", length)
        roomy.opened.set()
        with pytest.raises(ConnectionClosed) as closed:
            await line.say_on(cut(audio, 0, CHUNK))
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1007
    events = await heard(roomy.server, "spoilt")
    assert [final["text"] for final in finals(events)] == [final["text"] for final in reference]
    assert events[-1]["data"]["reason"] == "bad_request"
    assert events[-1]["data"]["duration"] == pytest.approx(length, abs=0.05)


async def test_what_there_is_no_room_for_is_a_gap_and_never_a_silence(
    tight: Stalled, audio: dict[str, Samples], reference: list[dict[str, Any]], length: float
) -> None:
    # Nothing waits while somebody speaks, and then nothing more is taken: how far it is heard, and
    # what is kept, hangs on nobody's speed.
    first, more = reference[0]["end"], 3.5
    tight.opened.clear()
    async with telephone(tight, "missed") as line:
        await in_time(tight, line, cut(audio, 0, first))
        await line.say(cut(audio, first, first + CLOSES))
        await sought(tight, "missed")
        await line.say(cut(audio, first + CLOSES, length))
        await kept(tight, "missed", length - bound(reference))
        tight.opened.set()
        await caught_up(tight, "missed")
        await in_time(tight, line, cut(audio, 0, more), begins=length)
        await line.hang_up()
    events = await heard(tight.server, "missed")
    complete(events)
    gaps = {gap["data"]["party"]: gap["data"] for gap in of_type(events, "gap")}
    assert len(of_type(events, "gap")) == len(gaps) == 2
    for gap in gaps.values():
        assert gap["reason"] == "overloaded"
        # All that was sent was heard, or is in the gap.
        assert gap["start"] + gap["seconds"] == pytest.approx(length, abs=1e-3)
        assert 1 < gap["seconds"] < length - 2
    said = finals(events)
    assert said[0] == reference[0], "what came before the hole is as it was"
    again = [final["text"] for final in said if final["start"] > length]
    assert again[0].lower().startswith("thank you for calling"), "and what comes after it is heard"
    assert events[-1]["data"]["duration"] == pytest.approx(length + more, abs=0.05)


async def test_who_is_behind_when_the_service_stops_is_told_what_was_not_heard(
    tmp_path: Path, audio: dict[str, Samples], reference: list[dict[str, Any]], length: float
) -> None:
    services = serving(tmp_path, 60.0)
    stalled = next(services)
    stalled.opened.clear()
    async with telephone(stalled, "stopped") as line:
        await line.say(audio)
        await kept(stalled, "stopped", length - bound(reference))
        async with asyncio.timeout(HANG), subscribe(stalled.server.url, "stopped") as events:
            stopping = asyncio.create_task(asyncio.to_thread(list, services))
            gaps: dict[str, Event] = {}
            async for event in events:
                if event["type"] == "call.ended":
                    break
                if event["type"] == "gap":
                    gaps[event["data"]["party"]] = event["data"]
            await stopping
    assert set(gaps) == {"agent", "customer"}
    for gap in gaps.values():
        assert gap["reason"] == "server_stopped"
        assert gap["start"] + gap["seconds"] == pytest.approx(length, abs=0.3)


@pytest.mark.parametrize("protocol", ["pcm", "twilio"])
async def test_a_call_too_many_is_refused_on_every_protocol(roomy: Stalled, protocol: str) -> None:
    async with (
        calling(roomy.server, f"one-{protocol}", ("agent",)) as one,
        calling(roomy.server, f"two-{protocol}", ("agent",)) as two,
    ):
        async with dialled(roomy.server, f"/v1/media/{protocol}") as socket:
            hello = [json.dumps(start("three"))]
            if protocol == "twilio":
                hello = [str(m) for m in TwilioSender("three", ("agent", "customer")).hello()]
            for message in hello:
                await socket.send(message)
            error, code, reason = await Caller(socket, start("three")).closed()
        assert code == 1013
        assert "2 calls are live" in reason
        assert "try again in 5 s" in reason
        if protocol == "pcm":  # the other protocol has no words for it
            assert error is not None
            assert (error["code"], error["retry_after"]) == ("overloaded", 5.0)
        await one.stop()
        await two.stop()
    async with calling(roomy.server, f"three-{protocol}", ("agent",)) as three:
        await three.stop()
