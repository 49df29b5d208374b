"""`coach bench latency`, `accuracy` and `nudges`: record, measure, report.

Each returns whether the project's target was met; tables go to stdout, progress and where
the files are to stderr.
"""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console

from benchmarks.accuracy import (
    MARGIN,
    RESAMPLES,
    Comparison,
    Errors,
    compare,
    error_rate,
    finals_errors,
    offline_errors,
)
from benchmarks.dataset import ReferenceCall, harper_valley
from benchmarks.latency import PERCENTILES, TARGET_P50, TARGET_P95, Latencies, measure, percentiles
from benchmarks.loop_lag import Lag, described, together
from benchmarks.progress import call_progress, progress, tell
from benchmarks.recording import Recording, server_use
from benchmarks.report import (
    OUT,
    draw_accuracy,
    draw_latency,
    print_table,
    write_json,
)
from benchmarks.run import record_all
from benchmarks.surroundings import surroundings

MODEL = "whisper-base"
"""Weights of the offline reference: those of the server's finals by default."""


def bench_latency(
    *,
    url: str | None = None,
    pid: int | None = None,
    token: str | None = None,
    out: Path = OUT,
    recordings: Path | None = None,
    calls: Iterable[str] = (),
) -> bool:
    """Feeds the Harper Valley calls and prints how fast words, partials and finals came.

    `recordings`: a folder to reuse recordings from and to keep new ones in. Raises
    DatasetMissing, ServerFailed, ReplayError.
    """
    chosen = harper_valley(calls)
    fed = _record(chosen, url=url, pid=pid, token=token, folder=recordings)
    latencies = measure(zip(chosen, fed, strict=True))
    _print_latency(Console(), latencies, fed)
    _print_hearing(Console(), error_rate(_finals_errors(chosen, fed)), _lag(fed))
    body = {
        **_provenance(fed),
        "targets": {"p50": TARGET_P50, "p95": TARGET_P95},
        "passed": latencies.passed,
        "seconds": {
            name: {"count": len(values), **percentiles(values)}
            for name, values in latencies.series().items()
        },
        "words": {
            "timed": len(latencies.words),
            "missing": len(latencies.missing),
            "untimed": latencies.untimed,
        },
        "server": server_use(fed),
        "loop_lag": described(_lag(fed)),
        "word_error_rate": error_rate(_finals_errors(chosen, fed)),
        "feeder_max_late": max(recording.max_late for recording in fed),
        "each_word": [dataclasses.asdict(word) for word in latencies.words],
        "each_utterance": [dataclasses.asdict(item) for item in latencies.utterances],
    }
    tell(write_json(out, "latency", body), draw_latency(out, latencies.series()))
    return latencies.passed


def bench_accuracy(
    *,
    url: str | None = None,
    pid: int | None = None,
    token: str | None = None,
    out: Path = OUT,
    recordings: Path | None = None,
    calls: Iterable[str] = (),
) -> bool:
    """Feeds the Harper Valley calls and compares the finals' word error rate with that of the
    same weights offline, computed now. Arguments and errors as for `bench_latency`.
    """
    from models.weights import folder as weights_folder

    chosen = harper_valley(calls)
    fed = _record(chosen, url=url, pid=pid, token=token, folder=recordings)
    live = _finals_errors(chosen, fed)
    reference = _reference(chosen, weights_folder(MODEL))
    result = compare(live, reference)
    rates = {
        call.name: (_rate_of(live, call.name), _rate_of(reference, call.name)) for call in chosen
    }
    _print_accuracy(Console(), result, rates)
    body = {
        **_provenance(fed),
        "reference_model": MODEL,
        "margin": MARGIN,
        "passed": result.passed,
        "difference": result.difference,
        **dataclasses.asdict(result),
        "server": server_use(fed),
        "finals": [dataclasses.asdict(row) for row in live],
        "offline": [dataclasses.asdict(row) for row in reference],
    }
    tell(write_json(out, "accuracy", body), draw_accuracy(out, rates))
    return result.passed


def bench_nudges(*, url: str | None = None, out: Path = OUT, only: Iterable[str] = ()) -> bool:
    """Plays the sample call and the short scripts (or those named in `only`) before an open
    agent's page, and prints how long after it was due each nudge was painted.

    Raises ScriptError, ServerFailed, ReplayError, RuntimeError where flite, Chromium or
    Playwright is absent.
    """
    try:
        from benchmarks.scripted import load_calls, watch_all
    except ModuleNotFoundError as fault:
        raise RuntimeError(f"{fault.name} is not installed: `make setup` does it") from fault
    from benchmarks.nudge_report import body, draw_nudges, print_nudges, total

    calls = load_calls(only)
    lengths = {call.name: call.seconds for call in calls}
    with call_progress(lengths) as at:
        seen = asyncio.run(watch_all(calls, url=url, on_progress=at))
    delays = total(seen)
    print_nudges(Console(), seen)
    report = {**surroundings(), **body(seen)}
    tell(write_json(out, "nudges", report), draw_nudges(out, delays))
    return delays.passed


def _provenance(fed: Sequence[Recording]) -> dict[str, Any]:
    """Where the figures come from: this machine now, and how each recording was made, which
    for one that is used again may have been elsewhere."""
    return {
        **surroundings(),
        "model": ", ".join(sorted({str(r.settings.get("model", "unknown")) for r in fed})),
        "recordings": {recording.name: recording.settings for recording in fed},
    }


def _record(calls: Sequence[ReferenceCall], **options: Any) -> list[Recording]:
    lengths = {call.name: call.seconds() for call in calls}
    with call_progress(lengths) as at:
        return asyncio.run(record_all(calls, on_progress=at, **options))


def _reference(calls: Sequence[ReferenceCall], weights: Path) -> list[Errors]:
    with progress() as bar:
        task = bar.add_task("offline reference", total=sum(len(call.sides) for call in calls))
        return offline_errors(calls, weights, lambda: bar.advance(task))


def _rate_of(errors: Sequence[Errors], call: str) -> float:
    return error_rate(row for row in errors if row.call == call)


def _print_latency(console: Console, latencies: Latencies, fed: Sequence[Recording]) -> None:
    names = [f"p{p}" for p in PERCENTILES]
    rows = []
    for name, values in latencies.series().items():
        points = percentiles(values)
        rows.append(
            [name, str(len(values)), *(f"{points[p]:.2f}" if points else "" for p in names)]
        )
    print_table(console, "Latency, seconds", ["", "count", *names], rows)
    missing, timed = len(latencies.missing), len(latencies.words)
    console.print(
        f"words shown p50 at most {TARGET_P50} s, p95 at most {TARGET_P95} s: "
        f"{'met' if latencies.passed else 'MISSED'}. Never shown: {missing} of {timed} timed "
        f"words; {latencies.untimed} words have no time of their own. The feeder was late by "
        f"{max(recording.max_late for recording in fed):.3f} s at most.",
        highlight=False,
    )
    if use := server_use(fed):
        console.print(
            f"server: {use['cpu_seconds_per_call_second']:.2f} CPU s a call second, "
            f"{use['rss_bytes'] / 2**20:.0f} MiB resident at most",
            highlight=False,
        )


def _print_hearing(console: Console, wrong: float, lag: Lag | None) -> None:
    """What goes with the latencies: how right the words were, and how late the loop."""
    late = described(lag)
    loop = f"; event loop late p50 {late['p50']:.3f} s, p99 {late['p99']:.3f} s" if late else ""
    console.print(f"finals: {wrong:.1%} of words wrong{loop}", highlight=False)


def _finals_errors(calls: Sequence[ReferenceCall], fed: Sequence[Recording]) -> list[Errors]:
    return [row for call, rec in zip(calls, fed, strict=True) for row in finals_errors(call, rec)]


def _lag(fed: Sequence[Recording]) -> Lag | None:
    return together(rec.usage.lag for rec in fed if rec.usage is not None)


def _print_accuracy(
    console: Console, result: Comparison, rates: dict[str, tuple[float, float]]
) -> None:
    rows = [[name, f"{live:.1%}", f"{ref:.1%}", f"{live - ref:+.1%}"]
            for name, (live, ref) in rates.items()]  # fmt: skip
    rows.append(
        ["all", f"{result.live:.1%}", f"{result.reference:.1%}", f"{result.difference:+.1%}"]
    )
    print_table(console, "Word error rate", ["call", "finals", "offline", "difference"], rows)
    low, high = result.interval
    console.print(
        f"finals within {MARGIN:.0%} of the offline reference: "
        f"{'met' if result.passed else 'MISSED'} ({result.difference:+.1%}, 95% interval "
        f"{low:+.1%} to {high:+.1%}; {result.words} words, {result.calls} calls, "
        f"{RESAMPLES} paired resamples by call)",
        highlight=False,
    )
