"""The pages and what they load; whether the service lives; its measurements and contract."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import (
    HTMLResponse,
    JSONResponse,
    PlainTextResponse,
    RedirectResponse,
    Response,
)
from fastapi.staticfiles import StaticFiles
from starlette.types import Scope

from web.access import BEARER, Uses, Who
from web.pages import NOT_BUILT, STATIC, PagesNotBuilt, page
from web.problems import PROBLEM

READY_RETRY_SECONDS = "1"
"""Models load in seconds."""

pages = APIRouter(include_in_schema=False)
"""Open to all: a page holds nothing of any call, and asks for it with its reader's token."""
health = APIRouter(tags=["service"])
measures = APIRouter(
    tags=["service"],
    dependencies=[Depends(BEARER)],
    responses=dict.fromkeys((401, 403), PROBLEM),
)


class Components(StaticFiles):
    """The built pages' files, for any page: a module of another origin needs leave to be read."""

    def __init__(self) -> None:
        super().__init__(directory=STATIC, check_dir=False)

    async def check_config(self) -> None:
        """Left out: a missing folder is told by `get_response`, with the mend."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        if not STATIC.is_dir():
            return PlainTextResponse(NOT_BUILT, 503)
        response = await super().get_response(path, scope)
        response.headers["Access-Control-Allow-Origin"] = "*"
        return response


@pages.get("/")
async def root() -> RedirectResponse:
    return RedirectResponse("/supervisor")


@pages.get("/agent")
async def agent(uses: Uses) -> HTMLResponse:
    return _html("agent", uses)


@pages.get("/supervisor")
async def supervisor(uses: Uses) -> HTMLResponse:
    return _html("supervisor", uses)


@pages.get("/softphone")
async def softphone(uses: Uses) -> HTMLResponse:
    return _html("softphone", uses)


@pages.get("/calls/{call}")
async def record(uses: Uses, call: str) -> HTMLResponse:
    return _html("call", uses)


def _html(name: str, uses: Uses) -> HTMLResponse:
    try:
        return HTMLResponse(page(name, development=uses.auth.development))
    except PagesNotBuilt as fault:
        return HTMLResponse(f"<!doctype html><title>Coach</title><p>{fault}</p>", 503)


@health.get("/healthz")
async def alive() -> dict[str, str]:
    """The process answers."""
    return {"status": "ok"}


@health.get("/readyz", responses={503: {"description": "Not yet, or no longer"}})
async def ready(uses: Uses) -> JSONResponse:
    """Calls can be taken: models are loaded."""
    if uses.ready():
        return JSONResponse({"status": "ready"})
    return JSONResponse({"status": "not ready"}, 503, {"Retry-After": READY_RETRY_SECONDS})


@measures.get("/metrics", response_class=Response)
async def metrics(uses: Uses, who: Who) -> Response:
    """Measurements in the Prometheus text format; any token will do, none is of a call."""
    return Response(uses.metrics.render(), headers={"Content-Type": uses.metrics.content_type})


@measures.get("/openapi.json", include_in_schema=False)
async def contract(request: Request, who: Who) -> dict[str, Any]:
    """The REST contract."""
    found: dict[str, Any] = request.app.openapi()
    return found
