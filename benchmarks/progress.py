"""What a benchmark says while it runs, on stderr: how far it is, and which files it wrote."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn


@contextmanager
def call_progress(
    lengths: Mapping[str, float], title: str = "calls in real time"
) -> Iterator[Callable[[str, float], None]]:
    """A bar over calls of these lengths in seconds, moved by a call's name and media second."""
    with progress() as bar:
        task = bar.add_task(title, total=sum(lengths.values()))
        names = list(lengths)

        def at(name: str, seconds: float) -> None:
            before = sum(lengths[n] for n in names[: names.index(name)])
            bar.update(task, completed=before + seconds, description=f"{title}, {name[:20]}")

        yield at


def progress() -> Progress:
    """A bar with its share and the time that is left."""
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f}%"),
        TimeRemainingColumn(),
        refresh_per_second=2,  # of a machine that is being measured
        console=Console(stderr=True),
    )


def tell(*files: Path) -> None:
    """Says which files were written."""
    for file in files:
        print(f"wrote {file}", file=sys.stderr)
