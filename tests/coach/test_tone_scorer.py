"""Scores of tone off the loop: in a live call, one after the other, and where one fails."""

from __future__ import annotations

import asyncio
from pathlib import Path

import numpy as np
from structlog.testing import capture_logs

from coach.lane.tone_scorer import tone_scores
from coach.pipeline import Ended, Joined, Left
from coach.tones import ToneRequest, ToneResult
from models.vad import FRAME
from stream.audio import AudioFrame, CallId, PartyId
from tests.coach.lane_desk import ONE, PATIENCE, TWO
from tests.coach.piped import Mute, Piped, piped
from tests.coach.scripted_call import AGENT, knowledge
from tests.coach.scripted_tone import ScriptedScorer

SPEECH = np.ones(40, bool)


def request(window: int, call: CallId = ONE) -> ToneRequest:
    audio = np.full(len(SPEECH) * FRAME, window / 100, np.float32)
    return ToneRequest(call, PartyId("customer"), window, audio, SPEECH)


async def test_scores_come_in_order_and_a_fault_costs_its_own_alone() -> None:
    scorer, told = ScriptedScorer(), list[str]()
    results: asyncio.Queue[ToneResult] = asyncio.Queue()
    lane = tone_scores(scorer, observe=lambda name, _: told.append(name))
    asked = [request(1), request(2, TWO), request(3)]
    broken = ToneRequest(ONE, PartyId("customer"), 4, np.zeros(0, np.float32), SPEECH)
    with capture_logs() as logs:
        for each in asked:
            lane.submit(each, results.put_nowait)
        async with asyncio.timeout(PATIENCE):
            found = [await results.get() for _ in asked]
            scorer.broken = True
            lane.submit(broken, results.put_nowait)
            lost = await results.get()
    assert found == [each.answered(ScriptedScorer()) for each in asked]
    assert lost.scores is None
    assert told == ["tone.seconds"] * 4 + ["tone.failed"]
    (line,) = logs
    assert (line["event"], line["call"], line["window"]) == ("tone.failed", ONE, 4)
    await lane.close()


async def talk(call: Piped) -> None:
    """The agent's whole call: five seconds of sound."""
    await call.pipeline.put(Joined(AGENT, 0))
    await call.pipeline.put(AudioFrame(AGENT.id, 0, np.full(160 * FRAME, 0.9, np.float32)))
    await call.pipeline.put(Left(AGENT.id))
    await call.pipeline.put(Ended("stopped"))
    await call.pipeline.run()


async def test_a_live_call_tells_tone_by_the_model(tmp_path: Path) -> None:
    async with piped(tmp_path, knowledge(tone=ScriptedScorer()), Mute(), now=lambda: 0.0) as live:
        await talk(live)
        tones = [event["data"] for event in await live.told() if event["type"] == "tone"]
        assert len(tones) >= 2
        assert None not in {each["valence"] for each in tones}


async def test_a_live_call_goes_on_where_nothing_can_be_scored(tmp_path: Path) -> None:
    scorer = ScriptedScorer()
    scorer.broken = True
    async with piped(tmp_path, knowledge(tone=scorer), Mute(), now=lambda: 0.0) as live:
        with capture_logs() as logs:
            await talk(live)
        kinds = {event["type"] for event in await live.told()}
        assert "tone" not in kinds
        assert "transcript.final" in kinds
        assert len([line for line in logs if line["event"] == "tone.failed"]) >= 2
