"""The loop's lag, read from real metrics."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.loop_lag import between, described, gauge, lag_of, most, percentile, together
from coach.metrics import LAG_BUCKETS, Metrics


def looked(*late: float, metrics: Metrics | None = None) -> Metrics:
    """Metrics of a loop that was so late, look by look."""
    metrics, delays, clock = metrics or Metrics(), list(late), [0.0]

    async def sleep(seconds: float) -> None:
        if not delays:
            raise asyncio.CancelledError
        clock[0] += seconds + delays.pop(0)

    async def watch() -> None:
        with pytest.raises(asyncio.CancelledError):
            await metrics.watch_loop(0.1, now=lambda: clock[0], sleep=sleep)

    asyncio.run(watch())
    return metrics


def test_two_readings_tell_what_was_between_them() -> None:
    metrics = looked(0.4, 0.4, 0.4)
    before = lag_of(metrics.render().decode())
    looked(*[0.0004] * 98, 0.03, 0.07, metrics=metrics)
    lag = between(before, lag_of(metrics.render().decode()))
    assert lag is not None
    assert percentile(lag, 50) == pytest.approx(0.001 * 50 / 98)
    assert percentile(lag, 99) == pytest.approx(0.05)
    assert most(lag) == 0.1
    assert described(lag) == {"p50": percentile(lag, 50), "p99": percentile(lag, 99), "most": 0.1}
    assert between(None, lag) is None
    assert between(before, before) == dict.fromkeys(lag, 0.0)


def test_beyond_the_last_bucket_only_its_bound_is_known() -> None:
    lag = lag_of(looked(9.0).render().decode())
    assert lag is not None
    assert percentile(lag, 50) == LAG_BUCKETS[-1]
    assert most(lag) == float("inf")
    assert described(lag) == {"p50": LAG_BUCKETS[-1], "p99": LAG_BUCKETS[-1]}


def test_where_nothing_is_known_nothing_is_said() -> None:
    nothing = lag_of(Metrics().render().decode())
    assert nothing is not None
    assert percentile(nothing, 50) is None
    assert most(nothing) is None
    assert described(nothing) is None
    assert lag_of("") is None
    assert described(None) is None
    assert together([None, None]) is None


def test_a_gauge_is_read_by_its_name() -> None:
    metrics = Metrics()
    metrics.room(lambda: 24, lambda: 6)
    assert gauge(metrics.render().decode(), "coach_calls_capacity") == 6
    assert gauge(metrics.render().decode(), "coach_calls") is None


@given(late=st.lists(st.floats(0, 2.4), min_size=1, max_size=30))
def test_percentiles_grow_and_lie_in_their_bucket(late: list[float]) -> None:
    lag = lag_of(looked(*late).render().decode())
    assert lag is not None
    points = [percentile(lag, percent) for percent in (1, 50, 99, 100)]
    assert all(point is not None for point in points)
    assert points == sorted(points)  # type: ignore[type-var]
    worst = most(lag)
    assert worst is not None
    assert points[-1] == worst
    assert max(late) <= worst + 1e-9
    doubled = together([lag, lag])
    assert doubled is not None
    assert percentile(doubled, 50) == pytest.approx(points[1])
