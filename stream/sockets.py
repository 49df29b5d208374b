"""What every websocket of ours does: say, hear, part, and two works side by side.

The ways in which a server reports that the other end has left are many; here they are one,
`Gone`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from starlette.responses import PlainTextResponse
from starlette.websockets import WebSocket, WebSocketDisconnect

from stream.errors import MediaError

BEARER = "bearer."
"""What a subprotocol that carries an access token begins with."""
REASON_BYTES = 123
"""Of a close frame's 125 bytes, two are the code (RFC 6455, 5.5)."""
CLOSED = 1000
"""Close code: in the ordinary way (RFC 6455, 7.4.1)."""
GOING_AWAY = 1001
"""Close code: the server stops."""


class Gone(Exception):
    """The other end closed, or is no longer there; `code` as its close frame said it."""

    def __init__(self, code: int = 1006) -> None:
        super().__init__(f"the other end closed with {code}")
        self.code = code


class Wire(Protocol):
    """A connection of messages. Each raises Gone where the other end has left, but `part`."""

    async def hear(self) -> str | bytes:
        """The next message."""

    async def say(self, text: str) -> None:
        """Send a text message; waits for a slow reader."""

    async def part(self, code: int, reason: str = "") -> None:
        """Close, with a websocket's code and a reason where the connection can carry them."""


def bearer(offered: Sequence[str]) -> str | None:
    """The offered subprotocol that carries a token: a server must name it when it accepts."""
    return next((offer for offer in offered if offer.startswith(BEARER)), None)


async def say(socket: WebSocket, text: str) -> None:
    """Send a text message; waits for a slow reader. Raises Gone."""
    try:
        await socket.send_text(text)
    except WebSocketDisconnect as left:
        raise Gone(left.code) from None
    except RuntimeError:  # a message after the close: it closed while we were speaking
        raise Gone from None


async def hear(socket: WebSocket) -> str | bytes:
    """The next message. Raises Gone."""
    try:
        message = await socket.receive()
    except RuntimeError:
        raise Gone from None
    if message["type"] == "websocket.disconnect":
        raise Gone(message.get("code", 1006))
    text: str | None = message.get("text")
    data: bytes | None = message.get("bytes")
    return text if text is not None else data or b""


async def part(socket: WebSocket, code: int, reason: str = "") -> None:
    """Close; nothing happens where the other end has left. The reason is cut where too long."""
    short = reason.encode()[:REASON_BYTES].decode(errors="ignore")
    try:
        await socket.close(code, short)
    except (WebSocketDisconnect, RuntimeError):
        return


async def part_with(socket: WebSocket, fault: MediaError) -> None:
    """Close with the code and the words of a fault."""
    await part(socket, fault.close, fault.message)


async def deny(socket: WebSocket, fault: MediaError) -> None:
    """Refuse the upgrade, with the status and the words of a fault."""
    try:
        await socket.send_denial_response(PlainTextResponse(fault.message, fault.status))
    except (WebSocketDisconnect, RuntimeError):
        return


@dataclass(frozen=True, slots=True)
class WebSocketWire:
    """A websocket that was accepted."""

    socket: WebSocket

    async def hear(self) -> str | bytes:
        return await hear(self.socket)

    async def say(self, text: str) -> None:
        await say(self.socket, text)

    async def part(self, code: int, reason: str = "") -> None:
        await part(self.socket, code, reason)


async def first(*works: Coroutine[Any, Any, None]) -> None:
    """Run these side by side until one of them ends or raises; the others are cancelled.

    Raises what any of those raised that ended in that moment.
    """
    tasks = [asyncio.create_task(work) for work in works]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    for task in tasks:
        if task in done:
            task.result()
