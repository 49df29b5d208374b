"""What `coach playbook` does: check that playbooks can be used, and run their examples."""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from rich.console import Console
from rich.table import Table

from coach import cli
from coach.knowledge import Knowledge
from coach.playbook import DEFAULT, examples, reading
from coach.playbook.examples import KINDS, Result
from coach.playbook.reading import PlaybookError
from coach.playbook.schema import Playbook
from coach.settings import Settings

PATIENCE = 2.0
"""Seconds from which it is worth showing how far the work is."""
UNREAD = "no text model reads here, so what it alone notices cannot fire"


def check(files: Sequence[Path]) -> bool:
    """Validate each of the files, or the default playbook; whether all can be used.

    What is right is said on stdout, each fault in a line on stderr.
    """
    loaded = _loaded(files)
    for file, playbook in loaded:
        rules, tests = len(playbook.rules), examples.count(playbook)
        print(f"{file}: version {playbook.version}, {rules} rules, {tests} examples")
    return len(loaded) == len(files or [DEFAULT])


def run_examples(files: Sequence[Path], settings: Settings) -> bool:
    """Run the examples of each of the files, or of the default playbook; whether all pass.

    The table of counts goes to stdout, each failure in a line to stderr, with its line there.
    """
    from coach import app

    loaded = _loaded(files)
    if not loaded:
        return False
    known = app.knowledge(settings, partials=False)
    passed = [_run(file, replace(known, playbook=playbook)) for file, playbook in loaded]
    if not all(passed) and known.read is None:
        print(f"{UNREAD}; see models.text in docs/settings.md", file=sys.stderr)
    return len(loaded) == len(files or [DEFAULT]) and all(passed)


def _loaded(files: Sequence[Path]) -> list[tuple[Path, Playbook]]:
    """Those that can be used, faults of the others told."""
    loaded = []
    for file in files or [DEFAULT]:
        try:
            loaded.append((file, reading.load(file)))
        except PlaybookError as fault:
            print(" ".join(str(fault).split()), file=sys.stderr)
    return loaded


def _run(file: Path, known: Knowledge) -> bool:
    results = list(_shown(known))
    Console(soft_wrap=True).print(_table(file, known.playbook, results))
    failed = [result for result in results if not result.passed]
    for result, line in zip(failed, _lines(file, known.playbook, failed), strict=True):
        print(f"{file}, line {line}: {result.rule}: {result.told}", file=sys.stderr)
    return not failed


def _shown(known: Knowledge) -> Iterable[Result]:
    """The results as they come, with a bar where it takes a while."""
    bar, begun = cli.progress(), time.monotonic()
    task = bar.add_task("examples", total=examples.count(known.playbook))
    try:
        for result in examples.run(known):
            if not bar.live.is_started and time.monotonic() - begun > PATIENCE:
                bar.start()
            bar.advance(task)
            yield result
    finally:
        if bar.live.is_started:
            bar.stop()


def _table(file: Path, playbook: Playbook, results: Sequence[Result]) -> Table:
    """Rules, with how many of their examples passed of how many."""
    table = Table("rule", "status", *KINDS, title=str(file), title_justify="left")
    runs = Counter((result.rule, result.kind) for result in results)
    passed = Counter((result.rule, result.kind) for result in results if result.passed)
    for rule in playbook.rules:
        counts = [f"{passed[rule.id, kind]} of {runs[rule.id, kind]}" for kind in KINDS]
        table.add_row(rule.id, rule.status, *counts)
    return table


def _lines(file: Path, playbook: Playbook, results: Sequence[Result]) -> list[int]:
    """Where the examples of these results stand in their file."""
    order = [rule.id for rule in playbook.rules]
    return reading.places(
        file,
        [
            ("rules", order.index(result.rule), "examples", result.kind, result.number - 1)
            for result in results
        ],
    )
