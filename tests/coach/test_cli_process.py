"""The command line as a process of its own: a fresh machine, signals, pipes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """A fresh machine: HOME is empty, no settings."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("COACH_")}
    if models := os.environ.get("COACH_MODELS_DIR"):
        kept["COACH_MODELS_DIR"] = models
    home = tmp_path / "home"
    home.mkdir()
    return {**kept, "HOME": str(home), "PYTHONPATH": str(Path(__file__).parents[2])}


def process(environment: dict[str, str], *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "coach", *arguments],
        env=environment,
        cwd=environment["HOME"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_the_module_runs_as_a_command(environment: dict[str, str]) -> None:
    out, err = (running := process(environment, "serve", "--nope")).communicate(timeout=60)
    assert (running.returncode, out, err) == (2, "", "coach: No such option: --nope\n")


def test_a_server_on_a_fresh_machine(environment: dict[str, str]) -> None:
    """stdout has the ready line alone; a second server on its port fails in one line."""
    first = process(environment, "serve", "--port", "0")
    try:
        assert first.stdout is not None
        line = first.stdout.readline()
        assert line.startswith("ready http://127.0.0.1:")
        port = line.strip().rpartition(":")[2]
        second = process(environment, "serve", "--port", port)
        out, err = second.communicate(timeout=60)
        assert (second.returncode, out) == (1, "")
        assert f"coach: cannot listen on 127.0.0.1:{port} (Address already in use)" in err
        assert "Traceback" not in err
        first.send_signal(signal.SIGTERM)
        out, err = first.communicate(timeout=60)
        assert (first.returncode, out) == (0, "")
        assert "Traceback" not in err
    finally:
        first.kill()
        first.communicate()
    assert (Path(environment["HOME"]) / ".coach" / "coach.db").is_file()


def test_a_reader_that_leaves_early_is_no_fault(environment: dict[str, str]) -> None:
    """As in `coach analyze … | head -1`."""
    lines = Path(environment["HOME"]) / "lines.txt"
    lines.write_text("I got a rash\n" * 3000)
    with process(environment, "analyze", "--text", str(lines)) as running:
        assert running.stdout is not None
        assert running.stderr is not None
        assert running.stdout.readline()
        running.stdout.close()
        assert running.stderr.read() == ""
