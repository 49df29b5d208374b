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
   (models/naming.py): into those that count, so not into a first opinion that is to have a second.
   Partials do without them.
5. `decode` blocks and is thread-safe; who runs it, and when, is not its business.

How a machine does it is for models/engine.py. Nothing outside this file, the engines,
models/graphs.py and models/tone_encoder.py knows faster-whisper.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace
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
from models.search import Written
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
BEYOND = 4
"""Tokens that a reading with names goes on after the last that may be a name's."""
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
        if request.first is not None:
            return self._second(request, request.first)
        first = self._opinion(request, second=False)
        if request.kind == "final" and not first.result.sure:
            return self._second(request, first.result)
        return self._with_names(request, first) if first.result.sure else first.result

    def _second(self, request: DecodeRequest, first: DecodeResult) -> DecodeResult:
        """Of two opinions the one that counts."""
        second = self._opinion(request, second=True)
        counts = likelier(first, second.result)
        return self._with_names(request, replace(second, result=counts))

    def _opinion(self, request: DecodeRequest, *, second: bool) -> _Opinion:
        tokenizer = self._tokenizer(request.language)
        seconds = len(request.audio) / RATE
        audio = lifted(request.audio) if second else request.audio
        sound = self._engine.hear(audio, second=second, rough=request.rough)
        asked = request.detect and self.multilingual and not second and request.kind != "partial"
        detected = sound.language() if asked else None
        written = sound.write(_prompt(request, tokenizer), _limit(request))
        words = _words(request, tokenizer, sound, written)
        words = guards.without_tail(words, end=request.start + seconds)
        doubt = guards.doubt(
            [word.w for word in words],
            seconds=seconds,
            no_speech=written.no_speech,
            score=written.score,
        )
        result = request.answer(
            () if doubt else words,
            rejected=doubt,
            score=written.score,
            sure=not doubt and written.score >= guards.SURE,
            detected=detected,
        )
        return _Opinion(result, sound)

    def _with_names(self, request: DecodeRequest, opinion: _Opinion) -> DecodeResult:
        """The words that count, with names of another reading of the sound, which knows of them.

        It begins at the first place where words sound like a name and a name's beginning is likely,
        and stops soon after the last; it is not made where there is none. A name that another
        wording would have led to is missed."""
        found = opinion.result
        if not request.names or request.kind == "partial":
            return found
        written = [word.w for word in found.words]
        alike = naming.alike(written, request.names)
        if not alike:
            return found
        tokenizer = self._tokenizer(request.language)
        before = names.before(request.names, tokenizer.encode)
        given = Prompt((tokenizer.sot_prev, *before, *_start(tokenizer)), len(before) + 1)
        text = [tokenizer.encode(" " + word) for word in written]
        flat = [token for word in text for token in word]
        spelt = [tokenizer.encode(" " + each) for each in names.spellings(request.names)]
        likely = opinion.sound.likely(given, flat, [each[0] for each in spelt])
        places = {sum(map(len, text[:word])) for word in alike}.intersection(likely)
        if not places:
            return found
        given = replace(given, draft=tuple(flat[: min(places)]))
        limit = min(_limit(request), max(places) + max(map(len, spelt)) + BEYOND)
        told, until = self._read(request, opinion.sound, given, limit)
        head = [word for word in found.words if word.start < until]
        named = naming.named(head, told, request.names)
        return replace(found, words=(*named, *found.words[len(head) :]))

    def _read(
        self, request: DecodeRequest, sound: Sound, given: Prompt, limit: int
    ) -> tuple[Sequence[Word], float]:
        """The words of a reading, and the media second up to which it heard: where it was stopped,
        up to its last word, of which it may have half."""
        tokenizer = self._tokenizer(request.language)
        written = sound.write(given, limit)
        words = _words(request, tokenizer, sound, written)
        if words and len(written.tokens) == limit:
            return words[:-1], words[-1].start
        return words, math.inf

    def _tokenizer(self, language: str) -> Tokenizer:
        if language not in self._tokenizers:
            self._tokenizers[language] = Tokenizer(
                self._engine.tokenizer, self.multilingual, task="transcribe", language=language
            )
        return self._tokenizers[language]


@dataclass(frozen=True, slots=True)
class _Opinion:
    """What was found, and the sound that it was found in."""

    result: DecodeResult
    sound: Sound


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


def _limit(request: DecodeRequest) -> int:
    """The most tokens of its text."""
    return TOKENS_AT_LEAST + math.ceil(len(request.audio) / RATE * TOKENS_A_SECOND)


def _start(tokenizer: Tokenizer) -> tuple[int, ...]:
    """What starts a transcript without times."""
    return (*tokenizer.sot_sequence, tokenizer.no_timestamps)


def _words(
    request: DecodeRequest, tokenizer: Tokenizer, sound: Sound, text: Written
) -> tuple[Word, ...]:
    """The words of a text, when they were said and how likely they are."""
    if not text.tokens:
        return ()
    alignment = sound.align(_start(tokenizer), text)
    seconds = len(request.audio) / RATE
    written, parts = tokenizer.split_to_word_tokens([*text.tokens, tokenizer.eot])
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
