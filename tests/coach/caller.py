"""A sender and a reader of the real service, over real websockets, and what they send and hear."""

from __future__ import annotations

import asyncio
import json
import wave
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import numpy as np
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from coach.client.link import subscribe
from coach.client.senders.encoders import ENCODERS
from stream.audio import Encoding, Samples
from stream.files import read_audio
from tests.conftest import RunningServer
from tests.recorded import CALL

HANG = 240.0
"""Seconds after which a test fails instead of waiting for ever for what does not come. No measure
of speed: a machine that others use too has taken most of a minute for a call of ten seconds."""
PARTIES = ("agent", "customer")
RATE = 8_000
"""Of the sample call."""
CHUNK = 0.1
"""Seconds of audio in a message."""
CUTS = ((0.3, 4.25), (32.2, 38.2))
"""Seconds of the sample call: the agent's greeting, and a customer who found something too fast.
Whisper is sure of both, so that each is decoded once."""

Event = dict[str, Any]


def clip() -> dict[str, Samples]:
    """Ten seconds of two parties at RATE."""
    samples, _ = read_audio(CALL, RATE)
    cut = [samples[:, round(a * RATE) : round(b * RATE)] for a, b in CUTS]
    whole = np.concatenate(cut, axis=1)
    return {party: np.ascontiguousarray(row) for party, row in zip(PARTIES, whole, strict=True)}


def clip_files(folder: Path) -> dict[str, Path]:
    """The clip, as a wav of each party."""
    files = {party: folder / f"{party}.wav" for party in PARTIES}
    for party, samples in clip().items():
        with wave.open(str(files[party]), "wb") as sound:
            sound.setnchannels(1)
            sound.setsampwidth(2)
            sound.setframerate(RATE)
            sound.writeframes(np.rint(samples * 32_767).astype("<i2").tobytes())
    return files


def of_type(events: list[Event], kind: str) -> list[Event]:
    return [event for event in events if event["type"] == kind]


def finals(events: list[Event]) -> list[Event]:
    """Data of the finals, party by party: what must not depend on load, speed or transport."""
    found = [event["data"] for event in of_type(events, "transcript.final")]
    return sorted(found, key=lambda data: (data["party"], data["utterance"]))


def durable(events: list[Event]) -> list[Event]:
    return [event for event in events if "n" in event]


class Caller:
    """One media socket of the pcm protocol. `said`: all that the server answered."""

    def __init__(self, socket: ClientConnection, start: dict[str, Any]) -> None:
        self.socket = socket
        self.said: list[dict[str, Any]] = []
        self._parties: list[str] = start["format"]["channels"]
        self._rate: int = start["format"]["rate"]
        self._encoding: Encoding = start["format"]["encoding"]

    def encoded(self, audio: Mapping[str, Samples]) -> bytes:
        """The parties' samples as this socket sends them."""
        block = np.stack([audio[party] for party in self._parties])
        return ENCODERS[self._encoding](np.ascontiguousarray(block.T).reshape(-1))

    async def speak(
        self, audio: Mapping[str, Samples], start: float = 0.0, end: float | None = None
    ) -> None:
        """Send seconds `start` to `end` of `audio`, as fast as the server takes them."""
        length = len(audio[self._parties[0]])
        last = length if end is None else round(end * self._rate)
        step = round(CHUNK * self._rate)
        for first in range(round(start * self._rate), last, step):
            piece = {p: s[first : min(first + step, last)] for p, s in audio.items()}
            await self.socket.send(self.encoded(piece))

    async def tell(self, **message: Any) -> None:
        await self.socket.send(json.dumps(message))

    async def until(self, kind: str, at: float = 0.0) -> dict[str, Any]:
        """The next message of that kind; an ack only of every party up to second `at`."""
        waiting = set(self._parties)
        async with asyncio.timeout(HANG):
            while True:
                message: dict[str, Any] = json.loads(await self.socket.recv())
                self.said.append(message)
                if message["type"] == "ack" and message["at"] >= at - 1e-6:
                    waiting.discard(message["party"])
                if message["type"] == kind and (kind != "ack" or not waiting):
                    return message

    async def stop(self) -> None:
        """Say stop, and wait until every event of the call is out."""
        await self.tell(type="stop")
        await self.until("ended")

    def vanish(self) -> None:
        """The network is gone: no close, no goodbye."""
        self.socket.transport.abort()

    async def closed(self) -> tuple[dict[str, Any] | None, int, str]:
        """The error that was said before the close, its code and its reason."""
        error = None
        async with asyncio.timeout(HANG):
            try:
                async for text in self.socket:
                    message = json.loads(text)
                    error = message if message["type"] == "error" else error
            except ConnectionClosed:
                pass
            await self.socket.wait_closed()
        assert self.socket.close_code is not None
        return error, self.socket.close_code, self.socket.close_reason or ""


def start(
    call: str,
    parties: tuple[str, ...] = PARTIES,
    *,
    encoding: str = "s16le",
    rate: int = RATE,
    **others: Any,
) -> dict[str, Any]:
    """A start message."""
    form = {"encoding": encoding, "rate": rate, "channels": list(parties)}
    return {"call": call, "format": form, **others}


@asynccontextmanager
async def dialled(
    server: RunningServer, path: str = "/v1/media/pcm", token: str | None = None
) -> AsyncIterator[ClientConnection]:
    """A websocket that has said nothing yet."""
    headers = {"Authorization": f"Bearer {token}"} if token else None
    async with connect(
        server.ws + path, proxy=None, compression=None, additional_headers=headers
    ) as socket:
        yield socket


@asynccontextmanager
async def calling(
    server: RunningServer,
    call: str,
    parties: tuple[str, ...] = PARTIES,
    token: str | None = None,
    **others: Any,
) -> AsyncIterator[Caller]:
    """A socket that is in the call."""
    async with dialled(server, token=token) as socket:
        hello = start(call, parties, **others)
        caller = Caller(socket, hello)
        await socket.send(json.dumps(hello))
        await caller.until("ready")
        yield caller


async def heard(
    server: RunningServer, call: str, after: int = 0, token: str | None = None
) -> list[Event]:
    """Events of the call from `after` to call.ended, ephemeral ones too."""
    found = []
    async with (
        asyncio.timeout(HANG),
        subscribe(server.url, call, after=after, token=token) as events,
    ):
        async for event in events:
            found.append(event)
            if event["type"] == "call.ended":
                break
    return found


async def whole_call(
    server: RunningServer, call: str, audio: Mapping[str, Samples], **others: Any
) -> list[Event]:
    """The events of an ordinary call with both parties on one socket."""
    async with calling(server, call, **others) as caller:
        await caller.speak(audio)
        await caller.stop()
    return await heard(server, call, token=others.get("token"))
