"""Dues and what answers them: the arithmetic of `coach bench nudges`, without a browser."""

from __future__ import annotations

import json
import math
import shutil
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from benchmarks.nudge_report import body, draw_nudges, print_nudges, total
from benchmarks.nudges import (
    EARLY,
    LATE,
    Delays,
    Painted,
    match,
    on_media_clock,
    percentile,
    summary,
)
from benchmarks.scripted import SAMPLE, SCRIPTS, load_calls, names, speak
from benchmarks.watched import Seen
from coach.demo.script import ScriptError, load_script
from coach.demo.timing import DueTime

LONGEST = 45.0
"""Seconds of a short script, about."""


def due(rule: str, at: float) -> DueTime:
    return DueTime(rule, "turn", "word", at)


def test_a_nudge_answers_the_due_of_its_rule() -> None:
    delays = match(
        "one",
        [due("empathy.acknowledge", 10.0), due("safety.adverse_event", 40.0)],
        [
            Painted("b", "safety.adverse_event", 41.5, arrived=41.25),
            Painted("a", "empathy.acknowledge", 10.75, arrived=10.5),
        ],
    )
    assert [(a.rule, a.nudge, a.delay, a.arrived) for a in delays.answers] == [
        ("empathy.acknowledge", "a", 0.75, 0.5),
        ("safety.adverse_event", "b", 1.5, 1.25),
    ]
    assert not delays.missed
    assert not delays.unexpected
    assert not delays.early
    assert delays.passed


def test_what_answers_no_due_is_unexpected_unless_it_may_come() -> None:
    painted = [
        Painted("a", "pacing.slow_down", 5.0, "Slower"),
        Painted("b", "safety.next_question", 12.0),
        Painted("c", "safety.adverse_event", 10.2),
        Painted("d", "safety.adverse_event", 14.0, "again"),
    ]
    delays = match(
        "one", [due("safety.adverse_event", 10.0)], painted, may=["safety.next_question"]
    )
    assert delays.answers[0].nudge == "c"
    assert [(e.rule, e.at, e.text) for e in delays.unexpected] == [
        ("pacing.slow_down", 5.0, "Slower"),
        ("safety.adverse_event", 14.0, "again"),
    ]
    assert [extra.rule for extra in delays.fitting] == ["safety.next_question"]


@pytest.mark.parametrize(
    ("at", "answered"),
    [(20 - EARLY - 0.01, False), (20 - EARLY, True), (20 + LATE, True), (20 + LATE + 0.01, False)],
)
def test_a_nudge_far_from_its_due_is_another(at: float, answered: bool) -> None:
    delays = match("one", [due("a.b", 20.0)], [Painted("x", "a.b", at)])
    assert bool(delays.missed) != answered
    assert bool(delays.unexpected) != answered
    assert bool(delays.early) == (answered and at < 20)


def test_a_missed_due_counts_as_endless() -> None:
    dues = [due("a.b", 30.0 * i) for i in range(1, 20)]
    all_but_one = [Painted(str(i), "a.b", d.at + 0.5) for i, d in enumerate(dues[1:])]
    delays = match("one", dues, all_but_one)
    assert len(delays.missed) == 1
    assert not delays.passed
    assert summary(delays.answers) == {
        "count": 19, "p50": 0.5, "p95": None, "worst": None, "missed": 1, "early": 0,
    }  # fmt: skip
    assert (delays + match("two", dues, [*all_but_one, Painted("x", "a.b", 30.9)])).passed
    assert not Delays().passed


@given(st.lists(st.floats(-5, 10) | st.just(math.inf), min_size=1), st.sampled_from((50, 95, 100)))
def test_a_percentile_is_the_least_value_that_so_many_do_not_exceed(
    values: list[float], percent: int
) -> None:
    point = percentile(values, percent)
    assert point in values
    assert sum(value <= point for value in values) >= percent / 100 * len(values)
    assert sum(value < point for value in values) < percent / 100 * len(values)


def test_nothing_has_no_percentile() -> None:
    with pytest.raises(ValueError, match="no values"):
        percentile([], 50)
    assert summary([])["p50"] is None


@given(
    st.lists(st.tuples(st.sampled_from("ab"), st.floats(0, 60))),
    st.lists(st.tuples(st.sampled_from("abc"), st.floats(0, 60))),
)
def test_no_nudge_is_counted_twice_and_none_is_lost(
    wanted: list[tuple[str, float]], came: list[tuple[str, float]]
) -> None:
    dues = [due(rule, at) for rule, at in wanted]
    painted = [Painted(str(i), rule, at) for i, (rule, at) in enumerate(came)]
    delays = match("one", dues, painted, may="c")
    answered = [answer for answer in delays.answers if answer.nudge is not None]
    assert len(delays.answers) == len(dues)
    assert len({answer.nudge for answer in answered}) == len(answered)
    extras = [*delays.fitting, *delays.unexpected]
    rules = Counter([a.rule for a in answered] + [e.rule for e in extras])
    assert rules == Counter(nudge.rule for nudge in painted)


def test_what_the_page_saw_is_put_on_the_media_clock() -> None:
    seen = [{"id": "n1", "rule": "a.b", "text": "Slower", "at": 12_500.0}, {"id": "n2", "rule": "",
            "text": "", "at": 13_000}]  # fmt: skip
    one, other = on_media_clock(seen, started=1_010.0, offset=1_000.0, arrivals={"n1": 1_012.25})
    assert one == Painted("n1", "a.b", 2.5, "Slower", arrived=2.25)
    assert (other.at, other.arrived) == (3.0, None)


def test_results_are_reported_by_name(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    dues = [due("empathy.acknowledge", 10.0), due("pacing.slow_down", 40.0)]
    painted = [
        Painted("a", "empathy.acknowledge", 9.5),
        Painted("b", "tone.lower", 30.0, "Lower\nslower"),
    ]
    seen = [Seen("first", match("first", dues, painted), 0.002, ("0.0-1.0 agent: Hello.",))]
    print_nudges(Console(width=200), seen)
    printed = capsys.readouterr().out
    assert "missed      first at 40.0 s: pacing.slow_down after “word”" in printed
    assert "unexpected  first at 30.0 s: tone.lower: Lower / slower" in printed
    assert "MISSED. 1 unexpected in 1 calls" in printed
    report = json.loads(json.dumps(body(seen), allow_nan=False))
    assert report["seconds"]["empathy.acknowledge"]["early"] == 1
    assert report["seconds"]["all"]["missed"] == 1
    assert report["finals"] == {"first": ["0.0-1.0 agent: Hello."]}
    assert draw_nudges(tmp_path / "out", total(seen)).read_bytes().startswith(b"\x89PNG")
    assert draw_nudges(tmp_path / "none", Delays()).exists()


def test_the_test_set_holds_what_it_is_to_measure() -> None:
    scripts = [load_script(path) for path in SCRIPTS.glob("*.toml")]
    assert len(scripts) == len({script.title for script in scripts}) == 20
    assert len({script.context["product"] for script in scripts}) == 20
    kinds = Counter(name.partition("_")[0] for name in names() if name != SAMPLE)
    assert kinds["pacing"] + kinds["jargon"] == 4
    assert (kinds["absence"], kinds["report"]) == (5, 5)
    assert (kinds["promise"], kinds["escalation"]) == (3, 3)
    for script in scripts:
        assert 1 <= len(script.dues) <= 2


def test_the_sample_call_is_one_of_the_calls() -> None:
    (call,) = load_calls([SAMPLE])
    assert set(call.parties) == {"agent", "customer"}
    assert call.dues[-1].at < call.seconds
    with pytest.raises(ScriptError, match="no script nobody"):
        load_calls(["nobody"])


@pytest.mark.skipif(shutil.which("flite") is None, reason="flite is not installed here")
@pytest.mark.parametrize("name", [name for name in names() if name != SAMPLE])
def test_a_script_is_spoken_and_timed(name: str) -> None:
    call = speak(SCRIPTS / f"{name}.toml")
    assert 15 < call.seconds < LONGEST
    assert set(call.parties) == {"agent", "customer"}
    for each in call.dues:
        assert each.at + 2.5 < call.seconds


def test_without_flite_the_mend_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(RuntimeError, match="install Debian's flite"):
        speak(SCRIPTS / "report_hair.toml")
