"""A whole house for the web's tests: real store, bus, journal and server; scripted calls."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractContextManager, asynccontextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
from websockets.asyncio.client import ClientConnection

from coach.bus import Body, MemoryBus
from coach.events import Draft
from coach.journal import Journal
from coach.redact import mask_context
from coach.store import Store
from stream.audio import CallId, Context, Party
from stream.errors import MediaError
from tests.stream.serving import HANG, Seats, closed, dialled, received, serving
from web.auth import KEY_BYTES, Authenticator
from web.principal import Role
from web.problems import MEDIA_TYPE
from web.server import create_app
from web.services import Services

NOW = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
TS = "2026-11-22T04:00:00.000Z"
KEY = "k" * KEY_BYTES
CONTEXT: Context = {
    "agent": {"id": "ada", "team": "north"},
    "customer": {"name": "Maria Lopez"},
    "product": "Injecta",
}
SOUTH: Context = {"agent": {"id": "ben", "team": "south"}}


@dataclass
class ScriptedCalls(Seats):
    """The live calls as the test says; keeps what the web told them."""

    going: set[CallId] = field(default_factory=set)
    contexts: list[tuple[CallId, Context]] = field(default_factory=list)
    nudges: list[tuple[CallId, str, str]] = field(default_factory=list)

    def live(self, call: CallId) -> bool:
        return call in self.going

    async def put_context(self, call: CallId, context: Context) -> None:
        self.contexts.append((call, context))

    async def nudge_updated(self, call: CallId, nudge: str, state: str) -> None:
        self.nudges.append((call, nudge, state))


class ScriptedMetrics:
    content_type = "text/plain; version=0.0.4; charset=utf-8"

    def socket(self, kind: str) -> AbstractContextManager[None]:
        return nullcontext()

    def render(self) -> bytes:
        return b"coach_calls_live 1\n"


class WatchedBus(MemoryBus):
    """Tells when a reader has caught up, and so listens."""

    def __init__(self) -> None:
        super().__init__()
        self.caught_up = asyncio.Semaphore(0)

    async def latest(self, call: CallId, *, entitled: bool) -> list[Body]:
        found = await super().latest(call, entitled=entitled)
        self.caught_up.release()
        return found


@dataclass
class House:
    """Everything behind the routes, and clients in front of them."""

    store: Store
    auth: Authenticator
    bus: WatchedBus = field(default_factory=WatchedBus)
    calls: ScriptedCalls = field(default_factory=ScriptedCalls)
    is_ready: bool = True
    address: str = ""

    def __post_init__(self) -> None:
        self.journal = Journal(self.store, self.bus, now=lambda: NOW)

    def services(self) -> Services:
        return Services(
            store=self.store,
            bus=self.bus,
            journal=self.journal,
            auth=self.auth,
            calls=self.calls,
            metrics=ScriptedMetrics(),
            ready=lambda: self.is_ready,
            now=lambda: NOW,
        )

    # -- what calls do ----------------------------------------------------------------------

    async def begin(self, name: str = "one", context: Context | None = None) -> CallId:
        """A live call, with its first event."""
        call, known = CallId(name), CONTEXT if context is None else context
        parties = [Party.named("agent"), Party.named("customer")]
        assert await self.store.begin(
            call, source="pcm", context=known, parties=parties, started_at=TS
        )
        self.calls.going.add(call)
        await self.say(call, started(known))
        return call

    async def say(self, call: CallId, *drafts: Draft) -> None:
        await self.journal.say(call, drafts)
        await self.journal.drain(call)

    async def recontext(self, call: CallId, context: Context) -> None:
        await self.store.update_context(call, context)
        data = {"context": mask_context(context)}
        await self.say(call, Draft("context.changed", 5.0, data, f"context {context}"))

    async def end(self, call: CallId) -> None:
        await self.say(call, Draft("call.ended", 60.0, {"reason": "stopped"}, "call.ended"))
        await self.store.finish(call, reason="stopped", ended_at=TS, duration=60.0)
        self.calls.going.discard(call)

    # -- who comes --------------------------------------------------------------------------

    def token(self, role: Role, subject: str = "ada", **narrowed: str) -> str | None:
        """None in development mode, which asks for none."""
        if self.auth.development:
            return None
        return self.auth.issue(role, subject, narrowed.get("call"), narrowed.get("team"))

    async def ask(
        self, method: str, path: str, token: str | None = None, **options: Any
    ) -> httpx.Response:
        headers = {**options.pop("headers", {})}
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        async with httpx.AsyncClient(
            base_url=f"http://{self.address}", trust_env=False, timeout=10.0
        ) as client:
            return await client.request(method, path, headers=headers, **options)

    async def get(self, path: str, token: str | None = None, **options: Any) -> httpx.Response:
        return await self.ask("GET", path, token, **options)

    @asynccontextmanager
    async def events(
        self, call: str = "one", token: str | None = None, after: int = 0, **options: Any
    ) -> AsyncIterator[ClientConnection]:
        path = f"/v1/calls/{call}/events?after={after}"
        async with dialled(self.address, path, token, **options) as client:
            yield client

    @asynccontextmanager
    async def board(
        self, token: str | None = None, after: str = ""
    ) -> AsyncIterator[ClientConnection]:
        async with dialled(self.address, f"/v1/board?after={after}", token) as client:
            yield client

    async def subscribed(self, count: int = 1) -> None:
        """Until so many readers listen to the bus: what is said now reaches them live."""
        async with asyncio.timeout(HANG):
            for _ in range(count):
                await self.bus.caught_up.acquire()


@asynccontextmanager
async def open_house(folder: Path, *, development: bool = False) -> AsyncIterator[House]:
    store = await Store.open(f"sqlite+aiosqlite:///{folder / 'coach.db'}")
    auth = Authenticator([] if development else [KEY], development)
    house = House(store, auth)
    async with serving(create_app(house.services())) as house.address:
        yield house
    await house.journal.close()
    await house.bus.close()
    await store.close()


def started(context: Context) -> Draft:
    data = {"context": mask_context(context), "parties": [], "source": "pcm", "started": TS}
    return Draft("call.started", 0.0, data, "call.started", {**data, "context": context})


def final(utterance: int, text: str, *, whole: str | None = None, start: float = 1.0) -> Draft:
    """A customer's final; `whole`: as it was said, where it is not what may be shown."""
    data = {
        "party": "customer",
        "utterance": utterance,
        "text": text,
        "start": start,
        "end": start + 1,
        "words": [{"w": text, "start": start, "end": start + 1, "p": 0.9, "stable": True}],
    }
    key = f"transcript.final:customer:{utterance}"
    verbatim = None if whole is None else {**data, "text": whole}
    return Draft("transcript.final", start + 1, data, key, verbatim)


def partial(utterance: int, text: str) -> Draft:
    data = {"party": "customer", "utterance": utterance, "text": text, "start": 1.0, "end": 2.0}
    return Draft("transcript.partial", 2.0, data)


def remark(text: str) -> Draft:
    return Draft("quality", 3.0, {"kind": text}, f"quality:{text}")


async def durable(client: ClientConnection, count: int) -> list[dict[str, Any]]:
    """The next `count` durable events."""
    found: list[dict[str, Any]] = []
    while len(found) < count:
        body = await received(client)
        if "n" in body:
            found.append(body)
    return found


def numbers(bodies: Sequence[dict[str, Any]]) -> list[int]:
    return [body["n"] for body in bodies]


async def command(client: Any, **body: Any) -> dict[str, Any]:
    """Send a command and give its answer; events on the way are passed over."""
    await client.send(json.dumps(body))
    while (answer := await received(client))["type"] not in ("ack", "error"):
        pass
    return answer


async def refusal(client: Any, kind: type[MediaError]) -> None:
    error = await received(client)
    assert (error["type"], error["code"]) == ("error", kind.code)
    assert (await closed(client))[0] == kind.close


def refused(response: httpx.Response, status: int, code: str) -> str:
    """The detail of a problem, which has that status and code."""
    body = response.json()
    assert response.headers["content-type"] == MEDIA_TYPE
    assert (response.status_code, body["status"], body["code"]) == (status, status, code)
    assert body["title"]
    return str(body["detail"])
