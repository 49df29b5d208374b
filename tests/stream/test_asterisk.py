"""The Asterisk codec's address, forms and silence; its messages are in tests/wire."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stream.audio import Party
from stream.errors import BadRequest, MediaError
from stream.events import CallStarted
from stream.protocols import Codec, MakeCodec
from stream.protocols.asterisk import FORMATS, AsteriskCodec
from stream.upgrade import Upgrade

START = "MEDIA_START connection_id:c-1 channel:WebSocket/coach/0x7f format:ulaw ptime:20"
CALL: list[str | bytes] = [
    START,
    b"\xff" * 160,
    "DTMF_END digit:1",
    "MEDIA_XOFF",
    "MEDIA_XON",
    b"\x7f" * 160,
    "HANGUP",
]
WORD = st.text(st.characters(codec="ascii", categories=("L", "N")), min_size=1, max_size=12)


def started(codec: Codec, message: str = START) -> CallStarted:
    [event] = codec.receive(message)
    assert isinstance(event, CallStarted)
    return event


@pytest.mark.parametrize(
    ("offered", "agreed"),
    [((), None), (("media",), "media"), (("x", "media"), "media"), (("x",), None)],
)
def test_subprotocol(offered: tuple[str, ...], agreed: str | None) -> None:
    make: MakeCodec = AsteriskCodec
    codec = make(Upgrade(subprotocols=offered))
    assert codec.manners.subprotocol == agreed
    assert not codec.manners.client_closes


def test_party_of_the_settings_and_of_the_address() -> None:
    assert started(AsteriskCodec(Upgrade(), "agent")).format.parties == (Party.named("agent"),)
    addressed = AsteriskCodec(Upgrade(query={"party": "interpreter"}), "agent")
    assert started(addressed).format.parties == (Party.named("interpreter"),)


def test_a_party_that_cannot_be_one_refuses_the_upgrade() -> None:
    with pytest.raises(BadRequest, match=r"\?party= in the address"):
        AsteriskCodec(Upgrade(query={"party": "a\nb"}))


@settings(max_examples=60, deadline=None)
@given(connection=WORD, format=st.sampled_from(sorted(FORMATS)), others=st.dictionaries(WORD, WORD))
def test_words_and_json_say_the_same(connection: str, format: str, others: dict[str, str]) -> None:
    body = {**others, "connection_id": connection, "format": format}
    words = " ".join(["MEDIA_START", *(f"{key}:{value}" for key, value in body.items())])
    in_json = json.dumps({**body, "event": "MEDIA_START"})
    assert started(AsteriskCodec(Upgrade()), words) == started(AsteriskCodec(Upgrade()), in_json)


@settings(max_examples=60, deadline=None)
@given(cut=st.integers(0, len(START)))
def test_a_truncated_start_is_a_fault_or_nothing(cut: int) -> None:
    """What is cut off behind the format does no harm: nothing of that is needed."""
    codec = AsteriskCodec(Upgrade())
    try:
        events = codec.receive(START[:cut])
    except MediaError:
        events = []
    assert events in ([], [started(AsteriskCodec(Upgrade()))])
