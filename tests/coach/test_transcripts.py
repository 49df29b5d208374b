"""A telephone system that is told what was said on its call."""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator, Iterator
from typing import Any

import numpy as np
import pytest

from coach.transcripts import transcripts
from stream.audio import AudioFormat, CallId, Party
from stream.events import CallStarted
from tests.coach.caller import CHUNK, RATE, clip, finals, heard
from tests.coach.hooked import hooked
from tests.conftest import RunningServer, running
from tests.stream.serving import Seat

CHANNELS = ("customer", "agent")
"""Of an AudioHook session, by their numbers."""


@pytest.fixture(scope="module")
def telling(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    environ = {
        "COACH_DATA_DIR": str(tmp_path_factory.mktemp("telling")),
        "COACH_CALL_LIMIT": "16",
        "COACH_AUDIOHOOK_TRANSCRIPTS": "true",
    }
    with running(environ) as server:
        yield server


async def told(server: RunningServer, call: str) -> list[dict[str, Any]]:
    """The clip as a session; all messages after `opened`."""
    audio, step = clip(), round(CHUNK * RATE)
    messages: list[dict[str, Any]] = []
    async with hooked(server, call) as hook:
        for first in range(0, len(audio["agent"]), step):
            rows = [audio[party][first : first + step] for party in hook.sender.parties]
            await hook.send(*hook.sender.audio(np.stack(rows)))
        await hook.send(*hook.sender.stop())
        while not messages or messages[-1]["type"] != "closed":
            messages.append(await hook.next())
    return messages


def seconds(duration: str) -> float:
    (found,) = re.fullmatch(r"PT([0-9.]+)S", duration).groups()  # type: ignore[union-attr]
    return float(found)


async def test_audiohook_is_told_each_utterance(telling: RunningServer) -> None:
    messages = await told(telling, "told")
    assert [message["seq"] for message in messages] == list(range(2, len(messages) + 2))
    events = [m["parameters"]["entities"] for m in messages if m["type"] == "event"]
    said = [data for data in finals(await heard(telling, "told")) if data["text"]]
    assert len(said) > 1
    assert len(events) == len(said)
    for (entity,), final in zip(events, said, strict=True):
        data = entity["data"]
        assert (entity["type"], data["isFinal"]) == ("transcript", True)
        assert CHANNELS[data["channelId"]] == final["party"]
        assert seconds(data["offset"]) == pytest.approx(final["start"], abs=2e-3)
        assert seconds(data["duration"]) == pytest.approx(final["end"] - final["start"], abs=2e-3)
        (alternative,) = data["alternatives"]
        (display,) = alternative["interpretations"]
        assert display["transcript"] == final["text"]
        assert [token["value"] for token in display["tokens"]] == [w["w"] for w in final["words"]]
    assert len({entity["data"]["id"] for (entity,) in events}) == len(events)


async def test_nobody_is_told_who_did_not_ask(server: RunningServer) -> None:
    messages = await told(server, "untold")
    assert {message["type"] for message in messages} <= {"pong", "closed"}


async def test_who_comes_back_is_told_what_he_was_in_the_middle_of(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Seconds of events are rounded, and those of a place in a call are not."""

    def final(number: int, start: float, end: float) -> dict[str, Any]:
        said = {"party": "agent", "utterance": number, "start": start, "end": end}
        return {"type": "transcript.final", "data": {**said, "text": "red", "words": []}}

    async def events(*_: Any, **__: Any) -> AsyncGenerator[dict[str, Any]]:
        for body in (final(1, 1.0, 3.0), final(2, 4.0, 6.0), final(3, 5.123, 7.0)):
            yield body
        yield {"type": "call.ended", "data": {}}

    monkeypatch.setattr("coach.transcripts.follow", events)
    format = AudioFormat("mulaw", 8000, (Party.named("agent"),))
    seat = Seat(CallStarted(CallId("back"), format, source="audiohook", at=5.1234))
    unused: Any = None
    told = [said.number async for said in transcripts(unused, unused, seat)]
    assert told == [2, 3]
