"""The server's HTTP addresses, as whoever feeds it a call asks there."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from urllib.error import HTTPError, URLError
from urllib.request import ProxyHandler, Request, build_opener

from coach.client.link import STATUSES, ReplayError, websocket_url
from stream.audio import Context

REQUEST_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Api:
    """The server at `url`, and the token to ask it with."""

    url: str
    token: str | None

    def at(self, path: str) -> str:
        """The address of `path`. Raises ValueError where `url` names no server."""
        return "http" + websocket_url(self.url, path).removeprefix("ws")

    async def put_context(self, call: str, context: Context) -> None:
        """Tell what is known of the call. Raises ReplayError."""
        body = json.dumps(context).encode()
        await self.ask("PUT", self.at(f"/v1/calls/{call}/context"), body, "application/json")

    async def ask(
        self, method: str, where: str, body: bytes | None = None, kind: str | None = None
    ) -> tuple[str, str]:
        """The answer's Location and its body; `kind` is the content type of ours.

        Raises ReplayError.
        """
        headers = {"Content-Type": kind} if kind else {}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        return await asyncio.to_thread(_send, Request(where, body, headers, method=method))


def _send(request: Request) -> tuple[str, str]:
    try:
        # No proxy: the media would not go through one either.
        with build_opener(ProxyHandler({})).open(request, timeout=REQUEST_SECONDS) as response:
            return response.headers.get("Location", ""), response.read().decode()
    except HTTPError as refused:
        problem = refused.read().decode(errors="replace")
        code = STATUSES.get(refused.code, "refused")
        raise ReplayError(code, _detail(problem) or f"the server answered {refused.code}") from None
    except (URLError, OSError) as fault:
        raise ReplayError(
            "unreachable", f"no server answers at {request.full_url}; start one with `coach serve`"
        ) from fault


def _detail(problem: str) -> str:
    """What an error of the API says."""
    try:
        return str(json.loads(problem).get("detail", ""))
    except (ValueError, AttributeError):
        return ""
