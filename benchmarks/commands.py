"""`coach bench latency` and `nudges`: record, measure, report.

Each returns whether the project's target was met; tables go to stdout, progress and where
the files are to stderr.
"""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Iterable, Sequence
from pathlib import Path

from rich.console import Console

from benchmarks.accuracy import all_errors, error_rate
from benchmarks.dataset import harper_valley
from benchmarks.feeding import provenance, record
from benchmarks.latency import PERCENTILES, TARGET_P50, TARGET_P95, Latencies, measure, percentiles
from benchmarks.loop_lag import Lag, described, together
from benchmarks.progress import call_progress, tell
from benchmarks.recording import Recording, server_use
from benchmarks.report import OUT, draw_latency, print_table, write_json
from benchmarks.surroundings import surroundings


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
    lengths = {call.name: call.seconds() for call in chosen}
    fed = record(chosen, lengths, url=url, pid=pid, token=token, folder=recordings)
    latencies = measure(zip(chosen, fed, strict=True))
    _print_latency(Console(), latencies, fed)
    _print_hearing(Console(), error_rate(all_errors(chosen, fed)), _lag(fed))
    body = {
        **provenance(fed),
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
        "word_error_rate": error_rate(all_errors(chosen, fed)),
        "feeder_max_late": max(recording.max_late for recording in fed),
        "each_word": [dataclasses.asdict(word) for word in latencies.words],
        "each_utterance": [dataclasses.asdict(item) for item in latencies.utterances],
    }
    tell(write_json(out, "latency", body), draw_latency(out, latencies.series()))
    return latencies.passed


def bench_nudges(*, url: str | None = None, out: Path = OUT, only: Iterable[str] = ()) -> bool:
    """Plays the sample call and the short scripts (or those named in `only`) before an open
    agent's page, and prints how long after it was due each nudge was painted.

    Raises ScriptError, ServerFailed, ReplayError, RuntimeError where flite, Chromium or
    Playwright is absent.
    """
    try:
        from benchmarks.watched import watch_all
    except ModuleNotFoundError as fault:
        raise RuntimeError(f"{fault.name} is not installed: `make setup` does it") from fault
    from benchmarks.nudge_report import body, draw_nudges, print_nudges, total
    from benchmarks.scripted import load_calls

    calls = load_calls(only)
    lengths = {call.name: call.seconds for call in calls}
    with call_progress(lengths) as at:
        seen = asyncio.run(watch_all(calls, url=url, on_progress=at))
    delays = total(seen)
    print_nudges(Console(), seen)
    report = {**surroundings(), **body(seen)}
    tell(write_json(out, "nudges", report), draw_nudges(out, delays))
    return delays.passed


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


def _lag(fed: Sequence[Recording]) -> Lag | None:
    return together(rec.usage.lag for rec in fed if rec.usage is not None)
