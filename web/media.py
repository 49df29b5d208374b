"""Media sockets: the codec of each protocol, and who may send."""

from __future__ import annotations

from fastapi import APIRouter, WebSocket

from stream.errors import NotAllowed
from stream.events import CallStarted
from stream.intake import Admit
from stream.server import serve_media
from stream.upgrade import Upgrade
from web.access import services
from web.auth import Authenticator
from web.doors import Doors

router = APIRouter()


def admission(auth: Authenticator, doors: Doors, protocol: str) -> Admit:
    """Lets in whoever proves to be the operator's telephone system, or has a token for the media
    of that call."""

    def admit(started: CallStarted, upgrade: Upgrade) -> None:
        if doors.opened(protocol, upgrade):
            return
        who = auth.authenticate(
            upgrade.headers,
            upgrade.query,
            upgrade.subprotocols,
            started.token or None,
        )
        if not who.may_send_media(started.call):
            raise NotAllowed("your token may not send audio of this call: ask for role media")

    return admit


@router.websocket("/v1/media/{protocol}")
async def media(socket: WebSocket, protocol: str) -> None:
    """One sender of live audio; the handshake is refused for a protocol that is not spoken."""
    uses = services(socket)
    make = uses.codecs.get(protocol)
    if make is None:
        await socket.close()
        return
    with uses.metrics.socket(protocol):
        admit = admission(uses.auth, uses.doors, protocol)
        await serve_media(socket, make, uses.calls, admit, limits=uses.limits)
