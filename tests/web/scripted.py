"""The pages' network as a test plays it: their files, and the server's side of their sockets."""

from __future__ import annotations

import json
import mimetypes
from typing import Any
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import Route, WebSocketRoute

from web.pages import STATIC, page

ORIGIN = "http://coach.test"
POLITE = "[data-coach-live=polite]"
ASSERTIVE = "[data-coach-live=assertive]"
"""What screen readers say: after what they were saying, and at once."""


class Script:
    """The server's side of the pages' sockets, as a test plays it."""

    def __init__(self) -> None:
        self.sockets: list[WebSocketRoute] = []
        self.commands: list[dict[str, Any]] = []
        self.number = 0

    def accept(self, socket: WebSocketRoute) -> None:
        self.sockets.append(socket)
        socket.on_message(lambda text: self._take(socket, str(text)))

    def _take(self, socket: WebSocketRoute, text: str) -> None:
        command = json.loads(text)
        socket.send(json.dumps({"type": "ack", "ref": command["ref"]}))
        if command["type"] != "ping":
            self.commands.append(command)

    @property
    def after(self) -> list[int]:
        """What each socket asked to go on from."""
        queries = (parse_qs(urlsplit(socket.url).query) for socket in self.sockets)
        return [int(query["after"][0]) for query in queries]

    def say(self, kind: str, at: float, call: str = "c", /, **data: Any) -> dict[str, Any]:
        """Send an event over the newest socket; durable ones take the next number."""
        event = {"v": 1, "call": call, "type": kind, "at": at, "data": data}
        event["ts"] = f"2026-11-22T04:{int(at) // 60:02}:{at % 60:06.3f}Z"
        if kind not in {"transcript.partial", "pacing.live"}:
            self.number += 1
            event["n"] = self.number
        self.repeat(event)
        return event

    def repeat(self, event: dict[str, Any]) -> None:
        self.sockets[-1].send(json.dumps(event))


def serve_files(route: Route) -> None:
    path = urlsplit(route.request.url).path
    if path.startswith("/ui/"):
        file = STATIC / path.removeprefix("/ui/")
        kind = mimetypes.guess_type(file.name)[0] or "text/plain"
        route.fulfill(body=file.read_bytes(), content_type=kind)
    else:
        name = "call" if path.startswith("/calls/") else path.strip("/") or "agent"
        route.fulfill(body=page(name, development=True), content_type="text/html")


def begin(script: Script, call: str = "c", **context: Any) -> None:
    """A call begins, of which this is known."""
    script.say("call.started", 0.0, call, parties=["agent", "customer"], context=context)


def nudge(script: Script, name: str = "a", **more: Any) -> None:
    """Advice to the agent, unless `more` says otherwise."""
    data = {"id": name, "severity": "advice", "title": "She mentioned a rash.", "expires": 900.0}
    script.say("nudge", 10.0, **{**data, "phrases": ["When did it start?"], **more})
