"""The composition root: builds a service out of its parts, and runs it.

The one module of coach/ that knows of web/: everything else is handed what it needs.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import signal
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import structlog
import uvicorn
from fastapi import FastAPI
from starlette.types import Receive, Scope, Send

from coach.bus import Bus
from coach.bus.redis_bus import RedisBus
from coach.calibrating import calibrating
from coach.calls import CallLimits, Calls
from coach.inference import Decoder, Lane
from coach.journal import Journal
from coach.knowledge import Knowledge
from coach.listening import StartError, audiosocket_of, bound, socket_limits
from coach.metrics import Metrics
from coach.noticing import Vocabulary, warmed
from coach.playbook import DEFAULT, reading
from coach.reloading import reread_on_hangup
from coach.room import Room
from coach.sections import NO_TEXT
from coach.settings import Settings
from coach.store import Store
from coach.together import among_others, open_bus
from coach.tone_choice import load_tone
from models import weights
from models.by_kind import ByKind
from models.cues import load_cues
from models.jargon import load_glossary
from models.lexicon import load_lexicon
from models.pacing_model import PacingModel
from models.text import GRAPH, THRESHOLDS, WEIGHTS, TextModel
from models.thresholds import read_thresholds
from models.told import Thresholds
from models.vad import Vad
from models.whisper import Whisper
from stream.limits import MAX_MESSAGE_BYTES
from stream.protocols.spoken import spoken
from stream.signatures import audiohook_secret
from stream.webrtc import SessionLimits, Sessions
from web.auth import Authenticator, new_key
from web.doors import Doors
from web.server import create_app
from web.services import Services

log = structlog.get_logger(__name__)

LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
GRACE = 5
"""Seconds that open sockets get after the calls have ended, before they are cut."""


@dataclass(frozen=True, slots=True)
class Service:
    """A running service: its web application and its live calls."""

    app: Watched
    calls: Calls
    store: Store
    bus: Bus


class Watched:
    """The web application, which also knows whether a page has opened a call's events."""

    def __init__(self, app: FastAPI) -> None:
        self._app = app
        self.opened = asyncio.Event()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket" and scope["path"].endswith(("/events", "/board")):
            self.opened.set()
        await self._app(scope, receive, send)


def knowledge(settings: Settings, *, partials: bool | None = None) -> Knowledge:
    """What all calls share, loaded from disk."""
    asr = settings.hearing.asr
    if partials is not None:
        asr = replace(asr, partials=partials)
    playbook = reading.load(settings.playbook.file or DEFAULT)
    language, (text, thresholds) = settings.language, load_text(settings)
    return Knowledge(
        asr,
        vocabulary(thresholds),
        playbook,
        language.default,
        settings.tone_of,
        language.detect,
        PacingModel(provider=settings.models.provider) if settings.models.hear_pace else None,
        text.read if text else None,
    )


def vocabulary(thresholds: Thresholds | None = None) -> Vocabulary:
    """What detectors of words know, loaded from disk. `thresholds`: of the text model, if any."""
    lexicon = load_lexicon(weights.folder("lexicon"))
    return warmed(Vocabulary(lexicon, load_cues(), load_glossary(), thresholds))


def load_text(settings: Settings) -> tuple[TextModel | None, Thresholds | None]:
    """The model that reads utterances and its thresholds; None where the settings want none, and
    where they name none and none comes with Coach. Raises MissingWeights for a folder without."""
    name = settings.models.text
    if name == NO_TEXT or not (name or (WEIGHTS / GRAPH).is_file()):
        return None, None
    folder = Path(name) if name else WEIGHTS
    return TextModel(folder, settings.models.provider), read_thresholds(folder / THRESHOLDS)


def load_whisper(settings: Settings) -> Whisper:
    """The weights of finals. Blocks for a second or two."""
    return _whisper(settings, settings.models.whisper)


def load_decoder(settings: Settings) -> Decoder:
    """What decodes in live calls: one set of weights, or one for partials and one for finals."""
    finals, partials = load_whisper(settings), settings.models.partials
    if partials in ("", settings.models.whisper):
        return finals
    return ByKind(finals, _whisper(settings, partials))


def _whisper(settings: Settings, name: str) -> Whisper:
    models = settings.models
    return Whisper(
        weights.resolve_whisper(name),
        device=models.device,
        compute_type=models.compute,
        workers=models.worker_count,
        engine=models.engine,
        batch=models.batch_count,
    )


def load_vad(settings: Settings) -> Vad:
    """Voice activity detection, shared by all calls."""
    return Vad(weights.folder("silero-vad"), provider=settings.models.provider)


def authenticator(settings: Settings, host: str) -> Authenticator:
    """Who may come in. Raises StartError where nobody could be kept out of an open address."""
    keys = list(settings.auth.keys)
    if not keys and settings.auth.generate:
        keys = [new_key()]
        log.warning("no key was configured: made one; keep it as COACH_AUTH_KEYS", made=keys[0])
    if not keys and host not in LOOPBACK:
        raise StartError(
            f"refusing to listen on {host} without access control: set COACH_AUTH_KEYS "
            "(`coach token --new-key` makes one), or serve on 127.0.0.1"
        )
    if not keys:
        log.warning("development mode: no access control, consent granted; loopback only")
    return Authenticator(keys, development=not keys)


@asynccontextmanager
async def service(settings: Settings, auth: Authenticator) -> AsyncIterator[Service]:
    """Everything of one process, from weights to web application; ended in order."""
    loop = asyncio.get_running_loop()
    shared = await loop.run_in_executor(None, knowledge, settings)
    decoder = await loop.run_in_executor(None, load_decoder, settings)
    vad = await loop.run_in_executor(None, load_vad, settings)
    tone = await loop.run_in_executor(None, load_tone, settings, auth.development)
    shared = replace(shared, tone=tone)
    metrics = Metrics()
    async with contextlib.AsyncExitStack() as stack:
        store = await Store.open(settings.store_url)
        stack.push_async_callback(store.close)
        bus = await open_bus(settings.bus.url, store, now=_now, observe=metrics.journal)
        stack.push_async_callback(bus.close)
        journal = Journal(store, bus, now=_now, observe=metrics.journal)
        stack.push_async_callback(journal.close)
        workers = settings.models.worker_count
        lane = Lane(
            decoder, vad, workers=workers, read=shared.read, tone=tone, observe=metrics.lane
        )
        await lane.start()
        stack.push_async_callback(lane.close)
        room = Room.here(settings)
        calls = Calls(
            shared,
            lane,
            journal,
            store,
            call_limits(settings, auth, room),
            now=_now,
            monotonic=time.monotonic,
            metrics=metrics,
        )
        await stack.enter_async_context(among_others(bus, store, calls, now=_now))
        stack.push_async_callback(calls.close)
        webrtc = Sessions(
            SessionLimits(idle_seconds=settings.call.idle_seconds), settings.whip.servers
        )
        stack.push_async_callback(webrtc.close)
        metrics.backlog("finals", lambda: lane.finals_waiting)
        metrics.backlog("partials", lambda: lane.partials_waiting)
        metrics.backlog("journal", lambda: journal.backlog)
        if isinstance(bus, RedisBus):
            metrics.bus(lambda: bus.up)
            metrics.backlog("bus", lambda: bus.backlog)
        metrics.room(lambda: calls.limit, lambda: room.capacity)
        watch = loop.create_task(metrics.watch_loop())
        stack.callback(watch.cancel)
        await stack.enter_async_context(calibrating(settings, decoder, vad, shared, calls, room))
        services = Services(
            store=store,
            bus=bus,
            journal=journal,
            auth=auth,
            calls=calls,
            metrics=metrics,
            ready=lambda: True,
            limits=socket_limits(settings),
            codecs=spoken(settings.sides, transcribed=settings.audiohook.transcripts),
            doors=doors(settings),
            webrtc=webrtc,
        )
        yield Service(Watched(create_app(services)), calls, store, bus)


def doors(settings: Settings) -> Doors:
    """How telephone systems prove who they are. Raises StartError for a secret that is none."""
    try:
        keys = {key: audiohook_secret(secret) for key, secret in settings.audiohook.pairs.items()}
    except ValueError as fault:
        raise StartError(f"audiohook.keys: {fault}") from None
    return Doors(
        twilio_token=settings.twilio.auth_token,
        twilio_url=settings.twilio.public_url,
        audiohook=keys,
        basic=settings.jambonz.pairs,
    )


def call_limits(settings: Settings, auth: Authenticator, room: Room) -> CallLimits:
    """Limits of a call, from the settings, and of their number, from the room there is."""
    return CallLimits(
        calls=room.limit,
        retry_after=settings.call.limit_retry_seconds,
        rejoin=settings.call.rejoin_seconds,
        buffer=settings.call.buffer_seconds,
        keep=settings.call.keep_seconds,
        consent=settings.consent_default(auth.development),
    )


class QuietServer(uvicorn.Server):
    """uvicorn without its own signal handlers: ours end the calls first."""

    @contextlib.contextmanager
    def capture_signals(self):  # type: ignore[no-untyped-def]
        yield


async def serve(
    settings: Settings,
    *,
    host: str,
    port: int,
    ready: Callable[[str], None],
    alongside: Callable[[str, Service], asyncio.Task[None]] | None = None,
) -> None:
    """Serve until SIGTERM or SIGINT; `ready` is told the address when calls can be taken.

    SIGHUP reads the playbook again, for calls that begin after it.

    `alongside` may start a task of its own once the service is up; it is cancelled at the end.
    """
    auth = authenticator(settings, host)
    with bound(host, port) as listener:
        async with (
            service(settings, auth) as running,
            reread_on_hangup(settings.playbook.file or DEFAULT, running.calls.use),
            audiosocket_of(settings, host, running.calls),
        ):
            server = QuietServer(config(running.app, host, port))
            loop = asyncio.get_running_loop()
            stop = asyncio.Event()
            for number in (signal.SIGTERM, signal.SIGINT):
                loop.add_signal_handler(number, stop.set)
            serving = loop.create_task(server.serve([listener]))
            await started(server, serving, host, port)
            address = f"http://{f'[{host}]' if ':' in host else host}:{port_of(server)}"
            keep_loaded()
            ready(address)
            extra = alongside(address, running) if alongside else None
            stopped = loop.create_task(stop.wait())
            await asyncio.wait({stopped, serving}, return_when=asyncio.FIRST_COMPLETED)
            if extra is not None:
                extra.cancel()
            stopped.cancel()
            await running.calls.close()
            server.should_exit = True
            await serving


def keep_loaded() -> None:
    """Leave what is loaded by now out of every later search for garbage: it stays anyway, and to
    look through all of it stops the loop, and with it every reader, for some 0.15 s."""
    gc.collect()
    gc.freeze()


def config(app: Watched, host: str, port: int) -> uvicorn.Config:
    """How uvicorn is run."""
    return uvicorn.Config(
        app,
        host=host,
        port=port,
        ws="websockets-sansio",
        # A little above the codecs' own limit, so that they can say what is wrong.
        ws_max_size=2 * MAX_MESSAGE_BYTES,
        ws_per_message_deflate=False,
        # While a reader waits, a healthy sender's pong waits behind its own audio.
        ws_ping_timeout=None,
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=GRACE,
    )


async def started(server: QuietServer, serving: asyncio.Task[None], host: str, port: int) -> None:
    """Return once the server listens. Raises StartError where it cannot."""
    while not server.started:
        if serving.done():
            raise StartError(f"cannot serve on {host}:{port}: the lines before this one say why")
        await asyncio.sleep(0.01)


def port_of(server: uvicorn.Server) -> int:
    """The port that a started server listens on."""
    return int(server.servers[0].sockets[0].getsockname()[1])


def _now() -> datetime:
    return datetime.now(UTC)
