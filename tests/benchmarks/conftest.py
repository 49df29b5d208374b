"""The small set of calls, and a recording of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.recording import Recording, Usage
from tests.benchmarks.small_set import final, write_set


@pytest.fixture
def small_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the benches now find their calls."""
    write_set(tmp_path / "data")
    monkeypatch.setenv("COACH_TEST_DATA", str(tmp_path / "data"))
    return tmp_path / "data"


@pytest.fixture
def recordings(small_set: Path, tmp_path: Path) -> Path:
    """A recording of the small set: the customer's second word is lost."""
    arrivals = (final("agent", 11.4, "Hello there."), final("customer", 11.4, "Hello."))
    started = {"agent": 10.0, "customer": 10.0}
    recording = Recording("one", "x", started, 1.0, 1.0, 0.001, arrivals, Usage(0.5, 1 << 20))
    recording.save(tmp_path / "kept")
    return tmp_path / "kept"
