"""WHIP over a real server: what each request is answered, and who may ask."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coach.store import Store
from stream.errors import MediaError, Overloaded, PartyTaken
from stream.ice import IceServer
from stream.offers import MAX_LINES, MAX_OFFER_BYTES, read_offer, whole_answer
from stream.webrtc import Sessions
from tests.stream.serving import Seat, serving, soon
from tests.stream.test_webrtc import CANDIDATE, Sender, heard, places
from tests.web.house import KEY, House, refused
from web.auth import Authenticator
from web.server import create_app

AGENT = "/v1/media/whip/one/agent"
SDP = {"content-type": "application/sdp"}
ICE = (
    IceServer("stuns:ice.example"),
    IceServer("turns:ice.example?transport=udp", "coach", 'a"b'),
)
"""Of kinds that the library itself does not ask, so that the test needs no such server."""

OFFER = """v=0
o=- 1 1 IN IP4 0.0.0.0
s=-
t=0 0
a=group:BUNDLE 0
m=audio 9 UDP/TLS/RTP/SAVPF 111 0
c=IN IP4 0.0.0.0
a=sendonly
a=mid:0
a=rtcp-mux
a=rtpmap:111 opus/48000/2
a=fmtp:111 minptime=10;useinbandfec=1
a=rtpmap:0 PCMU/8000
a=candidate:1 1 udp 2130706431 192.0.2.1 50000 typ host
a=ice-ufrag:abcd
a=ice-pwd:aaaaaaaaaaaaaaaaaaaaaa
a=fingerprint:sha-256 00:11:22:33
a=setup:actpass
"""
VIDEO = """m=video 9 UDP/TLS/RTP/SAVPF 120
c=IN IP4 0.0.0.0
a=sendonly
a=mid:v
a=rtpmap:120 H266/90000
"""
DATA = "m=application 9 UDP/DTLS/SCTP webrtc-datachannel\na=mid:d\n"
SECTION = OFFER[OFFER.index("m=audio") :]


class Studio(House):
    """A house whose server takes WHIP."""

    sessions: Sessions

    async def post(self, offer: str | bytes, path: str = AGENT, **options: Any) -> httpx.Response:
        """What the offer is answered; by a sender who may send any call."""
        options = {"headers": SDP, "token": self.token("media"), **options}
        return await self.ask("POST", path, content=offer, **options)

    async def call(self, sender: Sender, path: str = AGENT) -> tuple[httpx.Response, Seat]:
        """A sender who is heard."""
        response = await self.post(await sender.offer(), path)
        assert response.status_code == 201, response.text
        await sender.accept(response.text)
        return response, await self.calls.next()


@asynccontextmanager
async def open_studio(
    folder: Path, *, development: bool = False, ice: tuple[IceServer, ...] = ()
) -> AsyncIterator[Studio]:
    store = await Store.open(f"sqlite+aiosqlite:///{folder / 'coach.db'}")
    studio = Studio(store, Authenticator([] if development else [KEY], development))
    studio.sessions = Sessions(ice=ice)
    app = create_app(replace(studio.services(), webrtc=studio.sessions))
    async with serving(app) as studio.address:
        yield studio
        await studio.sessions.close()
    await studio.journal.close()
    await studio.bus.close()
    await store.close()


@pytest.fixture
async def studio(tmp_path: Path) -> AsyncIterator[Studio]:
    async with open_studio(tmp_path) as studio:
        yield studio


@pytest.fixture
async def sender() -> AsyncIterator[Sender]:
    sender = Sender()
    yield sender
    await sender.close()


# -- a session's course -------------------------------------------------------------------------


async def test_a_session_from_offer_to_delete(studio: Studio, sender: Sender) -> None:
    response, seat = await studio.call(sender)
    assert response.headers["content-type"] == "application/sdp"
    where = response.headers["location"]
    assert response.headers["etag"] == f'"{where.removeprefix(AGENT + "/")}"'
    assert "link" not in response.headers
    assert places(await heard(seat, 10)) == list(range(10))
    assert (await studio.get(where, studio.token("media"))).status_code == 204
    ended = await studio.ask("DELETE", where, studio.token("media"))
    assert (ended.status_code, ended.content) == (200, b"")
    assert seat.reasons == ["stopped"]
    for method in ("DELETE", "GET"):
        refused(await studio.ask(method, where, studio.token("media")), 404, "not_found")


async def test_a_sender_that_leaves_without_delete_is_lost(studio: Studio, sender: Sender) -> None:
    _, seat = await studio.call(sender)
    await heard(seat, 1)
    await sender.close()
    await soon(seat.vanished)


async def test_two_sessions_join_one_call(studio: Studio, sender: Sender) -> None:
    other = Sender()
    one, agent = await studio.call(sender)
    two, customer = await studio.call(other, "/v1/media/whip/one/customer?resume=true")
    assert (agent.call, customer.call) == ("one", "one")
    assert (agent.parties, customer.parties) == (("agent",), ("customer",))
    assert (agent.started.resume, customer.started.resume) == (False, True)
    await heard(agent, 3)
    await heard(customer, 3)
    crossed = two.headers["location"].replace("customer", "agent")
    refused(await studio.ask("DELETE", crossed, studio.token("media")), 404, "not_found")
    await studio.ask("DELETE", one.headers["location"], studio.token("media"))
    agent.taken, customer.taken = type(agent.taken)(), type(customer.taken)()
    await heard(customer, 3)
    assert agent.taken.empty()
    await other.close()


async def test_a_party_is_taken_from_the_session_that_is_named(
    studio: Studio, sender: Sender
) -> None:
    response, _ = await studio.call(sender)
    name = response.headers["location"].rpartition("/")[2]
    for resume, meant in ((name, True), ("another", False), ("false", False)):
        other = Sender()
        _, seat = await studio.call(other, f"{AGENT}?resume={resume}")
        assert seat.started.resume == meant
        await other.close()


async def test_servers_that_help_are_named_to_who_is_let_in(tmp_path: Path) -> None:
    async with open_studio(tmp_path, ice=ICE) as studio:
        response = await studio.post(OFFER)
        assert response.headers["link"] == (
            '<stuns:ice.example>; rel="ice-server", <turns:ice.example?transport=udp>; '
            'rel="ice-server"; username="coach"; credential="a\\"b"; credential-type="password"'
        )
        assert "link" not in (await studio.ask("OPTIONS", AGENT)).headers


async def test_a_name_is_quoted_in_the_address(studio: Studio) -> None:
    path = "/v1/media/whip/one/J%C3%B6rg%3F"
    where = (await studio.post(OFFER, path)).headers["location"]
    assert where.startswith(path + "/")
    assert (await studio.calls.next()).parties == ("Jörg?",)
    assert (await studio.ask("DELETE", where, studio.token("media"))).status_code == 200


# -- requests -----------------------------------------------------------------------------------


@pytest.mark.parametrize("path", [AGENT, f"{AGENT}/name"])
async def test_options_need_no_token(studio: Studio, path: str) -> None:
    origin = {"origin": "https://crm.example", "access-control-request-method": "POST"}
    response = await studio.ask("OPTIONS", path, headers=origin)
    assert response.status_code == 200
    headers = response.headers
    assert headers["access-control-allow-origin"] == "*"
    assert headers["access-control-allow-headers"] == "Authorization, Content-Type, If-Match"
    assert headers["access-control-expose-headers"] == "Location, ETag, Link, Retry-After"
    assert headers["access-control-allow-methods"] == headers["allow"]
    assert ("POST" in headers["allow"]) is (path == AGENT)
    assert headers.get("accept-post") == ("application/sdp" if path == AGENT else None)


async def test_get_tells_nothing(studio: Studio) -> None:
    for method in ("GET", "HEAD"):
        response = await studio.ask(method, AGENT, studio.token("media"))
        assert (response.status_code, response.content) == (204, b"")


@pytest.mark.parametrize(
    ("path", "methods", "allowed"),
    [
        (AGENT, ("DELETE", "PATCH", "PUT"), "GET, OPTIONS, POST"),
        (f"{AGENT}/name", ("PATCH", "POST", "PUT"), "DELETE, GET, OPTIONS"),
    ],
)
async def test_neither_trickle_nor_restart_is_spoken(
    studio: Studio, path: str, methods: tuple[str, ...], allowed: str
) -> None:
    fragment = {"content-type": "application/trickle-ice-sdpfrag", "if-match": '"name"'}
    for method in methods:
        response = await studio.ask(method, path, studio.token("media"), headers=fragment)
        refused(response, 405, "method_not_allowed")
        assert response.headers["allow"] == allowed


@pytest.mark.parametrize("method", ["POST", "GET", "PATCH", "DELETE"])
async def test_all_but_options_need_a_token_for_the_calls_media(
    studio: Studio, method: str
) -> None:
    path = AGENT if method == "POST" else f"{AGENT}/name"
    response = await studio.ask(method, path, headers=SDP)
    refused(response, 401, "unauthorised")
    assert response.headers["www-authenticate"] == "Bearer"
    assert response.headers["access-control-allow-origin"] == "*"
    for token in (studio.token("agent"), studio.token("media", call="two")):
        refused(await studio.ask(method, path, token, headers=SDP), 403, "not_allowed")
    assert studio.calls.given.empty()


@pytest.mark.parametrize("kind", ["", "text/plain", "application/json"])
async def test_a_body_of_another_type(studio: Studio, kind: str) -> None:
    refused(await studio.post(OFFER, headers={"content-type": kind}), 415, "unsupported_format")


async def test_a_type_with_parameters(studio: Studio) -> None:
    kind = {"content-type": "Application/SDP; charset=utf-8"}
    assert (await studio.post(OFFER, headers=kind)).status_code == 201


async def test_what_the_call_refuses_is_the_answer(studio: Studio) -> None:
    studio.calls.fault = Overloaded("no room for another call: try again", retry_after=2.5)
    response = await studio.post(OFFER)
    refused(response, 503, "overloaded")
    assert response.headers["retry-after"] == "3"
    studio.calls.fault = PartyTaken("the agent is here already: use another name")
    refused(await studio.post(OFFER), 409, "party_taken")


@pytest.mark.parametrize("path", ["/v1/media/whip/a%20b/agent", "/v1/media/whip/one/%07"])
async def test_addresses_that_are_none(studio: Studio, path: str) -> None:
    refused(await studio.post(OFFER, path), 400, "bad_request")


async def test_in_development_a_page_from_elsewhere_may_not_send(tmp_path: Path) -> None:
    async with open_studio(tmp_path, development=True) as studio:
        elsewhere = {**SDP, "origin": "https://crm.example"}
        refused(await studio.post(OFFER, headers=elsewhere), 403, "not_allowed")
        assert (await studio.post(OFFER)).status_code == 201


# -- offers and answers -------------------------------------------------------------------------


REFUSED: list[tuple[str | bytes, int, str]] = [
    ("", 400, "v=0"),
    ("hello", 400, "v=0"),
    (b"v=0\n\xff", 400, "UTF-8"),
    (OFFER + "m=video\n", 400, "cut short"),
    (OFFER.replace("opus/48000/2", "opus"), 400, "garbled"),
    (OFFER.replace("a=sendonly", "a=recvonly"), 400, "recvonly"),
    (OFFER.replace("a=sendonly", "a=inactive"), 400, "inactive"),
    (OFFER.replace("a=setup:actpass\n", ""), 400, "a=setup"),
    (OFFER.replace("a=ice-pwd", "a=pwd"), 400, "a=ice-pwd"),
    (OFFER.replace("a=rtcp-mux\n", ""), 400, "a=rtcp-mux"),
    (OFFER + f"{CANDIDATE}\n" * MAX_LINES, 400, "candidates"),
    (OFFER + "a=x\n" * (MAX_OFFER_BYTES // 4), 413, "bytes"),
    ("v=0\n", 422, "0 audio tracks"),
    ("v=0\n" + VIDEO, 422, "0 audio tracks"),
    (OFFER + SECTION, 422, "2 audio tracks"),
    (OFFER + "\u2028" + SECTION, 422, "2 audio tracks"),
    (OFFER.replace("opus", "speex"), 422, "Opus"),
]
CODES = {400: "bad_request", 413: "too_big", 422: "unsupported_format"}


async def test_offers_that_cannot_be_answered(studio: Studio) -> None:
    for offer, status, word in REFUSED:
        assert word in refused(await studio.post(offer), status, CODES[status]), offer
    assert studio.calls.given.empty()


def test_what_is_left_to_us_is_decided() -> None:
    offer = read_offer(OFFER)
    assert "a=setup:active\r\n" in offer.sdp
    assert "a=group" not in offer.sdp
    assert read_offer(OFFER.replace("a=sendonly", "a=sendrecv")).sdp.endswith("a=sendrecv\r\n")
    assert read_offer(OFFER.replace("a=sendonly\n", "")).sdp.endswith("a=sendrecv\r\n")
    assert read_offer(OFFER.replace("t=0 0", "t=0 0\na=sendrecv")).sdp.count("a=send") == 1


@pytest.mark.parametrize("before", [True, False])
@pytest.mark.parametrize("bundled", [True, False])
def test_other_sections_are_refused_in_their_place(before: bool, bundled: bool) -> None:
    text = OFFER if bundled else OFFER.replace("a=group:BUNDLE 0\n", "")
    text = text.replace(SECTION, VIDEO + SECTION + DATA) if before else text + VIDEO + DATA
    offer = read_offer(text)
    answer = whole_answer(offer, OFFER).splitlines()
    refused = ["m=video 0 UDP/TLS/RTP/SAVPF 120", "c=IN IP4 0.0.0.0", "a=inactive", "a=mid:v"]
    at = answer.index(refused[0])
    assert answer[at : at + 4] == refused
    assert (at < answer.index(SECTION.splitlines()[0])) is before
    assert ("a=group:BUNDLE 0" in answer) is bundled


@given(st.data())
def test_a_garbled_offer_is_the_senders_fault(data: st.DataObject) -> None:
    lines = (OFFER + VIDEO).splitlines()
    for _ in range(data.draw(st.integers(1, 4))):
        number = data.draw(st.integers(0, len(lines) - 1))
        cut = data.draw(st.integers(0, len(lines[number])))
        lines[number] = lines[number][:cut] + data.draw(st.text(max_size=3))
    with suppress(MediaError):
        read_offer("\n".join(lines))
