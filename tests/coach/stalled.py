"""A real service whose decoder waits at a gate, and a telephone that waits for nobody."""

from __future__ import annotations

import asyncio
import math
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from websockets.asyncio.client import ClientConnection

from coach import app
from coach.client.link import subscribe
from coach.client.senders.twilio import TwilioSender
from coach.pipeline import Pipeline
from coach.settings import Settings
from models.types import DecodeRequest, DecodeResult
from models.whisper import Whisper
from stream.audio import CallId, PartyId, Samples
from tests.coach.caller import CHUNK, HANG, RATE, dialled
from tests.conftest import RunningServer, ServerThread
from web.auth import Authenticator

CUSTOMER = PartyId("customer")
BUFFER = 2.0
"""Seconds that a sender may be ahead."""
CLOSES = 0.9
"""Seconds of silence at most after which an utterance is over: only then does it wait for words."""
PIECE = 0.25
"""Seconds that are handed over at a time."""


class Stalled:
    """A service, the gate before its decoder, and its clock."""

    def __init__(self) -> None:
        self.late = 0.0
        self.opened = threading.Event()
        self.opened.set()
        self.server: RunningServer

    def now(self) -> float:
        return time.monotonic() + self.late

    def gated(self, whisper: Whisper) -> Whisper:
        """The same, but that it waits at the gate before each decoding."""
        decode = whisper.decode

        def wait(request: DecodeRequest) -> DecodeResult:
            self.opened.wait()
            return decode(request)

        whisper.decode = wait  # type: ignore[method-assign]
        return whisper


def serving(folder: Path, keep: float) -> Iterator[Stalled]:
    """A service whose gate can be shut, with room for two calls and `keep` seconds of each."""
    stalled, load = Stalled(), app.load_whisper
    environ = {
        "COACH_DATA_DIR": str(folder),
        "COACH_CALL_BUFFER_SECONDS": str(BUFFER),
        "COACH_CALL_KEEP_SECONDS": str(keep),
        "COACH_CALL_LIMIT": "2",
        "COACH_CALL_REJOIN_SECONDS": "1",
    }
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(app, "load_whisper", lambda settings: stalled.gated(load(settings)))
        patch.setattr(app, "time", SimpleNamespace(monotonic=stalled.now))
        thread = ServerThread(Settings.load(None, environ), Authenticator([], development=True))
        stalled.server = thread.up()
    try:
        yield stalled
    finally:
        stalled.opened.set()
        thread.stop()


class Telephone:
    """Speaks as Twilio does: all at once, and never waits for an answer."""

    def __init__(self, call: str, socket: ClientConnection, sender: TwilioSender) -> None:
        self.call = call
        self._socket = socket
        self._sender = sender

    async def say(self, audio: dict[str, Samples]) -> None:
        step = round(CHUNK * RATE)
        for first in range(0, len(audio["agent"]), step):
            block = np.stack([samples[first : first + step] for samples in audio.values()])
            for message in self._sender.audio(block):
                await self._socket.send(message)

    async def say_on(self, audio: dict[str, Samples]) -> None:
        """Say it again and again, until the other end closes."""
        while True:
            await self.say(audio)
            await asyncio.sleep(0)

    def skip(self, seconds: float) -> None:
        """Let its clock jump."""
        self._sender._sent += round(seconds * RATE)

    async def hang_up(self) -> None:
        for message in self._sender.stop():
            await self._socket.send(message)


@asynccontextmanager
async def telephone(stalled: Stalled, call: str) -> AsyncIterator[Telephone]:
    sender = TwilioSender(call, ("agent", "customer"))
    async with asyncio.timeout(HANG), dialled(stalled.server, sender.address.path) as socket:
        for message in sender.hello():
            await socket.send(message)
        yield Telephone(call, socket, sender)


async def until(ready: Callable[[], bool]) -> None:
    """Wait for what comes to pass in the service's thread, of which no event of this loop tells."""
    async with asyncio.timeout(HANG):
        while not ready():  # noqa: ASYNC110
            await asyncio.sleep(0)


def pipeline(stalled: Stalled, call: str) -> Pipeline | None:
    session = stalled.server.service.calls._live.get(CallId(call))
    return session.pipeline if session else None


async def kept(stalled: Stalled, call: str, least: float) -> None:
    """Wait until so much of the call waits to be heard, words are sought, and then a minute."""

    def ready() -> bool:
        run = pipeline(stalled, call)
        return run is not None and bool(run._delay._asked) and run.kept(CUSTOMER) >= least

    await until(ready)
    stalled.late += 60.0
    await delay(stalled, call, 60.0 + least)


async def handed_on(stalled: Stalled, call: str) -> None:
    """Wait until the call has caught up, and nothing of it is kept any more: the one is said a
    second or so before the other."""

    def ready() -> bool:
        run = pipeline(stalled, call)
        return run is not None and not run.kept(CUSTOMER)

    await delay(stalled, call, 0.0, 0.0)
    await until(ready)


async def in_time(
    stalled: Stalled, line: Telephone, audio: dict[str, Samples], begins: float = 0.0
) -> None:
    """Say it as it can be heard: a second, and the next once that was taken."""
    for second in range(math.ceil(len(audio["agent"]) / RATE)):
        piece = {p: samples[second * RATE : (second + 1) * RATE] for p, samples in audio.items()}
        await line.say(piece)
        # What a resampler still holds is on its way.
        wanted = begins + second + len(piece["agent"]) / RATE - 0.2

        def ready(wanted: float = wanted) -> bool:
            run = pipeline(stalled, line.call)
            return run is not None and run.conversation.clock >= wanted

        await until(ready)


def cut(audio: dict[str, Samples], start: float, end: float) -> dict[str, Samples]:
    return {p: samples[round(start * RATE) : round(end * RATE)] for p, samples in audio.items()}


async def delay(stalled: Stalled, call: str, least: float, most: float = np.inf) -> None:
    """Wait until the call says that it is `least` to `most` seconds behind."""
    async with asyncio.timeout(HANG), subscribe(stalled.server.url, call) as events:
        async for event in events:
            if event["type"] == "delay" and least <= event["data"]["seconds"] <= most:
                return
