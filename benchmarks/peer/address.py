"""Another system to measure ours against: which, where, and its process on this machine."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

import psutil

from benchmarks.server import Server, listener

KNOWN = {"whisperlive": "WhisperLive"}
"""Systems that are spoken to: name on the command line -> name in tables."""
OURS = "Coach"
"""Our own name in tables of two."""
DEFAULT_MODEL = "base"
"""What is asked of the other system: what ours transcribes with by default."""


class PeerFailed(Exception):
    """The other system could not be reached, refused, or went away. Says what and the mend."""


class PeerFull(PeerFailed):
    """It takes no more streams at once."""


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds to wait: for the server to be ready, which may load a model first; for anything
    new after the audio, as its own client does; and for the last of it, however much is new."""

    ready: float = 120.0
    quiet: float = 15.0
    last: float = 180.0


@dataclass(frozen=True, slots=True)
class Peer:
    """A running server of another system. `model`: asked for, and named in the results."""

    name: str
    address: str
    model: str = DEFAULT_MODEL
    pid: int | None = None
    patience: Patience = Patience()

    @property
    def title(self) -> str:
        """Its name as people write it."""
        return KNOWN[self.name]

    def server(self) -> Server:
        """Its process as far as that is known: by `pid`, or as who listens on loopback."""
        pid = listener(self.address) if self.pid is None else self.pid
        return Server(self.address, pid, self.model)


def peer_option(text: str | None, model: str | None, pid: int | None) -> Peer | None:
    """The peer of the command line, None where none is given. Errors as for `parse_peer`."""
    if text is not None:
        return parse_peer(text, model=model, pid=pid)
    if model is not None or pid is not None:
        raise ValueError("--peer-model and --peer-pid say something of --peer: give that too")
    return None


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
