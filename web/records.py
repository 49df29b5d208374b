"""Records over REST: lists of calls, a call, its events, its transcript."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query

from coach.redact import mask_context
from coach.storage.records import CallRecord, CallState, UnknownCall, parties_to_json
from coach.store import Store
from stream.audio import CallId
from stream.errors import BadRequest, NotAllowed
from web.access import BEARER, Id, Uses, Who, readable, team_of
from web.principal import Principal
from web.problems import PROBLEM
from web.services import Services

CALLS_MOST = 200
"""Calls of one answer: with long contexts some megabytes at worst."""
CALLS_USUAL = 50
EVENTS_MOST = 1_000
"""Events of one answer: about a megabyte."""
EVENTS_USUAL = 500
PAGES_LOOKED_AT = 10
"""Pages of calls that one request looks through for those its reader may read: the answer then
has `next`, even where it has fewer calls than asked for, or none."""

router = APIRouter(
    prefix="/v1/calls",
    tags=["calls"],
    dependencies=[Depends(BEARER)],
    responses=dict.fromkeys((400, 401, 403, 404), PROBLEM),
)


@router.get("")
async def calls(
    uses: Uses,
    who: Who,
    state: CallState | None = None,
    team: str | None = None,
    limit: Annotated[int, Query(ge=1, le=CALLS_MOST)] = CALLS_USUAL,
    before: str | None = None,
) -> dict[str, Any]:
    """Calls, the latest begun first; `next`, where not null, is the `before` of the next page."""
    if not who.may_read_records:
        raise NotAllowed("your token may not list calls: ask for role supervisor or integrator")
    own = team_of(who)
    if own is not None and team not in (None, own):
        raise NotAllowed(f"your token is for team {own!r}: leave `team` out")
    try:
        found, following = await _listed(uses.store, who, state, team or own, limit, before)
    except UnknownCall:
        raise BadRequest("before: there is no such call; take the `next` of an answer") from None
    return {"calls": [_call(record, who) for record in found], "next": following}


async def _listed(
    store: Store,
    who: Principal,
    state: CallState | None,
    team: str | None,
    limit: int,
    before: str | None,
) -> tuple[list[CallRecord], str | None]:
    """Up to `limit` calls that the reader may read, and where the next page begins."""
    if who.call is not None:
        record = await store.call(CallId(who.call))
        wanted = record is not None and state in (None, record.state) and before is None
        mine = [record] if wanted and record is not None else []
        return [r for r in mine if team in (None, r.team) and _may(who, r)], None
    found: list[CallRecord] = []
    for _ in range(PAGES_LOOKED_AT):
        mark = CallId(before) if before is not None else None
        page = await store.calls(team=team, state=state, limit=limit, before=mark)
        for record in page:
            if _may(who, record):
                found.append(record)
            before = record.id
            if len(found) == limit:
                break
        if len(page) < limit and len(found) < limit:
            return found, None
        if len(found) == limit:
            break
    return found, before


def _may(who: Principal, record: CallRecord) -> bool:
    return who.may_read_call(record.id, record.context)


@router.get("/{call}")
async def call(uses: Uses, who: Who, call: Id) -> dict[str, Any]:
    """One call: who was on it, when, and what is known of it."""
    return _call(await readable(uses, who, call), who)


@router.get("/{call}/events")
async def events(
    uses: Uses,
    who: Who,
    call: Id,
    after: Annotated[int, Query(ge=0)] = 0,
    limit: Annotated[int, Query(ge=1, le=EVENTS_MOST)] = EVENTS_USUAL,
) -> dict[str, Any]:
    """Durable events of the call after number `after`, in their order."""
    record = await readable(uses, who, call)
    entitled = who.entitled_to_verbatim
    found = await uses.store.events(record.id, after=after, limit=limit, entitled=entitled)
    return {"events": found}


@router.get("/{call}/transcript")
async def transcript(uses: Uses, who: Who, call: Id) -> dict[str, Any]:
    """What was said, in order of its start; utterances that turned out empty are left out."""
    record = await readable(uses, who, call)
    utterances = await _utterances(uses, record, entitled=who.entitled_to_verbatim)
    return {"call": record.id, "utterances": utterances}


async def _utterances(
    uses: Services, record: CallRecord, *, entitled: bool
) -> list[dict[str, Any]]:
    roles = {party.id: party.role for party in record.parties}
    found, after = [], 0
    while True:
        page = await uses.store.events(record.id, after=after, limit=EVENTS_MOST, entitled=entitled)
        for event in page:
            data = event["data"]
            if event["type"] == "transcript.final" and data.get("text"):
                found.append(_utterance(data, roles.get(data["party"], "unknown")))
        if len(page) < EVENTS_MOST:
            break
        after = page[-1]["n"]
    return sorted(found, key=lambda said: (said["start"], said["party"]))


def _utterance(final: dict[str, Any], role: str) -> dict[str, Any]:
    return {
        "party": final["party"],
        "role": role,
        "utterance": final["utterance"],
        "start": final["start"],
        "end": final["end"],
        "text": final["text"],
        "words": final.get("words", []),
    }


def _call(record: CallRecord, who: Principal) -> dict[str, Any]:
    """A call as the API shows it: its context masked for readers not entitled to it."""
    context = record.context if who.entitled_to_verbatim else mask_context(record.context)
    return {
        "call": record.id,
        "state": record.state,
        "source": record.source,
        "started": record.started_at,
        "ended": record.ended_at,
        "duration": record.duration,
        "reason": record.reason,
        "agent": record.agent,
        "team": record.team,
        "parties": parties_to_json(record.parties),
        "context": context,
    }
