"""The only place that touches faster-whisper and CTranslate2.

Theory. Whisper was made for 30 s windows, but CTranslate2's encoder takes fewer frames at a
cost that falls faster than in proportion: ten seconds cost a quarter. So the window is sized
to the speech, never under ten seconds, since shorter ones make Whisper repeat itself.

Rules.
1. A final is a pure function of its audio, language and prompt: fixed padding, fixed search,
   no prefix, no temperature. Where Whisper is unsure of it, or a guard doubts it, it is decoded
   once more over the full 30 s window that Whisper was trained on, and the likelier one counts.
   What still fails a guard is thrown away: an invented sentence does harm. A guess is the same,
   one opinion a request, so that the first is on the page while the second is sought.
2. Partials may start from words already agreed on (`prefix`), so only the tail is decoded.
3. `decode` blocks and is thread-safe; who runs it, and when, is not its business.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any, Literal

import ctranslate2
import numpy as np
from faster_whisper import WhisperModel
from faster_whisper.tokenizer import Tokenizer
from faster_whisper.transcribe import get_suppressed_tokens

from models import guards
from models.opinions import likelier
from models.types import DecodeRequest, DecodeResult, Word
from stream.audio import RATE, Samples

FRAMES_A_SECOND = 100
SHORTEST_WINDOW = 10.0
"""Seconds. Shorter encoder windows cost less but make Whisper repeat (measured)."""
LONGEST_WINDOW = 30.0
WINDOW_STEP = 5.0
"""Windows grow in these steps, so that equal lengths can share a batch."""
INAUDIBLE = 3e-4
"""Audio without a sample beyond this (-70 dBFS; A-law's smallest step is 2.4e-4) is not decoded:
to silence as deep as that Whisper says "you", and is nearly sure of it."""
PAD = 1.0
"""Seconds of silence that every window ends with, so that Whisper hears the end."""
TOKENS_A_SECOND = 8
TOKENS_AT_LEAST = 12
"""The most tokens that speech can hold: fast talk has 5 words a second; more is a loop."""

Device = Literal["cpu", "cuda"]


@dataclass(frozen=True, slots=True)
class Search:
    """How hard to look for the best words."""

    beam: int
    window: float = SHORTEST_WINDOW


SURE = -0.35
"""Mean log probability a token above which a final needs no second opinion."""
PARTIAL = Search(beam=5)
FINAL = Search(beam=5)
SECOND = Search(beam=5, window=LONGEST_WINDOW)
"""25 s would cost a third less, and gave three more wrong words of 764 in one run and one fewer in
another: no reason to leave the window that Whisper was trained on."""


class Whisper:
    """One set of weights, shared by all calls.

    `weights` is a folder in faster-whisper's layout or a hub name; `workers` decodings run side
    by side, each on one thread.
    """

    def __init__(
        self,
        weights: str,
        *,
        device: Device = "cpu",
        compute_type: str = "int8",
        workers: int = 2,
    ) -> None:
        self._whisper = WhisperModel(
            weights, device=device, compute_type=compute_type, cpu_threads=1, num_workers=workers
        )
        self._model: Any = self._whisper.model
        self._tokenizers: dict[str, Tokenizer] = {}

    @property
    def multilingual(self) -> bool:
        """Whether the weights know languages other than English."""
        return bool(self._model.is_multilingual)

    def decode(self, request: DecodeRequest) -> DecodeResult:
        """Words of the request's audio, times in media seconds."""
        if not np.any(np.abs(request.audio) > INAUDIBLE):
            return request.answer(rejected="no_speech")
        if request.kind == "partial":
            return self._attempt(request, PARTIAL)
        if request.second:
            return self._attempt(request, SECOND)
        first = self._attempt(request, FINAL)
        if first.sure or request.kind == "guess":
            return first
        return likelier(first, self._attempt(request, SECOND))

    def _attempt(self, request: DecodeRequest, search: Search) -> DecodeResult:
        tokenizer = self._tokenizer(request.language)
        seconds = len(request.audio) / RATE
        encoded = self._model.encode(_view(self._features(request.audio, search.window)))
        prefix = tokenizer.encode(" " + " ".join(request.prefix)) if request.prefix else []
        output = self._generate(request, search, tokenizer, encoded, prefix)
        tokens = [t for t in output.sequences_ids[0] if t < tokenizer.eot]
        if prefix and tokens[: len(prefix)] != prefix:
            tokens = prefix + tokens
        words = self._words(request, tokenizer, encoded, tokens, seconds)
        words = guards.without_tail(words, end=request.start + seconds)
        score = float(output.scores[0])
        doubt = guards.doubt(
            [word.w for word in words],
            seconds=seconds,
            no_speech=output.no_speech_prob,
            score=score,
        )
        sure = not doubt and score >= SURE
        return request.answer(() if doubt else words, rejected=doubt, score=score, sure=sure)

    def _generate(
        self,
        request: DecodeRequest,
        search: Search,
        tokenizer: Tokenizer,
        encoded: Any,
        prefix: list[int],
    ) -> Any:
        prompt = [*tokenizer.sot_sequence, tokenizer.no_timestamps, *prefix]
        if request.prompt:
            prompt = [tokenizer.sot_prev, *tokenizer.encode(" " + request.prompt), *prompt]
        seconds = len(request.audio) / RATE
        budget = TOKENS_AT_LEAST + math.ceil(seconds * TOKENS_A_SECOND)
        return self._model.generate(
            encoded,
            [prompt],
            beam_size=search.beam,
            max_length=min(448, len(prompt) + budget),
            return_scores=True,
            return_no_speech_prob=True,
            suppress_blank=not prefix,
            suppress_tokens=list(get_suppressed_tokens(tokenizer, [-1])),
        )[0]

    def _words(
        self,
        request: DecodeRequest,
        tokenizer: Tokenizer,
        encoded: Any,
        tokens: list[int],
        seconds: float,
    ) -> tuple[Word, ...]:
        if not tokens:
            return ()
        frames = math.ceil(seconds * FRAMES_A_SECOND)
        found = self._whisper.find_alignment(tokenizer, [tokens], encoded, frames)[0]
        words: list[Word] = []
        for item in found:
            text = item["word"]
            if words and not text.startswith(" "):
                end = request.start + min(float(item["end"]), seconds)
                words[-1] = _joined(words[-1], text, end)
                continue
            if not text.strip():
                continue
            words.append(
                Word(
                    text.strip(),
                    round(request.start + min(float(item["start"]), seconds), 2),
                    round(request.start + min(float(item["end"]), seconds), 2),
                    round(float(item["probability"]), 2),
                )
            )
        return tuple(words)

    def _features(self, audio: Samples, window: float) -> Samples:
        """Log-mel [1, 80, frames] of the audio, padded with silence to its window."""
        needed = max(window, len(audio) / RATE + PAD)
        stepped = math.ceil(needed / WINDOW_STEP) * WINDOW_STEP
        length = int(min(LONGEST_WINDOW, stepped) * RATE)
        padded = np.zeros(length, np.float32)
        padded[: min(length, len(audio))] = audio[:length]
        mel = self._whisper.feature_extractor(padded, padding=0)
        return np.ascontiguousarray(mel[None, :, : length // 160], dtype=np.float32)

    def _tokenizer(self, language: str) -> Tokenizer:
        if language not in self._tokenizers:
            self._tokenizers[language] = Tokenizer(
                self._whisper.hf_tokenizer, self.multilingual, task="transcribe", language=language
            )
        return self._tokenizers[language]


def _joined(word: Word, text: str, end: float) -> Word:
    """A word and the punctuation, or the rest of it, that Whisper wrote as a token of its own."""
    return replace(word, w=word.w + text.strip(), end=round(max(word.end, end), 2))


def _view(features: Samples) -> Any:
    return ctranslate2.StorageView.from_array(features)
