"""The web application: its routes, put together around the services it is given."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from importlib.metadata import PackageNotFoundError, version

from fastapi import FastAPI

from web import board, context, feed, media, problems, records, site, whip
from web.services import Services
from web.shield import Shield

Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[None]]


def create_app(services: Services, *, lifespan: Lifespan | None = None) -> FastAPI:
    """The application over these services; `lifespan` brackets its running."""
    app = FastAPI(
        title="Coach",
        version=_version(),
        lifespan=lifespan,
        # The contract is served with access control; its pages would load from elsewhere.
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
    )
    app.state.services = services
    app.add_middleware(Shield, development=services.auth.development)
    problems.install(app)
    for part in (media, whip, feed, board, context, records):
        app.include_router(part.router)
    for router in (site.health, site.measures, site.pages):
        app.include_router(router)
    app.mount("/ui", site.Components(), name="ui")
    return app


def _version() -> str:
    try:
        return version("coach")
    except PackageNotFoundError:  # run from a checkout that was not installed
        return "0"
