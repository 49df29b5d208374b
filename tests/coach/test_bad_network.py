"""A call by WebRTC over a network that is bad for voice, through the real service."""

from __future__ import annotations

import asyncio
import time
from contextlib import AsyncExitStack
from difflib import SequenceMatcher
from statistics import median

import soxr

from coach.client import whip
from coach.client.api import Api
from coach.client.pace import Pace
from tests.coach.caller import PARTIES, RATE, Event, clip, finals, heard, of_type, whole_call
from tests.conftest import RunningServer
from tests.stream.bad_network import CLOSE, PACKET, BadNetwork, packets
from tests.stream.test_webrtc import Sender

GOOD = round(1.0 / PACKET)
"""Packets before the network is bad: a second, in which the server has begun to listen."""
END = 9.5
"""Seconds of the call up to which it must have heard: the last word is said."""
MOST = 0.7
"""Of the words, that are heard all the same."""


async def call_over(server: RunningServer, call: str, networks: dict[str, BadNetwork]) -> None:
    """Both parties say the clip, each over its own network."""
    place, begin, pace = (
        whip.Whip(Api(server.url, None), call),
        asyncio.Event(),
        Pace(1.0, PACKET, None),
    )
    voices, sessions = [], []
    async with AsyncExitStack() as stack:
        for party, samples in clip().items():
            voices.append(whip.Voice(soxr.resample(samples, RATE, whip.RATE), pace, begin))
            sender = Sender(voices[-1])
            stack.push_async_callback(sender.close)
            sender.over(networks[party])
            sessions.append(await whip.opened(sender.connection, place, party))
        pace.origin = time.monotonic()
        begin.set()
        for voice in voices:
            await voice.done.wait()
        for session in sessions:
            await place.end(session)


def missing(events: list[Event], party: str) -> list[int]:
    """Numbers of the packets up to END that the party's gaps stand for, from the first heard."""
    gaps = [event["data"] for event in of_type(events, "gap") if event["data"]["party"] == party]
    found = packets((gap["start"], gap["seconds"]) for gap in gaps)
    return [number for number in found if number < END / PACKET]


def shifts(got: list[Event], wanted: list[Event]) -> list[float]:
    """By how many seconds each word that is in both begins later."""
    late, early = ([word for final in each for word in final["words"]] for each in (got, wanted))
    matcher = SequenceMatcher(None, [w["w"] for w in late], [w["w"] for w in early], False)
    return [
        late[block.a + number]["start"] - early[block.b + number]["start"]
        for block in matcher.get_matching_blocks()
        for number in range(block.size)
    ]


async def test_a_fifth_is_lost_and_the_rest_is_in_its_place(server: RunningServer) -> None:
    reference = finals(await whole_call(server, "good-network", clip()))
    networks = {party: BadNetwork(seed, GOOD) for seed, party in enumerate(PARTIES, 1)}
    await call_over(server, "bad-network", networks)
    events = await heard(server, "bad-network")
    assert events[-1]["data"]["reason"] == "stopped"
    assert {event["data"]["reason"] for event in of_type(events, "gap")} == {"lost"}
    for party, network in networks.items():
        holes = missing(events, party)
        lead = network.lost[0] - holes[0]  # packets before anyone listened
        assert holes == [n - lead for n in network.lost if n - lead < END / PACKET]
    moved = shifts(finals(events), reference)
    assert len(moved) > MOST * sum(len(final["words"]) for final in reference)
    assert median(map(abs, moved)) < CLOSE  # words beside a hole are heard to begin elsewhere
