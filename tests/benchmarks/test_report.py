"""Results as people and machines read them, from recordings that are already there."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks.commands import bench_latency
from benchmarks.recording import Recording, server_use
from benchmarks.report import draw_accuracy, draw_latency
from benchmarks.surroundings import surroundings

PNG = b"\x89PNG"


def test_latency_is_reported_from_recordings(
    recordings: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    assert not bench_latency(recordings=recordings, out=out)
    body = json.loads((out / "latency.json").read_text(encoding="utf-8"))
    assert body["words"] == {"timed": 4, "missing": 1, "untimed": 0}
    assert body["seconds"]["words shown"]["count"] == 3
    assert body["seconds"]["words shown"]["p50"] == pytest.approx(1.0)
    assert body["seconds"]["finals"]["p99"] == pytest.approx(0.5)
    assert body["server"] == {"cpu_seconds_per_call_second": 0.5, "rss_bytes": 1 << 20}
    assert (body["model"], list(body["recordings"])) == ("unknown", ["one"])
    assert (out / "latency.png").read_bytes().startswith(PNG)
    printed = capsys.readouterr()
    assert "words shown" in printed.out
    assert "MISSED" in printed.out
    assert "Never shown: 1 of 4" in printed.out
    assert "wrote" in printed.err


def test_what_a_figure_depends_on_is_named() -> None:
    names = surroundings()
    assert names["cpu"]
    assert names["cores"] >= 1
    assert names["versions"]["numpy"]


def test_pictures_are_drawn_even_of_nothing(tmp_path: Path) -> None:
    nothing: dict[str, list[float]] = {"words shown": [], "finals": []}
    assert draw_latency(tmp_path / "a", nothing).read_bytes().startswith(PNG)
    assert draw_accuracy(tmp_path / "b", {"one": (0.1, 0.2)}).read_bytes().startswith(PNG)


def test_use_of_unknown_servers_is_left_out() -> None:
    assert server_use([Recording("a", "b", {}, 1.0, 1.0, 0.0, ())]) is None
