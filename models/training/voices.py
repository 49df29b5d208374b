"""Synthetic voices that tell when each of their vowels is: the only labelled speech there is here.

    flite       Debian's, says the end of each phoneme
    espeak-ng   Debian's, its library tells each phoneme's first sample
    hibari      a package, whose graph rounds a duration for each phoneme

A syllable is a vowel: diphthongs are one phoneme in all three. Nothing here is a recording of a
person who was not asked: flite's voices are CMU's, espeak-ng's are formants, hibari's is a network.
"""

from __future__ import annotations

import ctypes
import re
import subprocess
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import soxr

from stream.audio import RATE, Samples
from stream.files import read_audio

Phoneme = tuple[str, float, float]
"""Its name in the voice's own alphabet, and its first and last second."""
Speak = Callable[[str, float], "Spoken"]
"""Says a text so many times as fast as the voice's own pace."""


@dataclass(frozen=True, slots=True)
class Spoken:
    """Samples at RATE. `vowels` and `sounds`: (start, end) in seconds, of each syllable's vowel,
    and of all that is no pause."""

    samples: Samples
    vowels: tuple[tuple[float, float], ...]
    sounds: tuple[tuple[float, float], ...]


class VoiceMissing(RuntimeError):
    """A voice is not installed. The message names it and the mend."""


def spoken(samples: Samples, phonemes: Sequence[Phoneme], vowel: str, pause: str) -> Spoken:
    """The parts of speech by phonemes. `vowel`, `pause`: patterns of their whole names."""
    vowels = tuple((low, high) for name, low, high in phonemes if re.fullmatch(vowel, name))
    sounds = tuple((low, high) for name, low, high in phonemes if not re.fullmatch(pause, name))
    return Spoken(samples, vowels, sounds)


FLITE_VOWEL = r"aa|ae|ah|ao|aw|ax|axr|ay|eh|er|ey|ih|iy|ow|oy|uh|uw"


def flite(voice: str) -> Speak:
    """A voice of Debian's flite."""

    def speak(text: str, pace: float) -> Spoken:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "spoken.wav"
            stretch = f"duration_stretch={1 / pace:.3f}"
            command = ["flite", "-voice", voice, "--setf", stretch, "-psdur", "-t", text]
            try:
                told = subprocess.run([*command, "-o", str(path)], check=True, capture_output=True)
            except FileNotFoundError as fault:
                raise VoiceMissing("flite is absent: install Debian's flite") from fault
            channels, _ = read_audio(path, RATE)
        rows = [each.rsplit(":", 1) for each in told.stdout.decode().split()]
        ends = [float(end) for _, end in rows]
        phonemes = [
            (name, start, end)
            for (name, _), start, end in zip(rows, [0.0, *ends], ends, strict=False)
        ]
        return spoken(channels[0], phonemes, FLITE_VOWEL, "pau")

    return speak


ESPEAK_LIBRARY = "libespeak-ng.so.1"
ESPEAK_VOWEL = r"[aAeEiIoOuUVQ03@&8Y].*"
ESPEAK_PAUSE = r"_.*|"
ESPEAK_WORDS = 175
"""Words a minute at the voice's own pace."""
_SYNCHRONOUS, _PHONEME_EVENTS, _UTF8 = 2, 1, 1
_LAST, _PHONEME = 0, 7


class _Id(ctypes.Union):
    _fields_ = (("number", ctypes.c_int), ("text", ctypes.c_char * 8), ("name", ctypes.c_char_p))


class _Event(ctypes.Structure):
    """espeak_EVENT of espeak-ng/speak_lib.h."""

    _fields_ = (
        ("type", ctypes.c_int),
        ("identifier", ctypes.c_uint),
        ("text_position", ctypes.c_int),
        ("length", ctypes.c_int),
        ("audio_position", ctypes.c_int),
        ("sample", ctypes.c_int),
        ("user_data", ctypes.c_void_p),
        ("id", _Id),
    )


_HEAR = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(_Event)
)


class Espeak:
    """espeak-ng's library, of which a process has one. `voice` gives its voices."""

    def __init__(self) -> None:
        try:
            self._library = ctypes.CDLL(ESPEAK_LIBRARY)
        except OSError as fault:
            raise VoiceMissing("espeak-ng is absent: install Debian's espeak-ng") from fault
        self._rate = self._library.espeak_Initialize(_SYNCHRONOUS, 0, None, _PHONEME_EVENTS)
        self._pieces: list[Any] = []
        self._starts: list[tuple[str, float]] = []
        self._hear = _HEAR(self._heard)  # kept, for the library does not

    def voice(self, name: str) -> Speak:
        """A language and a variant, as "en-us+f3"."""

        def speak(text: str, pace: float) -> Spoken:
            self._pieces, self._starts = [], []
            self._library.espeak_SetSynthCallback(self._hear)
            self._library.espeak_SetVoiceByName(name.encode())
            self._library.espeak_SetParameter(1, round(pace * ESPEAK_WORDS), 0)
            said = text.encode()
            self._library.espeak_Synth(said, len(said) + 1, 0, 1, 0, _UTF8, None, None)
            whole = np.concatenate([np.zeros(1, np.int16), *self._pieces])
            starts = [start for _, start in self._starts] + [len(whole) / self._rate]
            names = [name for name, _ in self._starts]
            phonemes = list(zip(names, starts, starts[1:], strict=False))
            samples = soxr.resample(whole.astype(np.float32) / 32_768, self._rate, RATE)
            return spoken(samples, phonemes, ESPEAK_VOWEL, ESPEAK_PAUSE)

        return speak

    def _heard(self, samples: Any, count: int, events: Any) -> int:
        if samples and count:
            self._pieces.append(np.ctypeslib.as_array(samples, (count,)).copy())
        number = 0
        while events[number].type != _LAST:
            event = events[number]
            if event.type == _PHONEME:
                self._starts.append((event.id.text.decode(), event.sample / self._rate))
            number += 1
        return 0


HIBARI_VOWEL = r"[AIOWYaiuæɑɔəɛɜɪʊʌᵊᵻɐɒ]"
HIBARI_FRAME = 0.025
"""Seconds of a frame, of which the graph gives each phoneme some."""
HIBARI_DURATIONS = "/Cast_32_output_0"
"""Name in the graph of the frames of each phoneme, 64-bit integers [phonemes]."""


def hibari(seed: int) -> Speak:
    """The voice that the package hibari-tts holds, with its graph made to tell the durations."""
    import onnx
    import onnxruntime
    from hibari import Hibari, dsp
    from hibari.voices import voice_path

    graph = onnx.load(voice_path("heart"))
    told = onnx.helper.make_tensor_value_info(HIBARI_DURATIONS, onnx.TensorProto.INT64, None)
    graph.graph.output.append(told)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(graph.SerializeToString(), options)
    voice = Hibari()
    chance = np.random.default_rng(seed)

    def speak(text: str, pace: float) -> Spoken:
        pieces, phonemes, now = [np.zeros(1, np.float32)], [], 0.0
        for part in voice.phonemize(text):
            known = [each for each in part if each in voice.vocab]
            ids = np.array([[0, *(voice.vocab[each] for each in known), 0]], np.int64)
            given = {"ids": ids, "speed": np.array([pace], np.float32)}
            *shapes, counts = session.run(None, given)
            pieces.append(dsp.synth(*(each[0] for each in shapes), chance))
            ends = (now + HIBARI_FRAME * np.cumsum(counts)).tolist()
            names = ["", *known, ""]
            phonemes += list(zip(names, [now, *ends], ends, strict=False))
            now += len(pieces[-1]) / dsp.SR
        samples = soxr.resample(np.concatenate(pieces), dsp.SR, RATE).astype(np.float32)
        return spoken(samples, phonemes, HIBARI_VOWEL, r"[ .,;:!?—…\"“”]?")

    return speak
