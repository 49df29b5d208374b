"""Recordings survive being written and read, and order finals by utterance."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.recording import Arrival, Recording, Usage

SECONDS = st.floats(0, 1e6)
EVENTS = st.fixed_dictionaries(
    {"type": st.sampled_from(["transcript.final", "pacing"]), "data": st.just({"party": "agent"})}
)
RECORDINGS = st.builds(
    Recording,
    name=st.text(max_size=8),
    call=st.text(max_size=8),
    started=st.dictionaries(st.sampled_from(["agent", "customer"]), SECONDS),
    seconds=SECONDS,
    speed=SECONDS,
    max_late=SECONDS,
    arrivals=st.lists(st.builds(Arrival, SECONDS, EVENTS), max_size=4).map(tuple),
    usage=st.none() | st.builds(Usage, SECONDS, st.integers(0, 1 << 40)),
    settings=st.just({"rate": 8000}),
)


@given(recording=RECORDINGS)
def test_json_round_trip(recording: Recording) -> None:
    assert Recording.from_json(recording.to_json()) == recording


def final(utterance: int, text: str, party: str = "agent") -> Arrival:
    data = {"party": party, "utterance": utterance, "text": text}
    return Arrival(float(utterance), {"type": "transcript.final", "data": data})


def test_finals_are_joined_by_utterance_and_party(tmp_path: Path) -> None:
    arrivals = (
        final(2, "two"),
        final(1, "one"),
        final(1, "other", "customer"),
        Arrival(3.0, {"type": "call.ended", "data": {}}),
    )
    recording = Recording("c", "x", {}, 1.0, 1.0, 0.0, arrivals)
    assert recording.finals_text("agent") == "one two"
    assert recording.finals_text("nobody") == ""
    recording.save(tmp_path)
    assert Recording.load(tmp_path, "c") == recording
    assert Recording.load(tmp_path, "d") is None


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"format": 0}', '{"format": 1, "name": "c"}'])
def test_what_is_no_recording_says_so(text: str) -> None:
    with pytest.raises(ValueError, match="record the call again"):
        Recording.from_json(text)
