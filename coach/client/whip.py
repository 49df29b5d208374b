"""Files played as live calls by WebRTC: a WHIP session for each party.

RTP is live by its nature: 20 ms leave every 20 ms, whatever is wished.
"""

from __future__ import annotations

import asyncio
import fractions
import time
from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from urllib.parse import quote, urljoin

import aiortc
import numpy as np
from av import AudioFrame

from coach.client.api import Api
from coach.client.link import ReplayError
from coach.client.pace import Pace
from stream.audio import Samples

RATE = 48_000
FRAME = RATE // 50
"""Samples of a packet: what browsers send."""
CONNECT_SECONDS = 30.0
LINGER_SECONDS = 0.2
"""Silence after the last word: a receiver waits for packets that may still come, and what it waits
with at the end nobody hears."""


class Voice(aiortc.MediaStreamTrack):
    """A party's samples at RATE as a track, at the pace of speech."""

    kind = "audio"

    def __init__(self, samples: Samples, pace: Pace, begin: asyncio.Event) -> None:
        super().__init__()
        silence = np.zeros(round(LINGER_SECONDS * RATE) + FRAME, np.float32)
        whole = np.clip(np.rint(np.concatenate([samples, silence]) * 32768), -32768, 32767)
        self._frames = whole[: len(whole) // FRAME * FRAME].astype(np.int16).reshape(-1, 1, FRAME)
        self._pace, self._begin = pace, begin
        self._next = 0
        self.done = asyncio.Event()

    async def recv(self) -> AudioFrame:
        """The next 20 ms, when they have been spoken."""
        await self._begin.wait()
        if self._next >= len(self._frames):
            self.done.set()
            await asyncio.Event().wait()  # until the connection is closed
        await self._pace.until((self._next + 1) * FRAME / RATE)
        frame = AudioFrame.from_ndarray(self._frames[self._next], format="s16", layout="mono")
        frame.sample_rate, frame.pts = RATE, self._next * FRAME
        frame.time_base = fractions.Fraction(1, RATE)
        self._next += 1
        self._pace.sent(self._next * FRAME / RATE)
        return frame


@dataclass(frozen=True, slots=True)
class Whip:
    """A server's WHIP endpoint, for one call."""

    api: Api
    call: str

    async def publish(self, party: str, offer: str) -> tuple[str, str]:
        """The session's address, and the answer. Raises ReplayError."""
        where = self.api.at(f"/v1/media/whip/{self.call}/{quote(party, safe='')}")
        session, answer = await self.api.ask("POST", where, offer.encode(), "application/sdp")
        return urljoin(where, session), answer

    async def end(self, session: str) -> None:
        """Raises ReplayError."""
        await self.api.ask("DELETE", session)


async def play(whip: Whip, parties: Mapping[str, Samples], pace: Pace) -> None:
    """Play the parties' samples at RATE as one call, each by a session, all from the same moment.

    Raises ReplayError.
    """
    begin = asyncio.Event()
    async with AsyncExitStack() as stack:
        voices, sessions = [], []
        for party, samples in parties.items():
            connection = aiortc.RTCPeerConnection(aiortc.RTCConfiguration([]))
            stack.push_async_callback(connection.close)
            voice = Voice(samples, pace, begin)
            connection.addTransceiver(voice, "sendonly")
            sessions.append(await opened(connection, whip, party))
            voices.append(voice)
        pace.origin = time.monotonic()
        begin.set()
        await asyncio.gather(*(voice.done.wait() for voice in voices))
        for session in sessions:
            await whip.end(session)


async def opened(connection: aiortc.RTCPeerConnection, whip: Whip, party: str) -> str:
    """The address of a session that is connected."""
    connected = asyncio.Event()

    def changed() -> None:
        if connection.connectionState in ("connected", "failed", "closed"):
            connected.set()

    connection.on("connectionstatechange", changed)
    await connection.setLocalDescription(await connection.createOffer())
    session, answer = await whip.publish(party, connection.localDescription.sdp)
    await connection.setRemoteDescription(aiortc.RTCSessionDescription(answer, "answer"))
    try:
        async with asyncio.timeout(CONNECT_SECONDS):
            await connected.wait()
    except TimeoutError:
        raise ReplayError("timeout", "no WebRTC connection: is UDP to the server open?") from None
    if connection.connectionState != "connected":
        raise ReplayError("closed", "the WebRTC connection failed: is UDP to the server open?")
    return session
