"""Two real processes over one PostgreSQL and one Redis, for tests of what lies between them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from coach.app import Service
from tests.conftest import ROOT, RunningServer
from tests.services import RedisServer, postgres_server, redis_server

HANG = 60.0
"""Seconds until a test that waits for what never comes fails instead of hanging."""


@dataclass(frozen=True, slots=True)
class Two:
    """`near` has the calls, `far` has the readers."""

    near: RunningServer
    far: RunningServer
    redis: RedisServer


@contextmanager
def process(folder: Path, name: str, environ: dict[str, str]) -> Iterator[RunningServer]:
    """A `coach serve` of its own; what it logs is kept in the folder."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("COACH_")}
    if models := os.environ.get("COACH_MODELS_DIR"):
        kept["COACH_MODELS_DIR"] = models
    own = {"COACH_DATA_DIR": str(folder / name), "COACH_CALL_REJOIN_SECONDS": "1"}
    with (folder / f"{name}.log").open("wb") as log:
        server = subprocess.Popen(
            [sys.executable, "-m", "coach", "serve", "--port", "0"],
            env={**kept, **own, **environ, "PYTHONPATH": str(ROOT)},
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )
    try:
        assert server.stdout is not None
        ready = server.stdout.readline()
        assert ready.startswith("ready "), (folder / f"{name}.log").read_text()
        # Its parts are out of reach: tests see what clients see.
        yield RunningServer(ready.split()[1], cast(Service, None))
        server.send_signal(signal.SIGTERM)
        assert server.wait(HANG) == 0
    finally:
        server.kill()
        server.wait()
        assert server.stdout is not None
        server.stdout.close()
    said = (folder / f"{name}.log").read_text()
    assert "Traceback" not in said, said


@contextmanager
def two_processes(folder: Path) -> Iterator[Two]:
    """Both, ready. What they log is kept in the folder; a traceback in it fails the test."""
    with redis_server() as redis, postgres_server() as database:
        environ = {"COACH_BUS_URL": redis.url, "COACH_STORE_URL": database}
        with process(folder, "near", environ) as near, process(folder, "far", environ) as far:
            yield Two(near, far, redis)
