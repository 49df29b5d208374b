"""`coach train` as it is called where the training extra is absent."""

from __future__ import annotations

import importlib.util
import subprocess
import sys

import pytest


@pytest.mark.skipif(
    importlib.util.find_spec("torch") is not None, reason="torch is here: it trains"
)
def test_without_torch_the_mend_is_named() -> None:
    found = subprocess.run(
        [sys.executable, "-m", "coach", "train", "text"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert found.returncode == 2
    assert found.stdout == ""
    assert "requirements-training.lock" in found.stderr
    assert found.stderr.count("\n") == 1
