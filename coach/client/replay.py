"""Audio played as a live call into a running server, and the call's events read back.

The feeder is a live microphone as far as the server can tell: a chunk leaves when its last
sample has been spoken, by an absolute schedule, so that lateness never adds up. `started`
is the moment at which sample 0 was spoken; so media second t is spoken at `started + t` at
speed 1, and a latency measured from there includes the chunk's own length.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass

import numpy as np
import soxr

from coach.client.api import Api
from coach.client.link import Link, ReplayError, connect, follow, subscribe
from coach.client.pace import Pace
from coach.client.senders import Block, Sender
from coach.client.senders.dialling import LIVE, UNTOLD, Layout, SendProtocol, dial
from stream.audio import CALL_ID, Context, Encoding, Samples
from stream.protocols import Ended, Ready

__all__ = ["Layout", "ReplayError", "ReplayReport", "follow", "replay", "subscribe"]

MAX_CHUNK_SECONDS = 1.0
"""A longer chunk is no live audio, and 48 kHz stereo float nears the server's 1 MB message."""

READY_SECONDS = 90.0
"""A server that has just started may be loading its models, for which it has 60 s."""

ENDED_SECONDS = 180.0
"""After stop the server may still have 30 s of audio to hear, on a slow machine slowly."""


@dataclass(frozen=True, slots=True)
class ReplayReport:
    """What was played.

    `started`: monotonic seconds at which each party's sample 0 was spoken; `sent_seconds`:
    media seconds sent of each party; `acked`: media seconds the server said it keeps; `ended`:
    whether the server said that every event is out (False on protocols without a word for it);
    `max_late`: by how many seconds the feeder was late at worst.
    """

    call: str
    started: dict[str, float]
    sent_seconds: dict[str, float]
    acked: dict[str, float]
    ended: bool
    max_late: float


async def replay(
    url: str,
    parties: Mapping[str, Samples],
    *,
    rate: int,
    call: str,
    protocol: SendProtocol = "pcm",
    speed: float = 1.0,
    context: Context | None = None,
    encoding: Encoding = "s16le",
    layout: Layout = "stereo",
    chunk_seconds: float = 0.02,
    token: str | None = None,
    on_progress: Callable[[float], None] | None = None,
) -> ReplayReport:
    """Plays `parties` (mono samples at `rate` Hz by party id) as the call `call`.

    `url` is the server's, http(s) or ws(s), without a path; for audiosocket that of its port,
    tcp://host:port. `speed` 1.0 is real time, 0 or infinity as fast as the server accepts.
    `layout` stereo: one socket with the parties' channels interleaved, the shorter padded with
    silence; sockets: one socket a party; the other protocols have a layout and a rate of their
    own. `context` travels in the protocol, or by the API before the call where that has no place
    for it. Returns once the server said that every event is out, or once all was sent on a
    protocol that has no word for it.

    Raises ReplayError where the server refuses or ends the call, ValueError for arguments
    that no server could take.
    """
    if not CALL_ID.fullmatch(call):
        raise ValueError(f"{call!r} is no call id; use 1 to 128 of A-Z a-z 0-9 . _ ~ -")
    if not parties or any(samples.ndim != 1 for samples in parties.values()):
        raise ValueError("give at least one party, each with mono samples")
    if not speed >= 0:
        raise ValueError(f"speed is {speed}; give 1.0 for real time, or 0 for as fast as it goes")
    if not 0 < chunk_seconds <= MAX_CHUNK_SECONDS:
        raise ValueError(f"chunk_seconds is {chunk_seconds}; give up to {MAX_CHUNK_SECONDS}")
    pace = Pace(0.0 if speed == float("inf") else speed, chunk_seconds, on_progress)
    if protocol in LIVE and pace.speed != 1:
        raise ValueError(f"{protocol} is live: play it at speed 1")
    if context and protocol in UNTOLD:
        await Api(url, token).put_context(call, context)
    if protocol == "whip":
        return await _by_whip(url, call, parties, rate, pace, token)
    dialled = dial(
        protocol,
        call,
        tuple(parties),
        layout=layout,
        rate=rate,
        encoding=encoding,
        context=context,
        token=token,
    )
    parties, rate, senders = _at_rate(parties, rate, dialled.rate), dialled.rate, dialled.senders
    blocks = [_block([parties[party] for party in sender.parties]) for sender in senders]
    return await _play_all(url, call, senders, blocks, rate, pace, token)


async def _by_whip(
    url: str,
    call: str,
    parties: Mapping[str, Samples],
    rate: int,
    pace: Pace,
    token: str | None,
) -> ReplayReport:
    """The call by WebRTC. Raises ReplayError."""
    from coach.client import whip  # it loads a codec's worth of libraries

    await whip.play(whip.Whip(Api(url, token), call), _at_rate(parties, rate, whip.RATE), pace)
    return ReplayReport(
        call=call,
        started=dict.fromkeys(parties, pace.origin),
        sent_seconds={party: len(samples) / rate for party, samples in parties.items()},
        acked={},
        ended=False,
        max_late=pace.max_late,
    )


def _at_rate(parties: Mapping[str, Samples], rate: int, wanted: int) -> dict[str, Samples]:
    if rate == wanted:
        return dict(parties)
    return {
        party: soxr.resample(samples, rate, wanted, quality="HQ").astype(np.float32)
        for party, samples in parties.items()
    }


def _block(channels: list[Samples]) -> Block:
    """(channels, samples) of the longest; the shorter end in silence."""
    block = np.zeros((len(channels), max(len(c) for c in channels)), dtype=np.float32)
    for row, samples in zip(block, channels, strict=True):
        row[: len(samples)] = samples
    return block


async def _play_all(
    url: str,
    call: str,
    senders: list[Sender],
    blocks: list[Block],
    rate: int,
    pace: Pace,
    token: str | None,
) -> ReplayReport:
    async with AsyncExitStack() as stack:
        links: list[Link] = []
        for sender in senders:
            # One after the other: the second joins a call that the server already knows.
            link = await stack.enter_async_context(connect(url, sender, token))
            links.append(link)
            await link.send(sender.hello())
            if sender.answers:
                await link.heard(Ready, READY_SECONDS)
        pace.origin = time.monotonic()
        sent = await _together(
            _play(link, sender, block, rate, pace)
            for link, sender, block in zip(links, senders, blocks, strict=True)
        )
    everyone = [(sender, party) for sender in senders for party in sender.parties]
    return ReplayReport(
        call=call,
        started={party: pace.origin for _, party in everyone},
        sent_seconds={party: sent[senders.index(sender)] for sender, party in everyone},
        acked={party: at for link in links for party, at in link.acked.items()},
        ended=all(sender.answers for sender in senders),
        max_late=pace.max_late,
    )


async def _play(link: Link, sender: Sender, block: Block, rate: int, pace: Pace) -> float:
    """Feeds one socket to its end; the media seconds sent."""
    size = max(1, round(pace.chunk_seconds * rate))
    total = block.shape[1]
    for first in range(0, total, size):
        last = min(first + size, total)
        await pace.until(last / rate)
        await link.send(sender.audio(block[:, first:last]))
        pace.sent(last / rate)
    await link.send(sender.stop())
    if sender.answers:
        await link.heard(Ended, ENDED_SECONDS)
    return float(total / rate)


async def _together(works: Iterable[Awaitable[float]]) -> list[float]:
    """All of `works` at once; the first fault ends the others and is the one raised."""
    tasks = [asyncio.ensure_future(work) for work in works]
    try:
        return list(await asyncio.gather(*tasks))
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
