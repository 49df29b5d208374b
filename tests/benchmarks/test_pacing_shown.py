"""Words shown by a media second, and what they do to a rate."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from benchmarks.pacing.measure import reads
from benchmarks.pacing.sets import RecordingMissing, with_words
from benchmarks.pacing.shown import Shown, shown
from benchmarks.recording import Arrival, Recording
from models.pacing_model import PacingModel
from models.types import Word
from tests.benchmarks.test_pacing_bench import recorded

STARTED = 100.0


def arrival(at: float, utterance: int, *words: str, party: str = "agent") -> Arrival:
    """A partial `at` seconds of the party's media, whose words take half a second each."""
    said: list[dict[str, Any]] = [
        {"w": w, "start": n * 0.5, "end": n * 0.5 + 0.5, "p": 0.9, "stable": False}
        for n, w in enumerate(words)
    ]
    data = {"party": party, "utterance": utterance, "words": said}
    return Arrival(STARTED + at, {"type": "transcript.partial", "data": data})


def recording(*arrivals: Arrival, name: str = "one") -> Recording:
    return Recording(name, "c", {"agent": STARTED}, 9.0, 1.0, 0.0, arrivals)


def texts(found: Shown, second: float) -> list[str]:
    return [word.w for word in found.at(second)]


def test_words_count_from_their_arrival_until_the_next() -> None:
    found = shown(
        recording(
            arrival(1.0, 1, "good"),
            arrival(1.5, 1, "good", "day"),
            arrival(1.6, 1, "sir", party="customer"),
        ),
        "agent",
    )
    assert texts(found, 0.9) == []
    assert texts(found, 1.4) == ["good"]
    assert texts(found, 5.0) == ["good", "day"]


def test_the_utterance_before_the_newest_is_told_too() -> None:
    found = shown(
        recording(arrival(1, 1, "one"), arrival(2, 3, "three"), arrival(3, 2, "two")), "agent"
    )
    assert texts(found, 2.5) == ["one", "three"]
    assert texts(found, 3.5) == ["two", "three"]


def test_a_rate_counts_the_words_that_were_shown() -> None:
    one = next(recorded())
    model = PacingModel()
    alone = reads(model, one)[0]
    begun = alone.start
    many = tuple(Word("a", begun + n * 0.1, begun + n * 0.1 + 0.1, 0.9) for n in range(20))
    told = reads(model, replace(one, shown=Shown((begun + 2.0,), (many,))))[0]
    late = reads(model, replace(one, shown=Shown((begun + 2.1,), (many,))))[0]
    assert told.heard == pytest.approx(10.0, rel=0.1)
    assert late.heard == alone.heard


def test_a_call_that_was_not_recorded_is_named(tmp_path: Path) -> None:
    one = replace(next(recorded()), name="one agent")
    with pytest.raises(RecordingMissing, match=r"no recording of one in .*bench latency"):
        with_words(one, tmp_path)
    recording(arrival(1.0, 1, "good")).save(tmp_path)
    assert texts(with_words(one, tmp_path).shown, 2.0) == ["good"]
