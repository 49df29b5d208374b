"""The pacing model's card: what it is for, what made it, how well it does, what it cannot do."""

from __future__ import annotations

from pathlib import Path

from models.pacing_model import DELAY, GRAPH, STEP_SECONDS
from models.training.pacing import SECONDS, Heard, Trained
from models.training.pacing_fit import Course
from models.wheels import sha256

CARD = "CARD.md"
KILOBYTE = 1e3
TEXT = """# pacing.onnx

How many syllables each {step:.0f} ms of a party's audio holds, and how likely they are speech, told
{delay:.0f} ms later: a speech rate before there are words.

- **File**: {size:.0f} kB, sha256 `{sha}`, 32 bits. No base: all of it was trained here.
- **Learnt from** {minutes:.0f} minutes of {voices} synthetic voices over made-up telephone and wide
  lines: {lines:,} lines of ours (models/training/lines), spoken by flite (CMU's voices, free),
  espeak-ng (its formants; what a program says is not under the program's licence) and the voice
  that hibari-tts holds (Apache-2.0). What is true of them the voices themselves tell.
- **Development**: lines by voices of which nothing was learnt, below. No recorded speech was
  trained on. Held-out figures are those of `coach bench pacing`.
- **Course**: {course}

## Voices kept apart
Of windows of {seconds:.0f} s: the median size of the rate's error, the median error; and the share
of steps of speech and of silence that were told as such.

| voice | windows | error | median | speech | silence |
|---|---|---|---|---|---|
{rows}

## Meant for
Showing how fast somebody speaks while they speak, in English, on calls, and as a first sign for
pacing nudges until words come. It is not meant to judge a person, nor to tell who speaks.

## Limits
- It learnt from synthetic voices: clear ones. People swallow syllables; what it counts is what a
  dictionary would, as far as sound tells it.
- Two seconds hold about ten syllables, so one more or less is a tenth of the rate.
- Music, and speech of others in the background, may count as speech.

## On your own voices
docs/training.md says how to train again.
"""


def write_card(folder: Path, trained: Trained, course: Course) -> Path:
    """Write the card beside the graph. Raises OSError."""
    graph = folder / GRAPH
    text = TEXT.format(
        step=1000 * STEP_SECONDS,
        delay=1000 * STEP_SECONDS * DELAY,
        size=graph.stat().st_size / KILOBYTE,
        sha=sha256(graph),
        minutes=trained.minutes,
        voices=trained.voices,
        lines=trained.lines,
        course=course,
        seconds=SECONDS,
        rows="\n".join(_row(name, each) for name, each in trained.heard.items()),
    )
    card = folder / CARD
    card.write_text(text, encoding="utf-8")
    return card


def _row(name: str, heard: Heard) -> str:
    cells = [
        name,
        str(heard.windows),
        f"{heard.error:.1%}",
        f"{heard.bias:+.1%}",
        f"{heard.speech:.1%}",
        f"{heard.silence:.1%}",
    ]
    return f"| {' | '.join(cells)} |"
