"""Lines spoken by synthetic voices over made-up lines, as log-mel frames with what is true of each.

A row is SECONDS of one voice: utterances with pauses between, the voice higher or lower and the
pace faster or slower than its own, then the line. Of each step of 20 ms it is known how many
syllables it holds (a vowel's syllable is spread over the vowel and its neighbours) and whether
somebody speaks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import soxr

from models.log_mel import HOP, WINDOW, Array, log_mel
from models.pacing_model import STEP, STEP_SECONDS
from models.training.line_noise import Chance, through_line
from models.training.voices import Espeak, Speak, Spoken, flite, hibari
from stream.audio import RATE, Samples

Tell = Callable[[str, float], None]
"""Told how far it is: what is done, and the share of the whole that is done."""

SECONDS = 8.0
STEPS = round(SECONDS / STEP_SECONDS)
ROW = STEPS * STEP + WINDOW - HOP
"""Samples of a row: what its last step reads, too."""
PACES = (0.7, 1.75)
"""Times a voice's own pace: about 2.5 to 8 syllables a second."""
PITCHES = (0.84, 1.2)
"""Times a voice's own pitch and formants: another head speaks."""
PAUSES = (0.15, 1.6)
"""Seconds between utterances, and before the first."""
JOINED = 0.12
"""Seconds of silence between sounds below which speech goes on."""
SPREAD = 0.05
"""Standard deviation, seconds, of a syllable around its vowel's middle."""

LANGUAGES = ("en-us", "en-gb", "en-gb-scotland", "en-gb-x-rp", "en-029", "en-us-nyc")
LEARNT = (
    *(f"m{number}" for number in range(1, 9)),
    *("f1", "f2", "f3", "klatt", "klatt2", "klatt3", "Alex", "Andy", "Annie", "Gene", "Henrique"),
    *("Jacky", "Lee", "Linda", "Marco", "Mario", "Michael", "Mike", "Pablo", "Quincy", "Rob"),
    *("Steph", "adam", "belinda", "benjamin", "boris", "david", "edward", "grandma", "iven"),
    *("shelby", "victor"),
)
"""Variants of espeak-ng's voice."""
KEPT = ("f4", "f5", "john", "Diogo", "Alicia", "sandro", "klatt4", "travis")
"""For development: no line of theirs is learnt."""
FLITE_LINES = {"slt": 240, "rms": 240, "kal16": 140}
HIBARI_LINES = 700
"""Most of all, for it is the nearest to a person."""
ESPEAK_LINES = 30
"""Of each variant: all of them are one synthesiser."""


@dataclass(frozen=True, slots=True)
class Cast:
    """Voices by their names, and lines of each."""

    voices: dict[str, Speak]
    lines: dict[str, int]


@dataclass(frozen=True, slots=True)
class Rows:
    """What is learnt. `frames` [rows, 2 STEPS, MELS], halves; `syllables` and `speech` [rows,
    STEPS]; `voices`: of each row."""

    frames: np.ndarray[tuple[int, ...], np.dtype[np.float16]]
    syllables: Array
    speech: Array
    voices: tuple[str, ...]


def learnt_cast(seed: int, share: float = 1.0) -> Cast:
    """The voices that are learnt from. `share`: of the lines."""
    espeak = Espeak()
    voices = {name: flite(name) for name in FLITE_LINES} | {"heart": hibari(seed)}
    counts = FLITE_LINES | {"heart": HIBARI_LINES}
    for number, variant in enumerate(LEARNT):
        name = f"{LANGUAGES[number % len(LANGUAGES)]}+{variant}"
        voices[name] = espeak.voice(name)
        counts[name] = ESPEAK_LINES
    return Cast(voices, {name: max(1, round(share * count)) for name, count in counts.items()})


def kept_cast(share: float = 1.0) -> Cast:
    """The voices for development."""
    espeak = Espeak()
    voices, counts = {"awb": flite("awb")}, {"awb": 60}
    for number, variant in enumerate(KEPT):
        name = f"{LANGUAGES[number % len(LANGUAGES)]}+{variant}"
        voices[name] = espeak.voice(name)
        counts[name] = 12
    return Cast(voices, {name: max(1, round(share * count)) for name, count in counts.items()})


def spoken_lines(
    cast: Cast, texts: Sequence[str], chance: Chance, tell: Tell
) -> dict[str, list[Spoken]]:
    """Of each voice its lines, each at a pace of its own."""
    found: dict[str, list[Spoken]] = {}
    whole, done = sum(cast.lines.values()), 0
    for name, speak in cast.voices.items():
        found[name] = []
        for number in chance.choice(len(texts), cast.lines[name], replace=False):
            pace = float(np.exp(chance.uniform(*np.log(PACES))))
            said = _pitched(speak(texts[number], pace), float(chance.uniform(*PITCHES)))
            if said.vowels:
                found[name].append(said)
            done += 1
            tell(f"{name} speaks", done / whole)
    return found


def rows(lines: dict[str, list[Spoken]], rounds: int, chance: Chance, tell: Tell) -> Rows:
    """Each voice's lines in a new order and over new lines, `rounds` times."""
    frames, syllables, speech, voices = [], [], [], []
    for turn in range(rounds):
        for place, (name, said) in enumerate(lines.items()):
            for samples, counts, active in _rows(said, chance):
                heard = through_line(samples, chance)
                frames.append(log_mel(heard)[: 2 * STEPS].astype(np.float16))
                syllables.append(counts)
                speech.append(active)
                voices.append(name)
            tell(f"lines of {name}", (turn + (place + 1) / len(lines)) / rounds)
    return Rows(np.stack(frames), np.stack(syllables), np.stack(speech), tuple(voices))


def _rows(said: Sequence[Spoken], chance: Chance) -> Iterator[tuple[Samples, Array, Array]]:
    """Samples [ROW], syllables and speech [STEPS] until every line was said."""
    order = [said[number] for number in chance.permutation(len(said))]
    while order:
        samples = np.zeros(ROW, np.float32)
        counts, active = np.zeros(STEPS, np.float32), np.zeros(STEPS, np.float32)
        now = float(chance.uniform(0, PAUSES[1]))
        while order and now < SECONDS - 1:
            line = order.pop()
            start = round(now * RATE)
            part = line.samples[: ROW - start] * chance.uniform(0.6, 1.0)
            samples[start : start + len(part)] += part
            counts += syllables_by_step(line.vowels, now)
            active = np.maximum(active, speech_by_step(line.sounds, now))
            now += len(line.samples) / RATE + float(chance.uniform(*PAUSES))
        yield samples, counts, active


def syllables_by_step(vowels: Iterable[tuple[float, float]], shift: float) -> Array:
    """Syllables [STEPS] in each step: each one spread around the middle of its vowel."""
    at = (np.arange(STEPS) + 0.5) * STEP_SECONDS
    middles = np.array([shift + (low + high) / 2 for low, high in vowels])
    bumps = np.exp(-0.5 * np.square((at - middles[:, None]) / SPREAD))
    whole = SPREAD * np.sqrt(2 * np.pi) / STEP_SECONDS
    return np.asarray(bumps.sum(axis=0) / whole, dtype=np.float32)


def speech_by_step(sounds: Sequence[tuple[float, float]], shift: float) -> Array:
    """1 in each step [STEPS] whose middle lies in a sound, or in a silence shorter than JOINED."""
    at = (np.arange(STEPS) + 0.5) * STEP_SECONDS - shift
    active = np.zeros(STEPS, np.float32)
    reached = -JOINED
    for low, high in sounds:
        first = reached if low - reached < JOINED else low
        active[(at >= first) & (at < high)] = 1
        reached = high
    return active


def _pitched(said: Spoken, pitch: float) -> Spoken:
    """The same as another head would say it: higher and faster, or lower and slower."""
    samples = soxr.resample(said.samples, RATE * pitch, RATE)
    return Spoken(
        samples,
        tuple((low / pitch, high / pitch) for low, high in said.vowels),
        tuple((low / pitch, high / pitch) for low, high in said.sounds),
    )
