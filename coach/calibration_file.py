"""The calibration as it is kept: one small file, so that a machine is measured once.

It holds all that the figures depend on: the weights, the engine and how it runs, the processor and
how much of it may be used, the packages that compute, and what was decoded. Where any of it has
changed, or the file cannot be read, it is as if there were none. A folder that cannot be written to
costs a measurement at each start, and nothing else.
"""

from __future__ import annotations

import importlib.metadata
import json
import math
import os
import tempfile
from pathlib import Path
from typing import Any

import structlog

from coach import demo, machine
from coach.calibration import REFERENCE_CALLS, REFERENCE_SPEECH, ROUNDS, TURNS, Calibration

NAME = "calibration.json"
"""In `data_dir`. Whoever removes it has the machine measured anew."""
VERSION = 1
"""Of what is measured, and how; another one is not read."""
PACKAGES = ("onnxruntime", "ctranslate2", "faster-whisper", "numpy")
"""What computes."""

log = structlog.get_logger(__name__)

Basis = dict[str, Any]
"""What a calibration depends on, JSON-able."""


def basis(weights: str, *, workers: int, **run: Any) -> Basis:
    """Of weights in a folder, or of a hub's name, on this machine; `run`: all that says how."""
    return {
        "version": VERSION,
        "weights": _identity(weights),
        "run": run,
        "workers": workers,
        "cpu": machine.cpu_model(),
        "cores": machine.cores(),
        "packages": {name: _installed(name) for name in PACKAGES},
        "speech": [demo.CALL.stat().st_size, [list(turn) for turn in TURNS], ROUNDS],
        "reference": [REFERENCE_CALLS, REFERENCE_SPEECH],
    }


def read(folder: Path, basis: Basis) -> Calibration | None:
    """What was measured on this basis; None where nothing was, or it cannot be read."""
    file = folder / NAME
    try:
        kept = json.loads(file.read_text(encoding="utf-8"))
        if kept["basis"] != basis:
            return None
        return Calibration(_positive(kept["speech"]), _positive(kept["hearing"]))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError) as fault:
        log.warning("calibration.unreadable", file=str(file), fault=type(fault).__name__)
        return None


def write(folder: Path, basis: Basis, found: Calibration) -> None:
    """Keep it; where that cannot be, it is logged and left."""
    body = {"basis": basis, "speech": found.speech, "hearing": found.hearing, "calls": found.calls}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(
            "w", encoding="utf-8", dir=folder, prefix=f".{NAME}.", delete=False
        ) as scratch:
            json.dump(body, scratch, indent=1)
        # In one move, so that nobody reads half of it.
        os.replace(scratch.name, folder / NAME)  # noqa: PTH105
    except OSError as fault:
        log.warning("calibration.not_kept", folder=str(folder), fault=fault.strerror)


def _positive(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        raise TypeError(f"{value!r} is no figure")
    if value <= 0:
        raise ValueError(f"{value!r} is not above 0")
    return float(value)


def _identity(weights: str) -> Any:
    """Of a folder its files with size and time; a hub's name is its own."""
    folder = Path(weights)
    if not folder.is_dir():
        return weights
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    stats = [(path, path.stat()) for path in files]
    return [[str(path.relative_to(folder)), s.st_size, s.st_mtime_ns] for path, s in stats]


def _installed(package: str) -> str:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return ""
