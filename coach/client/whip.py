"""Files played as live calls by WebRTC: a WHIP session for each party.

RTP is live by its nature: 20 ms leave every 20 ms, whatever is wished. The context goes before, by
the API, since an offer has no place for it.
"""

from __future__ import annotations

import asyncio
import fractions
import json
import time
from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from urllib.error import HTTPError, URLError
from urllib.parse import quote, urljoin
from urllib.request import ProxyHandler, Request, build_opener

import aiortc
import numpy as np
from av import AudioFrame

from coach.client.link import STATUSES, ReplayError, websocket_url
from coach.client.pace import Pace
from stream.audio import Context, Samples

RATE = 48_000
FRAME = RATE // 50
"""Samples of a packet: what browsers send."""
REQUEST_SECONDS = 30.0
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

    url: str
    call: str
    token: str | None

    def _at(self, path: str) -> str:
        """Raises ValueError where `url` names no server."""
        return "http" + websocket_url(self.url, path).removeprefix("ws")

    async def put_context(self, context: Context) -> None:
        """Tell what is known of the call. Raises ReplayError."""
        body = json.dumps(context).encode()
        where = self._at(f"/v1/calls/{self.call}/context")
        await self._ask("PUT", where, body, "application/json")

    async def publish(self, party: str, offer: str) -> tuple[str, str]:
        """The session's address, and the answer. Raises ReplayError."""
        where = self._at(f"/v1/media/whip/{self.call}/{quote(party, safe='')}")
        session, answer = await self._ask("POST", where, offer.encode(), "application/sdp")
        return urljoin(where, session), answer

    async def end(self, session: str) -> None:
        """Raises ReplayError."""
        await self._ask("DELETE", session, None, None)

    async def _ask(
        self, method: str, where: str, body: bytes | None, kind: str | None
    ) -> tuple[str, str]:
        """The answer's Location and its body."""
        headers = {"Content-Type": kind} if kind else {}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        return await asyncio.to_thread(_send, Request(where, body, headers, method=method))


def _send(request: Request) -> tuple[str, str]:
    try:
        # No proxy: the media would not go through one either.
        with build_opener(ProxyHandler({})).open(request, timeout=REQUEST_SECONDS) as response:
            return response.headers.get("Location", ""), response.read().decode()
    except HTTPError as refused:
        problem = refused.read().decode(errors="replace")
        code = STATUSES.get(refused.code, "refused")
        raise ReplayError(code, _detail(problem) or f"the server answered {refused.code}") from None
    except (URLError, OSError) as fault:
        raise ReplayError(
            "unreachable", f"no server answers at {request.full_url}; start one with `coach serve`"
        ) from fault


def _detail(problem: str) -> str:
    """What an error of the API says."""
    try:
        return str(json.loads(problem).get("detail", ""))
    except (ValueError, AttributeError):
        return ""


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
            sessions.append(await _opened(connection, whip, party))
            voices.append(voice)
        pace.origin = time.monotonic()
        begin.set()
        await asyncio.gather(*(voice.done.wait() for voice in voices))
        for session in sessions:
            await whip.end(session)


async def _opened(connection: aiortc.RTCPeerConnection, whip: Whip, party: str) -> str:
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
