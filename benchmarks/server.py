"""A real server for a benchmark: a process of its own on a port it picks, or a running one."""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import psutil

from benchmarks.loop_lag import Lag, between, gauge, read_lag
from benchmarks.recording import Usage
from benchmarks.rest import get
from coach.client.link import LOOPBACK

READY_SECONDS = 120.0
"""A start has 60 s by the API; a machine that is busy with other work gets twice that."""

STOP_SECONDS = 30.0
"""After SIGTERM the server may finish what it holds; then it is killed."""

MODEL_SETTING = "COACH_MODELS_WHISPER"
DEFAULT_MODEL = "base"
"""What `coach serve` transcribes with unless that setting says otherwise."""

AS_CUSTOMERS = {"COACH_MODELS_ACCEPT_LICENCES": "none"}
"""What a server in development mode takes otherwise than one that customers run: the figures are
meant for them. The environment may say otherwise."""

UNKNOWN_MODEL = "unknown: of a server that was running already"

CALIBRATION_LOOKS = 15
"""Seconds after its start a server knows how much its machine carries, at the latest: it measures
for two, and on a busy machine for some more. A bench that begins sooner would disturb it."""

LOG_TAIL = 2000
"""Characters of the log that an error quotes."""


class ServerFailed(Exception):
    """The server did not come up. The message quotes the end of its log."""


@dataclass(frozen=True, slots=True)
class Server:
    """Where the server is, its process where that is known, and the model of its words."""

    url: str
    pid: int | None = None
    model: str = UNKNOWN_MODEL

    def cpu_seconds(self) -> float | None:
        """User and system seconds so far of the process and its children; None if unknown."""
        return sum(map(_cpu, family)) if (family := _family(self.pid)) else None

    def rss(self) -> int | None:
        """Bytes resident now, children included; None if unknown."""
        return sum(map(_rss, family)) if (family := _family(self.pid)) else None


@asynccontextmanager
async def serving(
    url: str | None = None,
    *,
    pid: int | None = None,
    environment: Mapping[str, str] | None = None,
) -> AsyncIterator[Server]:
    """The running server at `url`, or one started for this with an empty data folder.

    `pid` names the process of a running one, so that its use of the machine can be read.
    `environment` adds settings (COACH_…) to a started one. Raises ServerFailed.
    """
    if url is not None:
        yield Server(url, pid)
        return
    with tempfile.TemporaryDirectory(prefix="coach-bench-") as folder:
        log = Path(folder) / "server.log"
        process = await _start(Path(folder), log, environment or {})
        model = model_of({**os.environ, **(environment or {})})
        try:
            yield Server(await _ready(process, log), process.pid, model)
        finally:
            await _stop(process)


def model_of(environment: Mapping[str, str]) -> str:
    """The name, for results, of what a server started with these settings transcribes with."""
    return f"whisper-{environment.get(MODEL_SETTING) or DEFAULT_MODEL}"


async def _start(
    folder: Path, log: Path, environment: Mapping[str, str]
) -> asyncio.subprocess.Process:
    with log.open("wb") as stderr:
        return await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "coach", "serve", "--port", "0"),
            env={
                **AS_CUSTOMERS,
                **os.environ,
                "COACH_DATA_DIR": str(folder / "data"),
                **environment,
            },
            stdout=asyncio.subprocess.PIPE,
            stderr=stderr,
        )


async def _ready(process: asyncio.subprocess.Process, log: Path) -> str:
    assert process.stdout is not None
    try:
        async with asyncio.timeout(READY_SECONDS):
            line = (await process.stdout.readline()).decode()
    except TimeoutError:
        line = ""
    word, _, url = line.strip().partition(" ")
    if word != "ready":
        raise _failed(log)
    return url


def _failed(log: Path) -> ServerFailed:
    tail = log.read_text(encoding="utf-8", errors="replace")[-LOG_TAIL:]
    return ServerFailed(
        f"`coach serve` printed no ready line within {READY_SECONDS:g} s; its log ends:\n{tail}"
    )


async def _stop(process: asyncio.subprocess.Process) -> None:
    if process.returncode is not None:
        return
    process.terminate()
    try:
        await asyncio.wait_for(process.wait(), STOP_SECONDS)
    except TimeoutError:
        process.kill()
        await process.wait()


def listener(address: str) -> int | None:
    """The process that listens at an address of this machine's loopback; None where unknown."""
    parts = urlsplit(address)
    port = parts.port or (443 if parts.scheme in ("wss", "https") else 80)
    if parts.hostname not in LOOPBACK:
        return None
    try:
        sockets = psutil.net_connections("tcp")
    except psutil.Error:
        return None
    found = (s.pid for s in sockets if s.status == psutil.CONN_LISTEN and s.laddr.port == port)
    return next((int(pid) for pid in found if pid is not None), None)


async def calibrated(server: Server) -> int | None:
    """How many calls the server thinks its machine hears in time: what it says, once it knows, for
    some seconds at most. None where it does not say."""
    for _ in range(CALIBRATION_LOOKS):
        try:
            calls = gauge(await get(server.url, "/metrics"), "coach_calls_capacity")
        except (OSError, ValueError):
            return None
        if calls:
            return round(calls)
        await asyncio.sleep(1.0)
    return None


class Meter:
    """Reads a server's use of the machine, from its making to `stop`."""

    INTERVAL = 0.5
    """Seconds between looks at the memory: a peak of a second is not missed."""

    def __init__(self, server: Server, token: str | None = None) -> None:
        self._server = server
        self._token = token
        self._before = server.cpu_seconds()
        self._marked: float | None = None
        self._lag = asyncio.create_task(self._read_lag())
        self._peak = server.rss() or 0
        self._task = asyncio.create_task(self._watch())

    def mark(self) -> None:
        """Seconds of the processor count up to here, unless a later mark follows."""
        self._marked = self._server.cpu_seconds()

    async def stop(self) -> Usage | None:
        """What was used since, or up to the last mark; None where the process is unknown or
        gone."""
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
        after = self._server.cpu_seconds() if self._marked is None else self._marked
        before = await self._lag
        if self._before is None or after is None:
            return None
        lag = between(before, await self._read_lag())
        return Usage(after - self._before, self._peak, lag)

    async def _read_lag(self) -> Lag | None:
        return None if self._before is None else await read_lag(self._server.url, self._token)

    async def _watch(self) -> None:
        while True:
            self._peak = max(self._peak, self._server.rss() or 0)
            await asyncio.sleep(self.INTERVAL)


def _family(pid: int | None) -> list[psutil.Process]:
    """The process and its children; empty where there is none."""
    if pid is None:
        return []
    try:
        parent = psutil.Process(pid)
        return [parent, *parent.children(recursive=True)]
    except psutil.Error:
        return []


def _cpu(process: psutil.Process) -> float:
    try:
        times = process.cpu_times()
    except psutil.Error:
        return 0.0
    return float(times.user + times.system)


def _rss(process: psutil.Process) -> int:
    try:
        return int(process.memory_info().rss)
    except psutil.Error:
        return 0
