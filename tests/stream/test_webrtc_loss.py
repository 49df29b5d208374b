"""A WebRTC session over a network that is bad for voice: the clock stays the sender's."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from stream.audio import RATE as HEARD
from stream.audio import PartyId, Samples
from stream.events import Media
from stream.offers import RATE
from stream.timeline import Gap, Timeline
from stream.webrtc import REORDER_PACKETS
from tests.stream.bad_network import CLOSE, LOSS, PACKET, BadNetwork, packets
from tests.stream.serving import Seat
from tests.stream.test_webrtc import Sender, Studio, Tone, heard, studio

__all__ = ["studio"]

SECONDS = 60.0
EVERY = 0.5
"""Seconds from one mark to the next."""
SWEEP = 0.06
"""Seconds of a mark: three packets. The coding delays it, into a fourth."""
NEAR = 0.2
"""Seconds around its place in which a mark is looked for."""
FEW = 50
"""Marks that must have survived: 75 to 79 of 118 did."""


def marks(time: Any) -> Any:
    """Short tones that rise from 500 to 3000 Hz: unlike themselves wherever they are shifted."""
    since = time % EVERY
    wave = np.sin(2 * np.pi * (500 + 2500 * since / SWEEP / 2) * since)
    return np.where(since < SWEEP, wave * np.sin(np.pi * since / SWEEP) ** 2, 0.0)


MARK = marks(np.arange(round(SWEEP * HEARD)) / HEARD)


async def listened(seat: Seat) -> list[Media]:
    """Frames up to SECONDS."""
    frames: list[Media] = []
    while not frames or (frames[-1].at or 0.0) < SECONDS:
        frames += await heard(seat, 1)
    return frames


def on_clock(frames: list[Media]) -> tuple[Samples, list[Gap]]:
    """What the hearing gets: one row of samples at HEARD, and where in it silence stands in."""
    timeline = Timeline(PartyId("agent"), RATE)
    row: list[Samples] = []
    gaps: list[Gap] = []
    for frame in frames:
        samples = np.frombuffer(frame.payload, "<i2").astype(np.float32)
        for item in timeline.feed(samples, frame.at):
            if isinstance(item, Gap):
                gaps.append(item)
            else:
                row.append(item.samples)
    return np.concatenate(row), gaps


def error(row: Samples, at: float) -> float:
    """Seconds from `at` to where the mark near it is heard."""
    begin = round((at - NEAR) * HEARD)
    found = np.correlate(row[begin : begin + round(2 * NEAR * HEARD) + len(MARK)], MARK, "valid")
    return float(begin + found.argmax()) / HEARD - at


def errors(row: Samples, holes: set[int], lead: int) -> list[float]:
    """Of every mark whose packets have all arrived."""
    found = []
    step, length = round(EVERY / PACKET), round(SWEEP / PACKET) + 1
    for first in range(step, lead + round((SECONDS - 1) / PACKET), step):
        at = (first - lead) * PACKET
        if at > NEAR and not holes & set(range(first, first + length)):
            found.append(error(row, at))
    return found


@pytest.mark.parametrize(("seed", "jitter"), [(1, 3.0), (2, 3.0), (3, 12.0)])
async def test_the_clock_is_the_senders(studio: Studio, seed: int, jitter: float) -> None:
    """By up to 60 ms nothing is too late; by 240 ms some is, which is then as if it were lost."""
    sender, network = Sender(Tone(marks)), BadNetwork(seed, jitter=jitter)
    sender.over(network)
    session, seat = await studio.call(sender)
    frames = await heard(seat, 1)
    network.good = 0
    row, gaps = on_clock([*frames, *await listened(seat)])
    empty = packets((gap.start, gap.seconds) for gap in gaps)
    lead = network.lost[0] - empty[0]  # packets before anyone listened
    holes = {number + lead for number in empty}
    lost = {number for number in network.lost if number <= max(holes)}
    assert len(network.lost) / network.sent == pytest.approx(LOSS, abs=0.05)
    assert network.overtaken > SECONDS
    assert lost <= holes
    assert (lost == holes) is (jitter < REORDER_PACKETS)
    found = errors(row, holes, lead)
    assert len(found) > FEW
    assert max(map(abs, found)) < CLOSE
    assert not session.serving.done()
