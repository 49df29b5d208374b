"""The sample call: what is shipped, and how a new one is laid out and timed."""

from __future__ import annotations

import shutil
import tempfile
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coach.demo import CALL, SCRIPT, TIMES, make_call, play
from coach.demo.make_call import RATE, lay_out, level, places
from coach.demo.script import AFTER_DUE, BETWEEN_DUES, Script, ScriptError, Turn, load_script
from coach.demo.timing import DueTime, Timing, TurnTime, read_timing, timing, write_timing

MOST_BYTES = 1_000_000
"""The sample travels with every checkout and install."""
SHOWN = {
    "empathy.acknowledge",
    "plain_words.say_it_simply",
    "pacing.slow_down",
    "safety.adverse_event",
    "follow_up.promise",
}
"""What whoever meets Coach by the sample call is to see."""
CHECKED = """
title = "Short"
[voices]
agent = "rms"
customer = "slt"
[[turn]]
id = "due"
speaker = "agent"
pause = 0.5
rate = 1.0
text = "It is subcutaneous."
[[turn]]
speaker = "customer"
pause = 2.5
rate = 1.0
text = "Is it?"
[[due]]
rule = "plain_words.say_it_simply"
turn = "due"
word = "subcutaneous"
"""


def tone(seconds: float) -> make_call.Samples:
    times = np.arange(round(seconds * RATE)) / RATE
    return level(np.sin(2 * np.pi * 440 * times).astype(np.float32))


def loud(channel: npt.NDArray[np.int16]) -> npt.NDArray[np.intp]:
    return np.flatnonzero(np.abs(channel) > 1_000)


def dbfs(channel: npt.NDArray[np.int16]) -> float:
    spoken = channel[loud(channel)] / 32_768
    return float(20 * np.log10(np.sqrt(np.mean(spoken**2))))


def shipped() -> npt.NDArray[np.int16]:
    with av.open(str(CALL)) as container:
        stream = container.streams.audio[0]
        assert (stream.rate, stream.channels) == (RATE, 2)
        return np.concatenate([f.to_ndarray().reshape(-1, 2) for f in container.decode(stream)])


def test_what_is_shipped_is_a_small_call_with_two_audible_sides() -> None:
    assert CALL.stat().st_size < MOST_BYTES
    samples = shipped()
    assert 120 < len(samples) / RATE < 180
    for channel in samples.T:
        assert -26 < dbfs(channel) < -14
    agent, customer = (set((loud(channel) // RATE).tolist()) for channel in samples.T)
    assert len(agent & customer) < 0.2 * len(agent | customer), "they take turns"


def test_the_sidecar_tells_the_times_of_what_is_shipped() -> None:
    script, times, samples = load_script(SCRIPT), read_timing(TIMES), shipped()
    assert times.seconds == pytest.approx(len(samples) / RATE, abs=0.001)
    assert [turn.speaker for turn in times.turns] == [turn.speaker for turn in script.turns]
    for turn, spoken in zip(script.turns, times.turns, strict=True):
        channel = samples[:, 0 if turn.speaker == "agent" else 1]
        heard = loud(channel[round(spoken.start * RATE) : round(spoken.end * RATE)])
        assert heard[0] < 0.3 * RATE, turn.text
        assert heard[-1] / RATE > spoken.end - spoken.start - 0.3, turn.text
    for before, after, turn in zip(times.turns, times.turns[1:], script.turns[1:], strict=False):
        assert after.start - before.end == pytest.approx(turn.pause, abs=0.002)


def test_every_due_of_the_sample_has_its_moment_to_itself() -> None:
    script, times = load_script(SCRIPT), read_timing(TIMES)
    assert {due.rule for due in times.dues} == {due.rule for due in script.dues} == SHOWN
    assert all(b.at - a.at >= BETWEEN_DUES for a, b in pairwise(times.dues))
    for due in times.dues:
        later = [turn.start for turn in times.turns if turn.start > due.at - 0.01]
        assert min(later) - due.at >= AFTER_DUE - 0.01


def test_the_sample_call_has_a_context_of_its_own() -> None:
    assert play.CONTEXT["customer"] == {"name": "Maria", "role": "patient"}
    assert play.CONTEXT["product"] == "Velora"
    assert play.CONTEXT["consent"] == {"record": True, "analyse": True, "tone": True}
    assert play.CONTEXT["history"]


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ('speaker = "customer"', 'speaker = "cat"', "write agent or customer"),
        ('turn = "due"', 'turn = "later"', "give a turn that id"),
        ('word = "subcutaneous"', 'word = "it"', "ends with 'subcutaneous'"),
        ("pause = 2.5", "pause = 2.4", "a due needs 2.5"),
        ("rate = 1.0", "speed = 1.0", "speed"),
        ('title = "Short"', "", "has no 'title'"),
        ("[voices]", "[voices", r"script\.toml: "),
        ('rms"', 'rms"\nnobody = "kal"', "agent and customer"),
    ],
)
def test_a_script_that_cannot_be_used_is_refused(
    tmp_path: Path, old: str, new: str, fault: str
) -> None:
    path = tmp_path / "script.toml"
    path.write_text(CHECKED)
    assert load_script(path).dues[0].word == "subcutaneous"
    path.write_text(CHECKED.replace(old, new))
    with pytest.raises(ScriptError, match=fault):
        load_script(path)


def test_two_turns_of_one_id_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "script.toml"
    path.write_text(CHECKED.replace('speaker = "customer"', 'id = "due"\nspeaker = "customer"'))
    with pytest.raises(ScriptError, match="two turns have one id"):
        load_script(path)


def test_dues_too_close_to_each_other_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "script.toml"
    more = '\n[[due]]\nrule = "other"\nturn = "end"\nword = "it"\n'
    path.write_text(CHECKED.replace("pause = 2.5", 'id = "end"\npause = 2.5') + more)
    script = load_script(path)
    with pytest.raises(ScriptError, match=r"20\.0 s after"):
        timing(script, [(0.5, 2.0), (21.0, 22.0)], 25.0)
    assert [due.at for due in timing(script, [(0.5, 2.0), (26.0, 27.0)], 30.0).dues] == [2.0, 27.0]


seconds = st.floats(0, 500).map(lambda value: round(value, 3))
words = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), min_size=1)


@settings(max_examples=50)
@given(
    st.builds(
        Timing,
        seconds,
        st.lists(st.builds(TurnTime, words, seconds, seconds, st.text("abc"))).map(tuple),
        st.lists(st.builds(DueTime, words, words, words, seconds)).map(tuple),
    )
)
def test_times_are_read_as_they_were_written(times: Timing) -> None:
    # Not the fixture: each example wants a folder of its own.
    with tempfile.TemporaryDirectory() as folder:
        write_timing(Path(folder) / "call.toml", times)
        assert read_timing(Path(folder) / "call.toml") == times


def test_times_that_cannot_be_read_are_refused(tmp_path: Path) -> None:
    (tmp_path / "call.toml").write_text("seconds = 1.0\n[[due]]\nrule = 'a'\n")
    for name in ("call.toml", "absent.toml"):
        with pytest.raises(ScriptError, match="make the call again"):
            read_timing(tmp_path / name)


@settings(max_examples=20, deadline=None)
@given(st.lists(st.tuples(st.booleans(), st.floats(0.1, 1), st.floats(0.1, 1)), min_size=1))
def test_turns_lie_where_their_pauses_put_them(plan: list[tuple[bool, float, float]]) -> None:
    turns = [Turn("agent" if left else "customer", pause, 1.0, "") for left, pause, _ in plan]
    spoken = [tone(seconds) for _, _, seconds in plan]
    samples = lay_out(turns, spoken)
    now = 0
    for turn, voice, place in zip(turns, spoken, places(turns, spoken), strict=True):
        start = now + round(turn.pause * RATE)
        own, other = samples.T if turn.speaker == "agent" else samples.T[::-1]
        assert len(loud(own[now:start])) == 0
        assert len(loud(other[start : start + len(voice)])) == 0
        assert dbfs(own[start : start + len(voice)]) == pytest.approx(-20, abs=1)
        now = start + len(voice)
        assert place == (start, now)
    assert len(samples) == now + round(make_call.TAIL * RATE)


def test_a_line_lets_speech_through_and_keeps_the_rest_out() -> None:
    times = np.arange(RATE) / RATE
    for hertz, passes in ((50, False), (200, False), (400, True), (3_000, True), (3_800, False)):
        heard = make_call.band(np.sin(2 * np.pi * hertz * times).astype(np.float32))
        assert (float(np.std(heard)) > 0.5) == passes, f"{hertz} Hz"


@pytest.mark.skipif(shutil.which("flite") is None, reason="flite is not installed here")
def test_a_call_is_made_and_read_again(tmp_path: Path) -> None:
    turn = Turn("customer", 0.2, 1.0, "I felt dizzy.")
    script = Script("One line", (turn,), voices={"customer": "slt"})
    samples, times = make_call.make(script, {"slt": make_call.flite("slt")})
    assert len(loud(samples[:, 0])) == 0
    assert len(loud(samples[:, 1])) > 0.1 * RATE
    (spoken,) = times.turns
    assert spoken.start == 0.2
    assert times.seconds == pytest.approx(spoken.end + make_call.TAIL, abs=0.001)
    assert "customer" in make_call.describe(script, times)
    make_call.write_flac(tmp_path / "call.flac", samples)
    with av.open(str(tmp_path / "call.flac")) as container:
        again = np.concatenate([f.to_ndarray().reshape(-1, 2) for f in container.decode(audio=0)])
    assert np.array_equal(samples, again)
