"""Whisper: what was said in a request's audio.

Rules.
1. A final is a pure function of its audio, language and names: a window of its own, a fixed
   search, no draft, no temperature. Where Whisper is unsure of it, or a guard doubts it, it is
   heard once more, louder and in another window, and the likelier opinion counts. What still
   fails a guard is thrown away: an invented sentence does harm. A guess is the same, one opinion
   a request, so that the first is on the page while the second is sought.
2. Of a partial, only what differs from its draft is written.
3. A language is detected from the sound alone, in the first opinion's window: one step of the
   decoder more, in a guess or a final that asks for it. No word changes with it.
4. Names that a call expects are put into the words of a guess or a final, and change no others
   (models/naming.py). Partials do without them.
5. `decode` blocks and is thread-safe; who runs it, and when, is not its business.

How a machine does it is for models/engine.py. Nothing outside this file, the engines and
models/graphs.py knows faster-whisper.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Literal

import numpy as np
from faster_whisper.tokenizer import Tokenizer

from models import guards, names, naming
from models.ct2_engine import Ct2Engine, Device
from models.ct2_file import NotReadable
from models.engine import Engine, Prompt, Sound
from models.graphs import whisper_graphs
from models.onnx_engine import OnnxEngine
from models.opinions import lifted, likelier
from models.types import DecodeRequest, DecodeResult, Word
from stream.audio import RATE

EngineName = Literal["", "onnxruntime", "ctranslate2"]

ENGINES: dict[Device, EngineName] = {"cpu": "onnxruntime", "cuda": "ctranslate2"}
"""What decodes where no engine is named."""
INAUDIBLE = 3e-4
"""Audio without a sample beyond this (-70 dBFS; A-law's smallest step is 2.4e-4) is not decoded:
to silence as deep as that Whisper says "you", and is nearly sure of it."""
TOKENS_A_SECOND = 8
TOKENS_AT_LEAST = 12
"""The most tokens that speech can hold: fast talk has 5 words a second; more is a loop."""
UNSPACED = frozenset({"zh", "ja", "th", "lo", "my", "yue"})
"""Languages written without spaces: words shown do not tell how they were written."""


class Whisper:
    """One set of weights, shared by all calls.

    `folder_or_name`: a folder in faster-whisper's layout or a hub name; `workers` decodings run
    side by side, each on one thread. `engine`: what decodes; empty: onnxruntime on a CPU, where
    the weights allow it, and CTranslate2 on CUDA. `compute_type` and `batch`, the utterances that
    are encoded together at most, are CTranslate2's.
    """

    def __init__(
        self,
        folder_or_name: str,
        *,
        device: Device = "cpu",
        compute_type: str = "int8",
        workers: int = 2,
        engine: EngineName = "",
        batch: int = 1,
    ) -> None:
        found: Engine | None = None
        if (engine or ENGINES[device]) == "onnxruntime":
            found = _onnx(folder_or_name, needed=bool(engine))
        self._engine = found or Ct2Engine(
            folder_or_name, device=device, compute_type=compute_type, workers=workers, batch=batch
        )
        self._tokenizers: dict[str, Tokenizer] = {}

    @property
    def multilingual(self) -> bool:
        """Whether the weights know languages other than English."""
        return self._engine.multilingual

    def decode(self, request: DecodeRequest) -> DecodeResult:
        """Words of the request's audio, times in media seconds."""
        if not np.any(np.abs(request.audio) > INAUDIBLE):
            return request.answer(rejected="no_speech")
        first = self._attempt(request, second=request.second)
        if request.kind != "final" or request.second or first.sure:
            return first
        return likelier(first, self._attempt(request, second=True))

    def _attempt(self, request: DecodeRequest, *, second: bool) -> DecodeResult:
        tokenizer = self._tokenizer(request.language)
        seconds = len(request.audio) / RATE
        audio = lifted(request.audio) if second else request.audio
        sound = self._engine.hear(audio, second=second, rough=request.rough)
        prompt = _prompt(request, tokenizer)
        limit = TOKENS_AT_LEAST + math.ceil(seconds * TOKENS_A_SECOND)
        asked = request.detect and self.multilingual and not second and request.kind != "partial"
        detected = sound.language() if asked else None
        written = sound.write(prompt, limit)
        text = [token for token in written.tokens if token < tokenizer.eot]
        words = _words(request, tokenizer, sound, text)
        words = guards.without_tail(words, end=request.start + seconds)
        doubt = guards.doubt(
            [word.w for word in words],
            seconds=seconds,
            no_speech=written.no_speech,
            score=written.score,
        )
        if request.names and words and not doubt and request.kind != "partial":
            words = self._with_names(request, tokenizer, sound, words, text, limit)
        sure = not doubt and written.score >= guards.SURE
        return request.answer(
            () if doubt else words,
            rejected=doubt,
            score=written.score,
            sure=sure,
            detected=detected,
        )

    def _with_names(
        self,
        request: DecodeRequest,
        tokenizer: Tokenizer,
        sound: Sound,
        words: tuple[Word, ...],
        text: Sequence[int],
        limit: int,
    ) -> tuple[Word, ...]:
        """The words, with names of another reading, which knows of them.

        It is not made where nothing sounds like a name, or where no name's beginning is likely at
        any place of these words (one that another wording would have led to is missed); what stands
        before the first such place is its draft."""
        if not naming.any_alike([word.w for word in words], request.names):
            return words
        before = names.before(request.names, tokenizer.encode)
        tokens = (tokenizer.sot_prev, *before, *_start(tokenizer))
        begin = [tokenizer.encode(" " + each)[0] for each in names.spellings(request.names)]
        place = sound.first_likely(Prompt(tokens, 0), text, begin)
        if place is None:
            return words
        told = sound.write(Prompt(tokens, len(before) + 1, tuple(text[:place])), limit)
        read = [token for token in told.tokens if token < tokenizer.eot]
        return naming.named(words, _words(request, tokenizer, sound, read), request.names)

    def _tokenizer(self, language: str) -> Tokenizer:
        if language not in self._tokenizers:
            self._tokenizers[language] = Tokenizer(
                self._engine.tokenizer, self.multilingual, task="transcribe", language=language
            )
        return self._tokenizers[language]


def _onnx(folder_or_name: str, *, needed: bool) -> Engine | None:
    """The engine of these weights; None where there can be none and none is `needed`."""
    try:
        return OnnxEngine(whisper_graphs(folder_or_name))
    except (NotReadable, OSError) as fault:
        if needed:
            raise
        warnings.warn(
            f"{folder_or_name} runs in CTranslate2, which is slower on a CPU: {fault}",
            RuntimeWarning,
            stacklevel=3,
        )
        return None


def _prompt(request: DecodeRequest, tokenizer: Tokenizer) -> Prompt:
    """What the decoder is given: the start, and the draft."""
    draft: list[int] = []
    if request.draft and request.language not in UNSPACED:
        draft = tokenizer.encode(" " + " ".join(request.draft))
    return Prompt(_start(tokenizer), 0, tuple(draft))


def _start(tokenizer: Tokenizer) -> tuple[int, ...]:
    """What starts a transcript without times."""
    return (*tokenizer.sot_sequence, tokenizer.no_timestamps)


def _words(
    request: DecodeRequest, tokenizer: Tokenizer, sound: Sound, text: Sequence[int]
) -> tuple[Word, ...]:
    """The words of tokens, when they were said and how likely they are."""
    if not text:
        return ()
    alignment = sound.align(_start(tokenizer), text)
    seconds = len(request.audio) / RATE
    written, parts = tokenizer.split_to_word_tokens([*text, tokenizer.eot])
    words: list[Word] = []
    bounds = np.cumsum([0, *(len(part) for part in parts[:-1])])
    for spelt, (first, last) in zip(written, pairwise(bounds.tolist()), strict=False):
        start, end = (
            round(request.start + min(alignment.times[token], seconds), 2)
            for token in (first, last)
        )
        if words and not spelt.startswith(" "):
            words[-1] = _joined(words[-1], spelt, end)
        elif spelt.strip():
            likely = float(np.mean(alignment.probabilities[first:last]))
            words.append(Word(spelt.strip(), start, end, round(likely, 2)))
    return tuple(words)


def _joined(word: Word, text: str, end: float) -> Word:
    """A word and the punctuation, or the rest of it, that Whisper wrote as a token of its own."""
    return replace(word, w=word.w + text.strip(), end=max(word.end, end))
