"""Media over websockets: the upgrade, and the shell on what it leads to."""

from __future__ import annotations

import asyncio

import structlog
from starlette.websockets import WebSocket

from stream.errors import MediaError, Unauthorised
from stream.intake import Admit, Intake, Transcribe
from stream.protocols import MakeCodec
from stream.shell import Shell, SocketLimits
from stream.sockets import WebSocketWire, bearer, deny
from stream.upgrade import Upgrade

log = structlog.get_logger(__name__)


async def serve_media(
    socket: WebSocket,
    make: MakeCodec,
    intake: Intake,
    admit: Admit,
    *,
    limits: SocketLimits | None = None,
    transcribe: Transcribe | None = None,
) -> None:
    """Serve one media socket from its accept to its close. Raises nothing of its own."""
    upgrade, patience = _upgrade(socket), limits or SocketLimits()
    try:
        codec = make(upgrade)
    except MediaError as fault:
        log.info("media.refused", code=fault.code, call=None, why=fault.message)
        if isinstance(fault, Unauthorised):
            await asyncio.sleep(patience.refusal_seconds)
        await deny(socket, fault)
        return
    await socket.accept(subprotocol=codec.manners.subprotocol or bearer(upgrade.subprotocols))
    wire = WebSocketWire(socket)
    await Shell(wire, codec, intake, admit, upgrade, patience, transcribe).serve()


def _upgrade(socket: WebSocket) -> Upgrade:
    """As it was sent: a signature is over the very characters."""
    raw = socket.scope.get("raw_path") or socket.url.path.encode()
    query = socket.scope.get("query_string", b"")
    return Upgrade(
        socket.headers,
        socket.query_params,
        tuple(socket.scope.get("subprotocols", ())),
        (raw + b"?" + query if query else raw).decode("latin-1"),
    )
