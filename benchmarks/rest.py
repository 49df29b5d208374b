"""What a server tells over HTTP: records and metrics."""

from __future__ import annotations

import asyncio
import json
import urllib.request
from typing import Any

TIMEOUT_SECONDS = 30.0
"""A server that is overloaded answers late; one that says nothing for so long is gone."""

_opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
"""Without the environment's proxies: they cannot reach our own loopback."""


async def get(url: str, path: str, token: str | None = None) -> str:
    """The body at `path` of the server at `url` (http, https). Raises OSError, ValueError."""
    return await asyncio.to_thread(_get, url.rstrip("/") + path, token)


async def get_json(url: str, path: str, token: str | None = None) -> Any:
    """The same, read as JSON. Raises OSError, ValueError."""
    return json.loads(await get(url, path, token))


def _get(address: str, token: str | None) -> str:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    request = urllib.request.Request(address, headers=headers)
    with _opener.open(request, timeout=TIMEOUT_SECONDS) as answer:
        return str(answer.read().decode())
