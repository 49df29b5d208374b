"""Whisper on CUDA, and on CPUs by setting: CTranslate2, as faster-whisper loads it.

The window is sized to the speech, never under ten seconds, since shorter ones make Whisper repeat
itself; a second opinion hears the 30 s that Whisper was trained on.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import ctranslate2
import numpy as np
from faster_whisper import WhisperModel
from faster_whisper.tokenizer import Tokenizer
from numpy.typing import NDArray

from models.batches import Batches
from models.engine import BEAM, LONGEST_TEXT, MULTILINGUAL, Alignment, Prompt, suppressed
from models.language import Detected
from models.search import Written
from stream.audio import RATE, Samples

Array = NDArray[Any]
Device = Literal["cpu", "cuda"]

MEL_HOP = 160
"""Samples of a mel frame."""
MEL_SECONDS = MEL_HOP / RATE
TOKEN_SECONDS = 0.02
"""Of a frame of the encoder, in which CTranslate2 tells when tokens are said."""
SHORTEST_WINDOW = 10.0
"""Seconds. Shorter encoder windows cost less but make Whisper repeat (measured)."""
LONGEST_WINDOW = 30.0
"""Of a second opinion: 25 s would cost a third less, and gave three more wrong words of 764 in one
run and one fewer in another: no reason to leave the window that Whisper was trained on."""
WINDOW_STEP = 5.0
"""Windows grow in these steps, so that equal lengths can share a batch."""
VOCABULARIES = {False: MULTILINGUAL - 1, True: MULTILINGUAL}
"""Tokens of the smallest vocabularies; what the largest weights have beyond them is a time."""
PAD = 1.0
"""Seconds of silence that every window ends with, so that Whisper hears the end."""


class Ct2Engine:
    """`workers` decodings run side by side, each on one thread; `batch` utterances at most are
    encoded together, where they wait for each other anyway."""

    def __init__(
        self, weights: str, *, device: Device, compute_type: str, workers: int, batch: int = 1
    ) -> None:
        self._whisper = WhisperModel(
            weights, device=device, compute_type=compute_type, cpu_threads=1, num_workers=workers
        )
        self._model: Any = self._whisper.model
        self.tokenizer = self._whisper.hf_tokenizer
        self.multilingual = bool(self._model.is_multilingual)
        english = Tokenizer(self.tokenizer, self.multilingual, task="transcribe", language="en")
        self._suppressed = list(suppressed(english, VOCABULARIES[self.multilingual]))
        self._encode = Batches(self.encoded, most=batch, kind=lambda mel: mel.shape)

    def hear(self, audio: Samples, *, second: bool = False, rough: bool = False) -> Ct2Sound:
        """The utterance in its window, which cannot be shorter."""
        encoded = self._encode(self.mel(audio, second=second))
        return Ct2Sound(self._model, encoded, len(audio) / RATE, self._suppressed)

    def mel(self, audio: Samples, *, second: bool) -> Array:
        """Log-mel features [mels, frames] of the utterance in its window."""
        window = LONGEST_WINDOW if second else SHORTEST_WINDOW
        needed = max(window, len(audio) / RATE + PAD)
        stepped = math.ceil(needed / WINDOW_STEP) * WINDOW_STEP
        length = int(min(LONGEST_WINDOW, stepped) * RATE)
        padded = np.zeros(length, np.float32)
        padded[: min(length, len(audio))] = audio[:length]
        mel = self._whisper.feature_extractor(padded, padding=0)[:, : length // MEL_HOP]
        return np.ascontiguousarray(mel, np.float32)

    def encoded(self, mels: Sequence[Array]) -> list[Any]:
        """What the encoder makes of log-mel features [mels, frames] of one length."""
        features = ctranslate2.StorageView.from_array(np.stack(mels))
        encoded = self._model.encode(features)
        if len(mels) == 1:
            return [encoded]
        return [ctranslate2.StorageView.from_array(Row(encoded, i)) for i in range(len(mels))]


class Row:
    """Row `index` of an array on either device, as the array interfaces of numpy and CUDA have it.

    Nothing is copied: the whole array lives as long as one of its rows.
    """

    def __init__(self, whole: Any, index: int) -> None:
        cuda = hasattr(whole, "__cuda_array_interface__")
        name = "__cuda_array_interface__" if cuda else "__array_interface__"
        told = dict(getattr(whole, name))
        shape = told["shape"]
        size = math.prod(shape[1:]) * np.dtype(told["typestr"]).itemsize
        address, read_only = told["data"]
        told |= {"shape": (1, *shape[1:]), "data": (address + index * size, read_only)}
        told |= {"strides": None}
        self._whole = whole
        setattr(self, name, told)


@dataclass(frozen=True, slots=True)
class Ct2Sound:
    """models.engine.Sound. `seconds` of the utterance in the window."""

    model: Any
    encoded: Any
    seconds: float
    suppressed: list[int]

    def language(self) -> Detected:
        """The likeliest language, by one step of the decoder."""
        token, p = self.model.detect_language(self.encoded)[0][0]
        return Detected(token.strip("<|>"), round(float(p), 2))

    def write(self, prompt: Prompt, limit: int) -> Written:
        """The likeliest text after the prompt. CTranslate2 reads given tokens one by one, as it
        writes them: a draft would save nothing, and is left aside."""
        found = self.model.generate(
            self.encoded,
            [list(prompt.tokens)],
            beam_size=BEAM,
            max_length=min(LONGEST_TEXT, len(prompt.tokens) + limit),
            return_scores=True,
            return_no_speech_prob=True,
            suppress_blank=True,
            suppress_tokens=self.suppressed,
        )[0]
        return Written(
            tuple(found.sequences_ids[0]), float(found.scores[0]), float(found.no_speech_prob)
        )

    def likely(self, prompt: Prompt, text: Sequence[int], tokens: Sequence[int]) -> range:
        """CTranslate2 tells the likeliest token alone, so it may be anywhere."""
        return range(len(text) + 1)

    def align(self, start: Sequence[int], written: Written) -> Alignment:
        """When the tokens of a text were said."""
        text = written.tokens
        frames = math.ceil(self.seconds / MEL_SECONDS)
        # The last of `start` says that no times are written, which CTranslate2 adds itself.
        found = self.model.align(self.encoded, list(start[:-1]), [list(text)], frames)[0]
        first: dict[int, int] = {}
        for token, frame in found.alignments:
            first.setdefault(token, frame)
        times = tuple(first[i] * TOKEN_SECONDS for i in range(len(text) + 1))
        return Alignment(times, tuple(found.text_token_probs))
