"""What a figure depends on and a reader cannot guess: machine, versions, date."""

from __future__ import annotations

import importlib.metadata
import os
import platform
from datetime import UTC, datetime
from typing import Any

from coach.machine import cpu_model

PACKAGES = ("coach", "faster-whisper", "ctranslate2", "onnxruntime", "numpy", "websockets")


def surroundings() -> dict[str, Any]:
    """Machine, versions and date, as JSON."""
    return {
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "cpu": cpu_model(),
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "versions": {name: _version(name) for name in PACKAGES},
    }


def _version(package: str) -> str | None:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None
