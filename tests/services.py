"""Servers of others that tests need: Redis and PostgreSQL, each real and on a free port.

They listen on loopback, keep their data in a folder that is removed, and are stopped by
whoever started them. Where Debian's packages are absent, the tests that need them skip.
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import redis

START_SECONDS = 30.0
"""Until a server that does not answer fails the test."""
POSTGRES_HOMES = "/usr/lib/postgresql/*/bin"
"""Where Debian puts its versions."""
POSTGRES_USER = "postgres"
"""PostgreSQL refuses to run as root; Debian's package has made this user."""


def free_port() -> int:
    """A port of loopback that nobody listens on now."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


class RedisServer:
    """One redis-server. It keeps nothing on disk: a stop loses all that it held."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        self.port = free_port()

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        """Start, or start again on the same port; returns when it answers."""
        options = {
            "--port": str(self.port),
            "--bind": "127.0.0.1",
            "--save": "",
            "--appendonly": "no",
            "--dir": str(self._folder),
        }
        self._process = subprocess.Popen(
            ["redis-server", *(part for option in options.items() for part in option)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        with redis.Redis(port=self.port) as client:
            _until(lambda: _answers(client), self._process)

    def stop(self) -> None:
        """Stop at once; all that it held is gone. Nothing where it does not run."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def freeze(self) -> None:
        """Keep its connections and answer nothing, as on a network that swallows packets."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """The opposite of `freeze`."""
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)


def _answers(client: redis.Redis) -> bool:
    try:
        return bool(client.ping())
    except redis.ConnectionError:
        return False


@contextmanager
def redis_server() -> Iterator[RedisServer]:
    """A running redis-server of Debian."""
    if shutil.which("redis-server") is None:
        pytest.skip("redis-server is absent: install Debian's redis-server")
    with tempfile.TemporaryDirectory(prefix="coach-redis-") as folder:
        server = RedisServer(Path(folder))
        server.start()
        try:
            yield server
        finally:
            server.stop()


@contextmanager
def postgres_server() -> Iterator[str]:
    """A running PostgreSQL of Debian: its URL, with an empty database `coach`."""
    homes = sorted(Path("/").glob(POSTGRES_HOMES.lstrip("/")))
    if not homes:
        pytest.skip("PostgreSQL is absent: install Debian's postgresql")
    user = _unprivileged()
    with tempfile.TemporaryDirectory(prefix="coach-postgres-") as folder:
        if user is not None:
            shutil.chown(folder, user)
        data = Path(folder, "data")
        made = subprocess.run(
            [homes[-1] / "initdb", "-D", data, "-U", "coach", "-A", "trust", "--no-sync"],
            user=user,
            capture_output=True,
            cwd=folder,
            check=False,
        )
        assert made.returncode == 0, made.stderr.decode()
        with _postgres(homes[-1], data, user) as port:
            yield f"postgresql://coach@127.0.0.1:{port}/postgres"


def _unprivileged() -> str | None:
    """Whom to run PostgreSQL as; None: as we are."""
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam(POSTGRES_USER).pw_name
    except KeyError:
        pytest.skip(f"there is no user {POSTGRES_USER}: install Debian's postgresql")


@contextmanager
def _postgres(home: Path, data: Path, user: str | None) -> Iterator[int]:
    port = free_port()
    # No socket file and no fsync: data of a test need not survive a power cut.
    options = (
        "listen_addresses=127.0.0.1",
        f"port={port}",
        "unix_socket_directories=",
        "fsync=off",
    )
    flags = [part for option in options for part in ("-c", option)]
    server = subprocess.Popen(
        [home / "postgres", "-D", data, *flags],
        user=user,
        cwd=data,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    ready = [str(home / "pg_isready"), "-h", "127.0.0.1", "-p", str(port), "-q"]
    try:
        _until(lambda: subprocess.run(ready, check=False).returncode == 0, server)
        yield port
    finally:
        server.send_signal(signal.SIGINT)  # "fast": ends sessions instead of waiting for them
        server.wait(START_SECONDS)


def _until(ready: Callable[[], bool], process: subprocess.Popen[bytes]) -> None:
    """Wait for a server that is starting."""
    end = time.monotonic() + START_SECONDS
    while not ready():
        assert process.poll() is None, f"the server ended at once, with {process.returncode}"
        assert time.monotonic() < end, f"the server did not answer within {START_SECONDS:g} s"
        time.sleep(0.02)
