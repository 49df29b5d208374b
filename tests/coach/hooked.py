"""An AudioHook client that a test leads message by message."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from websockets.asyncio.client import ClientConnection, connect

from coach.client.senders.audiohook import AudioHookSender
from tests.coach.caller import HANG
from tests.conftest import RunningServer


class Hook:
    """An AudioHook client."""

    def __init__(self, socket: ClientConnection, sender: AudioHookSender) -> None:
        self._socket, self.sender = socket, sender

    async def send(self, *messages: str | bytes) -> None:
        for message in messages:
            await self._socket.send(message)

    async def ask(self, kind: str, **parameters: Any) -> None:
        await self.send(self.sender._numbered(kind, parameters))

    async def next(self) -> dict[str, Any]:
        """The next message."""
        async with asyncio.timeout(HANG):
            text = str(await self._socket.recv())
        self.sender.hear(text)
        found: dict[str, Any] = json.loads(text)
        return found

    async def told(self) -> str:
        """The type of the next message."""
        return str((await self.next())["type"])


@asynccontextmanager
async def hooked(server: RunningServer, call: str) -> AsyncIterator[Hook]:
    """A session that is open."""
    sender = AudioHookSender(call, ("customer", "agent"))
    where, headers = server.ws + sender.address.path, sender.address.headers
    async with connect(where, proxy=None, additional_headers=headers) as socket:
        hook = Hook(socket, sender)
        await hook.send(*sender.hello())
        assert await hook.told() == "opened"
        yield hook
