"""Long stretches without speech: not one invented word, and people are told."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import soxr

from models.types import DecodeRequest
from stream.audio import RATE as HEARD_RATE
from stream.audio import CallId, PartyId, Samples
from tests.coach.ears import Ears, finals

RATE = 8_000
SECONDS = 150
"""Longer than any hold whose silence a page should explain, and than the note's own limit."""

Chord = tuple[float, ...]
MAJOR_TURN: tuple[Chord, ...] = (  # C, A minor, F, G
    (261.6, 329.6, 392.0),
    (220.0, 261.6, 329.6),
    (174.6, 220.0, 261.6),
    (196.0, 246.9, 293.7),
)
MINOR_TURN: tuple[Chord, ...] = (  # D minor, B flat, G minor, A
    (146.8, 174.6, 220.0, 293.7),
    (116.5, 146.8, 174.6, 233.1),
    (196.0, 233.1, 293.7, 392.0),
    (110.0, 138.6, 164.8, 220.0),
)
SEVENTHS: tuple[Chord, ...] = (  # D minor 7, G 7, C major 7
    (293.7, 349.2, 440.0, 523.3),
    (196.0, 246.9, 293.7, 349.2),
    (261.6, 329.6, 392.0, 493.9),
)


@pytest.fixture(scope="module")
def ears() -> Ears:
    return Ears()


def at_level(samples: Samples, dbfs: float) -> Samples:
    """The samples with this mean square level."""
    rms = float(np.sqrt(np.mean(np.square(samples, dtype=np.float64))))
    return (samples * (10 ** (dbfs / 20) / rms)).astype(np.float32)


def noise(dbfs: float, seed: int) -> Samples:
    rng = np.random.default_rng(seed)
    return at_level(rng.standard_normal(SECONDS * RATE).astype(np.float32), dbfs)


def music(
    turn: tuple[Chord, ...], *, beat: float, harmonics: int, tremolo: float, seed: int
) -> Samples:
    """Hold music without a voice, at -17 dBFS: broken and held chords over a slow bass.

    `beat`: seconds a chord; `harmonics`: partials a note, each softer than the one below;
    `tremolo`: Hz at which the loudness sways.
    """
    rng = np.random.default_rng(seed)
    length = round(beat * RATE)
    t = np.arange(length) / RATE
    envelope = np.minimum(t / 0.02, 1) * np.exp(-1.2 * t / beat)
    pieces = []
    for index in range(SECONDS * RATE // length + 1):
        chord = turn[index % len(turn)]
        piece = np.zeros(length)
        for note in (*chord, chord[0] / 2):
            for k in range(1, harmonics + 1):
                if k * note < RATE / 2:
                    phase = rng.uniform(0, 2 * np.pi)
                    piece += np.sin(2 * np.pi * k * note * t + phase) / k**1.5
        pieces.append(piece * envelope)
    whole = np.concatenate(pieces)[: SECONDS * RATE]
    sway = 1 + 0.3 * np.sin(2 * np.pi * tremolo * np.arange(len(whole)) / RATE)
    return at_level((whole * sway).astype(np.float32), -17)


LINES: dict[str, tuple[Callable[[], Samples], str]] = {
    "digital silence": (lambda: np.zeros(SECONDS * RATE, np.float32), "silence"),
    "a quiet hiss, -50 dBFS": (lambda: noise(-50, 1), "noise"),
    "a loud hiss, -26 dBFS": (lambda: noise(-26, 2), "noise"),
    "slow hold music": (
        lambda: music(MAJOR_TURN, beat=2.0, harmonics=6, tremolo=5.0, seed=3),
        "noise",
    ),
    "hold music in minor": (
        lambda: music(MINOR_TURN, beat=1.2, harmonics=10, tremolo=6.5, seed=4),
        "noise",
    ),
    "quick hold music": (
        lambda: music(SEVENTHS, beat=0.45, harmonics=4, tremolo=3.0, seed=5),
        "noise",
    ),
}


@pytest.mark.parametrize("name", LINES)
def test_no_word_is_invented_and_the_silence_is_told(name: str, ears: Ears) -> None:
    make, reason = LINES[name]
    line = make()
    parties = {"agent": line, "customer": np.roll(line, RATE // 3)}

    events = ears.hear(parties, RATE)
    assert "".join(finals(events)) == ""
    notes = [event["data"] for event in events if event["type"] == "quality"]
    told = [(note["party"], note["reason"]) for note in notes if note["kind"] == "no_speech"]
    assert told == [(party, reason) for party in parties]
    assert events[-1]["data"]["duration"] == pytest.approx(SECONDS, abs=0.1)


@pytest.mark.parametrize("name", ["a loud hiss, -26 dBFS", "slow hold music", "quick hold music"])
def test_whisper_itself_invents_nothing(name: str, ears: Ears) -> None:
    """Voice activity does not open for these lines; this is what stands behind it if it errs."""
    second = 50
    heard = soxr.resample(LINES[name][0](), RATE, HEARD_RATE).astype(np.float32)
    audio = heard[second * HEARD_RATE : (second + 5) * HEARD_RATE]
    request = DecodeRequest(
        CallId("silence"), PartyId("agent"), 1, "final", audio, float(second), "en", 0.0
    )
    assert ears.whisper.decode(request).words == ()
