"""REST and pages over a real server: who may what, in which view, and how refusals look."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from stream.audio import CallId
from stream.errors import MediaError, Overloaded
from stream.limits import MAX_CONTEXT_BYTES
from tests.web.house import CONTEXT, SOUTH, House, final, open_house, refused, remark
from web.principal import ROLES, Role
from web.problems import problem_of

START = {"call": "one", "format": {"encoding": "mulaw", "rate": 8000, "channels": ["agent"]}}


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(tmp_path) as house:
        yield house


# -- who may ------------------------------------------------------------------------------------

READS: dict[str, set[Role]] = {
    "/v1/calls": {"supervisor", "safety", "integrator", "admin"},
    "/v1/calls/one": {"agent", "supervisor", "safety", "integrator", "admin"},
    "/v1/calls/one/events": {"agent", "supervisor", "safety", "integrator", "admin"},
    "/v1/calls/one/transcript": {"agent", "supervisor", "safety", "integrator", "admin"},
    "/metrics": set(ROLES),
    "/openapi.json": set(ROLES),
}


@pytest.mark.parametrize("path", READS)
async def test_each_role_reads_what_its_row_says(house: House, path: str) -> None:
    await house.begin()
    for role in ROLES:
        response = await house.get(path, house.token(role))
        if role in READS[path]:
            assert response.status_code == 200, role
        else:
            refused(response, 403, "not_allowed")


@pytest.mark.parametrize("path", READS)
async def test_without_a_token_nothing_is_told(house: House, path: str) -> None:
    response = await house.get(path)
    refused(response, 401, "unauthorised")
    assert response.headers["www-authenticate"] == "Bearer"
    refused(await house.get(path, "not.a.token"), 401, "unauthorised")


async def test_another_agents_and_another_teams_calls_are_closed(house: House) -> None:
    await house.begin("two", SOUTH)
    for token in (house.token("agent"), house.token("supervisor", team="north")):
        refused(await house.get("/v1/calls/two", token), 403, "not_allowed")
        refused(await house.get("/v1/calls/two/events", token), 403, "not_allowed")
    narrowed = house.token("agent", "cleo", call="two")
    assert (await house.get("/v1/calls/two", narrowed)).status_code == 200


async def test_a_token_in_the_query_counts(house: House) -> None:
    await house.begin()
    response = await house.get("/v1/calls/one", params={"access_token": house.token("admin")})
    assert response.status_code == 200


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/agent", "/supervisor", "/calls/x"])
async def test_what_needs_no_token(house: House, path: str) -> None:
    assert (await house.get(path)).status_code == 200


# -- records ------------------------------------------------------------------------------------


async def test_a_call_and_its_views(house: House) -> None:
    call = await house.begin()
    await house.say(call, final(1, "call [phone]", whole="call 555 012 345"))
    redacted, whole = house.token("integrator"), house.token("safety")
    body = (await house.get("/v1/calls/one", redacted)).json()
    assert body["context"]["customer"] == {"name": "[name]"}
    assert {k: body[k] for k in ("call", "state", "agent", "team", "duration")} == {
        "call": "one",
        "state": "live",
        "agent": "ada",
        "team": "north",
        "duration": None,
    }
    assert body["parties"][0] == {"party": "agent", "role": "agent"}
    assert (await house.get("/v1/calls/one", whole)).json()["context"] == CONTEXT
    for token, text in ((redacted, "call [phone]"), (whole, "call 555 012 345")):
        events = (await house.get("/v1/calls/one/events", token)).json()["events"]
        assert [event["n"] for event in events] == [1, 2]
        assert events[1]["data"]["text"] == text
        spoken = (await house.get("/v1/calls/one/transcript", token)).json()
        assert [said["text"] for said in spoken["utterances"]] == [text]


async def test_events_come_in_pages(house: House) -> None:
    call = await house.begin()
    await house.say(call, *(remark(f"quality {i}") for i in range(6)))
    token = house.token("admin")
    path = "/v1/calls/one/events"
    page = (await house.get(path, token, params={"after": 2, "limit": 3})).json()["events"]
    assert [event["n"] for event in page] == [3, 4, 5]
    assert (await house.get(path, token, params={"after": 7})).json() == {"events": []}


async def test_a_transcript_is_in_order_of_the_starts(house: House) -> None:
    call = await house.begin()
    await house.say(call, final(1, "b", start=4.0), final(2, "", start=6.0), final(3, "a"))
    body = (await house.get("/v1/calls/one/transcript", house.token("agent"))).json()
    assert body["call"] == "one"
    assert [said["text"] for said in body["utterances"]] == ["a", "b"]
    first = body["utterances"][0]
    assert set(first) == {"party", "role", "utterance", "start", "end", "text", "words"}
    assert (first["role"], first["words"][0]["w"]) == ("customer", "a")


async def test_calls_are_listed_by_page_and_filter(house: House) -> None:
    for number in range(5):
        await house.begin(f"call-{number}", CONTEXT if number % 2 else SOUTH)
    await house.end(CallId("call-1"))

    async def ids(token: str | None, **query: Any) -> tuple[list[str], str | None]:
        body = (await house.get("/v1/calls", token, params=query)).json()
        return [call["call"] for call in body["calls"]], body["next"]

    everyone = house.token("integrator")
    assert await ids(everyone) == ([f"call-{n}" for n in (4, 3, 2, 1, 0)], None)
    page, following = await ids(everyone, limit=2)
    assert (page, following) == (["call-4", "call-3"], "call-3")
    page, following = await ids(everyone, limit=3, before=following)
    assert (page, following) == (["call-2", "call-1", "call-0"], "call-0")
    assert await ids(everyone, before="call-0") == ([], None)
    assert (await ids(everyone, state="ended"))[0] == ["call-1"]
    assert (await ids(everyone, team="south"))[0] == ["call-4", "call-2", "call-0"]
    north = house.token("supervisor", "sue", team="north")
    assert (await ids(north))[0] == ["call-3", "call-1"]
    assert (await ids(house.token("integrator", call="call-2")))[0] == ["call-2"]
    assert (await ids(house.token("integrator", call="call-2"), state="ended"))[0] == []
    response = await house.get("/v1/calls", north, params={"team": "south"})
    assert "north" in refused(response, 403, "not_allowed")


async def test_faults_of_requests(house: House) -> None:
    token = house.token("admin")
    for path in ("/v1/calls/none", "/v1/calls/none/events", "/v1/calls/none/transcript", "/v1/x"):
        refused(await house.get(path, token), 404, "not_found")
    refused(await house.ask("DELETE", "/v1/calls", token), 405, "method_not_allowed")
    detail = refused(await house.get("/v1/calls?limit=secret", token), 400, "bad_request")
    assert "limit" in detail
    assert "secret" not in detail
    refused(await house.get("/v1/calls?before=none", token), 400, "bad_request")
    refused(await house.get("/v1/calls/a%20b", token), 400, "bad_request")
    refused(await house.get("/v1/calls/one/events?after=-1", token), 400, "bad_request")


async def test_a_fault_of_ours_says_nothing_of_itself(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: object) -> None:
        raise ZeroDivisionError("555 0123")

    monkeypatch.setattr(house.store, "call", broken)
    detail = refused(await house.get("/v1/calls/one", house.token("admin")), 500, "internal")
    assert "555" not in detail


@pytest.mark.parametrize("kind", MediaError.__subclasses__(), ids=lambda kind: kind.code)
def test_every_fault_has_its_problem(kind: type[MediaError]) -> None:
    fault = Overloaded("no", retry_after=2.1) if kind is Overloaded else kind("no")
    response = problem_of(fault)
    assert response.status_code == kind.status
    assert json.loads(bytes(response.body))["code"] == kind.code
    assert response.headers.get("retry-after") == ("3" if kind is Overloaded else None)


# -- context ------------------------------------------------------------------------------------


async def test_context_before_a_call_waits_for_it(house: House) -> None:
    token = house.token("integrator")
    for body in ({"product": "x", "lot": "1"}, {"lot": "2"}):
        response = await house.ask("PUT", "/v1/calls/one/context", token, json=body)
        assert (response.status_code, response.content) == (204, b"")
    assert await house.store.take_context(CallId("one")) == {"product": "x", "lot": "2"}
    assert await house.store.take_context(CallId("one")) == {}
    assert house.calls.contexts == []


async def test_context_during_a_call_reaches_it(house: House) -> None:
    call = await house.begin()
    token = house.token("integrator")
    await house.ask("PUT", "/v1/calls/one/context", token, json={"lot": "2"})
    assert house.calls.contexts == [(call, {"lot": "2"})]
    assert await house.store.take_context(call) == {}
    await house.end(call)
    response = await house.ask("PUT", "/v1/calls/one/context", token, json={"lot": "3"})
    refused(response, 409, "call_ended")


async def test_contexts_that_are_refused(house: House) -> None:
    token = house.token("integrator")
    path = "/v1/calls/one/context"
    half = {"history": "x" * (MAX_CONTEXT_BYTES // 2)}
    for content in (b"[]", b"{", b"\xff", b'{"a":NaN}'):
        response = await house.ask("PUT", path, token, content=content)
        refused(response, 400, "bad_request")
    response = await house.ask("PUT", path, token, json={"history": "x" * MAX_CONTEXT_BYTES})
    refused(response, 413, "too_big")
    response = await house.ask("PUT", path, token, content=b" " * 5 * MAX_CONTEXT_BYTES)
    refused(response, 413, "too_big")
    assert (await house.ask("PUT", path, token, json=half)).status_code == 204
    response = await house.ask("PUT", path, token, json={"notes": half["history"]})
    refused(response, 413, "too_big")
    for role in ROLES:
        if role not in ("integrator", "admin"):
            response = await house.ask("PUT", path, house.token(role), json={})
            refused(response, 403, "not_allowed")
    narrowed = house.token("integrator", call="two")
    refused(await house.ask("PUT", path, narrowed, json={}), 403, "not_allowed")
