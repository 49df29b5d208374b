"""How late a server's event loop was, from the histogram in its metrics.

The server looks ten times a second how much later than asked its loop wakes it. A reading counts
the looks in buckets; the difference of two readings is what happened between them. Percentiles are
interpolated within their bucket, as Prometheus does it, so that they are no better than its width.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from itertools import pairwise

from prometheus_client.parser import text_string_to_metric_families

from benchmarks.rest import get

NAME = "coach_loop_lag_seconds"

Lag = dict[str, float]
"""Upper bound of a bucket in seconds, as Prometheus writes it -> looks at or below it."""


async def read_lag(url: str, token: str | None = None) -> Lag | None:
    """What the server at `url` has counted so far; None where it does not tell."""
    try:
        return lag_of(await get(url, "/metrics", token))
    except (OSError, ValueError):
        return None


def lag_of(metrics: str) -> Lag | None:
    """The reading in a page of metrics; None where there is none."""
    found = {
        sample.labels["le"]: sample.value
        for family in text_string_to_metric_families(metrics)
        for sample in family.samples
        if sample.name == f"{NAME}_bucket"
    }
    return found or None


def gauge(metrics: str, name: str) -> float | None:
    """The value of a metric without labels."""
    for family in text_string_to_metric_families(metrics):
        for sample in family.samples:
            if sample.name == name:
                return float(sample.value)
    return None


def summed(metrics: str, name: str) -> float:
    """A metric summed over its labels; 0.0 where nothing was counted."""
    families = text_string_to_metric_families(metrics)
    return sum(
        float(sample.value)
        for family in families
        for sample in family.samples
        if sample.name == name
    )


def between(before: Lag | None, after: Lag | None) -> Lag | None:
    """What was counted from one reading to the next."""
    if before is None or after is None:
        return None
    return {bound: count - before.get(bound, 0.0) for bound, count in after.items()}


def together(lags: Iterable[Lag | None]) -> Lag | None:
    """The sum of several."""
    total: Counter[str] = Counter()
    for lag in lags:
        total.update(lag or {})
    return dict(total) or None


def percentile(lag: Mapping[str, float], percent: float) -> float | None:
    """Seconds within which so many of the looks were; None where there was no look. Beyond the
    last bucket: its lower bound."""
    buckets = sorted((float(bound), count) for bound, count in lag.items())
    if not buckets or not buckets[-1][1]:
        return None
    wanted = buckets[-1][1] * percent / 100
    for (low, below), (high, count) in pairwise([(0.0, 0.0), *buckets]):
        if count >= wanted and count > below:
            if high == float("inf"):
                return low
            return low + (high - low) * (wanted - below) / (count - below)
    return None


def most(lag: Mapping[str, float]) -> float | None:
    """Seconds that no look was later than, by the bound of its bucket; infinity beyond all."""
    buckets = sorted((float(bound), count) for bound, count in lag.items())
    if not buckets or not buckets[-1][1]:
        return None
    return next(bound for bound, count in buckets if count == buckets[-1][1])


def described(lag: Lag | None) -> dict[str, float] | None:
    """For reports: p50 and p99 in seconds, and `most`, the bound of the worst, which is left out
    where it is beyond all bounds; None where nothing is known."""
    if lag is None:
        return None
    found = {"p50": percentile(lag, 50), "p99": percentile(lag, 99), "most": most(lag)}
    known = {name: value for name, value in found.items() if value is not None}
    return {name: value for name, value in known.items() if value < float("inf")} or None
