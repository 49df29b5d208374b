"""What is measured: Harper Valley's calls, and LJSpeech's clips. Neither was trained or tuned on.

Harper Valley has word times; those of LJSpeech are Whisper's, where it heard the word that the text
has. Both go to the model at 16 kHz, as a call's audio does.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from benchmarks.alignment import matched, tokens
from benchmarks.dataset import DatasetMissing, ReferenceWord, data_folder, harper_valley
from benchmarks.pacing.shown import Shown, shown
from benchmarks.recording import Recording
from models.syllables import spoken
from stream.audio import RATE, Samples
from stream.files import read_audio


class RecordingMissing(DatasetMissing):
    """A live call is to be looked at that was not recorded."""


QUIET = 1.0
"""Seconds of silence that are put before and after a clip."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """One party's audio at RATE and its words. `group`: what belongs together in resampling;
    `shown`: the words that a live call had by then, if that is to count."""

    name: str
    group: str
    samples: Samples
    words: tuple[ReferenceWord, ...]
    shown: Shown = field(default_factory=Shown)


def calls() -> Iterator[Recorded]:
    """Both sides of each Harper Valley call. Raises DatasetMissing."""
    for call in harper_valley():
        for side in call.sides:
            channels, _ = read_audio(side.file, RATE)
            yield Recorded(f"{call.name} {side.party}", call.name, channels[0], side.words)


def with_words(recorded: Recorded, folder: Path) -> Recorded:
    """The same with the words of its recording in `folder`, where `coach bench latency` kept it.

    Raises RecordingMissing, ValueError for a file that is none.
    """
    call, party = recorded.name.split()
    recording = Recording.load(folder, call)
    if recording is None:
        raise RecordingMissing(
            f"no recording of {call} in {folder}: make them with "
            f"`coach bench latency --recordings {folder}`"
        )
    return replace(recorded, shown=shown(recording, party))


def clips(weights: Path) -> Iterator[Recorded]:
    """LJSpeech's clips. `weights`: of the Whisper model that times the words. DatasetMissing."""
    folder = data_folder() / "read" / "ljspeech"
    table = folder / "metadata.csv"
    if not table.exists():
        raise DatasetMissing(f"no LJSpeech in {folder}; set COACH_TEST_DATA to the shared data")
    rows = [line.split("|") for line in table.read_text(encoding="utf-8").splitlines()]
    files = [folder / f"{row[0]}.flac" for row in rows]
    heard = word_times(files, weights)
    for row, file in zip(rows, files, strict=True):
        channels, _ = read_audio(file, RATE)
        samples = np.pad(channels[0], round(QUIET * RATE))
        yield Recorded(row[0], row[0], samples, timed(row[2], heard[file], QUIET))


def word_times(files: Iterable[Path], weights: Path) -> dict[Path, list[ReferenceWord]]:
    """Whisper's words of each file, with its times."""
    from faster_whisper import WhisperModel

    model = WhisperModel(str(weights), device="cpu", compute_type="int8", cpu_threads=1)
    found: dict[Path, list[ReferenceWord]] = {}
    for file in files:
        segments, _ = model.transcribe(
            str(file), beam_size=5, language="en", vad_filter=True, word_timestamps=True
        )
        words = [word for segment in segments for word in segment.words or ()]
        found[file] = [ReferenceWord(word.word, word.start, word.end) for word in words]
    return found


def timed(text: str, heard: Sequence[ReferenceWord], shift: float) -> tuple[ReferenceWord, ...]:
    """The words of `text`, timed where Whisper heard the same, `shift` seconds later."""
    said = [word for token in tokens(text) for word in spoken(token)]
    single: list[ReferenceWord] = []
    for word in heard:
        parts = [each for token in tokens(word.w) for each in spoken(token)]
        whole = len(parts) == 1 and word.start is not None and word.end is not None
        start = word.start + shift if whole and word.start is not None else None
        end = word.end + shift if whole and word.end is not None else None
        single += [ReferenceWord(part, start, end) for part in parts]
    pairs = matched(said, [word.w for word in single])
    return tuple(
        single[pairs[i]] if i in pairs else ReferenceWord(w, None, None) for i, w in enumerate(said)
    )
