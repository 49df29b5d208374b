"""A short silent call, and the other end of its sockets that tells fixed events about it."""

from __future__ import annotations

import asyncio
import json
import wave
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

from websockets.asyncio.server import ServerConnection

from benchmarks.dataset import ReferenceCall, ReferenceWord, Side
from stream.protocols.pcm import PcmCodec
from tests.coach.peer import Peer


def silent_call(folder: Path, *words: ReferenceWord) -> ReferenceCall:
    """0.1 s of an agent, who said `words`, and a little less of a customer."""
    sides = []
    for party, count, said in (("agent", 800, words), ("customer", 640, ())):
        file = folder / f"{party}.wav"
        with wave.open(str(file), "wb") as sound:
            sound.setnchannels(1)
            sound.setsampwidth(2)
            sound.setframerate(8000)
            sound.writeframes(bytes(2 * count))
        sides.append(Side(party, file, "hello", said))
    return ReferenceCall("one", tuple(sides))


def telling(
    events: Sequence[dict[str, Any]], *, after: float = 0.0
) -> Callable[[Peer, ServerConnection], Awaitable[None]]:
    """Events come `after` seconds once audio does, as they would from a server that listens."""

    async def tells(peer: Peer, socket: ServerConnection) -> None:
        assert socket.request is not None
        if "/events" not in socket.request.path:
            await peer.media(socket, PcmCodec())
            return
        await peer.hearing.wait()
        await asyncio.sleep(after)
        for event in events:
            await socket.send(json.dumps(event))
        await socket.wait_closed()

    return tells


async def breaks_off(peer: Peer, socket: ServerConnection) -> None:
    """Ends the events before there are any."""
    assert socket.request is not None
    if "/events" in socket.request.path:
        await socket.close()
    else:
        await peer.media(socket, PcmCodec())
