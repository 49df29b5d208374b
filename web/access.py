"""Who asks, and what of the calls they may reach: what the routes have in common."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Path
from fastapi.security import HTTPBearer
from starlette.requests import HTTPConnection

from coach.storage.records import CallRecord
from stream.audio import CALL_ID, CallId
from stream.errors import BadRequest, NotAllowed
from web.principal import Principal
from web.problems import NotFound
from web.services import Services

BEARER = HTTPBearer(auto_error=False, description="A token made by `coach token`")
"""For the REST contract alone: `principal` does the work, with the API's words."""


def services(connection: HTTPConnection) -> Services:
    """The parts behind the routes."""
    found: Services = connection.app.state.services
    return found


def principal(connection: HTTPConnection) -> Principal:
    """Whose request or socket this is. Raises Unauthorised or NotAllowed."""
    offered = connection.scope.get("subprotocols", ())
    auth = services(connection).auth
    return auth.authenticate(connection.headers, connection.query_params, offered)


Uses = Annotated[Services, Depends(services)]
Who = Annotated[Principal, Depends(principal)]
Id = Annotated[
    str, Path(alias="call", description="A call's id", pattern=f"^(?:{CALL_ID.pattern})$")
]


def call_id(value: str) -> CallId:
    """A call id of a socket's address. Raises BadRequest."""
    if not CALL_ID.fullmatch(value):
        raise BadRequest("this is no call id: use 1 to 128 characters of A-Z a-z 0-9 . _ ~ -")
    return CallId(value)


async def readable(uses: Services, who: Principal, call: str) -> CallRecord:
    """The record of a call that this reader may read. Raises NotFound or NotAllowed."""
    record = await uses.store.call(CallId(call))
    if record is None:
        raise NotFound(f"there is no call {call!r}: calls are known from their first audio on")
    if not who.may_read_call(call, record.context):
        raise NotAllowed("your token may not read this call: ask for one that names it")
    return record


def team_of(who: Principal) -> str | None:
    """The one team whose calls this reader may read; None where it is not bound to one."""
    unbound = who.may_read_call(who.call or "", {})
    return None if unbound else who.team
