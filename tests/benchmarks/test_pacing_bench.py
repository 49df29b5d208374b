"""The bench over the sample call, whose words are laid evenly over their turns."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from benchmarks.dataset import ReferenceWord
from benchmarks.pacing import commands
from benchmarks.pacing.measure import reads
from benchmarks.pacing.sets import Recorded
from coach.demo import CALL, SCRIPT
from coach.demo.script import load_script
from coach.demo.timing import read_timing
from models.pacing_model import PacingModel
from models.speech_rate import SpeechRate
from models.syllables import syllables
from stream.audio import RATE
from stream.files import read_audio


def recorded() -> Iterator[Recorded]:
    channels, _ = read_audio(CALL, RATE)
    turns = load_script(SCRIPT).turns
    times = read_timing(CALL.with_suffix(".toml")).turns
    for side, samples in zip(("agent", "customer"), channels, strict=True):
        words: list[ReferenceWord] = []
        for turn, when in zip(turns, times, strict=True):
            if turn.speaker == side:
                words += laid(turn.text.split(), when.start, when.end)
        yield Recorded(side, side, samples, tuple(words))


def laid(words: list[str], start: float, end: float) -> Iterator[ReferenceWord]:
    """Words one after the other, by their syllables."""
    counts = np.array([syllables(word) for word in words])
    edges = start + (end - start) * np.concatenate(([0], np.cumsum(counts))) / counts.sum()
    for word, low, high in zip(words, edges, edges[1:], strict=False):
        yield ReferenceWord(word, float(low), float(high))


@pytest.fixture
def sample_sets(monkeypatch: pytest.MonkeyPatch) -> None:
    """The sample call in the place of both sets."""
    monkeypatch.setattr(commands, "calls", recorded)
    monkeypatch.setattr(commands, "clips", lambda weights: recorded())
    monkeypatch.setattr(commands, "folder", Path)


@pytest.mark.usefixtures("sample_sets")
def test_figures_are_printed_and_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    passed = commands.bench_pacing(out=tmp_path)
    body = json.loads((tmp_path / "pacing.json").read_text(encoding="utf-8"))
    first = body["sets"]["Harper Valley"]["first 2 s"]
    assert first["groups"] == 2
    assert first["error"]["count"] == len(body["windows"]["Harper Valley"]["first 2 s"]) > 20
    assert first["error"]["low"] <= first["error"]["value"] <= first["error"]["high"] < 0.5
    assert passed == all(each["met"] for each in body["targets"])
    assert len(body["targets"]) == 3
    assert body["cpu_seconds_a_second"] > 0
    assert "2 s after speech starts" in capsys.readouterr().out


def test_a_window_is_read_from_the_audio_before_its_end() -> None:
    """What comes after it changes nothing."""
    model, one = PacingModel(), next(recorded())
    first = reads(model, one)[0]
    alone = SpeechRate(model)
    alone.step(one.samples[: round((first.start + 2.0) * RATE)])
    assert first.heard == pytest.approx(alone.rate(2.0).rate)
