"""How telephone systems begin and end a connection, over a real server."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import replace
from functools import partial
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import InvalidStatus
from websockets.typing import Subprotocol

from coach.client.senders.audiohook import AudioHookSender
from stream.events import Media, Paused
from stream.intake import Leg
from stream.protocols import Transcript
from stream.protocols.audiohook import AudioHookCodec
from stream.protocols.jambonz import JambonzCodec
from stream.shell import SocketLimits
from tests.stream.serving import Seat, closed, received, soon
from tests.stream.studio import Studio, open_studio

IMPATIENT = SocketLimits(ending_seconds=0.05, farewell_seconds=0.05)
METADATA = json.dumps({"callSid": "one", "sampleRate": 8000, "mixType": "stereo"})


@pytest.fixture
async def studio() -> AsyncIterator[Studio]:
    async with open_studio() as studio:
        yield studio


# -- AudioHook: the sender closes ---------------------------------------------------------------


class Hook:
    """A session of AudioHook over a client's socket."""

    def __init__(self, client: ClientConnection, sender: AudioHookSender) -> None:
        self.client, self.sender = client, sender

    async def told(self) -> tuple[str, dict[str, Any]]:
        """The next message: its type and its parameters."""
        message = await received(self.client)
        self.sender.hear(json.dumps(message))
        return message["type"], message["parameters"]

    async def send(self, *messages: str | bytes) -> None:
        for message in messages:
            await self.client.send(message)


async def opened(studio: Studio, client: ClientConnection, sender: AudioHookSender) -> Hook:
    hook = Hook(client, sender)
    await hook.send(*sender.hello())
    kind, told = await hook.told()
    assert (kind, told["media"][0]["channels"]) == ("opened", ["external", "internal"])
    return hook


def hooked(studio: Studio) -> AudioHookSender:
    studio.make = AudioHookCodec
    return AudioHookSender("one", ("customer", "agent"))


async def test_a_session_from_open_to_closed(studio: Studio) -> None:
    sender = hooked(studio)
    async with studio.client(additional_headers=sender.address.headers) as client:
        hook = await opened(studio, client, sender)
        seat = await studio.intake.next()
        await hook.send(b"\xff\x7f" * 80)
        assert await seat.next() == Media(b"\xff\x7f" * 80, at=0.0)
        await hook.send(sender._numbered("ping", {}))
        assert (await hook.told())[0] == "pong"
        await hook.send(*sender.stop())
        await soon(seat.stopped)
        await hook.send(sender._numbered("ping", {}))
        assert (await hook.told())[0] == "pong", "while the last events come"
        seat.ended.set()
        assert (await hook.told())[0] == "closed"
        await client.close()
    await soon(studio.served)
    assert not seat.vanished.is_set()


async def test_closed_comes_also_where_the_call_is_behind(studio: Studio) -> None:
    studio.limits = IMPATIENT
    sender = hooked(studio)
    async with studio.client(additional_headers=sender.address.headers) as client:
        hook = await opened(studio, client, sender)
        await hook.send(*sender.stop())
        assert (await hook.told())[0] == "closed"
        assert (await closed(client))[0] == 1000, "who does not close is closed"


async def test_the_last_words_are_told_before_the_end(studio: Studio) -> None:
    """They may come later than the end of the call is known, as from another process's bus."""
    come = asyncio.Event()

    async def late(leg: Leg) -> AsyncGenerator[Transcript]:
        await come.wait()
        yield Transcript(leg.parties[0], 1, "red", 0.1, 0.5, ())

    sender = hooked(studio)
    studio.make = partial(AudioHookCodec, transcribed=True)
    studio.transcribe = late
    async with studio.client(additional_headers=sender.address.headers) as client:
        hook = await opened(studio, client, sender)
        seat = await studio.intake.next()
        await hook.send(*sender.stop())
        await soon(seat.stopped)
        seat.ended.set()
        await hook.send(sender._numbered("ping", {}))
        assert (await hook.told())[0] == "pong", "the end waits for them"
        come.set()
        assert (await hook.told())[0] == "event"
        assert (await hook.told())[0] == "closed"
        await client.close()


async def test_after_a_fault_the_sender_says_goodbye(studio: Studio) -> None:
    sender = hooked(studio)
    async with studio.client(additional_headers=sender.address.headers) as client:
        hook = await opened(studio, client, sender)
        seat = await studio.intake.next()
        sender._numbered("ping", {})  # a number that is never sent
        await hook.send(sender._numbered("ping", {}))
        kind, told = await hook.told()
        assert (kind, told["reason"]) == ("disconnect", "error")
        assert "seq" in told["info"]
        await hook.send(*sender.stop())
        assert (await hook.told())[0] == "closed"
        await client.close()
    await soon(seat.stopped)
    assert seat.reasons == ["bad_request"]


async def test_an_upgrade_without_a_session_is_refused(studio: Studio) -> None:
    studio.make = AudioHookCodec
    with pytest.raises(InvalidStatus) as refused:
        async with studio.client():
            pass
    assert refused.value.response.status_code == 400
    assert b"Audiohook-Session-Id" in refused.value.response.body


# -- jambonz: closing says that it is over ------------------------------------------------------


async def jambonz(studio: Studio, client: ClientConnection) -> Seat:
    await client.send(METADATA)
    await client.send(b"\1\2\3\4" * 80)
    seat = await studio.intake.next()
    assert await seat.next() == Media(b"\1\2\3\4" * 80)
    return seat


async def test_who_closes_has_hung_up(studio: Studio) -> None:
    studio.make = JambonzCodec
    offer = [Subprotocol("audio.jambonz.org")]
    async with studio.client(subprotocols=offer) as client:
        assert client.subprotocol == "audio.jambonz.org"
        seat = await jambonz(studio, client)
    await soon(seat.stopped)
    assert seat.reasons == ["stopped"]
    assert not seat.vanished.is_set()


async def test_whose_line_breaks_may_come_back(studio: Studio) -> None:
    studio.make = JambonzCodec
    async with studio.client() as client:
        seat = await jambonz(studio, client)
        client.transport.abort()
        await soon(seat.vanished)
    assert seat.reasons == []


async def test_a_subprotocol_that_is_not_spoken_is_refused(studio: Studio) -> None:
    studio.make = JambonzCodec
    with pytest.raises(InvalidStatus) as refused:
        async with studio.client(subprotocols=[Subprotocol("mqtt")]):
            pass
    assert refused.value.response.status_code == 400
    assert b"audio.jambonz.org" in refused.value.response.body
    await asyncio.sleep(0)
    assert studio.intake.given.empty()


async def test_a_paused_session_that_says_nothing_is_gone(studio: Studio) -> None:
    studio.limits = replace(IMPATIENT, idle_seconds=1.0)
    sender = hooked(studio)
    async with studio.client(additional_headers=sender.address.headers) as client:
        hook = await opened(studio, client, sender)
        seat = await studio.intake.next()
        await hook.send(sender._numbered("paused", {}))
        assert await seat.next() == Paused()
        assert (await hook.told())[0] == "disconnect", "it would ping"
    await soon(seat.vanished)
