"""WHIP (RFC 9725): a browser or an encoder sends one speaker's sound of a call by WebRTC.

    POST endpoint -> 201 and the session's address -> DELETE there

Neither trickle ICE nor ICE restarts are spoken: an answer names all our addresses, and a sender
whose own have changed makes a new session. So PATCH is not allowed, as the standard has it then.

Pages from elsewhere may use these routes: that is what WHIP is for. A page says who it is by a
token, never by a cookie, so that an answer to any origin tells nobody what is not his.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Depends, Path, Request, Response
from fastapi.routing import APIRoute
from pydantic import Field
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection
from starlette.types import Message, Receive, Scope, Send

from stream import offers, webrtc
from stream.audio import CallId
from stream.errors import BadRequest, TooBig, UnsupportedFormat
from stream.events import CallStarted
from stream.ice import IceServer
from stream.upgrade import Upgrade
from web.access import BEARER, Id, Uses, services
from web.media import admission
from web.problems import PROBLEM, NotFound, problem

SDP = "application/sdp"
ENDPOINT = "/v1/media/whip/{call}/{party}"
SESSION = "/v1/media/whip/{call}/{party}/{name}"
ENDPOINT_METHODS = "GET, OPTIONS, POST"
SESSION_METHODS = "DELETE, GET, OPTIONS"
SHARED = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "Location, ETag, Link, Retry-After",
}
"""On every answer: any page may read it."""


class SharedRoute(APIRoute):
    """A route that pages from elsewhere may use: its answers say so, its refusals too."""

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def shared(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(SHARED)
            await send(message)

        await super().handle(scope, receive, shared)


router = APIRouter(tags=["media"], route_class=SharedRoute)


def sessions(connection: HTTPConnection) -> webrtc.Sessions:
    """The WebRTC sessions of this server."""
    return services(connection).webrtc


def admitted(
    request: Request,
    uses: Uses,
    call: Id,
    party: Annotated[str, Path(description="Who speaks: agent, customer or any other name")],
    resume: Annotated[bool | str, Field(union_mode="left_to_right")] = False,
) -> CallStarted:
    """The start of that party's session, for a sender who may send it. `resume`: take the party
    over from a sender that has not been missed yet; with a session's name, from that one alone."""
    if isinstance(resume, str):
        resume = sessions(request).find(call, party, resume) is not None
    started = webrtc.started(CallId(call), party, resume=resume)
    admission(uses.auth)(started, Upgrade(request.headers, request.query_params))
    return started


def session(
    started: Annotated[CallStarted, Depends(admitted)], request: Request, name: str
) -> webrtc.Session:
    """The session of that address. Raises NotFound."""
    found = sessions(request).find(started.call, started.format.parties[0].id, name)
    if found is None:
        raise NotFound("there is no such session: it has ended, or its address is another")
    return found


Started = Annotated[CallStarted, Depends(admitted)]
Found = Annotated[webrtc.Session, Depends(session)]

_FAULTS: dict[int | str, dict[str, Any]] = dict.fromkeys(
    (400, 401, 403, 404, 409, 413, 415, 422, 503), PROBLEM
)
_OFFER = {"requestBody": {"required": True, "content": {SDP: {"schema": {"type": "string"}}}}}
_ANSWER: dict[int | str, dict[str, Any]] = {
    201: {"description": "The SDP answer", "content": {SDP: {}}}
}


@router.post(
    ENDPOINT,
    status_code=201,
    dependencies=[Depends(BEARER)],
    response_class=Response,
    responses={**_ANSWER, **_FAULTS},
    openapi_extra=_OFFER,
)
async def publish(request: Request, uses: Uses, started: Started) -> Response:
    """Send a party's sound by WebRTC: the body is an SDP offer of one audio track that sends."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != SDP:
        raise UnsupportedFormat(f"the body is not {SDP}: send it with that Content-Type")
    try:
        offer = offers.read_offer(await _body(request))
    except UnsupportedFormat as fault:  # its own status is that of a body of another type
        return problem(422, fault.code, fault.message)
    within = uses.metrics.socket("whip")
    made = await sessions(request).open(offer, started, uses.calls, within)
    where = quote(request.scope["path"])
    headers = {"Location": f"{where}/{made.name}", "ETag": f'"{made.name}"'}
    if links := ", ".join(_link(server) for server in sessions(request).ice):
        headers["Link"] = links
    return Response(made.answer, 201, headers, media_type=SDP)


@router.delete(SESSION, dependencies=[Depends(BEARER)], response_class=Response, responses=_FAULTS)
async def end(found: Found) -> Response:
    """The party is done; when the last one of a call is, the call ends."""
    await found.stop("stopped")
    return Response()


@router.options(ENDPOINT, include_in_schema=False)
async def endpoint_options() -> Response:
    return _options(ENDPOINT_METHODS, {"Accept-Post": SDP})


@router.options(SESSION, include_in_schema=False)
async def session_options() -> Response:
    return _options(SESSION_METHODS, {})


@router.api_route(
    ENDPOINT, methods=["GET", "HEAD"], include_in_schema=False, dependencies=[Depends(admitted)]
)
async def endpoint_get() -> Response:
    return Response(status_code=204)


@router.api_route(
    SESSION, methods=["GET", "HEAD"], include_in_schema=False, dependencies=[Depends(session)]
)
async def session_get() -> Response:
    return Response(status_code=204)


@router.api_route(
    ENDPOINT,
    methods=["DELETE", "PATCH", "PUT"],
    include_in_schema=False,
    dependencies=[Depends(admitted)],
)
async def endpoint_refuses(request: Request) -> Response:
    why = f"{request.method} is not for the endpoint: POST an offer to it"
    raise HTTPException(405, why, {"Allow": ENDPOINT_METHODS})


@router.api_route(
    SESSION,
    methods=["PATCH", "POST", "PUT"],
    include_in_schema=False,
    dependencies=[Depends(admitted)],
)
async def session_refuses(request: Request) -> Response:
    why = "a session is not changed: DELETE it, and POST a new offer where the network is another"
    raise HTTPException(405, why, {"Allow": SESSION_METHODS})


async def _body(request: Request) -> str:
    """The offer. Raises TooBig or BadRequest."""
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > offers.MAX_OFFER_BYTES:
            raise TooBig(f"an offer above {offers.MAX_OFFER_BYTES} bytes: offer one audio track")
    try:
        return body.decode()
    except UnicodeDecodeError:
        raise BadRequest("the offer is not UTF-8: send SDP as createOffer makes it") from None


def _link(server: IceServer) -> str:
    """The server as a Link header names it."""
    link = f'<{server.url}>; rel="ice-server"'
    if server.username:
        names = {"username": server.username, "credential": server.credential}
        quoted = (f'; {name}="{_escaped(value)}"' for name, value in names.items())
        link += "".join(quoted) + '; credential-type="password"'
    return link


def _escaped(value: str) -> str:
    return value.replace("\\", r"\\").replace('"', r"\"")


def _options(methods: str, more: Mapping[str, str]) -> Response:
    """What is spoken here, for a preflight too: a browser sends it without a token."""
    return Response(
        headers={
            "Allow": methods,
            "Access-Control-Allow-Methods": methods,
            "Access-Control-Allow-Headers": "Authorization, Content-Type, If-Match",
            **more,
        }
    )
