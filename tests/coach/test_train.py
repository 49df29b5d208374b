"""`coach train` as it is called where the training extra is absent."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.parametrize("model", ["text", "pacing"])
@pytest.mark.skipif(
    importlib.util.find_spec("torch") is not None, reason="torch is here: it trains"
)
def test_without_torch_the_mend_is_named(model: str) -> None:
    found = subprocess.run(
        [sys.executable, "-m", "coach", "train", model],
        capture_output=True,
        text=True,
        check=False,
    )
    assert found.returncode == 2
    assert found.stdout == ""
    assert "requirements-training.lock" in found.stderr
    assert found.stderr.count("\n") == 1


def test_clips_that_are_not_there_are_one_line(tmp_path: Path) -> None:
    found = subprocess.run(
        [sys.executable, "-m", "coach", "train", "tone", "--data", str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert found.returncode == 1
    assert found.stdout == ""
    assert "no clips in" in found.stderr
    assert "Traceback" not in found.stderr
