"""Live calls through the whole service: complete, in order, and the same however they come."""

from __future__ import annotations

import asyncio
import difflib
import re
from dataclasses import dataclass
from typing import Any

import httpx
import numpy as np
import pytest
import soxr

from coach.client.link import subscribe
from coach.client.replay import replay
from stream.audio import CallId, Samples
from stream.files import read_audio
from tests.coach.caller import (
    HANG,
    RATE,
    Event,
    calling,
    clip,
    durable,
    finals,
    heard,
    of_type,
    whole_call,
)
from tests.conftest import RunningServer
from tests.recorded import CALL

FAST = 16_000
WORDS_DIFFERENT = 0.03


@dataclass(frozen=True)
class Live:
    """A call that was listened to while it was spoken."""

    name: CallId
    events: list[Event]
    acks: list[dict[str, Any]]
    after_stop: list[str]


@pytest.fixture(scope="module")
def audio() -> dict[str, Samples]:
    return clip()


@pytest.fixture(scope="module")
def audio16(audio: dict[str, Samples]) -> dict[str, Samples]:
    return at_rate(audio, FAST)


@pytest.fixture(scope="module")
def live(server: RunningServer, audio16: dict[str, Samples]) -> Live:
    return asyncio.run(_listened(server, audio16))


@pytest.fixture(scope="module")
def telephone(server: RunningServer, audio: dict[str, Samples]) -> list[Event]:
    """The call as 8 kHz mu-law on one socket."""
    return asyncio.run(_replayed(server, "telephone", audio, encoding="mulaw"))


async def _listened(server: RunningServer, audio: dict[str, Samples]) -> Live:
    """A call whose events are followed from before its start; what came before `ended`."""
    events: list[Event] = []
    name = CallId("live")
    async with asyncio.timeout(HANG), subscribe(server.url, name) as following:

        async def follow() -> None:
            async for event in following:
                events.append(event)
                if event["type"] == "call.ended":
                    return

        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(follow())
            async with calling(server, name, rate=FAST) as caller:
                await caller.speak(audio, 0, 4)
                await caller.until("ack", 4)
                await caller.speak(audio, 4)
                await caller.until("ack", len(audio["agent"]) / FAST)
                before = len(caller.said)
                await caller.stop()
                stored = await server.service.store.call(name)
                assert stored is not None
                assert stored.state == "ended", "ended is said when all is done"
    acks = [message for message in caller.said if message["type"] == "ack"]
    return Live(name, events, acks, [m["type"] for m in caller.said[before:]])


async def _replayed(
    server: RunningServer,
    call: str,
    audio: dict[str, Samples],
    *,
    rate: int = RATE,
    speed: float = 0,
    **how: Any,
) -> list[Event]:
    await replay(server.url, audio, rate=rate, call=call, speed=speed, chunk_seconds=0.1, **how)
    return await heard(server, call)


def at_rate(audio: dict[str, Samples], rate: int) -> dict[str, Samples]:
    """What a sender at another rate would have recorded, in 16 bits."""
    made = {}
    for party, samples in audio.items():
        resampled = soxr.resample(samples, RATE, rate, quality="VHQ")
        made[party] = (np.rint(resampled * 32_767) / 32_768).astype(np.float32)
    return made


def words(events: list[Event]) -> list[str]:
    """What was said, without case and punctuation, party by party."""
    text = " ".join(final["text"] for final in finals(events))
    return re.findall(r"[a-z0-9']+", text.lower())


# -- one call ---------------------------------------------------------------------------------


def test_a_call_is_told_from_its_start_to_its_end(live: Live) -> None:
    said = durable(live.events)
    assert [event["n"] for event in said] == list(range(1, len(said) + 1))
    assert said[0]["type"] == "call.started"
    assert [event["data"]["party"] for event in said[1:3]] == ["agent", "customer"]
    assert {event["type"] for event in said[1:3]} == {"party.joined"}
    assert live.events[-1]["type"] == "call.ended"
    assert live.events[-1]["data"]["reason"] == "stopped"
    assert all(event["call"] == live.name and event["v"] == 1 for event in live.events)


def test_both_parties_are_heard(live: Live) -> None:
    agent, customer = (
        " ".join(final["text"] for final in finals(live.events) if final["party"] == party)
        for party in ("agent", "customer")
    )
    assert "thank you for calling" in agent.lower()
    assert "too fast for me" in customer.lower()


def test_every_partial_has_its_final_after_it(live: Live) -> None:
    order = [
        (event["type"], event["data"]["party"], event["data"]["utterance"])
        for event in live.events
        if event["type"].startswith("transcript.")
    ]
    assert any(kind == "transcript.partial" for kind, _, _ in order)
    for place, (kind, *utterance) in enumerate(order):
        finals_before = [*order[:place]].count(("transcript.final", *utterance))
        finals_after = [*order[place + 1 :]].count(("transcript.final", *utterance))
        assert finals_before == 0, f"{kind} after the final of {utterance}"
        assert finals_after == (1 if kind == "transcript.partial" else 0)


def test_words_lie_in_their_utterance_and_in_order(live: Live) -> None:
    for final in finals(live.events):
        times = [time for word in final["words"] for time in (word["start"], word["end"])]
        assert times == sorted(times)
        assert final["start"] < final["end"]
        assert final["text"] == " ".join(word["w"] for word in final["words"])


def test_acks_grow_up_to_all_that_was_sent(live: Live, audio: dict[str, Samples]) -> None:
    for party in ("agent", "customer"):
        kept = [ack["at"] for ack in live.acks if ack["party"] == party]
        assert kept == sorted(kept)
        assert len(set(kept)) >= 2
        assert kept[-1] == pytest.approx(len(audio[party]) / RATE, abs=1e-3)


def test_stop_is_answered_when_every_event_is_out(live: Live) -> None:
    assert live.after_stop[-1] == "ended"


async def test_what_was_heard_live_is_what_is_read_again(server: RunningServer, live: Live) -> None:
    said = durable(live.events)
    async with httpx.AsyncClient(trust_env=False) as client:
        answer = await client.get(f"{server.url}/v1/calls/{live.name}/events?after=0")
    assert answer.json()["events"] == said
    assert await server.service.store.events(live.name, entitled=True) == said
    assert durable(await heard(server, live.name)) == said


async def test_a_reader_that_comes_back_gets_the_rest(server: RunningServer, live: Live) -> None:
    said = durable(live.events)
    after = len(said) // 2
    assert await heard(server, live.name, after=after) == said[after:]
    async with httpx.AsyncClient(trust_env=False) as client:
        answer = await client.get(f"{server.url}/v1/calls/{live.name}/events?after={after}")
    assert answer.json()["events"] == said[after:]


# -- the same call, however it comes ----------------------------------------------------------


async def test_two_sockets_hear_what_one_hears(
    server: RunningServer, live: Live, audio16: dict[str, Samples]
) -> None:
    events = await _replayed(server, "two-sockets", audio16, rate=FAST, layout="sockets")
    assert finals(events) == finals(live.events)
    async with httpx.AsyncClient(trust_env=False) as client:
        record = (await client.get(f"{server.url}/v1/calls/two-sockets")).json()
        said = (await client.get(f"{server.url}/v1/calls/two-sockets/transcript")).json()
    assert [party["party"] for party in record["parties"]] == ["agent", "customer"]
    assert [utterance["role"] for utterance in said["utterances"]] == ["agent", "customer"]


async def test_speed_changes_no_word(
    server: RunningServer, live: Live, audio16: dict[str, Samples]
) -> None:
    events = await _replayed(server, "four-times", audio16, rate=FAST, speed=4)
    assert finals(events) == finals(live.events)


async def test_twilio_hears_what_pcm_hears(
    server: RunningServer, telephone: list[Event], audio: dict[str, Samples]
) -> None:
    events = await _replayed(server, "by-twilio", audio, protocol="twilio")
    assert finals(events) == finals(telephone)
    assert of_type(events, "gap") == []
    assert events[-1]["data"]["reason"] == "stopped"


async def test_the_same_samples_as_floats_change_nothing(
    server: RunningServer, live: Live, audio16: dict[str, Samples]
) -> None:
    events = await whole_call(server, "as-f32le", audio16, encoding="f32le", rate=FAST)
    assert finals(events) == finals(live.events)


async def test_other_encodings_change_few_words(server: RunningServer) -> None:
    """Of the whole sample call: about 185 words, of which 3 % are 5."""
    samples, _ = read_audio(CALL, RATE)
    sample = dict(zip(("agent", "customer"), samples, strict=True))
    reference, alaw, studio = await asyncio.gather(
        whole_call(server, "as-s16le", sample),
        whole_call(server, "as-alaw", sample, encoding="alaw"),
        whole_call(server, "as-44100", at_rate(sample, 44_100), rate=44_100),
    )
    wanted = words(reference)
    assert len(wanted) > 170
    for name, events in (("alaw", alaw), ("44100", studio)):
        different = distance(wanted, words(events))
        print(f"{name}: {different} of {len(wanted)} words different")
        assert different <= WORDS_DIFFERENT * len(wanted), name


def distance(wanted: list[str], found: list[str]) -> int:
    """Words that were replaced, left out or added."""
    matcher = difflib.SequenceMatcher(None, wanted, found, autojunk=False)
    return sum(
        max(a1 - a0, b1 - b0) for tag, a0, a1, b0, b1 in matcher.get_opcodes() if tag != "equal"
    )
