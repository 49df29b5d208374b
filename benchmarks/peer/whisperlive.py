"""WhisperLive under the same feed: one client a side, its transcripts as recordings of ours.

The socket: a text with the options, answered by SERVER_READY; then the audio, one channel of
float32 at 16 kHz; back come messages of segments (segments.py), until END_OF_AUDIO ends it.

What was chosen so that the comparison is fair, and where in doubt in WhisperLive's favour:

- The same audio leaves by the same schedule: a chunk when its last sample has been spoken. Ours
  gets 20 ms at a time, as telephones send, and so does WhisperLive. (Its own client sends 256 ms:
  words would wait for up to that much longer, and its server save some 0.01 CPU s a call second.)
  Resampling from 8 to 16 kHz is done before the feed, at no cost to the server. Where one side
  of a call is shorter, it is filled with silence, for both systems.
- Nothing is fed before every client of the call is ready, so loading a model delays no word.
- The language is given. Left open, WhisperLive detects it, and drops what it heard until then.
  All else is as its own client has it by default: voice activity detection on, ten segments.
- After the audio the sockets stay open until nothing new was heard for 15 s, as its own client
  does it: END_OF_AUDIO ends the transcription at once, and the last words would be lost. What the
  server does in this time after its last change is counted neither in words nor in its CPU.
- A reader sees all segments, closed and open; see segments.py.
"""

from __future__ import annotations

import asyncio
import json
import secrets
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from websockets.asyncio.client import ClientConnection
from websockets.asyncio.client import connect as open_websocket
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidURI

from benchmarks.peer.address import Patience, Peer, PeerFailed, PeerFull
from benchmarks.peer.segments import Shown
from benchmarks.recording import Arrival
from coach.client.link import LOOPBACK

END_OF_AUDIO = b"END_OF_AUDIO"
MAX_MESSAGE_BYTES = 1 << 20
"""Ten segments of 30 s are some 10 kB."""


@dataclass(slots=True)
class Client:
    """One side's socket: audio goes out, what a reader sees comes back.

    `on_change` is called whenever that changed. The reader ends by raising PeerFailed,
    whatever ends the socket.
    """

    party: str
    socket: ClientConnection
    on_change: Callable[[], None]
    uid: str = field(default_factory=lambda: secrets.token_hex(8))
    arrivals: list[Arrival] = field(default_factory=list)
    shown: Shown = field(default_factory=Shown)
    ready: asyncio.Event = field(default_factory=asyncio.Event)
    reader: asyncio.Task[None] = field(init=False)

    def __post_init__(self) -> None:
        self.reader = asyncio.create_task(self._read())

    async def start(self, model: str, patience: Patience) -> None:
        """Sends the options and waits until the server is ready. Raises PeerFailed."""
        options = {"language": "en", "task": "transcribe", "use_vad": True}
        await self.send(json.dumps({"uid": self.uid, "model": model, **options}))
        ready = asyncio.create_task(self.ready.wait())
        try:
            await asyncio.wait(
                (ready, self.reader),
                timeout=patience.ready,
                return_when=asyncio.FIRST_COMPLETED,
            )
        finally:
            ready.cancel()
        if self.ready.is_set():
            return
        self.check()
        raise PeerFailed(
            f"WhisperLive did not say that it is ready within {patience.ready:g} s; "
            "see its log, and whether it is WhisperLive that listens there"
        )

    async def send(self, message: str | bytes) -> None:
        """Sends; waits where the server does not read. Raises PeerFailed."""
        self.check()
        try:
            await self.socket.send(message)
        except ConnectionClosed:
            # The reader knows why.
            await self.reader

    def check(self) -> None:
        """Raises what ended the reader, where it has ended."""
        if self.reader.done():
            self.reader.result()

    async def rest(self, patience: Patience) -> None:
        """Waits until nothing new comes any more, and ends the stream. Raises PeerFailed."""
        fed = time.monotonic()
        while True:
            newest = max(fed, self.arrivals[-1].wall) if self.arrivals else fed
            left = min(newest + patience.quiet, fed + patience.last) - time.monotonic()
            if left <= 0:
                break
            await asyncio.wait((self.reader,), timeout=left)
            self.check()
        await self.send(END_OF_AUDIO)

    async def close(self) -> None:
        """Closes the socket and ends the reader."""
        self.reader.cancel()
        await asyncio.gather(self.reader, return_exceptions=True)
        await self.socket.close()

    async def _read(self) -> None:
        try:
            async for text in self.socket:
                self._take(time.monotonic(), json.loads(text))
        except ConnectionClosed:
            pass
        except (AttributeError, KeyError, TypeError, ValueError) as fault:
            raise PeerFailed(
                f"what answers there sent what is no message of WhisperLive ({fault!r}); "
                "start version 0.10 of whisper-live there"
            ) from fault
        raise PeerFailed("WhisperLive closed the socket before the stream was over; see its log")

    def _take(self, wall: float, message: dict[str, Any]) -> None:
        if message["uid"] != self.uid:
            return
        said = message.get("message")
        if message.get("status") == "WAIT":
            raise PeerFull(
                "WhisperLive takes no more clients at once; start it with a larger max_clients"
            )
        if message.get("status") == "ERROR":
            raise PeerFailed(f"WhisperLive refused: {said}; see its log")
        if said == "DISCONNECT":
            raise PeerFailed(
                "WhisperLive ended the stream for its length; start it with a longer "
                "max_connection_time"
            )
        if said == "SERVER_READY":
            self.ready.set()
        if "segments" in message and self.shown.take(message["segments"]):
            self.arrivals.append(Arrival(wall, self.shown.event(self.party)))
            self.on_change()


@asynccontextmanager
async def connected(peer: Peer, party: str, on_change: Callable[[], None]) -> AsyncIterator[Client]:
    """A client of `peer` that is ready for the audio of `party`. Raises PeerFailed."""
    client = Client(party, await _open(peer.address), on_change)
    try:
        await client.start(peer.model, peer.patience)
        yield client
    finally:
        await client.close()


async def _open(address: str) -> ClientConnection:
    try:
        return await open_websocket(
            address,
            compression=None,
            max_size=MAX_MESSAGE_BYTES,
            # A server that is busy may answer no ping in time, and its own client sends none.
            ping_interval=None,
            # A proxy of the environment cannot reach our own loopback.
            proxy=None if urlsplit(address).hostname in LOOPBACK else True,
        )
    except (OSError, TimeoutError, InvalidHandshake, InvalidURI) as fault:
        raise PeerFailed(
            f"no WhisperLive server answers at {address}; start one, as docs/performance.md says"
        ) from fault
