"""What the commands of `coach` share: settings, errors as one line, progress, output."""

from __future__ import annotations

import contextlib
import os
import sys
import traceback
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from itertools import chain, islice
from pathlib import Path
from typing import IO, Any, NoReturn, TypeVar

import typer
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

from coach.logs import OURS, configure
from coach.settings import Settings, SettingsError
from stream.audio import ROLES, CallId, Context

Row = TypeVar("Row")
DEBUG = False
"""Whether --debug was given."""


class WrongUse(Exception):
    """The command was called in a way it cannot be; the message says the mend."""


def run(app: typer.Typer) -> NoReturn:
    """Run the command line; a fault is one line on stderr and exit status 1, or 2 for wrong use."""
    try:
        status = app(prog_name="coach", standalone_mode=False)
    except typer.TyperException as fault:
        status = _report(fault, fault.format_message(), 2)
    except (WrongUse, SettingsError, ValueError) as fault:
        status = _report(fault, str(fault), 2)
    except Exception as fault:
        status = _report(fault, _said(fault), 1)
    sys.exit(status or 0)


def _report(fault: Exception, said: str, status: int) -> int:
    if DEBUG:
        traceback.print_exception(fault)
    if said:  # nothing is said where the help already was
        print(f"coach: {' '.join(said.split())}", file=sys.stderr)
    return status


def _said(fault: Exception) -> str:
    """What a fault has to say to people, whoever raised it."""
    if isinstance(fault, OSError) and fault.filename is not None:
        return f"{fault.filename}: {fault.strerror}; check the path and its permissions"
    ours = type(fault).__module__.partition(".")[0] in OURS
    if ours or isinstance(fault, (OSError, RuntimeError)):
        return str(fault)
    return (
        f"a fault of Coach itself, {type(fault).__name__}: {fault}; "
        "`coach --debug` before the command shows where: please report it"
    )


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
    from coach.client.playback import load_context

    return load_context(file) or {}


@contextlib.contextmanager
def output(file: Path | None) -> Iterator[IO[str]]:
    """The file, or stdout where none is given."""
    if file is None:
        yield sys.stdout
        return
    with file.open("w", encoding="utf-8") as out:
        yield out


def begun(rows: Iterator[Row]) -> Iterator[Row]:
    """The rows, with the first at hand: an input that cannot be read is known by now, and what
    is opened for writing next is not emptied for nothing."""
    return chain([*islice(rows, 1)], rows)


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
    from coach.client.playback import load_parties
    from coach.tone_choice import load_tone

    parties, rate = load_parties(agent, customer, stereo)
    seconds = max(len(samples) for samples in parties.values()) / rate
    known = replace(app.knowledge(settings, partials=False), tone=load_tone(settings))
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

    if party not in ROLES:
        raise WrongUse(f"--party takes {', '.join(ROLES)}, not {party!r}")
    lines = _lines(text)
    known = app.knowledge(settings, partials=False)
    if not dialogue:
        yield from analyze_lines(lines, party=party, context=context, knowledge=known)
        return
    utterances = written.read(lines, language=known.language_of(context))
    consent = Consent.of(context, default=True)
    drafts = written.judge(utterances, context=context, consent=consent, knowledge=known)
    yield from numbered(CallId("text"), drafts, now=lambda: datetime.now(UTC))


def _lines(text: str) -> list[str]:
    """The lines of a file, or of stdin for "-", without their ends."""
    try:
        data = sys.stdin.buffer.read() if text == "-" else Path(text).read_bytes()
    except OSError as fault:
        raise WrongUse(f"cannot read {text} ({fault.strerror}): name a text file, or -") from None
    try:
        whole = data.decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        line = data.count(b"\n", 0, fault.start) + 1
        name = "stdin" if text == "-" else text
        raise ValueError(f"{name}, line {line}: no text in UTF-8; save it as such") from None
    lines = whole.replace("\r\n", "\n").split("\n")
    # Not splitlines: that breaks at characters which other programs leave inside a line.
    return lines[:-1] if not lines[-1] else lines


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
