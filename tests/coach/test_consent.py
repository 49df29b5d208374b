"""What may be heard and kept, what is known of a call, and what becomes of it at the end."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from coach.demo import CALL
from coach.settings import Settings
from coach.store import Store
from stream.audio import CallId, Samples
from stream.files import read_audio
from tests.coach.caller import (
    PARTIES,
    RATE,
    Event,
    calling,
    clip,
    finals,
    heard,
    of_type,
    whole_call,
)
from tests.conftest import RunningServer, ServerThread
from web.auth import Authenticator, new_key

REPORT = (8.3, 17.8)
"""Seconds of the sample call in which the customer tells of itchy arms and dizziness."""
TOLD = ("itchy", "dizzy", "red", "arms")
DENIED = {"consent": {"record": False, "analyse": False, "tone": False}}
GRANTED = {"consent": {"record": True, "analyse": True, "tone": True}}


@pytest.fixture(scope="module")
def audio() -> dict[str, Samples]:
    return clip()


@pytest.fixture(scope="module")
def report() -> dict[str, Samples]:
    samples, _ = read_audio(CALL, RATE)
    cut = samples[:, round(REPORT[0] * RATE) : round(REPORT[1] * RATE)]
    return dict(zip(PARTIES, cut, strict=True))


@pytest.fixture(scope="module")
def unrecorded(server: RunningServer, report: dict[str, Samples]) -> list[Event]:
    """A call with a report in it that may be heard and not recorded."""
    context = {"consent": {"record": False}}
    return asyncio.run(whole_call(server, "unrecorded", report, context=context))


class Locked:
    """A service with a key, and tokens for it."""

    def __init__(self, place: Path) -> None:
        environ = {"COACH_DATA_DIR": str(place), "COACH_AUTH_KEYS": new_key()}
        settings = Settings.load(None, environ)
        self.auth = Authenticator(settings.auth.keys)
        self.thread = ServerThread(settings, self.auth)
        self.server = self.thread.up()


@pytest.fixture(scope="module")
def locked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Locked]:
    house = Locked(tmp_path_factory.mktemp("locked"))
    try:
        yield house
    finally:
        house.thread.stop()


async def put(server: RunningServer, call: str, context: dict[str, Any]) -> None:
    async with httpx.AsyncClient(trust_env=False) as client:
        answer = await client.put(f"{server.url}/v1/calls/{call}/context", json=context)
    assert answer.status_code == 204, answer.text


# -- consent ----------------------------------------------------------------------------------


async def test_what_may_not_be_analysed_is_not_transcribed(
    server: RunningServer, audio: dict[str, Samples]
) -> None:
    context = {"consent": {"analyse": False}}
    events = await whole_call(server, "not-analysed", audio, context=context)
    kinds = {event["type"] for event in events}
    assert kinds == {"call.started", "party.joined", "party.left", "call.ended"} | (
        kinds & {"pacing.live"}
    )
    assert events[-1]["data"]["duration"] == pytest.approx(len(audio["agent"]) / RATE, abs=0.05)


async def test_consent_that_comes_in_the_call_counts_from_then_on(
    server: RunningServer, audio: dict[str, Samples]
) -> None:
    async with calling(server, "consented-later", context=DENIED) as caller:
        await caller.speak(audio, 0, 4)
        await caller.tell(type="context", context=GRANTED)
        await caller.speak(audio, 4)
        await caller.stop()
    events = await heard(server, "consented-later")
    assert [event["at"] for event in of_type(events, "context.changed")] == [4.0]
    assert {final["party"] for final in finals(events)} == {"customer"}
    assert all(final["start"] >= 3.9 for final in finals(events))


def test_words_that_may_not_be_recorded_are_in_no_final(unrecorded: list[Event]) -> None:
    said = finals(unrecorded)
    assert said
    assert all(final["withheld"] == "record" for final in said)
    assert all(final["text"] == "" and final["words"] == [] for final in said)


def test_an_unrecorded_report_is_still_noticed(unrecorded: list[Event]) -> None:
    (signal,) = of_type(unrecorded, "signal")
    assert signal["data"]["kind"] == "adverse_event"
    assert signal["data"]["evidence"]["text"] == ""
    assert signal["data"]["evidence"]["spans"] == []
    (nudge,) = of_type(unrecorded, "nudge")
    assert nudge["data"]["rule"] == "safety.adverse_event"
    assert nudge["data"]["evidence"]["text"] == ""


async def test_no_word_of_an_unrecorded_call_is_stored(
    server: RunningServer, unrecorded: list[Event]
) -> None:
    del unrecorded  # it has to be over
    for entitled in (True, False):
        stored = await server.service.store.events(CallId("unrecorded"), entitled=entitled)
        said = [json.dumps(event["data"]).lower() for event in stored]
        quotes = {word: data for word in TOLD for data in said if f" {word}" in data}
        assert not quotes


async def test_without_development_mode_consent_has_to_be_given(
    locked: Locked, audio: dict[str, Samples]
) -> None:
    media, admin = locked.auth.issue("media", "switch"), locked.auth.issue("admin", "ada")
    for call, context in (("silent", {}), ("granted", GRANTED)):
        async with calling(locked.server, call, token=media, context=context) as caller:
            await caller.speak(audio)
            await caller.stop()
    silent = await heard(locked.server, "silent", token=admin)
    assert of_type(silent, "transcript.final") == of_type(silent, "transcript.partial") == []
    granted = await heard(locked.server, "granted", token=admin)
    assert {final["party"] for final in finals(granted)} == set(PARTIES)


# -- context ----------------------------------------------------------------------------------


async def test_context_put_before_the_call_is_in_its_start(server: RunningServer) -> None:
    await put(server, "known", {"product": "Injecta", "language": "en", "lot": "A1"})
    await put(server, "known", {"lot": "B2"})
    async with calling(server, "known", context={"country": "IE"}) as caller:
        await caller.stop()
    (started,) = of_type(await heard(server, "known"), "call.started")
    told = {"product": "Injecta", "language": "en", "lot": "B2", "country": "IE"}
    assert started["data"]["context"] == told


async def test_context_put_in_the_call_changes_it_from_then_on(
    server: RunningServer, audio: dict[str, Samples]
) -> None:
    async with calling(server, "told-later", context={"product": "Injecta"}) as caller:
        await caller.speak(audio, 0, 2)
        await caller.until("ack", 2)
        await put(server, "told-later", {"lot": "C3"})
        await caller.tell(type="context", country="IE")
        await caller.stop()
    events = await heard(server, "told-later")
    changes = [(e["at"], e["data"]["context"]) for e in of_type(events, "context.changed")]
    assert changes == [
        (2.0, {"product": "Injecta", "lot": "C3"}),
        (2.0, {"product": "Injecta", "lot": "C3", "country": "IE"}),
    ]
    record = await server.service.store.call(CallId("told-later"))
    assert record is not None
    assert record.context == changes[-1][1]


async def test_a_second_socket_brings_its_context(server: RunningServer) -> None:
    async with (
        calling(server, "two-contexts", ("agent",), context={"agent": {"id": "ada"}}) as agent,
        calling(server, "two-contexts", ("customer",), context={"lot": "D4"}) as customer,
    ):
        await agent.tell(type="stop")
        await customer.stop()
    (changed,) = of_type(await heard(server, "two-contexts"), "context.changed")
    assert changed["data"]["context"] == {"agent": {"id": "ada"}, "lot": "D4"}


# -- the server stops -------------------------------------------------------------------------


async def test_a_server_that_stops_keeps_what_was_heard(
    tmp_path: Path, server: RunningServer, audio: dict[str, Samples]
) -> None:
    settings = Settings.load(None, {"COACH_DATA_DIR": str(tmp_path)})
    thread = ServerThread(settings, Authenticator([], development=True))
    running = thread.up()
    try:
        async with calling(running, "cut-off") as caller:
            await caller.speak(audio, 0, 7)
            await caller.until("ack", 7)
            stopping = asyncio.create_task(asyncio.to_thread(thread.stop))
            error, close, _ = await caller.closed()
            assert close == 4001
            assert error is not None
            assert error["code"] == "call_ended"
            await stopping
    finally:
        if thread.is_alive():
            thread.stop()
    store = await Store.open(settings.store_url)
    try:
        record = await store.call(CallId("cut-off"))
        events = await store.events(CallId("cut-off"), entitled=True)
    finally:
        await store.close()
    assert record is not None
    assert (record.state, record.reason) == ("ended", "server_stopped")
    assert events[-1]["data"] == {"reason": "server_stopped", "duration": pytest.approx(7, abs=0.1)}
    assert [event["n"] for event in events] == list(range(1, len(events) + 1))
    assert [event["data"]["party"] for event in of_type(events, "party.left")] == list(PARTIES)
    uninterrupted = finals(await whole_call(server, "not-cut-off", audio))
    assert finals(events)[0] == uninterrupted[0], "what was closed is as it would have been"
    assert finals(events)[1]["text"], "what was open is closed and heard"
