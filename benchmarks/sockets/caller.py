"""A call's socket as its sender leads it, and how its sender knows that a frame was taken.

Theory. The shell (stream/shell.py) asks for a message when what the one before held is in the call.

- AudioHook has a ping of its own, and the shell answers it in its turn: its pong says that every
  frame before it is in the call.
- Other protocols answer nothing, so their websocket is pinged. The server beneath answers that by
  itself, but reads nothing more of a socket while a message waits for the shell. A ping that is
  sent with a frame may still be read together with it; one sent when that was answered is not, so
  its pong says that the shell has asked for the frame. In the same step of the loop the frame
  goes into the call, while that has room: 30 s of it. Were there none, the frame after it would
  wait, and its pings with it.

So a frame was taken at the latest when the first ping (AudioHook) or the second (others) after it
was answered, and a reader was blocked no longer than that took.
"""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import numpy as np

from coach.client.link import Link, connect
from coach.client.replay import ENDED_SECONDS, READY_SECONDS
from coach.client.senders import Message, Said, Sender
from coach.client.senders.audiohook import AudioHookSender
from coach.client.senders.dialling import SocketProtocol, dial
from coach.client.senders.pcm import PcmSender
from stream.protocols import Ended, Ready

PROTOCOLS: tuple[SocketProtocol, ...] = ("pcm", "twilio", "audiohook", "jambonz")
"""By turns: one socket a call in each, with both parties on it."""
PARTIES = ("agent", "customer")
FRAME_SECONDS = 0.02
"""Of sound in a message: what telephone systems send."""
PCM_RATE = 16_000


class Session(AudioHookSender):
    """An AudioHook session that knows which of its pings were answered."""

    def __init__(self, call: str) -> None:
        super().__init__(call, PARTIES)
        self.asked: deque[asyncio.Future[None]] = deque()
        """A future a ping that is not answered."""

    def ping(self) -> Message:
        self.asked.append(asyncio.get_running_loop().create_future())
        return super().ping()

    def hear(self, text: str) -> Said | None:
        if json.loads(text)["type"] == "pong":
            answered = self.asked.popleft()
            if not answered.done():  # nobody waits any more
                answered.set_result(None)
        return super().hear(text)


class Caller:
    """A call's socket, at whose other end the call has begun."""

    def __init__(self, protocol: SocketProtocol, link: Link, sender: Sender, rate: int) -> None:
        self.protocol = protocol
        self._link = link
        self._sender = sender
        # Nobody listens to it: a frame of noise is as good as speech, and made once.
        noise = np.random.default_rng(1).normal(0, 0.1, (len(PARTIES), round(rate * FRAME_SECONDS)))
        self._block = noise.astype(np.float32)

    async def speak(self) -> None:
        """Send the next frame. Raises ReplayError."""
        await self._link.send(self._sender.audio(self._block))

    async def taken(self) -> None:
        """Returns once all that was sent before is in the call. Raises ReplayError."""
        if isinstance(self._sender, Session):
            message = self._sender.ping()
            answered = self._sender.asked[-1]
            await self._link.send([message])
            await answered
        else:
            await self._link.ping()
            await self._link.ping()

    async def pause(self) -> None:
        """Say that no sound comes, where the protocol has a word for it. Raises ReplayError."""
        if isinstance(self._sender, PcmSender | AudioHookSender):
            await self._link.send([self._sender.pause()])

    async def hang_up(self) -> None:
        """End the call. Raises ReplayError."""
        await self._link.send(self._sender.stop())
        if self._sender.answers:
            await self._link.heard(Ended, ENDED_SECONDS)


@asynccontextmanager
async def calling(url: str, protocol: SocketProtocol, call: str) -> AsyncIterator[Caller]:
    """A socket that said hello, and was told that the call has begun where the protocol tells.
    Raises ReplayError."""
    sender, rate = _sender(protocol, call)
    async with connect(url, sender, None) as link:
        await link.send(sender.hello())
        if sender.answers:
            await link.heard(Ready, READY_SECONDS)
        yield Caller(protocol, link, sender, rate)


def _sender(protocol: SocketProtocol, call: str) -> tuple[Sender, int]:
    dialled = dial(
        protocol,
        call,
        PARTIES,
        layout="stereo",
        rate=PCM_RATE,
        encoding="s16le",
        context=None,
        token=None,
    )
    (sender,) = dialled.senders
    return (Session(call) if protocol == "audiohook" else sender), dialled.rate
