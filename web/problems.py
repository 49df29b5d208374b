"""Faults of REST requests as problem details (RFC 9457), with the codes of the API."""

from __future__ import annotations

import math
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from stream.errors import BadRequest, Internal, MediaError, NotAllowed, Overloaded

MEDIA_TYPE = "application/problem+json"
CODES = {
    404: "not_found",
    405: "method_not_allowed",
    **{fault.status: fault.code for fault in (BadRequest, NotAllowed, Internal)},
}
"""Codes of faults that the routing itself finds."""

PROBLEM = {
    "description": "What is wrong, and the mend",
    "content": {
        MEDIA_TYPE: {
            "schema": {
                "type": "object",
                "required": ["type", "title", "status", "detail", "code"],
                "properties": {
                    "type": {"type": "string"},
                    "title": {"type": "string"},
                    "status": {"type": "integer"},
                    "detail": {"type": "string"},
                    "code": {"type": "string"},
                },
            }
        }
    },
}
"""The form of every fault, for the REST contract."""


class NotFound(Exception):
    """There is no such thing; not a MediaError, since no socket ends with it."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


def problem(
    status: int, code: str, detail: str, headers: Mapping[str, str] | None = None
) -> JSONResponse:
    """The response of a fault."""
    body = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "code": code,
    }
    return JSONResponse(body, status, dict(headers or {}), media_type=MEDIA_TYPE)


def problem_of(fault: MediaError) -> JSONResponse:
    """The response of a fault of the one tree."""
    headers = {}
    if fault.status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    if isinstance(fault, Overloaded):
        headers["Retry-After"] = str(math.ceil(fault.retry_after))  # whole seconds, never too soon
    return problem(fault.status, fault.code, fault.message, headers)


def install(app: FastAPI) -> None:
    """Let the application answer every fault so."""

    @app.exception_handler(MediaError)
    async def fault(_request: Request, error: MediaError) -> JSONResponse:
        return problem_of(error)

    @app.exception_handler(NotFound)
    async def not_found(_request: Request, error: NotFound) -> JSONResponse:
        return problem(404, "not_found", error.message)

    @app.exception_handler(RequestValidationError)
    async def invalid(_request: Request, error: RequestValidationError) -> JSONResponse:
        return problem_of(BadRequest(_named(error.errors()[0])))

    @app.exception_handler(HTTPException)
    async def refused(_request: Request, error: HTTPException) -> JSONResponse:
        code = CODES.get(error.status_code, BadRequest.code)
        return problem(error.status_code, code, str(error.detail), error.headers)


def _named(error: Mapping[str, Any]) -> str:
    """A fault of a parameter, without its value."""
    where = ".".join(str(step) for step in error["loc"][1:]) or "the request"
    return f"{where}: {error['msg']}"
