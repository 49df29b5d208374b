"""Telephone systems that prove who they are without a token of ours."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from websockets.exceptions import InvalidStatus

from coach.client.senders.audiohook import AudioHookSender
from coach.client.senders.twilio import TwilioSender
from coach.store import Store
from stream.errors import Unauthorised
from stream.shell import SocketLimits
from stream.signatures import twilio_signature
from stream.upgrade import Upgrade
from tests.stream.serving import dialled, serving
from tests.web.house import KEY, House
from web.auth import Authenticator
from web.doors import Doors
from web.server import create_app

TARGET = "/v1/media/twilio"
URL = "wss://coach.example.com/v1/media/twilio"


def basic(pair: str) -> Upgrade:
    return Upgrade({"authorization": "Basic " + base64.b64encode(pair.encode()).decode()})


def signed(url: str, token: str = "secret") -> Upgrade:
    made = twilio_signature(token, url)
    headers = {"x-twilio-signature": made, "host": "coach.example.com"}
    return Upgrade(headers, target=TARGET)


@pytest.mark.parametrize("public", ["", "wss://coach.example.com", "wss://coach.example.com/"])
def test_a_stream_that_twilio_signed(public: str) -> None:
    doors = Doors(twilio_token="secret", twilio_url=public)
    assert doors.opened("twilio", signed(URL))
    for wrong in (signed(URL + "?x=1"), signed(URL, "another")):
        with pytest.raises(Unauthorised):
            doors.opened("twilio", wrong)


def test_without_a_signature_a_token_decides() -> None:
    assert not Doors(twilio_token="secret").opened("twilio", Upgrade(target=TARGET))
    assert not Doors().opened("twilio", signed(URL)), "nothing to check it with"


def test_audiohook_with_keys_is_always_signed() -> None:
    assert not Doors().opened("audiohook", Upgrade())
    keyed = Doors(audiohook={"key": b"secret", "open": b""}, clock=lambda: 0.0)
    with pytest.raises(Unauthorised):
        keyed.opened("audiohook", Upgrade())
    with pytest.raises(Unauthorised):
        keyed.opened("audiohook", Upgrade({"x-api-key": "key"}))
    assert keyed.opened("audiohook", Upgrade({"x-api-key": "open"})), "its secret is empty"


def test_names_and_passwords_of_jambonz() -> None:
    doors = Doors(basic={"fork": "päss:word"})
    assert doors.opened("jambonz", basic("fork:päss:word"))
    for wrong in ("fork:päss", "fork:", "spoon:päss:word", "fork"):
        with pytest.raises(Unauthorised):
            doors.opened("jambonz", basic(wrong))
    with pytest.raises(Unauthorised, match="no HTTP Basic"):
        doors.opened("jambonz", Upgrade({"authorization": "Basic %%%"}))
    assert not doors.opened("jambonz", Upgrade({"authorization": "Bearer a.b.c"}))
    assert not Doors().opened("jambonz", basic("fork:x")), "a token decides"


@pytest.mark.parametrize("protocol", ["pcm", "vonage", "asterisk", "whip"])
def test_other_protocols_have_tokens(protocol: str) -> None:
    doors = Doors(twilio_token="secret", audiohook={"key": b"s"}, basic={"fork": "x"})
    assert not doors.opened(protocol, signed(URL))


def test_no_secret_is_shown() -> None:
    doors = Doors(twilio_token="secret-1", audiohook={"key": b"secret-2"}, basic={"a": "secret-3"})
    assert "secret-" not in repr(doors)


# -- over a real server -------------------------------------------------------------------------


@pytest.fixture
async def address(tmp_path: Path) -> AsyncIterator[str]:
    """A server that lets in Twilio, and AudioHook with a key."""
    store = await Store.open(f"sqlite+aiosqlite:///{tmp_path / 'doors.db'}")
    house = House(store, Authenticator([KEY]))
    doors = Doors(twilio_token="secret", audiohook={"key": b"secret"})
    limits = SocketLimits(refusal_seconds=0.0)
    app = create_app(replace(house.services(), doors=doors, limits=limits))
    async with serving(app) as address:
        yield address
    await house.journal.close()
    await house.bus.close()
    await store.close()


async def test_what_twilio_signed_needs_no_token(address: str) -> None:
    made = twilio_signature("secret", f"wss://{address}{TARGET}")
    async with dialled(address, TARGET, additional_headers={"X-Twilio-Signature": made}) as line:
        for message in twilio_start():
            await line.send(message)
        pong = await line.ping()
        await pong  # it was heard, and nobody closed
    wrong = {"X-Twilio-Signature": twilio_signature("another", f"wss://{address}{TARGET}")}
    with pytest.raises(InvalidStatus) as refused:
        async with dialled(address, TARGET, additional_headers=wrong):
            pass
    assert refused.value.response.status_code == 401


async def test_a_trial_of_audiohook_fails_where_the_key_is_wrong(address: str) -> None:
    sender = AudioHookSender("one", ("customer", "agent"))
    with pytest.raises(InvalidStatus) as refused:
        async with dialled(address, sender.address.path, additional_headers=sender.address.headers):
            pass
    assert refused.value.response.status_code == 401


def twilio_start() -> list[str | bytes]:
    return TwilioSender("signed", ("customer", "agent")).hello()
