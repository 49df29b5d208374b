"""What the web application is made of: handed in whole by the composition root."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Protocol

from coach.bus import Bus
from coach.journal import Journal
from coach.store import Store
from stream.audio import CallId, Context
from stream.intake import Intake
from stream.protocols import MakeCodec
from stream.protocols.spoken import spoken
from stream.shell import SocketLimits
from stream.webrtc import Sessions
from web.auth import Authenticator
from web.doors import Doors


class Calls(Intake, Protocol):
    """The live calls, as far as the web needs them."""

    def live(self, call: CallId) -> bool:
        """Whether the call is going on; from then on `put_context` reaches it."""

    async def put_context(self, call: CallId, context: Context) -> None:
        """Tell a live call what is known of it: keys replace those before."""

    async def nudge_updated(self, call: CallId, nudge: str, state: str, /) -> None:
        """A person dealt with a nudge of a live call."""


class Metrics(Protocol):
    """Where measurements are kept."""

    @property
    def content_type(self) -> str:
        """Of what `render` gives."""

    def render(self) -> bytes:
        """All of them in the Prometheus text format."""

    def socket(self, kind: str) -> AbstractContextManager[None]:
        """Counts a socket while it is open."""


def utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """The parts behind the routes. `ready`: whether calls can be taken; `now`: time of day."""

    store: Store
    bus: Bus
    journal: Journal
    auth: Authenticator
    calls: Calls
    metrics: Metrics
    ready: Callable[[], bool]
    limits: SocketLimits = field(default_factory=SocketLimits)
    codecs: Mapping[str, MakeCodec] = field(default_factory=spoken)
    doors: Doors = field(default_factory=Doors)
    webrtc: Sessions = field(default_factory=Sessions)
    now: Callable[[], datetime] = utc_now
