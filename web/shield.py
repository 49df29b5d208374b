"""What surrounds every request: headers that keep browsers strict, and a last net for faults.

In development mode there is no access control, so the browser is the danger: a web page from
elsewhere, open on the developer's machine, could ask this server for calls. It cannot where
its Origin is refused; and a name that was made to point to this machine is refused as Host.
"""

from __future__ import annotations

import ipaddress
import re
import traceback
from urllib.parse import urlsplit

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from stream.errors import Internal, NotAllowed
from web.problems import problem_of

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
"""Methods that change nothing; no other page may read their answers, as we send no CORS but where
sound arrives (web/whip.py), and there they tell nothing."""
_HOST = re.compile(r"[A-Za-z0-9.\-]+(?::[0-9]+)?|\[[0-9A-Fa-f:.]+\](?::[0-9]+)?")
_PAGES = ("/ui/", "/agent", "/supervisor", "/calls/", "/softphone")

log = structlog.get_logger(__name__)


class Shield:
    """ASGI middleware, the outermost of ours."""

    def __init__(self, app: ASGIApp, *, development: bool) -> None:
        self._app = app
        self._development = development

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        if self._development and (fault := _foreign(scope, headers)) is not None:
            await _refuse(scope, receive, send, fault)
        elif scope["type"] == "websocket":
            await self._app(scope, receive, send)
        else:
            await self._guarded(scope, receive, _Headed(scope, headers, send))

    async def _guarded(self, scope: Scope, receive: Receive, headed: _Headed) -> None:
        try:
            await self._app(scope, receive, headed)
        except Exception as error:
            # Without the error's words: they may quote what was said.
            trace = "".join(traceback.format_tb(error.__traceback__))
            log.error("request.broke", error=type(error).__name__, trace=trace)
            if not headed.begun:
                fault = Internal("a fault of the server: it is in its log; try again")
                await problem_of(fault)(scope, receive, headed)


class _Headed:
    """A `send` that adds the headers."""

    def __init__(self, scope: Scope, headers: Headers, send: Send) -> None:
        self._page = scope["path"].startswith(_PAGES)
        self._policy = policy(headers.get("host", ""))
        self._send = send
        self.begun = False

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.begun = True
            headers = MutableHeaders(scope=message)
            headers["Content-Security-Policy"] = self._policy
            headers["X-Content-Type-Options"] = "nosniff"
            headers["Referrer-Policy"] = "no-referrer"
            # Pages are asked for anew, so that an update is seen; the rest is kept nowhere.
            headers["Cache-Control"] = "no-cache" if self._page else "no-store"
        await self._send(message)


def policy(host: str) -> str:
    """The content security policy: nothing from elsewhere. Not every browser takes websockets of
    the same host for 'self', so they are named."""
    sockets = f" ws://{host} wss://{host}" if _HOST.fullmatch(host) else ""
    return (
        f"default-src 'self'; connect-src 'self'{sockets}; object-src 'none'; "
        "base-uri 'none'; form-action 'self'; frame-ancestors 'self'"
    )


def _foreign(scope: Scope, headers: Headers) -> NotAllowed | None:
    """Why a request to a server without access control is not from its own machine."""
    host = headers.get("host", "")
    if not _is_loopback(host):
        return NotAllowed(
            "development mode answers on this machine only: open it as http://127.0.0.1 or "
            "http://localhost, or configure keys"
        )
    origin = headers.get("origin")
    changes = scope["type"] == "websocket" or scope["method"] not in SAFE
    if origin is not None and changes and urlsplit(origin).netloc.lower() != host.lower():
        return NotAllowed("a page of another site may not do this: configure keys for that")
    return None


def _is_loopback(host: str) -> bool:
    try:
        name = (urlsplit(f"//{host}").hostname or "").rstrip(".")
        return name == "localhost" or name.endswith(".localhost") or _loopback_address(name)
    except ValueError:
        return False


def _loopback_address(name: str) -> bool:
    return ipaddress.ip_address(name).is_loopback


async def _refuse(scope: Scope, receive: Receive, send: Send, fault: NotAllowed) -> None:
    if scope["type"] == "http":
        await problem_of(fault)(scope, receive, send)
        return
    await receive()
    await send({"type": "websocket.close", "code": fault.close, "reason": fault.message})
