"""The sample call: what is shipped, and how a new one is laid out."""

from __future__ import annotations

import shutil
from pathlib import Path

import av
import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coach.demo import CALL, make_call
from coach.demo.make_call import RATE, Turn, lay_out, level

MOST_BYTES = 600_000
"""The sample travels with every checkout and install."""


def tone(seconds: float) -> make_call.Samples:
    times = np.arange(round(seconds * RATE)) / RATE
    return level(np.sin(2 * np.pi * 440 * times).astype(np.float32))


def loud(channel: npt.NDArray[np.int16]) -> npt.NDArray[np.intp]:
    return np.flatnonzero(np.abs(channel) > 1_000)


def dbfs(channel: npt.NDArray[np.int16]) -> float:
    spoken = channel[loud(channel)] / 32_768
    return float(20 * np.log10(np.sqrt(np.mean(spoken**2))))


def test_what_is_shipped_is_a_small_call_with_two_audible_sides() -> None:
    assert CALL.stat().st_size < MOST_BYTES
    with av.open(str(CALL)) as container:
        stream = container.streams.audio[0]
        assert (stream.rate, stream.channels) == (RATE, 2)
        samples = np.concatenate([f.to_ndarray().reshape(-1, 2) for f in container.decode(stream)])
    assert 50 < len(samples) / RATE < 70
    for channel in samples.T:
        assert -26 < dbfs(channel) < -14
    agent, customer = (set((loud(channel) // RATE).tolist()) for channel in samples.T)
    assert len(agent & customer) < 0.2 * len(agent | customer), "they take turns"


def test_the_script_has_what_the_sample_is_to_show() -> None:
    turns = make_call.load_script()
    assert {turn.speaker for turn in turns} == {"agent", "customer"}
    said = " ".join(turn.text for turn in turns if turn.speaker == "customer")
    assert "itchy" in said
    assert "dizzy" in said
    assert max(turn.rate for turn in turns if turn.speaker == "agent") > 1.2, "one is rushed"


def test_a_speaker_without_a_channel_is_refused(tmp_path: Path) -> None:
    script = tmp_path / "script.toml"
    script.write_text('[[turn]]\nspeaker = "cat"\npause = 0\nrate = 1\ntext = "meow"\n')
    with pytest.raises(ValueError, match="write agent or customer"):
        make_call.load_script(script)


@settings(max_examples=20, deadline=None)
@given(st.lists(st.tuples(st.booleans(), st.floats(0.1, 1), st.floats(0.1, 1)), min_size=1))
def test_turns_lie_where_their_pauses_put_them(plan: list[tuple[bool, float, float]]) -> None:
    turns = [Turn("agent" if left else "customer", pause, 1.0, "") for left, pause, _ in plan]
    spoken = [tone(seconds) for _, _, seconds in plan]
    samples = lay_out(turns, spoken)
    now = 0
    for turn, voice in zip(turns, spoken, strict=True):
        start = now + round(turn.pause * RATE)
        own, other = samples.T if turn.speaker == "agent" else samples.T[::-1]
        assert len(loud(own[now:start])) == 0
        assert len(loud(other[start : start + len(voice)])) == 0
        assert dbfs(own[start : start + len(voice)]) == pytest.approx(-20, abs=1)
        now = start + len(voice)
    assert len(samples) == now + round(make_call.TAIL * RATE)


def test_a_line_lets_speech_through_and_keeps_the_rest_out() -> None:
    times = np.arange(RATE) / RATE
    for hertz, passes in ((50, False), (200, False), (400, True), (3_000, True), (3_800, False)):
        heard = make_call.band(np.sin(2 * np.pi * hertz * times).astype(np.float32))
        assert (float(np.std(heard)) > 0.5) == passes, f"{hertz} Hz"


@pytest.mark.skipif(shutil.which("flite") is None, reason="flite is not installed here")
def test_a_call_is_made_and_read_again(tmp_path: Path) -> None:
    turn = Turn("customer", 0.2, 1.0, "I felt dizzy.")
    samples = make_call.make([turn], {"customer": make_call.flite})
    assert len(loud(samples[:, 0])) == 0
    assert len(loud(samples[:, 1])) > 0.1 * RATE
    make_call.write_flac(tmp_path / "call.flac", samples)
    with av.open(str(tmp_path / "call.flac")) as container:
        again = np.concatenate([f.to_ndarray().reshape(-1, 2) for f in container.decode(audio=0)])
    assert np.array_equal(samples, again)
