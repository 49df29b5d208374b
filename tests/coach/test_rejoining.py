"""Sockets come and go, the call stays: what was said once is heard once, and in its place."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from typing import Any

import pytest
from structlog.testing import capture_logs

from coach.client.link import subscribe
from coach.client.replay import replay
from coach.client.senders.twilio import TwilioSender
from stream.audio import Samples
from tests.coach.caller import (
    CHUNK,
    HANG,
    PARTIES,
    RATE,
    Event,
    calling,
    clip,
    dialled,
    finals,
    heard,
    of_type,
    whole_call,
)
from tests.conftest import RunningServer, running

SPOKEN = 5.2
"""Seconds sent before something happens: in the midst of the customer's words."""


@pytest.fixture(scope="module")
def audio() -> dict[str, Samples]:
    return clip()


@pytest.fixture(scope="module")
def reference(server: RunningServer, audio: dict[str, Samples]) -> list[dict[str, Any]]:
    """Finals of a call that nothing happens to."""
    return finals(asyncio.run(whole_call(server, "uninterrupted", audio)))


@pytest.fixture(scope="module")
def narrow(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """A service that lets a sender run half a second ahead of the hearing, and no more."""
    environ = {
        "COACH_DATA_DIR": str(tmp_path_factory.mktemp("narrow")),
        "COACH_CALL_BUFFER_SECONDS": "0.5",
    }
    with running(environ) as server:
        yield server


# -- bytes ------------------------------------------------------------------------------------


async def test_samples_may_be_cut_anywhere(
    server: RunningServer, audio: dict[str, Samples], reference: list[dict[str, Any]]
) -> None:
    async with calling(server, "odd-bytes") as caller:
        whole = caller.encoded(audio)
        for first in range(0, len(whole), 1_001):
            await caller.socket.send(whole[first : first + 1_001])
        await caller.stop()
    assert finals(await heard(server, "odd-bytes")) == reference


async def test_half_a_sample_at_the_end_is_dropped_and_logged(
    server: RunningServer, audio: dict[str, Samples], reference: list[dict[str, Any]]
) -> None:
    with capture_logs() as logs:
        async with calling(server, "remainder") as caller:
            await caller.speak(audio)
            await caller.socket.send(b"\x01\x02\x03")
            await caller.stop()
    assert finals(await heard(server, "remainder")) == reference
    mine = [line for line in logs if line.get("call") == "remainder" and "bytes" in line]
    assert [line["bytes"] for line in mine] == [3]


# -- a socket that vanishes -------------------------------------------------------------------


@pytest.mark.parametrize("back", [0.0, 1.5], ids=["from the ack", "from before it"])
async def test_who_comes_back_loses_nothing(
    server: RunningServer,
    audio: dict[str, Samples],
    reference: list[dict[str, Any]],
    back: float,
) -> None:
    call = f"back-{back}"
    async with calling(server, call) as caller:
        await caller.speak(audio, 0, SPOKEN)
        ack = await caller.until("ack", SPOKEN)
        caller.vanish()
    again = ack["at"] - back
    async with calling(server, call, resume=True, at=again) as caller:
        await caller.speak(audio, again)
        await caller.stop()
    events = await heard(server, call)
    assert finals(events) == reference
    assert of_type(events, "gap") == []
    assert events[-1]["data"]["reason"] == "stopped"


async def test_who_does_not_come_back_is_lost(
    server: RunningServer, audio: dict[str, Samples]
) -> None:
    async with calling(server, "lost") as caller:
        await caller.speak(audio, 0, SPOKEN)
        await caller.until("ack", SPOKEN)
        caller.vanish()
    events = await heard(server, "lost")
    assert events[-1]["data"] == {"reason": "lost", "duration": pytest.approx(SPOKEN, abs=0.05)}
    assert sorted(e["data"]["party"] for e in of_type(events, "party.left")) == list(PARTIES)
    assert "thank you for calling" in finals(events)[0]["text"].lower()
    assert {final["party"] for final in finals(events)} == set(PARTIES), "also what was open"


async def test_one_who_is_lost_leaves_the_other_on_the_call(
    server: RunningServer, audio: dict[str, Samples], reference: list[dict[str, Any]]
) -> None:
    async with (
        asyncio.timeout(HANG),
        subscribe(server.url, "half-lost") as events,
        calling(server, "half-lost", ("agent",), at=0.0) as agent,
        calling(server, "half-lost", ("customer",), at=0.0) as customer,
    ):
        agent.vanish()
        async for event in events:
            if event["type"] == "party.left":
                assert event["data"]["party"] == "agent"
                break
        await customer.speak(audio)
        await customer.stop()
    said = finals(await heard(server, "half-lost"))
    assert said == [final for final in reference if final["party"] == "customer"]


async def test_a_hole_is_told_and_keeps_its_length(
    server: RunningServer, audio: dict[str, Samples]
) -> None:
    async with calling(server, "hole") as caller:
        await caller.speak(audio, 0, 4)
        await caller.until("ack", 4)
        caller.vanish()
    async with calling(server, "hole", resume=True, at=6.0) as caller:
        await caller.speak(audio, 4)
        await caller.stop()
    events = await heard(server, "hole")
    gaps = [event["data"] for event in of_type(events, "gap")]
    assert gaps == [
        {"party": party, "start": 4.0, "seconds": 2.0, "reason": "lost"} for party in PARTIES
    ]
    length = len(audio["agent"]) / RATE
    assert events[-1]["data"]["duration"] == pytest.approx(length + 2, abs=0.05)


# -- a socket that takes over -----------------------------------------------------------------


async def test_resume_takes_over_a_live_socket(
    server: RunningServer, audio: dict[str, Samples], reference: list[dict[str, Any]]
) -> None:
    async with calling(server, "over") as old:
        await old.speak(audio, 0, SPOKEN)
        ack = await old.until("ack", SPOKEN)
        async with calling(server, "over", resume=True, at=ack["at"]) as new:
            error, close, _ = await old.closed()
            assert close == 4002
            assert error is not None
            assert error["code"] == "party_taken"
            await new.speak(audio, ack["at"])
            await new.stop()
    events = await heard(server, "over")
    assert finals(events) == reference
    assert len(of_type(events, "party.joined")) == 2


async def test_taking_over_while_the_server_is_behind_loses_nothing(
    narrow: RunningServer, audio: dict[str, Samples], reference: list[dict[str, Any]]
) -> None:
    """The old socket waits for room in the midst of a message; the new one sends all again."""
    async with calling(narrow, "behind") as old:
        await old.socket.send(old.encoded({p: s[: 8 * RATE] for p, s in audio.items()}))
        async with calling(narrow, "behind", resume=True, at=0.0) as new:
            await new.speak(audio)
            await new.stop()
    events = await heard(narrow, "behind")
    assert finals(events) == reference
    assert of_type(events, "gap") == []


async def test_who_is_taken_over_in_part_does_not_keep_the_call_alive(
    server: RunningServer, audio: dict[str, Samples], reference: list[dict[str, Any]]
) -> None:
    async with (
        calling(server, "in-part") as old,
        calling(server, "in-part", ("customer",), resume=True, at=0.0) as new,
    ):
        assert (await old.closed())[1] == 4002
        await new.speak(audio)
        await new.stop()
    events = await heard(server, "in-part")
    assert finals(events) == [final for final in reference if final["party"] == "customer"]
    assert {e["data"]["party"] for e in of_type(events, "party.left")} == set(PARTIES)


async def test_twilio_streams_count_from_their_own_start(
    server: RunningServer, audio: dict[str, Samples]
) -> None:
    """A stream that joins later begins at 0 again, and is heard from its arrival on."""
    sender = TwilioSender("late-twilio", ("customer",))
    async with (
        asyncio.timeout(HANG),
        subscribe(server.url, "late-twilio") as events,
        calling(server, "late-twilio", ("agent",), encoding="mulaw") as agent,
        dialled(server, sender.address.path) as socket,
    ):
        await agent.speak(audio)
        length = len(audio["agent"]) / RATE
        await agent.until("ack", length)
        for message in sender.hello():
            await socket.send(message)
        step = round(CHUNK * RATE)
        for first in range(0, len(audio["customer"]), step):
            for message in sender.audio(audio["customer"][None, first : first + step]):
                await socket.send(message)
        for message in sender.stop():
            await socket.send(message)
        async for event in events:  # this protocol has no answer to wait for
            if event["type"] == "party.left":
                break
        await agent.stop()
    said = [f for f in finals(await heard(server, "late-twilio")) if f["party"] == "customer"]
    alone = {"customer": audio["customer"]}
    await replay(
        server.url, alone, rate=RATE, call="alone", speed=0, chunk_seconds=CHUNK, encoding="mulaw"
    )
    wanted = finals(await heard(server, "alone"))
    assert [final["text"] for final in said] == [final["text"] for final in wanted]
    for late, early in zip(said, wanted, strict=True):
        assert late["start"] - length == pytest.approx(early["start"], abs=0.002)


# -- pause ------------------------------------------------------------------------------------


async def test_a_pause_stops_the_clock_and_resume_advances_it(
    server: RunningServer, audio: dict[str, Samples]
) -> None:
    async with calling(server, "paused") as caller:
        await caller.speak(audio, 0, 4)
        await caller.tell(type="pause")
        await caller.speak(audio, 4, 6)  # on hold: nobody is to hear it
        await caller.tell(type="resume", at=34.0)
        await caller.speak(audio, 4)
        await caller.stop()
    events = await heard(server, "paused")
    told = [e for e in events if e["type"] in ("call.paused", "call.resumed", "gap")]
    assert [(e["type"], e["data"]["party"], e["at"]) for e in told] == [
        ("call.paused", "agent", 4.0),
        ("call.paused", "customer", 4.0),
        ("gap", "agent", 4.0),
        ("call.resumed", "agent", 34.0),
        ("gap", "customer", 4.0),
        ("call.resumed", "customer", 34.0),
    ]
    gaps = [event["data"] for event in of_type(events, "gap")]
    assert all(gap["seconds"] == 30.0 and gap["reason"] == "paused" for gap in gaps)
    customer = [final for final in finals(events) if final["party"] == "customer"]
    assert all(final["start"] > 34 for final in customer)
    length = len(audio["agent"]) / RATE
    assert events[-1]["data"]["duration"] == pytest.approx(length + 30, abs=0.05)


async def test_a_pause_without_a_time_leaves_no_trace_in_the_words(
    server: RunningServer, audio: dict[str, Samples], reference: list[dict[str, Any]]
) -> None:
    async with calling(server, "short-pause") as caller:
        await caller.speak(audio, 0, 4)
        for message in ({"type": "pause"}, {"type": "pause"}, {"type": "resume"}):
            await caller.socket.send(json.dumps(message))
        await caller.speak(audio, 4)
        await caller.stop()
    events: list[Event] = await heard(server, "short-pause")
    assert finals(events) == reference
    assert len(of_type(events, "call.paused")) == len(of_type(events, "call.resumed")) == 2
