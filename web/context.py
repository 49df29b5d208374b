"""What other systems know of a call, before it begins or while it goes on."""

from __future__ import annotations

from fastapi import APIRouter, Depends, Request, Response

from coach.drafts import stamp
from stream.audio import CallId, Context
from stream.errors import BadRequest, CallFinished, NotAllowed, TooBig
from stream.limits import MAX_CONTEXT_BYTES
from stream.protocols import fields
from web.access import BEARER, Id, Uses, Who
from web.problems import PROBLEM
from web.services import Services

BODY_BYTES = 4 * MAX_CONTEXT_BYTES
"""Of a request: the same context with every letter escaped, or generously spaced."""

router = APIRouter(tags=["calls"], dependencies=[Depends(BEARER)])

_BODY = {
    "requestBody": {
        "required": True,
        "content": {"application/json": {"schema": {"type": "object"}}},
    }
}


@router.put(
    "/v1/calls/{call}/context",
    status_code=204,
    responses=dict.fromkeys((400, 401, 403, 409, 413), PROBLEM),
    openapi_extra=_BODY,
)
async def put_context(uses: Uses, who: Who, call: Id, request: Request) -> Response:
    """Tell what is known of a call. Keys replace those told before; others stay.

    Before the call it is kept for it, for a week; what the call's own start says comes after it.
    """
    if not who.may_put_context(call):
        raise NotAllowed("your token may not put context: ask for one with role integrator")
    context = await _context(request)
    await _put(uses, CallId(call), context)
    return Response(status_code=204)


async def _put(uses: Services, call: CallId, context: Context) -> None:
    """Kept first, then taken out again if the call is live: whenever it begins meanwhile, either
    it or we take what was kept, and nothing falls between."""
    record = await uses.store.call(call)
    if record is not None and record.state == "ended":
        raise CallFinished(f"call {call!r} has ended: its context stays as it was")
    await uses.store.put_context(call, context, stamp(uses.now()))
    if uses.calls.live(call):
        kept = await uses.store.take_context(call)
        if kept:
            await uses.calls.put_context(call, kept)


async def _context(request: Request) -> Context:
    """The JSON object of the body. Raises BadRequest or TooBig."""
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > BODY_BYTES:
            raise TooBig(f"a body above {BODY_BYTES} bytes: send at most {MAX_CONTEXT_BYTES}")
    try:
        text = body.decode()
    except UnicodeDecodeError:
        raise BadRequest("the body is not UTF-8: send one JSON object in UTF-8") from None
    return fields.context(fields.json_object(text, "the body"), "the context")
