"""Where the service can be reached: its addresses, and how patient it is there."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from coach.settings import Settings
from stream.intake import Intake
from stream.shell import SocketLimits
from stream.tcp import audiosocket


class StartError(Exception):
    """The service cannot start; the message says why and the mend."""


def bound(host: str, port: int) -> socket.socket:
    """A socket that has its address and does not listen yet. Raises StartError.

    Bound before models are loaded, so that a port that is taken is told at once; uvicorn would
    leave by SystemExit in the middle of the loop.
    """
    listener: socket.socket | None = None
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        family, kind, protocol, _, address = found[0]
        listener = socket.socket(family, kind, protocol)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
    except (OSError, UnicodeError) as fault:  # UnicodeError: no name that a host could have
        if listener is not None:
            listener.close()
        why = getattr(fault, "strerror", None) or fault
        raise StartError(
            f"cannot listen on {host}:{port} ({why}): give another --port (0 picks a free one), "
            "or --host"
        ) from fault
    return listener


def socket_limits(settings: Settings) -> SocketLimits:
    """How patient a media socket is."""
    return SocketLimits(
        first_message_seconds=settings.call.first_message_seconds,
        idle_seconds=settings.call.idle_seconds,
    )


@asynccontextmanager
async def audiosocket_of(settings: Settings, host: str, calls: Intake) -> AsyncIterator[None]:
    """AudioSocket beside the web application, where the settings want it. Raises StartError."""
    port = settings.asterisk.audiosocket_port
    if not port:
        yield
        return
    limits = socket_limits(settings)
    async with AsyncExitStack() as stack:
        try:
            await stack.enter_async_context(
                audiosocket(host, port, settings.asterisk.party, calls, limits)
            )
        except OSError as fault:
            raise StartError(
                f"cannot listen on {host}:{port} ({fault.strerror}): set another "
                "asterisk.audiosocket_port"
            ) from fault
        yield
