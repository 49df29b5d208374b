"""Media sockets: the codec of each protocol, and who may send."""

from __future__ import annotations

from functools import partial

from fastapi import APIRouter, WebSocket

from coach.transcripts import transcripts
from stream.errors import NotAllowed
from stream.events import CallStarted
from stream.intake import Admit
from stream.protocols import Codec, MakeCodec
from stream.server import serve_media
from stream.upgrade import Upgrade
from web.access import services
from web.auth import Authenticator
from web.doors import Doors

router = APIRouter()


def admission(auth: Authenticator) -> Admit:
    """Lets in whoever has a token for the media of that call."""

    def admit(started: CallStarted, upgrade: Upgrade) -> None:
        who = auth.authenticate(
            upgrade.headers,
            upgrade.query,
            upgrade.subprotocols,
            started.token or None,
        )
        if not who.may_send_media(started.call):
            raise NotAllowed("your token may not send audio of this call: ask for role media")

    return admit


def proven(started: CallStarted, upgrade: Upgrade) -> None:
    """Lets in a telephone system whose upgrade proved itself."""


class Entrance:
    """A connection's way in: its upgrade proves itself, or a token does when the call starts.

    The upgrade is looked at before anything is said, so that a vendor's trial of the connection
    fails too where its secret is wrong; and once, since a signature is good for one look.
    """

    def __init__(self, auth: Authenticator, doors: Doors, protocol: str, make: MakeCodec) -> None:
        self._doors, self._protocol, self._make = doors, protocol, make
        self._admit = admission(auth)

    def make(self, upgrade: Upgrade) -> Codec:
        """A codec for the upgrade. Raises MediaError for one that is refused."""
        if self._doors.opened(self._protocol, upgrade):
            self._admit = proven
        return self._make(upgrade)

    def admit(self, started: CallStarted, upgrade: Upgrade) -> None:
        """Raises Unauthorised or NotAllowed."""
        self._admit(started, upgrade)


@router.websocket("/v1/media/{protocol}")
async def media(socket: WebSocket, protocol: str) -> None:
    """One sender of live audio; the handshake is refused for a protocol that is not spoken."""
    uses = services(socket)
    make = uses.codecs.get(protocol)
    if make is None:
        await socket.close()
        return
    with uses.metrics.socket(protocol):
        way = Entrance(uses.auth, uses.doors, protocol, make)
        await serve_media(
            socket,
            way.make,
            uses.calls,
            way.admit,
            limits=uses.limits,
            transcribe=partial(transcripts, uses.store, uses.bus),
        )
