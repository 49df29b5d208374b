"""`coach bench ablation`: a table and JSON."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from benchmarks.ablation import Cost, measure
from benchmarks.progress import progress, tell
from benchmarks.report import print_table, write_json
from benchmarks.surroundings import surroundings


def bench_ablation(*, out: Path) -> bool:
    """Hears the sample call with one part after the other left out, and prints what that costs.

    Always true: it compares, and has no target. Raises MissingWeights.
    """
    with progress() as bar:
        task = bar.add_task("", total=None)
        costs = measure(lambda name: bar.update(task, description=name))
    print_costs(Console(), costs)
    report = {**surroundings(), "variants": [dataclasses.asdict(cost) for cost in costs]}
    tell(write_json(out, "ablation", report))
    return True


def print_costs(console: Console, costs: Sequence[Cost]) -> None:
    """A row a variant; the ratio is to the first."""
    rows = [
        [
            cost.name,
            *(f"{cost.seconds.get(kind, 0.0):.3f}" for kind in ("partial", "guess", "final")),
            f"{cost.total:.3f}",
            f"{cost.total / costs[0].total:.2f}",
            f"{cost.errors} of {cost.words}",
        ]
        for cost in costs
    ]
    columns = ["", "partials", "guesses", "finals", "together", "times", "words wrong"]
    print_table(console, "Decoding the sample call: CPU seconds a call second", columns, rows)
