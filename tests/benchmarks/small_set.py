"""A set of calls as small as can be: one call, whose sides both say "hello there"."""

from __future__ import annotations

import json
import wave
from pathlib import Path
from typing import Any

from benchmarks.recording import Arrival


def write_set(folder: Path) -> None:
    """The set below `folder`, which is then that of shared data."""
    calls = folder / "calls" / "harper_valley"
    calls.mkdir(parents=True)
    for side in ("agent", "caller"):
        # The decoder goes by content, so a wav may bear the name that the set uses.
        silence(calls / f"one.{side}.flac")
    rows = [labelled("agent"), labelled("caller")]
    (calls / "one.json").write_text(json.dumps(rows), encoding="utf-8")


def silence(path: Path) -> None:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(bytes(16_000))


def labelled(speaker: str) -> dict[str, Any]:
    return {
        "index": 1,
        "speaker_role": speaker,
        "start_ms": 0,
        "human_transcript": "hello there",
        "transcript": "hello there",
        "word_offsets_ms": [0, 500],
        "word_durations_ms": [400, 400],
    }


def final(party: str, at: float, text: str) -> Arrival:
    data = {"party": party, "utterance": 1, "text": text, "start": 0.0, "end": 0.9}
    return Arrival(at, {"type": "transcript.final", "data": data})
