"""Metrics as Prometheus reads them."""

from __future__ import annotations

import asyncio

import pytest
from prometheus_client.parser import text_string_to_metric_families

from coach import inference, journal
from coach.metrics import LABEL_VALUES, Metrics


def read(metrics: Metrics) -> dict[tuple[str, str], float]:
    """Every sample by its name and its only label's value, '' where it has none."""
    return {
        (sample.name, ",".join(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(metrics.render().decode())
        for sample in family.samples
    }


def test_calls_media_sockets_and_errors_are_counted() -> None:
    metrics = Metrics()
    metrics.call_started()
    metrics.calls("started", 1)
    metrics.calls("stopped", 1)
    metrics.media("twilio", 0.5)
    metrics.media("twilio", 0.25)
    metrics.error("bad_request")
    with metrics.socket("media"), metrics.socket("media"):
        assert read(metrics)["coach_sockets_open", "media"] == 2
    told = read(metrics)
    assert told["coach_calls_live", ""] == 1
    assert told["coach_calls_started_total", ""] == 2
    assert told["coach_calls_ended_total", "stopped"] == 1
    assert told["coach_media_seconds_total", "twilio"] == 0.75
    assert told["coach_errors_total", "bad_request"] == 1
    assert told["coach_sockets_open", "media"] == 0
    assert told["coach_sockets_total", "media"] == 2


def test_a_socket_that_ends_in_an_error_is_closed() -> None:
    metrics = Metrics()
    with pytest.raises(KeyError), metrics.socket("events"):
        raise KeyError("fault")
    assert read(metrics)["coach_sockets_open", "events"] == 0


def test_it_takes_what_the_lane_tells() -> None:
    metrics = Metrics()
    observe: inference.Observe = metrics.lane
    for name, value in [
        ("decode.seconds.final", 0.4),
        ("decode.seconds.final", 0.6),
        ("decode.wait.partial", 0.1),
        ("decode.shed", 1),
        ("decode.failed", 1),
        ("vad.rows", 12),
        ("read.seconds", 0.02),
        ("read.failed", 1),
        ("tone.seconds", 0.01),
        ("tone.failed", 2),
    ]:
        observe(name, value)
    told = read(metrics)
    assert told["coach_decode_seconds_sum", "final"] == 1.0
    assert told["coach_decode_seconds_count", "final"] == 2
    assert told["coach_decode_wait_seconds_count", "partial"] == 1
    assert told["coach_partials_shed_total", ""] == 1
    assert told["coach_decode_failures_total", ""] == 1
    assert told["coach_vad_rows_sum", ""] == 12
    assert told["coach_read_seconds_sum", ""] == 0.02
    assert told["coach_read_failures_total", ""] == 1
    assert told["coach_tone_seconds_sum", ""] == 0.01
    assert told["coach_tone_failures_total", ""] == 2
    with pytest.raises(ValueError, match="nothing called"):
        observe("decode.sconds", 1)


def test_it_takes_what_the_journal_tells() -> None:
    metrics = Metrics()
    observe: journal.Observe = metrics.journal
    observe("stored", 3)
    observe("stored", 2)
    observe("skipped", 0)
    told = read(metrics)
    assert told["coach_events_total", "stored"] == 5
    assert told["coach_events_total", "skipped"] == 0


def test_a_backlog_is_read_when_it_is_asked_for() -> None:
    metrics = Metrics()
    waiting = [1, 2, 3]
    metrics.backlog("finals", lambda: len(waiting))
    assert read(metrics)["coach_backlog", "finals"] == 3
    waiting.clear()
    assert read(metrics)["coach_backlog", "finals"] == 0


def test_the_room_is_read_when_it_is_asked_for() -> None:
    metrics, limit = Metrics(), [16]
    metrics.room(lambda: limit[0], lambda: 0)
    metrics.call_refused()
    told = read(metrics)
    assert (told["coach_calls_limit", ""], told["coach_calls_capacity", ""]) == (16, 0)
    assert told["coach_calls_refused_total", ""] == 1
    limit[0] = 24
    assert read(metrics)["coach_calls_limit", ""] == 24


def test_labels_that_someone_makes_up_are_cut_off() -> None:
    metrics = Metrics()
    for number in range(2 * LABEL_VALUES):
        metrics.call_ended(f"made up {number}")
    metrics.call_ended("made up 0")
    ends = {label: n for (name, label), n in read(metrics).items() if name.endswith("ended_total")}
    assert len(ends) == LABEL_VALUES + 1
    assert ends["made up 0"] == 2
    assert ends["other"] == LABEL_VALUES


def test_each_has_a_registry_of_its_own() -> None:
    one, two = Metrics(), Metrics()
    one.call_started()
    assert read(two)["coach_calls_live", ""] == 0
    assert one.content_type.startswith("text/plain")


async def test_the_loop_is_watched_by_how_late_it_wakes() -> None:
    metrics = Metrics()
    clock = 100.0
    delays = [0.0, 0.02, 0.4, -0.01]

    async def sleep(seconds: float) -> None:
        nonlocal clock
        if not delays:
            raise asyncio.CancelledError
        clock += seconds + delays.pop(0)

    with pytest.raises(asyncio.CancelledError):
        await metrics.watch_loop(0.1, now=lambda: clock, sleep=sleep)
    told = read(metrics)
    assert told["coach_loop_lag_seconds_count", ""] == 4
    assert told["coach_loop_lag_seconds_sum", ""] == pytest.approx(0.42)
