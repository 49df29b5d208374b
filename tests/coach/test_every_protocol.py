"""One call through each telephone system's protocol: the same words, of the same people."""

from __future__ import annotations

import asyncio
import uuid
from itertools import pairwise

import pytest

from coach.client.api import Api
from coach.client.replay import follow, replay
from coach.client.senders.dialling import LIVE, SendProtocol
from stream.audio import Context
from tests.coach.caller import PARTIES, RATE, Event, clip, finals, of_type
from tests.conftest import RunningServer

PROTOCOLS: tuple[SendProtocol, ...] = (
    "twilio",
    "audiohook",
    "jambonz",
    "vonage",
    "asterisk",
    "whip",
)
CONTEXT: Context = {"product": "Velora", "agent": {"id": "ada", "team": "north"}}
DIFFERENT = 0.03
"""Of the words: each protocol has its own coding and rate."""
ONE = ("customer",)
"""Whom the settings of AudioSocket name, which has one party a call."""


async def heard(
    server: RunningServer, protocol: SendProtocol, parties: tuple[str, ...] = PARTIES
) -> list[Event]:
    """All events of these parties of the sample clip as that protocol's call."""
    call = f"through-{protocol}-{len(parties)}"
    await replay(
        server.url,
        {party: samples for party, samples in clip().items() if party in parties},
        rate=RATE,
        call=call,
        protocol=protocol,
        speed=1 if protocol in LIVE else 0,
        context=CONTEXT,
    )
    return [event async for event in follow(server.url, call)]


async def heard_over_audiosocket(server: RunningServer) -> list[Event]:
    """The same of one party; the context is told by the API, since nothing else has room for it."""
    call = str(uuid.uuid4())
    await Api(server.url, None).put_context(call, CONTEXT)
    voice = {party: clip()[party] for party in ONE}
    await replay(server.audiosocket, voice, rate=RATE, call=call, protocol="audiosocket", speed=0)
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


def same_words(
    reference: list[Event], events: list[Event], parties: tuple[str, ...] = PARTIES
) -> None:
    """Whether each party is heard to say what it said in the reference."""
    for party in parties:
        wanted, got = words(reference, party), words(events, party)
        assert len(wanted) > 5
        assert errors(wanted, got) <= DIFFERENT * len(wanted), f"{party}: {got}"


def roles(events: list[Event]) -> dict[str, str]:
    """Of who has joined."""
    return {e["data"]["party"]: e["data"]["role"] for e in of_type(events, "party.joined")}


@pytest.fixture(scope="module")
def reference(server: RunningServer) -> list[Event]:
    """Of our own protocol, in a loop of its own: it is of all tests here."""
    return asyncio.run(heard(server, "pcm"))


def check(
    events: list[Event], reference: list[Event], source: str, parties: tuple[str, ...]
) -> None:
    """It is the reference's call, of these parties, come in another way."""
    same_words(reference, events, parties)
    (started,) = of_type(events, "call.started")
    assert started["data"]["source"] == source
    assert started["data"]["context"]["product"] == CONTEXT["product"]
    assert roles(events) == {party: party for party in parties}
    assert shape(events) == shape(reference)
    assert events[-1]["type"] == "call.ended"


@pytest.mark.parametrize("protocol", PROTOCOLS)
async def test_the_same_call(
    server: RunningServer, reference: list[Event], protocol: SendProtocol
) -> None:
    check(await heard(server, protocol), reference, protocol, PARTIES)


async def test_the_same_party_over_audiosocket(server: RunningServer) -> None:
    reference = await heard(server, "pcm", ONE)
    events = await heard_over_audiosocket(server)
    check(events, reference, "audiosocket", ONE)
    assert events[-1]["data"]["reason"] == reference[-1]["data"]["reason"]
