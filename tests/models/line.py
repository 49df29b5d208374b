"""The sample call on one line, as Silero hears it, with a stand-in for Whisper.

The stand-in makes a word of each 0.4 s of sound, named after its bits, on a grid of the party's
clock: two requests get the same words only where they hold the same audio.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple
from zlib import crc32

import pytest

from models import weights
from models.asr import AsrSettings, Heard, Transcriber
from models.expected import Expected
from models.types import DecodeRequest, DecodeResult, Word
from models.vad import FRAME, Vad, fresh_state
from stream.audio import RATE, CallId, PartyId, Samples
from stream.files import read_audio
from tests.recorded import CALL

CALL_ID, PARTY = CallId("call"), PartyId("agent")
NAMES = ("Tysel", "Enbrel")
START = 4_000
"""The party joins a quarter of a second into the call."""
WORD = 13 * FRAME
"""Samples of one word of the stand-in."""
SETTINGS = AsrSettings()
FINALS_ONLY = AsrSettings(partials=False)


class Line(NamedTuple):
    """One party's audio [frames, FRAME] and its speech probabilities."""

    frames: Samples
    probs: list[float]


class Run(NamedTuple):
    """Everything that was asked for, with the frame after which it was."""

    partials: list[tuple[int, DecodeRequest]]
    guesses: list[tuple[int, DecodeRequest]]
    finals: list[tuple[int, DecodeRequest]]
    heard: list[Heard]


def heard_line() -> Line:
    """The sample call, both sides on one line, as Silero hears it."""
    try:
        vad = Vad(weights.folder("silero-vad"))
    except weights.MissingWeights as missing:
        pytest.skip(str(missing))
    audio = read_audio(CALL, RATE)[0].sum(axis=0)
    frames = audio[: len(audio) // FRAME * FRAME].reshape(-1, FRAME)
    state, probs = fresh_state()[None], []
    for frame in frames:
        prob, state = vad.step(frame[None], state)
        probs.append(float(prob[0]))
    return Line(frames, probs)


def decode(request: DecodeRequest) -> DecodeResult:
    """A word from each line of the grid to the next; one that has not ended is not heard."""
    start = round(request.start * RATE) - START
    end = start + len(request.audio)
    lines = [start, *range((start // WORD + 1) * WORD, end + 1, WORD)]
    words = tuple(
        Word(
            f"w{crc32(request.audio[a - start : b - start].tobytes()):08x}",
            (START + a) / RATE,
            (START + b) / RATE,
            0.9,
        )
        for a, b in pairwise(lines)
    )
    return request.answer(words)


def transcriber(settings: AsrSettings = SETTINGS, start: int = START) -> Transcriber:
    expected = Expected("en", NAMES)
    return Transcriber(
        CALL_ID, PARTY, language="en", expected=expected, settings=settings, start=start
    )


def steps(ears: Transcriber, line: Line, first: int = 0) -> Iterator[tuple[int, DecodeRequest]]:
    """All requests from frame `first` on, the last ones by the end of the audio."""
    for i in range(first, len(line.frames)):
        for request in ears.step(line.frames[i], line.probs[i]):
            yield i, request
    for request in ears.finish():
        yield len(line.frames), request


def run(line: Line, settings: AsrSettings = SETTINGS) -> Run:
    """The whole line, every request answered at once but guesses, of which the stand-in's
    words would reach into the silence."""
    ears, found = transcriber(settings), Run([], [], [], [])
    asked = {"final": found.finals, "partial": found.partials, "guess": found.guesses}
    for i, request in steps(ears, line):
        asked[request.kind].append((i, request))
        if request.kind == "guess":
            continue
        heard = ears.apply(decode(request))
        if heard is not None:
            found.heard.append(heard)
    return found


def facts(request: DecodeRequest) -> tuple[object, ...]:
    """All of a request but its deadline, which is later where it is asked for again."""
    return (
        request.party,
        request.utterance,
        request.kind,
        request.start,
        request.language,
        request.draft,
        request.names,
        request.audio.tobytes(),
    )
