"""Whisper on CPUs: graphs of our own in onnxruntime, over windows with folded silence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import tokenizers
from faster_whisper.feature_extractor import FeatureExtractor
from faster_whisper.tokenizer import Tokenizer

from models.engine import (
    BEAM,
    LONGEST_TEXT,
    MULTILINGUAL,
    Alignment,
    Prompt,
    languages,
    suppressed,
)
from models.language import Detected
from models.network import Array, Memory, Network
from models.search import Seen, Written, beam_search
from models.windows import EDGE, FRAME, window
from models.word_times import token_frames
from stream.audio import RATE, Samples

MEL_FRAMES = 2
"""Mel frames in a frame of the encoder."""
LEAD = 100
"""Frames of silence before an utterance, 2 s: the best of 0 to 4 s on speech that is in no test
(docs/performance.md)."""
OTHER_LEAD = 200
"""Of a second opinion: at another place, Whisper mishears other words."""
ROUGH_FOLD = 32
ROUGH_PAD = 25
"""Of a partial while others wait: less silence, a fifth cheaper, half a word in a hundred worse
(docs/performance.md)."""
BLANK = " "


class OnnxEngine:
    """Decodes with the tokenizer and the graphs in `folder`, each decoding on its own thread."""

    def __init__(self, folder: Path) -> None:
        self._network = Network(folder)
        self.tokenizer = tokenizers.Tokenizer.from_file(str(folder / "tokenizer.json"))
        self.multilingual = self._network.vocabulary >= MULTILINGUAL
        english = Tokenizer(self.tokenizer, self.multilingual, task="transcribe", language="en")
        self._network.forbid(suppressed(english, self._network.vocabulary))
        self._extract = FeatureExtractor(feature_size=self._network.mels)
        self._end: int = english.eot
        self._not_first = (self._end, *english.encode(BLANK))
        named = languages(english)
        self._tongues = Tongues(english.sot, named, self._network.all_but(tuple(named)))

    def hear(self, audio: Samples, *, second: bool = False, rough: bool = False) -> OnnxSound:
        """The utterance in its window."""
        if rough:
            heard = window(len(audio), LEAD, fold=ROUGH_FOLD, pad=ROUGH_PAD)
        else:
            heard = window(len(audio), OTHER_LEAD if second else LEAD)
        sound = np.zeros(heard.sound * FRAME, np.float32)
        before = EDGE * FRAME
        kept = audio[: len(sound) - before]
        sound[before : before + len(kept)] = kept
        memory = self._network.encode(self.features(sound), heard)
        return OnnxSound(memory, self._end, self._not_first, self._tongues)

    def features(self, sound: Samples) -> Samples:
        """Log-mel features [1, mels, frames] of whole frames of sound."""
        mel = self._extract(sound, padding=0)[None, :, : len(sound) // FRAME * MEL_FRAMES]
        return np.ascontiguousarray(mel, np.float32)


@dataclass(frozen=True, slots=True)
class Tongues:
    """The token after which a language is told, the tokens that name one, and what forbids all
    other tokens."""

    sot: int
    named: dict[int, str]
    forbid: Array


@dataclass(frozen=True, slots=True)
class OnnxSound:
    """models.engine.Sound."""

    memory: Memory
    end: int
    not_first: tuple[int, ...]
    tongues: Tongues

    def language(self) -> Detected:
        """The likeliest language, by one step of the decoder."""
        token, p = self.memory.first(self.tongues.sot, self.tongues.forbid)
        return Detected(self.tongues.named[token], round(p, 2))

    def write(self, prompt: Prompt, limit: int) -> Written:
        """The likeliest text after the prompt."""
        return beam_search(
            self.memory,
            prompt.tokens,
            beam=BEAM,
            limit=min(limit, LONGEST_TEXT - len(prompt.tokens)),
            end=self.end,
            draft=prompt.draft,
            not_first=self.not_first,
            sot=prompt.sot,
        )

    def likely(self, prompt: Prompt, text: Sequence[int], tokens: Sequence[int]) -> Sequence[int]:
        """The places in `text` at which one of `tokens` is among the likeliest."""
        read = np.array([[*prompt.tokens, *text][:LONGEST_TEXT]], np.int64)
        likely = self.memory.read(read, None).ids[0, len(prompt.tokens) - 1 :]
        return [int(place) for place in np.flatnonzero(np.isin(likely, tokens).any(axis=1))]

    def align(self, start: Sequence[int], written: Written) -> Alignment:
        """When the tokens of a text were said: told by what the decoder looked at when it wrote it
        after `start`; after anything else it is read once more."""
        seen = written.seen
        if seen is None or seen.given != tuple(start):
            seen = self._read(start, written.tokens)
        window = self.memory.window
        spoken = seen.attention[:, :, window.first : window.last]
        frames = token_frames(spoken, len(start) - 1)
        times = tuple(float(frame) * FRAME / RATE for frame in frames)
        return Alignment(times, seen.probabilities)

    def _read(self, start: Sequence[int], text: Sequence[int]) -> Seen:
        """All tokens in one step."""
        step = self.memory.read(np.array([[*start, *text]], np.int64), None)
        skip = len(start) - 1
        ids, scores = step.ids[0, skip:-1], step.scores[0, skip:-1]
        found = ids == np.array(text, np.int64)[:, None]
        # Read all at once, a token scores a last digit otherwise; one that fell out was unlikely.
        likely = np.where(found, np.exp(scores), 0.0).sum(axis=1)
        return Seen(tuple(start), step.attention[0], tuple(float(p) for p in likely))
