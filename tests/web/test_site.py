"""Pages, health, development mode and the doors of media sockets, over a real server."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from websockets.exceptions import InvalidStatus

from stream.errors import MediaError, NotAllowed, Unauthorised
from tests.stream.serving import closed, dialled, received
from tests.web.house import CONTEXT, House, open_house, refused
from web.pages import page
from web.shield import policy

START = {"call": "one", "format": {"encoding": "mulaw", "rate": 8000, "channels": ["agent"]}}


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(tmp_path) as house:
        yield house


@pytest.fixture
async def open_door(tmp_path: Path) -> AsyncIterator[House]:
    """Development mode."""
    async with open_house(tmp_path, development=True) as house:
        yield house


# -- the service and its pages ------------------------------------------------------------------


async def test_health_and_measurements(house: House) -> None:
    assert (await house.get("/healthz")).json() == {"status": "ok"}
    assert (await house.get("/readyz")).status_code == 200
    house.is_ready = False
    assert (await house.get("/readyz")).status_code == 503
    metrics = await house.get("/metrics", house.token("admin"))
    assert metrics.text == "coach_calls_live 1\n"
    assert metrics.headers["content-type"].startswith("text/plain; version=0.0.4")
    contract = (await house.get("/openapi.json", house.token("admin"))).json()
    assert {"/v1/calls", "/v1/calls/{call}/context", "/healthz"} <= set(contract["paths"])
    assert contract["components"]["securitySchemes"]["HTTPBearer"]["scheme"] == "bearer"


async def test_pages_say_which_mode_they_are_of(house: House) -> None:
    page = await house.get("/agent?call=unknown")
    assert "development" not in page.text.replace("Development mode", "")
    root = await house.get("/")
    assert (root.status_code, root.headers["location"]) == (307, "/supervisor")


async def test_headers_keep_browsers_strict(house: House) -> None:
    for path in ("/agent", "/ui/coach.js", "/healthz", "/v1/calls"):
        headers = (await house.get(path)).headers
        assert "default-src 'self'" in headers["content-security-policy"]
        assert f"ws://{house.address}" in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        page = path.startswith(("/agent", "/ui"))
        assert headers["cache-control"] == ("no-cache" if page else "no-store")
    script = await house.get("/ui/coach.js")
    assert "javascript" in script.headers["content-type"]
    # A page of another origin may load the components; it may read nothing else.
    assert script.headers["access-control-allow-origin"] == "*"
    assert "access-control-allow-origin" not in (await house.get("/agent")).headers
    assert "x;y" not in policy("x;y")


async def test_pages_that_are_not_built_say_so(
    house: House, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for module in ("web.pages", "web.site"):
        monkeypatch.setattr(f"{module}.STATIC", tmp_path / "dist")
    page.cache_clear()
    for path in ("/agent", "/supervisor", "/calls/one", "/ui/coach.js"):
        answer = await house.get(path)
        assert answer.status_code == 503
        assert "run `make setup`" in answer.text
    assert (await house.get("/healthz")).status_code == 200


# -- development mode ---------------------------------------------------------------------------


async def test_development_mode_lets_its_own_machine_do_all(open_door: House) -> None:
    call = await open_door.begin()
    own = {"Origin": f"http://{open_door.address}"}
    assert (await open_door.get("/v1/calls/one")).json()["context"] == CONTEXT
    response = await open_door.ask("PUT", "/v1/calls/one/context", json={}, headers=own)
    assert response.status_code == 204
    assert 'content="development"' in (await open_door.get("/agent")).text
    async with open_door.events(additional_headers=own) as client:
        assert (await received(client))["data"]["context"] == CONTEXT
    assert open_door.calls.live(call)


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://127.0.0.1:1"])
async def test_development_mode_refuses_other_sites(open_door: House, origin: str) -> None:
    other = {"Origin": origin}
    response = await open_door.ask("PUT", "/v1/calls/one/context", json={}, headers=other)
    refused(response, 403, "not_allowed")
    for path in ("/v1/calls/one/events", "/v1/board", "/v1/media/pcm"):
        with pytest.raises(InvalidStatus) as refusal:
            async with dialled(open_door.address, path, additional_headers=other):
                pass
        assert refusal.value.response.status_code == 403


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8080", "192.0.2.1", ""])
async def test_development_mode_refuses_other_names(open_door: House, host: str) -> None:
    response = await open_door.get("/v1/calls", headers={"Host": host})
    refused(response, 403, "not_allowed")


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:80", "[::1]:8080", "x.localhost"])
async def test_names_of_this_machine(open_door: House, host: str) -> None:
    assert (await open_door.get("/v1/calls", headers={"Host": host})).status_code == 200


# -- media --------------------------------------------------------------------------------------


async def test_media_needs_a_token_for_its_call(house: House) -> None:
    cases: list[tuple[str | None, type[MediaError] | None]] = [
        (None, Unauthorised),
        (house.token("agent"), NotAllowed),
        (house.token("media", call="two"), NotAllowed),
        (house.token("media", call="one"), None),
        (house.token("media"), None),
        (house.token("admin"), None),
    ]
    for token, fault in cases:
        async with dialled(house.address, "/v1/media/pcm", token) as client:
            await client.send(json.dumps(START))
            answer = await received(client)
            if fault is None:
                assert answer == {"type": "ready", "call": "one"}
            else:
                assert answer["code"] == fault.code
                assert (await closed(client))[0] == fault.close


async def test_twilio_brings_its_token_along(house: House) -> None:
    start = {
        "callSid": "CA1",
        "tracks": ["inbound", "outbound"],
        "mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1},
        "customParameters": {"call": "one", "token": house.token("media", call="one")},
    }
    async with dialled(house.address, "/v1/media/twilio") as client:
        await client.send(json.dumps({"event": "start", "start": start}))
        assert (await house.calls.next()).call == "one"
    start["customParameters"] = {"call": "two", "token": house.token("media", call="one")}
    async with dialled(house.address, "/v1/media/twilio") as client:
        await client.send(json.dumps({"event": "start", "start": start}))
        assert (await closed(client))[0] == NotAllowed.close


async def test_a_protocol_that_is_not_spoken(house: House) -> None:
    with pytest.raises(InvalidStatus):
        async with dialled(house.address, "/v1/media/morse"):
            pass
