"""A client's TCP connection, with what a Link wants of a websocket."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from coach.client.senders import Message

OPEN_SECONDS = 10.0
CLOSE_SECONDS = 10.0
"""As long as a websocket may take to open, and to close."""
READ_BYTES = 16_384
"""Of a read. What a server sends here is sound for a caller, whom a replay does not have."""


def host_and_port(url: str) -> tuple[str, int]:
    """Raises ValueError where `url` does not name both."""
    parts = urlsplit(url)
    try:
        host, port = parts.hostname, parts.port
    except ValueError:  # no number, or beyond the last port
        host = port = None
    if parts.scheme != "tcp" or not host or not port:
        raise ValueError(
            f"{url!r} names no port of AudioSocket: give as the url the server's host and its "
            "asterisk.audiosocket_port, like tcp://127.0.0.1:9092"
        )
    return host, port


@dataclass(frozen=True, slots=True)
class TcpSocket:
    """An open connection."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def send(self, message: Message, /) -> None:
        """Waits where the server does not read. Raises OSError."""
        self.writer.write(message.encode() if isinstance(message, str) else message)
        await self.writer.drain()

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """What comes, up to the server's close. Raises OSError."""
        while data := await self.reader.read(READ_BYTES):
            yield data

    async def close(self) -> None:
        """Once all is sent, where the server still reads."""
        self.writer.close()
        try:
            async with asyncio.timeout(CLOSE_SECONDS):
                await self.writer.wait_closed()
        except OSError:  # a timeout is one
            self.writer.transport.abort()


async def open_tcp(url: str) -> TcpSocket:
    """A connection to `url`, tcp://host:port. Raises ValueError, and OSError where nobody is."""
    host, port = host_and_port(url)
    async with asyncio.timeout(OPEN_SECONDS):
        return TcpSocket(*await asyncio.open_connection(host, port))
