"""What tests of several folders share."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="session")
def test_data() -> Path:
    """Recorded calls and texts that are not part of the project."""
    place = Path(os.environ.get("COACH_TEST_DATA", ROOT / ".." / "shared" / "data"))
    if not place.is_dir():
        pytest.skip(f"no test data at {place}; set COACH_TEST_DATA")
    return place.resolve()
