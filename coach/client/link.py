"""One client's socket to a server: what is sent, what comes back, and why it ended."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterable
from contextlib import aclosing, asynccontextmanager
from typing import Any, Protocol
from urllib.parse import urlsplit, urlunsplit

from websockets.asyncio.client import ClientConnection
from websockets.asyncio.client import connect as open_websocket
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus, InvalidURI
from websockets.typing import Subprotocol

from coach.client.senders import Address, Message, Refused, Said, Sender
from coach.client.tcp import TcpSocket, open_tcp
from stream.errors import MediaError
from stream.protocols import Ack, Ended, Ready

CODES = {fault.close: fault.code for fault in MediaError.__subclasses__()}
STATUSES = {fault.status: fault.code for fault in MediaError.__subclasses__()}

MAX_EVENT_BYTES = 1 << 20
"""The server's own bound on a message."""

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
SCHEMES = {"http": "ws", "https": "wss", "ws": "ws", "wss": "wss"}


class ReplayError(Exception):
    """The server refused or ended a call. `code` is one of the API's, or `unreachable`,
    `closed` (it went away without a word) or `timeout` (it kept silent)."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message


def websocket_url(url: str, path: str) -> str:
    """The websocket address of `path` on the server at `url` (http, https, ws or wss).

    Raises ValueError where `url` names no server.
    """
    parts = urlsplit(url)
    if parts.scheme not in SCHEMES or not parts.netloc:
        raise ValueError(f"{url!r} names no server; give one like http://127.0.0.1:8080")
    where, _, query = path.partition("?")
    return urlunsplit(
        (SCHEMES[parts.scheme], parts.netloc, parts.path.rstrip("/") + where, query, "")
    )


Word = type[Ready] | type[Ended]
"""What a sender waits for."""


class Socket(Protocol):
    """A connection of messages: a websocket, or what carries them over TCP."""

    async def send(self, message: Message, /) -> None:
        """Waits where the server does not read. Raises ConnectionClosed or OSError."""
        ...

    def __aiter__(self) -> AsyncIterator[Message]:
        """What comes, up to the close. Raises ConnectionClosed or OSError."""
        ...

    async def close(self) -> None:
        """In the ordinary way."""
        ...


class Link:
    """A media socket: sends, and reads what comes back in the background."""

    def __init__(self, socket: Socket, hear: Callable[[str], Said | None]) -> None:
        self.acked: dict[str, float] = {}
        self._socket = socket
        self._hear = hear
        self._said: dict[Word, asyncio.Event] = {Ready: asyncio.Event(), Ended: asyncio.Event()}
        self._reader = asyncio.create_task(self._read())

    async def send(self, messages: Iterable[Message]) -> None:
        """Sends in order; waits where the server does not read. Raises ReplayError."""
        if self._reader.done():
            await self._reader
        for message in messages:
            try:
                await self._socket.send(message)
            except (ConnectionClosed, OSError):
                # The reader knows why: an error message comes before the close.
                await self._reader
                raise

    async def ping(self) -> None:
        """Returns when the server's websocket has answered a ping. Raises ReplayError, and
        TypeError over plain TCP, which has none."""
        if not isinstance(self._socket, ClientConnection):
            raise TypeError("only websockets are pinged")
        try:
            await (await self._socket.ping())
        except ConnectionClosed:
            await self._reader
            raise

    async def heard(self, word: Word, seconds: float) -> None:
        """Waits for the server's `word`. Raises ReplayError where it says something else."""
        said = asyncio.create_task(self._said[word].wait())
        try:
            done, _ = await asyncio.wait(
                (said, self._reader), timeout=seconds, return_when=asyncio.FIRST_COMPLETED
            )
        finally:
            said.cancel()
        if self._said[word].is_set():
            return
        if self._reader in done:
            await self._reader
        raise ReplayError(
            "timeout",
            f"no {word.__name__.lower()!r} from the server within {seconds:g} s; see its log",
        )

    async def close(self) -> None:
        """Closes the socket and ends the reader."""
        await self._socket.close()
        self._reader.cancel()
        await asyncio.gather(self._reader, return_exceptions=True)

    async def _read(self) -> None:
        """Ends by raising ReplayError, whatever ends the socket."""
        try:
            async for text in self._socket:
                match self._hear(str(text)):
                    case Refused(code, words):
                        raise ReplayError(code, words)
                    case Ack(party, at):
                        self.acked[party] = at
                    case Ready() | Ended() as word:
                        self._said[type(word)].set()
        except ConnectionClosed as closed:
            raise _closed(closed) from closed
        except OSError as fault:
            raise ReplayError("closed", "the line to the server broke; see its log") from fault
        except (ValueError, AttributeError, KeyError, TypeError) as fault:
            raise ReplayError("closed", "the server sent what is no message of its API") from fault
        raise ReplayError("closed", "the server closed the socket without a word; see its log")


@asynccontextmanager
async def connect(url: str, sender: Sender, token: str | None) -> AsyncIterator[Link]:
    """A media socket for `sender`. Raises ReplayError where there is no server, ValueError for a
    `url` that is none of the protocol's."""
    if sender.address is None:
        socket: Socket = await _open_tcp(url)
    else:
        socket = await _open(url, sender.address, token)
    link = Link(socket, sender.hear)
    try:
        yield link
    finally:
        await link.close()


@asynccontextmanager
async def subscribe(
    url: str, call: str, *, token: str | None = None, after: int = 0
) -> AsyncIterator[AsyncGenerator[dict[str, Any], None]]:
    """The open events socket of a call; events from the moment of entry are not missed.

    Yields the events after `n` = `after` as the API shows them, until the server closes.
    Iterating raises ReplayError where the server sends an error.
    """
    socket = await _open(url, Address(f"/v1/calls/{call}/events?after={after}"), token)
    try:
        async with aclosing(_events(socket)) as events:
            yield events
    finally:
        await socket.close()


async def follow(
    url: str, call: str, token: str | None = None, after: int = 0
) -> AsyncIterator[dict[str, Any]]:
    """Events of a call after `n` = `after`, live, up to and with `call.ended`."""
    async with subscribe(url, call, token=token, after=after) as events:
        async for event in events:
            yield event
            if event.get("type") == "call.ended":
                return


async def _events(socket: ClientConnection) -> AsyncGenerator[dict[str, Any], None]:
    try:
        async for text in socket:
            event: dict[str, Any] = json.loads(text)
            if event.get("type") == "error":
                raise _fault(event)
            if event.get("type") != "ack":
                yield event
    except ConnectionClosed as closed:
        raise _closed(closed) from closed


async def _open_tcp(url: str) -> TcpSocket:
    try:
        return await open_tcp(url)
    except OSError as fault:
        raise ReplayError(
            "unreachable",
            f"nobody listens at {url}; is asterisk.audiosocket_port of `coach serve` set to it?",
        ) from fault


async def _open(url: str, where: Address, token: str | None) -> ClientConnection:
    address = websocket_url(url, where.path)
    shown, _, _ = address.partition("?")  # a token may stand in the query
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    try:
        return await open_websocket(
            address,
            additional_headers={**headers, **where.headers},
            subprotocols=[Subprotocol(each) for each in where.subprotocols] or None,
            compression=None,
            max_size=MAX_EVENT_BYTES,
            # A server that is behind reads nothing for a while, pings neither: they wait behind
            # our own audio, and to give up then would end a call that is only late.
            ping_timeout=None,
            # A proxy of the environment cannot reach our own loopback.
            proxy=None if urlsplit(address).hostname in LOOPBACK else True,
        )
    except InvalidStatus as refused:
        status = refused.response.status_code
        raise ReplayError(
            STATUSES.get(status, "refused"),
            f"the server at {shown} answered {status}; check the address and the token",
        ) from refused
    except (OSError, TimeoutError, InvalidHandshake, InvalidURI) as fault:
        raise ReplayError(
            "unreachable", f"no server answers at {shown}; start one with `coach serve`"
        ) from fault


def _fault(message: dict[str, Any]) -> ReplayError:
    return ReplayError(str(message.get("code", "internal")), str(message.get("message", "")))


def _closed(closed: ConnectionClosed) -> ReplayError:
    code = closed.rcvd.code if closed.rcvd else 1006
    reason = (closed.rcvd.reason if closed.rcvd else "") or f"it closed with {code}; see its log"
    return ReplayError(CODES.get(code, "closed"), f"the server ended the socket: {reason}")
