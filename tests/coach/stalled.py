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
        self.thread: ServerThread
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
        settings = Settings.load(None, environ)
        stalled.thread = ServerThread(settings, Authenticator([], development=True))
        stalled.server = stalled.thread.up()
    try:
        yield stalled
    finally:
        stalled.opened.set()
        stalled.thread.stop()


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


async def until(stalled: Stalled, ready: Callable[[], bool]) -> None:
    """Wait for what comes to pass in the service and no event tells. It is asked there: from this
    thread it could be seen half done, and asking all the time would hold the service up."""

    async def waiting() -> None:
        while not ready():  # noqa: ASYNC110
            await asyncio.sleep(0.005)

    async with asyncio.timeout(HANG):
        await stalled.thread.inside(waiting())


def pipeline(stalled: Stalled, call: str) -> Pipeline | None:
    session = stalled.server.service.calls._live.get(CallId(call))
    return session.pipeline if session else None


async def sought(stalled: Stalled, call: str) -> None:
    """Wait until the words of an utterance that is over are sought: its party is heard no further
    than its buffer until they are there."""

    def ready() -> bool:
        run = pipeline(stalled, call)
        return run is not None and bool(run._delay._asked)

    await until(stalled, ready)


async def kept(stalled: Stalled, call: str, least: float) -> None:
    """Wait until so much of the call waits to be heard, words are sought, and then a minute."""

    def ready() -> bool:
        run = pipeline(stalled, call)
        return run is not None and run.kept(CUSTOMER) >= least

    await sought(stalled, call)
    await until(stalled, ready)
    stalled.late += 60.0
    await delay(stalled, call, 60.0 + least)


async def caught_up(stalled: Stalled, call: str) -> None:
    """Wait until nothing of the call is kept, no words are sought, and nobody is told of a delay.

    Its events would not do: on a slow machine it may have been late once before.
    """

    def ready() -> bool:
        run = pipeline(stalled, call)
        return run is not None and not run.kept(CUSTOMER) and not run._delay.pending

    await until(stalled, ready)


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

        await until(stalled, ready)


def cut(audio: dict[str, Samples], start: float, end: float) -> dict[str, Samples]:
    return {p: samples[round(start * RATE) : round(end * RATE)] for p, samples in audio.items()}


async def delay(stalled: Stalled, call: str, least: float) -> None:
    """Wait until the call says that it is so many seconds behind, or more."""
    async with asyncio.timeout(HANG), subscribe(stalled.server.url, call) as events:
        async for event in events:
            if event["type"] == "delay" and event["data"]["seconds"] >= least:
                return
