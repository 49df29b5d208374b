"""A whole call in each protocol's messages, and ways to spoil it."""

from __future__ import annotations

import json
import random
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from benchmarks.fuzz import offers
from coach.client.senders import Message, Sender
from coach.client.senders.asterisk import AsteriskSender
from coach.client.senders.audiohook import AudioHookSender
from coach.client.senders.audiosocket import AudioSocketSender, framed
from coach.client.senders.jambonz import JambonzSender
from coach.client.senders.pcm import PcmSender
from coach.client.senders.twilio import TwilioSender
from coach.client.senders.vonage import VonageSender
from stream.protocols import Codec
from stream.protocols.audiosocket import AudioSocketCodec
from stream.protocols.spoken import spoken
from stream.upgrade import Upgrade

BOTH = ("customer", "agent")
PACKETS = 6
"""Of sound in a call: enough for order to matter, and a call is over soon."""
ODD: tuple[Any, ...] = (
    None,
    True,
    -1,
    1e308,
    10**30,
    "",
    "x" * 300,
    [],
    {},
    [[]],
    "\ud800",
    "PT9S",
    "agent",
)
"""Values that no field, or not this one, should have."""
LONGEST = 2_000
"""Bytes of noise: longer ones only take longer."""


@dataclass(frozen=True, slots=True)
class Stream:
    """A call as it should be, and the codec that hears it."""

    make: Callable[[], Codec]
    messages: list[Message]


def streams() -> dict[str, Stream]:
    """By protocol."""
    make = spoken()
    hook = AudioHookSender("fuzz", BOTH, context={"product": "Velora"})
    plain, hooked = Upgrade(), Upgrade(hook.address.headers)
    said: dict[str, list[Message]] = {
        "pcm": _said(PcmSender("fuzz", BOTH, rate=8000, context={"product": "Velora"})),
        "twilio": _said(TwilioSender("fuzz", BOTH, token="t", context={"product": "Velora"})),
        "jambonz": _said(JambonzSender("fuzz", BOTH, rate=8000, token="t")),
        "vonage": _said(VonageSender("fuzz", ("agent",), token="t"), 1),
        "asterisk": [*_said(AsteriskSender("fuzz", ("agent",)), 1), "DTMF_END digit:1"],
    }
    found = {name: Stream(partial(make[name], plain), call) for name, call in said.items()}
    found["audiohook"] = Stream(partial(make["audiohook"], hooked), _said(hook))
    found["audiosocket"] = Stream(AudioSocketCodec, _audiosocket())
    found["whip"] = Stream(offers.OfferReader, list(offers.LINES))
    return found


def _said(sender: Sender, channels: int = 2) -> list[Message]:
    sound = np.zeros((channels, 160), np.float32)
    packets = [message for _ in range(PACKETS) for message in sender.audio(sound)]
    return [*sender.hello(), *packets, *sender.stop()]


def _audiosocket() -> list[Message]:
    """With a key that is pressed, and the hangup, which Asterisk itself does not say."""
    said = _said(AudioSocketSender(str(uuid.uuid4()), ("agent",)), 1)
    return [*said, framed(0x03, b"1"), framed(0x00)]


def spoilt(messages: list[Message], rng: random.Random) -> Iterator[Message]:
    """The call with a few of its messages lost, twice, late, cut, changed, or others' noise."""
    found = list(messages)
    for _ in range(rng.randint(1, 4)):
        here = rng.randrange(len(found))
        _WAYS[rng.randrange(len(_WAYS))](found, here, rng)
        if not found:
            break
    yield from found


def _lose(found: list[Message], here: int, rng: random.Random) -> None:
    del found[here]


def _twice(found: list[Message], here: int, rng: random.Random) -> None:
    found.insert(rng.randint(0, len(found)), found[here])


def _cut(found: list[Message], here: int, rng: random.Random) -> None:
    found[here] = found[here][: rng.randint(0, len(found[here]))]


def _change(found: list[Message], here: int, rng: random.Random) -> None:
    message = found[here]
    if not message:
        return
    at = rng.randrange(len(message))
    if isinstance(message, bytes):
        found[here] = message[:at] + bytes([rng.randrange(256)]) + message[at + 1 :]
    else:
        found[here] = (
            message[:at]
            + chr(rng.choice((*range(32, 127), 0, 0x2028, 0xD800)))
            + (message[at + 1 :])
        )


def _value(found: list[Message], here: int, rng: random.Random) -> None:
    """Another value somewhere in a message of JSON."""
    try:
        body = json.loads(found[here])
    except (ValueError, RecursionError):
        return
    place = body
    while isinstance(place, dict) and place:
        key = rng.choice(sorted(place))
        if not isinstance(place[key], dict) or rng.random() < 0.3:
            place[key] = rng.choice(ODD)
            break
        place = place[key]
    found[here] = json.dumps(body)


def _noise(found: list[Message], here: int, rng: random.Random) -> None:
    noise = rng.randbytes(rng.randint(0, LONGEST))
    found.insert(here, noise if rng.random() < 0.5 else noise.decode("latin-1"))


def _nest(found: list[Message], here: int, rng: random.Random) -> None:
    found.insert(here, '{"a":' * rng.randint(1, 3000))


_WAYS = (_lose, _twice, _cut, _change, _change, _value, _value, _value, _noise, _nest)
