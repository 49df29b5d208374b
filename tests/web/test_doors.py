"""Telephone systems that prove who they are without a token of ours."""

from __future__ import annotations

import base64

import pytest

from stream.errors import Unauthorised
from stream.signatures import twilio_signature
from stream.upgrade import Upgrade
from web.doors import Doors

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
