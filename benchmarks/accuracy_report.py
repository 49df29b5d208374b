"""`coach bench accuracy`: what was heard wrong, of all words and of drugs and symptoms."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console

from benchmarks.accuracy import (
    MARGIN,
    RESAMPLES,
    Comparison,
    Errors,
    all_errors,
    compare,
    error_rate,
    offline_errors,
)
from benchmarks.dataset import ReferenceCall, harper_valley
from benchmarks.feeding import provenance, record
from benchmarks.progress import progress, tell
from benchmarks.recording import server_use
from benchmarks.report import OUT, draw_accuracy, print_table, write_json
from benchmarks.scripted import load_calls
from benchmarks.terms import KINDS, Recall, Term, recall, terms
from models.lexicon import load_lexicon
from models.weights import folder

MODEL = "whisper-base"
"""Weights of the offline reference: those of the server's finals by default."""
UNHEARD_SHOWN = 12
"""Kinds of unheard terms that the console names; the JSON has all."""


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
    same weights offline, computed now. Then, unless `calls` names some, the scripted calls, as
    fast as the server takes them, and counts the drugs and symptoms that were heard. Arguments and
    errors as for `bench_latency`; ScriptError.
    """
    chosen = harper_valley(calls)
    options: dict[str, Any] = {"url": url, "pid": pid, "token": token, "folder": recordings}
    fed = record(chosen, {call.name: call.seconds() for call in chosen}, **options)
    live = all_errors(chosen, fed)
    reference = _reference(chosen, folder(MODEL))
    result = compare(live, reference)
    rates = {
        call.name: (_rate_of(live, call.name), _rate_of(reference, call.name)) for call in chosen
    }
    console = Console()
    _print_accuracy(console, result, rates)
    found = [] if calls else _scripted_terms(console, options)
    if found:
        print_terms(console, found)
    body = {
        **provenance(fed),
        "reference_model": MODEL,
        "margin": MARGIN,
        "passed": result.passed,
        "difference": result.difference,
        **dataclasses.asdict(result),
        "server": server_use(fed),
        "finals": [dataclasses.asdict(row) for row in live],
        "offline": [dataclasses.asdict(row) for row in reference],
        "recall": {kind: dataclasses.asdict(recall(found, kind)) for kind in KINDS if found},
        "terms": [dataclasses.asdict(term) for term in found],
    }
    tell(write_json(out, "accuracy", body), draw_accuracy(out, rates))
    return result.passed


def print_terms(console: Console, found: Sequence[Term]) -> None:
    """How many were heard, and those that were not."""
    rows = [[f"{kind}s", *_figures(recall(found, kind))] for kind in KINDS]
    columns = ["", "said", "heard", "share", "95 %"]
    print_table(console, "Drugs and symptoms in the scripted calls", columns, rows)
    unheard = Counter(term.words for term in found if not term.heard)
    named = ", ".join(words for words, _ in unheard.most_common(UNHEARD_SHOWN))
    if named:
        console.print(f"not heard as said: {named}", highlight=False)


def _figures(each: Recall) -> list[str]:
    share = f"{each.heard / each.said:.0%}" if each.said else ""
    return [str(each.said), str(each.heard), share, f"{each.low:.0%} to {each.high:.0%}"]


def _scripted_terms(console: Console, options: dict[str, Any]) -> list[Term]:
    """Those of all scripted calls. Their finals do not depend on how fast they are fed."""
    try:
        calls = load_calls()
    except RuntimeError as absent:
        console.print(f"drugs and symptoms are not counted: {absent}", highlight=False)
        return []
    lengths = {call.name: call.seconds for call in calls}
    fed = record(calls, lengths, title="scripted calls", speed=0.0, **options)
    lexicon = load_lexicon(folder("lexicon"))
    return [
        term
        for call, recording in zip(calls, fed, strict=True)
        for party in call.parties
        for term in terms(
            [turn.text for turn in call.script.turns if turn.speaker == party],
            [str(final.event["data"]["text"]) for final in recording.finals(party)],
            call.context,
            lexicon,
        )
    ]


def _reference(calls: Sequence[ReferenceCall], weights: Path) -> list[Errors]:
    with progress() as bar:
        task = bar.add_task("offline reference", total=sum(len(call.sides) for call in calls))
        return offline_errors(calls, weights, lambda: bar.advance(task))


def _rate_of(errors: Sequence[Errors], call: str) -> float:
    return error_rate(row for row in errors if row.call == call)


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
