"""What the commands of `coach` share: settings, errors as one line, progress, output."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

import click
import typer
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

from coach.logs import configure
from coach.settings import Settings
from stream.audio import CallId, Context

DEBUG = False
"""Whether --debug was given."""


class WrongUse(Exception):
    """The command was called in a way it cannot be; the message says the mend."""


def run(app: typer.Typer) -> None:
    """Run the command line; a fault is one line on stderr and exit status 1, or 2 for wrong use."""
    wrong_use, failures = _faults()
    try:
        status = app(standalone_mode=False)
    except click.exceptions.Exit as done:
        status = done.exit_code
    except click.ClickException as fault:
        fault.show()
        status = 2
    except (click.Abort, KeyboardInterrupt):
        status = 130
    except wrong_use as fault:
        status = _report(fault, 2)
    except failures as fault:
        status = _report(fault, 1)
    sys.exit(status or 0)


def _report(fault: BaseException, status: int) -> int:
    if DEBUG:
        raise fault
    print(f"coach: {fault}", file=sys.stderr)
    return status


def _faults() -> tuple[tuple[type[Exception], ...], tuple[type[Exception], ...]]:
    from coach.database import StoreError
    from coach.link import ReplayError
    from coach.rules import PlaybookError
    from coach.settings import SettingsError
    from models.lexicon import LexiconError
    from models.manifest import ManifestError
    from models.weights import MissingWeights
    from models.wheels import FetchError
    from stream.files import AudioFileError

    wrong = (WrongUse, SettingsError, AudioFileError, ValueError)
    failed = (
        StoreError,
        ReplayError,
        PlaybookError,
        LexiconError,
        ManifestError,
        MissingWeights,
        FetchError,
        RuntimeError,
        OSError,
        TimeoutError,
    )
    return wrong, failed


def settings(config: Path | None) -> Settings:
    """The settings, read once; logging set up by them."""
    found = Settings.load(config, os.environ)
    configure(found.log.level, found.log.format, debug=DEBUG)
    return found


def say_ready(address: str) -> None:
    """The one line that a server writes to stdout."""
    print(f"ready {address}", flush=True)


def context(file: Path | None) -> Context:
    """The call context of a JSON file; {} where none is given."""
    from coach.playback import load_context

    return load_context(file) or {}


@contextlib.contextmanager
def output(file: Path | None) -> Iterator[IO[str]]:
    """The file, or stdout where none is given."""
    if file is None:
        yield sys.stdout
        return
    with file.open("w", encoding="utf-8") as out:
        yield out


def analyze_audio(
    agent: Path | None,
    customer: Path | None,
    stereo: Path | None,
    *,
    context: Context,
    settings: Settings,
) -> Iterator[dict[str, Any]]:
    """The events of a call on file, with a progress bar."""
    from coach import app
    from coach.analyze import analyze
    from coach.playback import load_parties

    parties, rate = load_parties(agent, customer, stereo)
    seconds = max(len(samples) for samples in parties.values()) / rate
    known = app.knowledge(settings, partials=False)
    vad, whisper = app.load_vad(settings), app.load_whisper(settings)
    with progress() as bar:
        task = bar.add_task("hearing", total=seconds)
        yield from analyze(
            CallId("file"),
            parties,
            rate=rate,
            context=context,
            knowledge=known,
            vad=vad,
            decode=whisper.decode,
            now=lambda: datetime.now(UTC),
            progress=lambda at: bar.update(task, completed=at),
        )


def analyze_text(
    text: str, party: str, *, dialogue: bool, context: Context, settings: Settings
) -> Iterator[dict[str, Any]]:
    """The judgement of lines, or of a written dialogue."""
    from coach import app
    from coach import dialogue as written
    from coach.analyze import analyze_lines, numbered
    from coach.consent import Consent

    lines = sys.stdin.readlines() if text == "-" else Path(text).read_text("utf-8").splitlines()
    known = app.knowledge(settings, partials=False)
    if not dialogue:
        yield from analyze_lines(lines, party=party, context=context, knowledge=known)
        return
    utterances = written.read(lines, language=known.language)
    consent = Consent.of(context, default=True)
    drafts = written.judge(utterances, context=context, consent=consent, knowledge=known)
    yield from numbered(CallId("text"), drafts, now=lambda: datetime.now(UTC))


def pull() -> None:
    """Fetch the weights, with a bar for each."""
    from models import weights

    with progress(DownloadColumn()) as bar:
        tasks: dict[str, Any] = {}

        def tell(step: weights.Progress) -> None:
            name = f"{step.model}: {step.step}"
            if step.model not in tasks:
                tasks[step.model] = bar.add_task(name, total=step.total)
            bar.update(tasks[step.model], description=name, completed=step.done, total=step.total)

        fetched = weights.pull(tell)
    print(f"models are in place ({len(fetched)} fetched)", file=sys.stderr)


def progress(*columns: Any) -> Progress:
    """A progress bar on stderr."""
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        *(columns or (TextColumn("{task.percentage:>3.0f}%"),)),
        TimeRemainingColumn(),
        console=Console(stderr=True),
    )
