"""`coach train`: the classifiers, made anew from data. Needs the packages of the training extra."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from coach import cli

app = typer.Typer(help="Train the classifiers from data.", no_args_is_help=True)

Data = Annotated[
    Path | None,
    typer.Option(help="Folder of shared data; $COACH_TEST_DATA or ../shared/data if not given."),
]
EXTRA = "python -m pip install --require-hashes --no-deps -r requirements-training.lock"


@app.callback()
def options() -> None:
    """One command a model."""


@app.command()
def text(
    data: Data = None,
    out: Annotated[Path | None, typer.Option(help="Folder; the shipped weights' if none.")] = None,
    epochs: Annotated[int | None, typer.Option(min=1, help="Rounds over all examples.")] = None,
) -> None:
    """The text model: adverse events, special situations, complaints, danger, agents' turns."""
    try:
        from models.training.text_run import run_text
    except ModuleNotFoundError as fault:
        raise cli.WrongUse(f"training needs {fault.name}: {EXTRA}") from fault
    _run(lambda tell: run_text(_folder(data), out, epochs, tell))


@app.command()
def tone(
    data: Data = None,
    out: Annotated[Path | None, typer.Option(help="Folder; the shipped weights' if none.")] = None,
) -> None:
    """The tone model of the research set: activation, tension, valence. Needs no training extra."""
    from models.training.tone_run import run_tone

    _run(lambda tell: run_tone(_folder(data), out, tell))


def _folder(data: Path | None) -> Path:
    return data or Path(os.environ.get("COACH_TEST_DATA") or Path("..") / "shared" / "data")


def _run(train: Callable[[Callable[[str, float], None]], Path]) -> None:
    """Run it with a bar, and say where its card is."""
    with cli.progress() as bar:
        task = bar.add_task("training", total=1.0)
        card = train(lambda what, share: bar.update(task, description=what, completed=share))
    print(f"wrote {card}", file=sys.stderr)


@app.command()
def pacing(
    out: Annotated[Path | None, typer.Option(help="Folder; the shipped weights' if none.")] = None,
    epochs: Annotated[int | None, typer.Option(min=1, help="Rounds over all examples.")] = None,
    share: Annotated[float, typer.Option(min=0.001, max=1, help="Of the lines; 1 for all.")] = 1,
) -> None:
    """The pacing model: syllables and speech from sound. Needs flite and espeak-ng, and no data."""
    try:
        import hibari  # noqa: F401 - a voice, wanted only when it speaks; better told at once

        from models.training.pacing_run import run_pacing
    except ModuleNotFoundError as fault:
        raise cli.WrongUse(f"training needs {fault.name}: {EXTRA}") from fault
    with cli.progress() as bar:
        task = bar.add_task("training", total=1.0)
        card = run_pacing(
            out,
            epochs,
            share,
            lambda what, done: bar.update(task, description=what, completed=done),
        )
    print(f"wrote {card}", file=sys.stderr)
