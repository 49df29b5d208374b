"""What the tone model hears of sound: windows, and the mean of the encoder's states over each.

    clip ──> line ──> voice activity, voice ──> windows ──> encoder ──> mean over speech

Of a clip every copy is heard in the windows of the plain one, so that copies differ in the line
alone.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from models import voice, weights
from models.tone_encoder import ToneEncoder
from models.tone_windows import SILENT_FRAMES, Stretch, ToneWindows, spoken
from models.training.tone_clips import Clip
from models.training.tone_line import PLAIN, drawn, over
from models.vad import FRAME, Array, Vad, fresh_state
from stream.audio import RATE, Samples
from stream.files import read_audio

Tell = Callable[[str, float], None]
"""Told how far it is: what is done, and the share of the whole that is done."""
COPIES = 3
"""Of each clip: one over the plain line, the others over lines that are drawn."""


@dataclass(frozen=True, slots=True)
class Heard:
    """Sound as it is heard. `means`: [copies, windows, width], the first copy the plain one."""

    windows: tuple[Stretch, ...]
    means: Array


class Hearing:
    """Everything that hears, loaded once."""

    def __init__(self) -> None:
        """Raises weights.MissingWeights."""
        self._vad = Vad(weights.folder("silero-vad"))
        self._encoder = ToneEncoder(weights.folder("whisper-tiny.en"))

    def windows(self, samples: Samples) -> list[Stretch]:
        """The windows of sound at RATE, [whole frames of 32 ms]."""
        frames = samples.reshape(-1, FRAME)
        rows, _ = voice.features(frames, np.zeros(FRAME, np.float32))
        state, probs = fresh_state()[None], np.empty(len(frames), np.float32)
        for n, frame in enumerate(frames):
            probs[n : n + 1], state = self._vad.step(frame[None], state)
        return ToneWindows().step(rows, probs)

    def mean(self, samples: Samples, stretch: Stretch) -> Array:
        """The mean state over the speech of a window of this sound, [width]."""
        return np.asarray(self.states(samples, stretch)[spoken(stretch.speech)].mean(axis=0))

    def states(self, samples: Samples, stretch: Stretch) -> Array:
        """The encoder's states of a window of this sound, [frames of 20 ms, width]."""
        first, last = stretch.first, stretch.first + len(stretch.rows)
        return self._encoder.states(samples[first * FRAME : last * FRAME], stretch.speech)

    def clip(self, clip: Clip, copies: int = COPIES) -> Heard:
        """A clip over so many lines."""
        channels, _ = read_audio(clip.file, RATE)
        sounds = [whole(_copy(clip, channels[0], number)) for number in range(copies)]
        windows = self.windows(sounds[0])
        means = [[self.mean(sound, each) for each in windows] for sound in sounds]
        return Heard(tuple(windows), np.array(means, np.float32))


def hear_clips(clips: Sequence[Clip], tell: Tell, copies: int = COPIES) -> list[Heard]:
    """All of them, in their order."""
    hearing, found = Hearing(), []
    for number, clip in enumerate(clips):
        tell(f"hearing {clip.corpus}", number / len(clips))
        found.append(hearing.clip(clip, copies))
    return found


def whole(samples: Samples) -> Samples:
    """Whole frames of it, with the silence after it that closes a window."""
    count = -(-len(samples) // FRAME) + SILENT_FRAMES + 1
    return np.pad(samples, (0, count * FRAME - len(samples)))


def _copy(clip: Clip, samples: Samples, number: int) -> Samples:
    """A speaker's line is the same in all clips of a copy; its hiss is not."""
    line = drawn(_chance(clip.speaker, number)) if number else PLAIN
    return over(line, samples, _chance(clip.file.stem, number))


def _chance(name: str, number: int) -> np.random.Generator:
    return np.random.default_rng([zlib.crc32(name.encode()), number])
