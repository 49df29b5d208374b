"""What tests of several folders share."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Coroutine, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings as hypothesis

from coach import app
from coach.settings import Settings
from stream.shell import SocketLimits
from stream.tcp import audiosocket
from web.auth import Authenticator

ROOT = Path(__file__).parents[1]

# Speed belongs in benchmarks/: on a loaded machine a deadline would fail by chance.
hypothesis.register_profile("coach", deadline=None)
hypothesis.load_profile("coach")


@pytest.fixture(scope="session")
def test_data() -> Path:
    """Recorded calls and texts that are not part of the project."""
    place = Path(os.environ.get("COACH_TEST_DATA", ROOT / ".." / "shared" / "data"))
    if not place.is_dir():
        pytest.skip(f"no test data at {place}; set COACH_TEST_DATA")
    return place.resolve()


@dataclass(frozen=True, slots=True)
class RunningServer:
    """A whole service on a port of its own, with real models, in a thread."""

    url: str
    service: app.Service
    audiosocket: str = ""
    """Address of its port of AudioSocket."""

    @property
    def ws(self) -> str:
        return self.url.replace("http", "ws", 1)


class ServerThread(threading.Thread):
    """Runs a service and its web server in a loop of their own until `stop`."""

    def __init__(self, settings: Settings, auth: Authenticator) -> None:
        super().__init__(name="server")
        self._settings = settings
        self._auth = auth
        self._up = threading.Event()
        self._stopping: asyncio.Event | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self.fault: BaseException | None = None
        self.running: RunningServer | None = None

    def run(self) -> None:
        try:
            asyncio.run(self._serve())
        except BaseException as fault:  # told to the test in `up`
            self.fault = fault
        finally:
            self._up.set()

    def up(self) -> RunningServer:
        """Start, and wait until calls can be taken."""
        self.start()
        self._up.wait()
        if self.fault is not None:
            raise self.fault
        assert self.running is not None
        return self.running

    async def inside(self, work: Coroutine[Any, Any, None]) -> None:
        """Do this in the service's own loop: what belongs to it is touched by no other thread."""
        assert self._loop is not None
        await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(work, self._loop))

    def stop(self) -> None:
        """End calls and server in order."""
        assert self._loop is not None
        assert self._stopping is not None
        self._loop.call_soon_threadsafe(self._stopping.set)
        self.join()
        if self.fault is not None:
            raise self.fault

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._stopping = asyncio.Event()
        party = self._settings.asterisk.party
        async with (
            app.service(self._settings, self._auth) as service,
            audiosocket("127.0.0.1", 0, party, service.calls, SocketLimits()) as port,
        ):
            server = app.QuietServer(app.config(service.app, "127.0.0.1", 0))
            serving = asyncio.create_task(server.serve())
            await app.started(server, serving, "127.0.0.1", 0)
            self.running = RunningServer(
                f"http://127.0.0.1:{app.port_of(server)}", service, f"tcp://127.0.0.1:{port}"
            )
            self._up.set()
            await self._stopping.wait()
            await service.calls.close()
            server.should_exit = True
            await serving


@contextmanager
def running(environ: Mapping[str, str]) -> Iterator[RunningServer]:
    """A service in development mode with these settings, until the test is done with it."""
    thread = ServerThread(Settings.load(None, environ), Authenticator([], development=True))
    try:
        yield thread.up()
    finally:
        thread.stop()


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """A service in development mode, whose vanished senders have 1 s to come back."""
    place = tmp_path_factory.mktemp("server")
    environ = {
        "COACH_DATA_DIR": str(place),
        "COACH_CALL_REJOIN_SECONDS": "1",
        "COACH_CALL_LIMIT": "16",  # by the machine, it would be measured, and say so on stdout
    }
    with running(environ) as server:
        yield server
