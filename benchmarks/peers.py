"""Another system to measure ours against: which, where, and its process on this machine."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

import psutil

from benchmarks.server import Server
from coach.client.link import LOOPBACK

KNOWN = {"whisperlive": "WhisperLive"}
"""Systems that are spoken to: name on the command line -> name in tables."""
DEFAULT_MODEL = "base"
"""What is asked of the other system: what ours transcribes with by default."""


class PeerFailed(Exception):
    """The other system could not be reached, refused, or went away. Says what and the mend."""


class PeerFull(PeerFailed):
    """It takes no more streams at once."""


@dataclass(frozen=True, slots=True)
class Peer:
    """A running server of another system. `model`: asked for, and named in the results."""

    name: str
    address: str
    model: str = DEFAULT_MODEL
    pid: int | None = None

    @property
    def title(self) -> str:
        """Its name as people write it."""
        return KNOWN[self.name]

    def server(self) -> Server:
        """Its process as far as that is known: by `pid`, or as who listens on loopback."""
        pid = listener(self.address) if self.pid is None else self.pid
        return Server(self.address, pid, self.model)


def parse_peer(text: str, *, model: str | None = None, pid: int | None = None) -> Peer:
    """The peer of `NAME=ADDRESS`. Raises ValueError for one that nobody can be."""
    name, _, address = text.partition("=")
    example = "give one like whisperlive=ws://127.0.0.1:9090"
    if name not in KNOWN:
        raise ValueError(f"no peer is called {name!r}, only {', '.join(KNOWN)}: {example}")
    try:
        parts = urlsplit(address)
        reachable = parts.scheme in ("ws", "wss") and parts.hostname and (parts.port or True)
    except ValueError:
        reachable = False
    if not reachable:
        raise ValueError(f"{address!r} is no websocket address of a peer: {example}")
    if pid is not None and not psutil.pid_exists(pid):
        raise ValueError(f"no process has the id {pid}: give --peer-pid that of the peer's server")
    return Peer(name, address, model or DEFAULT_MODEL, pid)


def listener(address: str) -> int | None:
    """The process that listens at an address of this machine's loopback; None where unknown."""
    parts = urlsplit(address)
    port = parts.port or (443 if parts.scheme in ("wss", "https") else 80)
    if parts.hostname not in LOOPBACK:
        return None
    try:
        sockets = psutil.net_connections("tcp")
    except psutil.Error:
        return None
    found = (s.pid for s in sockets if s.status == psutil.CONN_LISTEN and s.laddr.port == port)
    return next((int(pid) for pid in found if pid is not None), None)
