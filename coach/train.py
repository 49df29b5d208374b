"""`coach train`: the classifiers, made anew from data. Needs the packages of the training extra."""

from __future__ import annotations

import os
import sys
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
    with cli.progress() as bar:
        task = bar.add_task("training", total=1.0)
        card = run_text(
            data or Path(os.environ.get("COACH_TEST_DATA") or Path("..") / "shared" / "data"),
            out,
            epochs,
            lambda what, share: bar.update(task, description=what, completed=share),
        )
    print(f"wrote {card}", file=sys.stderr)
