"""One long call: how it is put together, taken apart again, and compared."""

from __future__ import annotations

import io
import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from benchmarks.dataset import ReferenceCall, ReferenceWord, Side
from benchmarks.endurance import (
    PAUSE,
    SPAN,
    Look,
    Span,
    chained,
    compared,
    spans,
)
from benchmarks.endurance_report import draw_endurance, print_spans
from benchmarks.latency import Latencies, WordLatency
from benchmarks.recording import Arrival, Recording
from stream.audio import Samples

RATE = 10
"""Hz: the calls' sound does not matter."""
FRAMES = 8
"""Samples that are whole frames of the hearing's: 0.8 s are 25 of them."""


class Call(ReferenceCall):
    """A call whose samples all are its own number, and who says its own name at 1 s."""

    def audio(self) -> tuple[dict[str, Samples], int]:
        number = float(self.name)
        agent = np.full(round(10 * number * RATE), number, np.float32)
        return {"agent": agent, "customer": agent[: len(agent) // 2]}, RATE


def call(number: int) -> Call:
    said = (ReferenceWord(str(number), 0.5, 1.0),)
    return Call(str(number), (Side("agent", Path(), str(number), said),))


@given(st.integers(1, 9), st.floats(2 * SPAN, 4 * SPAN))
def test_a_long_call_ends_as_it_began_and_holds_every_call_whole(
    count: int, seconds: float
) -> None:
    long = chained([call(n) for n in range(1, count + 1)], seconds)
    assert seconds <= long.seconds
    agent = long.parties["agent"]
    assert len(agent) == len(long.parties["customer"])
    for part, after in zip(long.parts, [*long.parts[1:], None], strict=True):
        first = round(part.at * RATE)
        last = round(after.at * RATE) if after else len(agent)
        whole = part.call.audio()[0]["agent"]
        assert np.array_equal(agent[first : first + len(whole)], whole)
        assert 0 <= last - first - len(whole) - round(PAUSE * RATE) < FRAMES
        assert first % FRAMES == 0, "it is cut into the same frames wherever it stands"
        assert not agent[first + len(whole) : last].any()
    names = [part.call.name for part in long.parts]
    opening = next(i for i, part in enumerate(long.parts) if part.at >= SPAN)
    assert names[:opening] == names[-opening:]


def test_no_calls_and_calls_of_several_rates_are_refused() -> None:
    with pytest.raises(ValueError, match="name one at least"):
        chained([], SPAN)

    class Wide(Call):
        def audio(self) -> tuple[dict[str, Samples], int]:
            return super().audio()[0], 2 * RATE

    with pytest.raises(ValueError, match="differ in rate or parties"):
        chained([call(1), Wide("2", ())], SPAN)


def test_each_span_is_measured_by_its_own_minutes() -> None:
    """Words are 0.2 s late, from half of the call on 0.5 s; the server grows a byte a second."""
    long = chained([call(n) for n in range(5, 10)], 3 * SPAN)
    late = [0.2 if part.at < long.seconds / 2 else 0.5 for part in long.parts]
    arrivals = tuple(
        Arrival(100.0 + part.at + 1.0 + each, _final(i, part.at, part.call.name))
        for i, (part, each) in enumerate(zip(long.parts, late, strict=True), 1)
    )
    recording = Recording("long", "c", {"agent": 100.0}, long.seconds, 1.0, 0.0, arrivals)
    looks = [Look(100.0 + t, t / 4, t) for t in range(int(long.seconds))]
    found = spans(long, recording, looks)
    assert (found[0].start, found[-1].end) == (0.0, long.seconds)
    assert [a.end for a in found[:-1]] == [b.start for b in found[1:]]
    assert sum(len(span.latencies.words) for span in found) == len(long.parts)
    first, last = found[0], found[-1]
    assert first.shown["p95"] == pytest.approx(0.2)
    assert last.shown["p95"] == pytest.approx(0.5)
    assert first.cpu == pytest.approx(0.25)
    result = compared(found)
    assert result.slower == pytest.approx(2.5)
    assert result.growth == pytest.approx(last.start - first.start, abs=1)
    assert not result.passed
    assert json.loads(json.dumps(last.body()))["words_missing"] == 0


def _final(number: int, at: float, text: str) -> dict[str, object]:
    data = {"party": "agent", "utterance": number, "text": text, "start": at + 0.5, "end": at + 1.0}
    return {"n": number, "type": "transcript.final", "data": data}


def span(p95: float | None, rss: float | None) -> Span:
    words = (WordLatency("c", "agent", "w", 1.0, p95, p95),)
    return Span(0.0, SPAN, Latencies(words, (), 0), 0.3, rss)


@pytest.mark.parametrize(
    ("first", "last", "passed"),
    [
        (span(1.0, 1e8), span(1.2, 1e8), True),
        (span(1.0, 1e8), span(1.3, 1e8), False),
        (span(1.0, 1e8), span(1.0, 1.6e8), False),
        (span(1.0, None), span(1.0, None), False),
        (span(None, 1e8), span(1.0, 1e8), False),
    ],
)
def test_the_last_minutes_must_be_as_good_as_the_first(
    first: Span, last: Span, passed: bool, tmp_path: Path
) -> None:
    assert compared([first, last]).passed == passed
    output = io.StringIO()
    print_spans(Console(file=output, width=120), [first, last], compared([first, last]))
    assert ("MISSED" in output.getvalue()) != passed
    assert draw_endurance(tmp_path, [first, last]).read_bytes().startswith(b"\x89PNG")
