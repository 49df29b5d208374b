"""`coach bench names`: a table and JSON."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from benchmarks.accuracy_report import MODEL
from benchmarks.progress import progress, tell
from benchmarks.report import print_table, write_json
from benchmarks.spoken_names import (
    GAIN,
    HARM,
    Comparison,
    Heard,
    compare,
    judged,
    sentences,
)
from benchmarks.surroundings import surroundings
from coach.demo.listening import Listen, listening
from coach.demo.make_call import RATE
from coach.demo.speaking import VOICES, speak
from models.weights import folder
from models.whisper import Whisper
from stream.audio import Context, Samples


def bench_names(*, out: Path) -> bool:
    """Lets synthetic voices say drugs' names, and prints how many are heard without a vocabulary
    and with one. Raises MissingWeights, RuntimeError where flite is absent.
    """
    said = sentences()
    names = list(dict.fromkeys(sentence.name for sentence in said if sentence.name))
    listen = listening(Whisper(str(folder(MODEL))).decode)
    without: list[Heard] = []
    given: list[Heard] = []
    with progress() as bar:
        task = bar.add_task("sentences", total=len(said) * len(VOICES))
        for voice in VOICES:
            for sentence in said:
                spoken = speak(sentence.text, voice)
                for context, results in (({}, without), ({"vocabulary": names}, given)):
                    heard = _heard(listen, spoken, context)
                    results.append(judged(sentence, voice, heard))
                bar.advance(task)
    result = compare(without, given)
    print_names(Console(), result)
    report = {
        **surroundings(),
        "model": MODEL,
        "names": names,
        "passed": result.passed,
        **dataclasses.asdict(result),
        "heard_without": _rows(without),
        "heard_given": _rows(given),
    }
    tell(write_json(out, "names", report))
    return result.passed


def _heard(listen: Listen, spoken: Samples, context: Context) -> str:
    """All that a customer says who says nothing else."""
    return " ".join(turn.text for turn in listen({"customer": spoken}, RATE, context))


def print_names(console: Console, result: Comparison) -> None:
    """Both ways, and what the vocabulary brought."""
    rows = [
        [title, f"{recall:.1%}", f"{rest:.2%}"]
        for title, (recall, rest) in (
            ("empty context", result.without),
            ("40 names as vocabulary", result.given),
        )
    ]
    print_table(console, "Drug names", ["", "names heard", "other words wrong"], rows)
    gain, harm = result.gain, result.harm
    console.print(
        f"names heard {gain[0]:+.1%} (95% {gain[1]:+.1%} to {gain[2]:+.1%}; at least {GAIN:+.0%}), "
        f"other words' errors {harm[0]:+.2%} (95% {harm[1]:+.2%} to {harm[2]:+.2%}; at most "
        f"{HARM:+.1%}): {'met' if result.passed else 'MISSED'}. {result.chances} names, "
        f"{result.words} other words.",
        highlight=False,
    )


def _rows(heard: Sequence[Heard]) -> list[dict[str, object]]:
    return [dataclasses.asdict(each) for each in heard]
