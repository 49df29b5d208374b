"""The fuzzing of codecs: that it would find what it looks for."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest

from benchmarks.fuzz.commands import GROWTH, Course, bench_fuzz, run
from benchmarks.fuzz.offers import LINES, OfferReader
from benchmarks.fuzz.streams import Stream, spoilt, streams
from stream.errors import BadRequest
from stream.events import CallEnded, CallStarted, StreamEvent
from stream.protocols import Codec, Ended, Manners, News, Ready
from stream.protocols.spoken import spoken


class Broken:
    """A codec that forgets what it was told, and falls over noise."""

    manners = Manners()

    def receive(self, message: str | bytes) -> list[StreamEvent]:
        if isinstance(message, bytes) and message[:1] != b"\0":
            raise KeyError("noise")
        return []

    def tell(self, news: News) -> list[str]:
        return []


def course_of(stream: Stream, calls: int = 200) -> Course:
    """What becomes of so many calls, however long they take."""
    course, rng = Course(), random.Random(1)
    while course.calls < calls:
        part = run(stream, 0.02, rng, lambda at: None)
        course.calls += part.calls
        course.others += part.others
        course.faults += part.faults
    return course


def test_every_protocol_is_fuzzed() -> None:
    assert set(streams()) == set(spoken()) | {"audiosocket", "whip"}


def test_an_offer_unspoilt_is_answered() -> None:
    reader = OfferReader()
    for line in LINES:
        reader.receive(line)
    assert reader.tell(Ended()) == []
    with pytest.raises(BadRequest, match="begin with v=0"):
        OfferReader().tell(Ended())


@pytest.mark.parametrize("protocol", sorted(set(streams()) - {"whip"}))
def test_unspoilt_it_is_a_whole_call(protocol: str) -> None:
    stream = streams()[protocol]
    codec: Codec = stream.make()
    events: list[StreamEvent] = []
    for message in stream.messages:
        events += codec.receive(message)
        if len(events) == 1 and isinstance(events[0], CallStarted):
            codec.tell(Ready())
    assert isinstance(events[0], CallStarted)
    assert codec.manners.close_ends or isinstance(events[-1], CallEnded)


@pytest.mark.parametrize("protocol", sorted(streams()))
def test_nothing_but_documented_faults(protocol: str) -> None:
    course = course_of(streams()[protocol])
    assert not course.others
    assert course.faults, "it is spoilt enough"


def test_what_is_no_documented_fault_is_told() -> None:
    course = course_of(Stream(Broken, ["hello", bytes(4)]))
    assert course.others["KeyError"] > 0
    assert not course.sound


def test_memory_that_is_not_given_back_is_told() -> None:
    assert Course(growth=GROWTH).sound
    assert not Course(growth=GROWTH + 0.1).sound


def test_chance_begins_as_it_is_told() -> None:
    messages = streams()["pcm"].messages
    once, again = (list(spoilt(messages, random.Random(7))) for _ in range(2))
    assert once == again != messages


def test_what_came_of_it_is_written(tmp_path: Path) -> None:
    assert bench_fuzz(out=tmp_path, seconds=1, protocols=("twilio",), seed=1)
    course = json.loads((tmp_path / "fuzz.json").read_text())["courses"]["twilio"]
    assert course["calls"] >= sum(course["faults"].values()) > 0
    assert course["others"] == {}


def test_a_protocol_that_is_not_known() -> None:
    with pytest.raises(ValueError, match="take of pcm, twilio"):
        bench_fuzz(out=Path("out"), seconds=1, protocols=("fax",), seed=1)
