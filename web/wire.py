"""A reader's websocket: events out, commands in, and how either may go wrong.

A fault of a command is answered and the socket stays; a fault of the reader's right ends it,
with the error first, since a browser is told nothing of a handshake that is refused.
"""

from __future__ import annotations

import asyncio
import json
import traceback
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from typing import Any

import structlog
from fastapi import WebSocket

from coach import commands
from stream.errors import BadRequest, Internal, MediaError, TooBig
from stream.protocols import fields
from stream.sockets import GOING_AWAY, Gone, bearer, first, hear, part, part_with, say

COMMAND_BYTES = 16_384
"""A command's text of 2,000 characters, each escaped as six, and the rest of it."""
FAULTS_IN_A_ROW = 10
"""Messages that are no commands, before whoever sends them is taken for something else."""

Answer = Callable[[dict[str, Any], str | None], Awaitable[None]]
"""Does what a command with this ref asks; returns when it is done. May raise MediaError."""

log = structlog.get_logger(__name__)


class Wire:
    """One reader."""

    def __init__(self, socket: WebSocket) -> None:
        self._socket = socket

    async def send(self, body: Mapping[str, Any]) -> None:
        """Send as JSON; waits for a slow reader. Raises Gone."""
        await say(self._socket, json.dumps(body, separators=(",", ":")))

    async def converse(self, telling: Coroutine[Any, Any, None], answer: Answer) -> None:
        """Tell, and answer commands, until the telling ends or the reader leaves."""
        await first(_even_alone(telling), self._listen(answer))

    async def _listen(self, answer: Answer) -> None:
        faults = 0
        while True:
            message = await hear(self._socket)
            reply = await _reply(message, answer)
            await self.send(reply)
            malformed = reply.get("code") in (BadRequest.code, TooBig.code)
            faults = faults + 1 if malformed else 0
            if faults >= FAULTS_IN_A_ROW:
                raise BadRequest(f"{faults} messages in a row that are no commands: see the API")


async def attend(socket: WebSocket, talk: Callable[[Wire], Awaitable[None]]) -> None:
    """Serve one reader from its accept to its close; `talk` may raise MediaError."""
    await socket.accept(subprotocol=bearer(socket.scope.get("subprotocols", ())))
    wire = Wire(socket)
    try:
        await talk(wire)
        await part(socket, GOING_AWAY, "the server is stopping: connect again")
    except Gone:
        return
    except MediaError as fault:
        await _refuse(socket, wire, fault)
    except Exception as error:
        _report(error)
        await _refuse(socket, wire, Internal("a fault of the server: it is in its log"))


async def _even_alone(telling: Coroutine[Any, Any, None]) -> None:
    """The telling, but a reader who left does not end it: what they sent before is still read,
    and the listening ends when it comes to where they left."""
    try:
        await telling
    except Gone:
        await asyncio.Event().wait()


async def _refuse(socket: WebSocket, wire: Wire, fault: MediaError) -> None:
    try:
        await wire.send(fault.payload())
    except Gone:
        return
    await part_with(socket, fault)


async def _reply(message: str | bytes, answer: Answer) -> dict[str, object]:
    """What to say to a message: an ack, or what is wrong with it."""
    ref: str | None = None
    try:
        command = _command(message)
        ref = commands.reference(command)
        if command.get("type") != "ping":
            await answer(command, ref)
    except MediaError as fault:
        body = fault.payload()
    except Exception as error:
        _report(error)
        body = Internal("a fault of the server: it is in its log; try again").payload()
    else:
        body = {"type": "ack"}
    return body if ref is None else {**body, "ref": ref}


def _command(message: str | bytes) -> dict[str, Any]:
    if isinstance(message, bytes):
        raise BadRequest("a binary message: send commands as JSON texts")
    if len(message) > COMMAND_BYTES or len(message.encode(errors="replace")) > COMMAND_BYTES:
        raise TooBig(f"a command above {COMMAND_BYTES} bytes: send a shorter text")
    return fields.json_object(message, "the command")


def _report(error: Exception) -> None:
    """Where it broke, without the error's words: they may quote what was said."""
    trace = "".join(traceback.format_tb(error.__traceback__))
    log.error("feed.broke", error=type(error).__name__, trace=trace)
