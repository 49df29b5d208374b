"""What is kept of a sender that cannot wait: bounded, in order, and nothing missed in silence."""

from __future__ import annotations

import tracemalloc
from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream.audio import AudioFormat, Encoding, Party, PartyId
from stream.events import ContextChanged, Media, Paused, Resumed
from stream.keep import FREE, MAX_NOTES, Keep, Missed, Note, affordable, kept_bytes

AGENT, CUSTOMER = PartyId("agent"), PartyId("customer")
LINE = AudioFormat("mulaw", 8_000, (Party.named("agent"), Party.named("customer")))
PACKET = 0.02


def packet(number: int, party: PartyId | None = AGENT) -> Media:
    """The packet of that number: 20 ms of one telephone side."""
    return Media(bytes(160), party, number * PACKET)


def drained(keep: Keep) -> list[Media | Note | Missed]:
    found: list[Media | Note | Missed] = []
    while keep:
        item = keep.take()
        found += item if isinstance(item, tuple) else [item]
    return found


def test_what_is_kept_comes_out_as_it_came() -> None:
    keep = Keep(LINE, 10.0)
    sent = [packet(n, party) for n in range(5) for party in (AGENT, CUSTOMER)]
    assert all(keep.put(media) for media in sent)
    assert keep.seconds(AGENT) == keep.seconds(CUSTOMER) == pytest.approx(0.1)
    assert drained(keep) == sent
    assert keep.seconds(AGENT) == 0
    with pytest.raises(IndexError):
        keep.take()


def test_what_comes_beside_the_sound_keeps_its_place() -> None:
    keep = Keep(LINE, 0.04)
    changed = ContextChanged({"product": "Velora"})
    assert keep.put(packet(0))
    assert keep.note(Paused())
    assert keep.put(packet(1))
    assert not keep.put(packet(2))
    assert keep.note(Resumed(0.1))
    assert not keep.put(packet(5))
    assert keep.note(changed)
    first, paused, second, hole, resumed, further, last = drained(keep)
    assert [first, paused, second] == [packet(0), Paused(), packet(1)]
    assert [resumed, last] == [Resumed(0.1), changed]
    assert isinstance(hole, Missed)
    assert isinstance(further, Missed)
    assert hole.until == pytest.approx(0.06)
    assert further.until == pytest.approx(0.12)


def test_notes_have_a_bound() -> None:
    keep = Keep(LINE, 1.0)
    assert [keep.note(Paused()) for _ in range(MAX_NOTES + 1)] == [True] * MAX_NOTES + [False]
    keep.take()
    assert keep.note(Paused())
    keep.clear()
    assert keep.note(Paused())


@pytest.mark.parametrize(
    ("encoding", "rate", "seconds"),
    [("mulaw", 8_000, 600.0), ("s16le", 16_000, 150.0), ("s16le", 48_000, 50.0)],
)
def test_finer_sound_is_kept_for_less_long(encoding: Encoding, rate: int, seconds: float) -> None:
    format = AudioFormat(encoding, rate, LINE.parties)
    assert affordable(format, 600.0) == pytest.approx(seconds)


def test_a_hole_is_one_until_there_is_room_again() -> None:
    keep = Keep(LINE, 1.0)
    taken = [keep.put(packet(n)) for n in range(80)]
    assert taken == [True] * 50 + [False] * 30
    assert keep.full
    assert keep.seconds(AGENT) == pytest.approx(80 * PACKET), "the hole is time that passed, too"
    for _ in range(round(FREE * 50) - 1):
        keep.take()
    assert not keep.put(packet(80)), "a little room is not enough to end a hole"
    keep.take()
    assert keep.put(packet(81))
    (hole,) = [item for item in drained(keep) if isinstance(item, Missed)]
    assert hole.party == AGENT
    assert hole.until == pytest.approx(81 * PACKET)
    assert hole.seconds == pytest.approx(31 * PACKET)


def test_a_protocol_without_times_counts_seconds() -> None:
    keep = Keep(AudioFormat("s16le", 16_000, LINE.parties), 1.0)
    second = Media(bytes(2 * 2 * 16_000))
    assert [keep.put(second) for _ in range(3)] == [True, False, False]
    assert keep.seconds(AGENT) == keep.seconds(CUSTOMER) == 3
    assert drained(keep) == [second, Missed(None, 2.0, None)]


def test_packets_that_are_too_short_fill_it_too() -> None:
    keep = Keep(LINE, 1.0)
    kept = sum(keep.put(Media(b"\0", AGENT, n / 8000)) for n in range(8000))
    assert kept == 100, "50 messages of each party in a second of room"


def test_who_gave_up_leaves_nothing_behind() -> None:
    keep = Keep(LINE, 0.1)
    for number in range(20):
        keep.put(packet(number))
    keep.clear()
    assert (bool(keep), keep.full, keep.seconds(AGENT)) == (False, False, 0)
    assert keep.put(packet(20))


def test_the_memory_that_it_is_said_to_take_is_enough() -> None:
    keep = Keep(LINE, 60.0)
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        for number in range(5_000):
            for party in (AGENT, CUSTOMER):
                payload = number.to_bytes(2, "big") * 80  # nobody else's, so that it counts
                keep.put(Media(payload, party, number * PACKET + 1e-4))
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert keep.full
    assert 0.5 * kept_bytes(LINE, 60.0) < after - before <= kept_bytes(LINE, 60.0)


STEPS = st.lists(st.sampled_from(["agent", "customer", "both", "take", "take"]), max_size=300)


@given(steps=STEPS, most=st.sampled_from([0.1, 0.3, 1.0]))
def test_order_bound_and_sum_hold_whatever_happens(steps: list[str], most: float) -> None:
    keep, clock = Keep(LINE, most), 0
    came: Counter[PartyId | None] = Counter()
    found: list[Media | Note | Missed] = []
    for step in steps:
        if step == "take":
            if keep:
                item = keep.take()
                found += item if isinstance(item, tuple) else [item]
            continue
        party = None if step == "both" else PartyId(step)
        clock += 1
        came[party] += 160
        keep.put(Media(bytes(160), party, clock * PACKET))
        for each in (AGENT, CUSTOMER):
            kept = keep.kept(each)
            assert kept <= most + 1e-9
    found += drained(keep)
    assert keep.seconds(AGENT) == keep.seconds(CUSTOMER) == 0
    for party in came:
        channels = 2 if party is None else 1
        kept = sum(len(m.payload) for m in found if isinstance(m, Media) and m.party == party)
        missed = sum(h.seconds for h in found if isinstance(h, Missed) and h.party == party)
        assert kept + missed * 8_000 * channels == pytest.approx(came[party])
    at = [item.at for item in found if isinstance(item, Media)]
    assert all(a < b for a, b in pairwise(at) if a is not None and b is not None)
