"""One call through each telephone system's protocol: the same words, of the same people."""

from __future__ import annotations

import asyncio
from itertools import pairwise

import pytest

from coach.client.replay import follow, replay
from coach.client.senders.dialling import LIVE, SendProtocol
from stream.audio import Context
from tests.coach.caller import PARTIES, RATE, Event, clip, finals, of_type
from tests.conftest import RunningServer

PROTOCOLS: tuple[SendProtocol, ...] = ("twilio", "audiohook", "jambonz", "vonage", "whip")
CONTEXT: Context = {"product": "Velora", "agent": {"id": "ada", "team": "north"}}
DIFFERENT = 0.03
"""Of the words: each protocol has its own coding and rate."""


async def heard(server: RunningServer, protocol: SendProtocol) -> list[Event]:
    """All events of the sample clip as that protocol's call."""
    call = f"through-{protocol}"
    await replay(
        server.url,
        clip(),
        rate=RATE,
        call=call,
        protocol=protocol,
        speed=1 if protocol in LIVE else 0,
        context=CONTEXT,
    )
    return [event async for event in follow(server.url, call)]


def shape(events: list[Event]) -> set[str]:
    """Kinds of durable events, but those of how the sound came."""
    return {event["type"] for event in events if "n" in event} - {"gap", "quality", "delay"}


def words(events: list[Event], party: str) -> list[str]:
    told = [data["text"] for data in finals(events) if data["party"] == party]
    return " ".join(told).lower().replace(",", "").replace(".", "").split()


def errors(wanted: list[str], got: list[str]) -> int:
    """Words to change, add or take out (Levenshtein)."""
    row = list(range(len(got) + 1))
    for n, word in enumerate(wanted, 1):
        before, row = row, [n]
        for m, (other, (diagonal, above)) in enumerate(zip(got, pairwise(before), strict=True), 1):
            row.append(min(diagonal + (word != other), above + 1, row[m - 1] + 1))
    return row[-1]


@pytest.fixture(scope="module")
def reference(server: RunningServer) -> list[Event]:
    """Of our own protocol, in a loop of its own: it is of all tests here."""
    return asyncio.run(heard(server, "pcm"))


@pytest.mark.parametrize("protocol", PROTOCOLS)
async def test_the_same_call(
    server: RunningServer, reference: list[Event], protocol: SendProtocol
) -> None:
    events = await heard(server, protocol)
    for party in PARTIES:
        wanted, got = words(reference, party), words(events, party)
        assert len(wanted) > 5
        assert errors(wanted, got) <= DIFFERENT * len(wanted), f"{party}: {got}"
    (started,) = of_type(events, "call.started")
    assert started["data"]["source"] == protocol
    assert started["data"]["context"]["product"] == CONTEXT["product"]
    roles = {e["data"]["party"]: e["data"]["role"] for e in of_type(events, "party.joined")}
    assert roles == {party: party for party in PARTIES}
    assert shape(events) == shape(reference)
    assert events[-1]["type"] == "call.ended"
