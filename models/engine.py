"""What transcription asks of an engine: a set of weights on one kind of machine.

models/onnx_engine.py decodes on CPUs, models/ct2_engine.py on CUDA; models/whisper.py does not
know which it has.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import tokenizers
from faster_whisper.tokenizer import Tokenizer
from faster_whisper.transcribe import get_suppressed_tokens

from models.language import Detected
from models.search import Written
from stream.audio import Samples

BEAM = 5
"""Rows of the search."""
LONGEST_TEXT = 448
"""Tokens that Whisper's decoder has places for, prompt and text together."""
MULTILINGUAL = 51_865
"""Tokens of a vocabulary that knows languages other than English; English weights have fewer."""


@dataclass(frozen=True, slots=True)
class Prompt:
    """Tokens given to the decoder.

    `sot`: index in `tokens` of the one that starts the transcript, after what was said before;
    `draft`: tokens that the text will probably begin with.
    """

    tokens: tuple[int, ...]
    sot: int
    draft: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Alignment:
    """When each token begins, in seconds, and when the last one is over: one more than tokens.
    The probability of each token."""

    times: tuple[float, ...]
    probabilities: tuple[float, ...]


def suppressed(tokenizer: Tokenizer, vocabulary: int) -> tuple[int, ...]:
    """Tokens that are never written, of so many: signs of noise, commands, and times."""
    beyond = range(tokenizer.eot + 1, vocabulary)
    signs = (token for token in get_suppressed_tokens(tokenizer, [-1]) if token < vocabulary)
    return tuple(sorted({*signs, *beyond}))


def languages(tokenizer: Tokenizer) -> dict[int, str]:
    """The tokens that name a language, and which. They stand between the token that starts a
    transcript and the one that asks for a translation."""
    tokens = range(tokenizer.sot + 1, min(tokenizer.translate, tokenizer.transcribe))
    return {token: tokenizer.tokenizer.id_to_token(token).strip("<|>") for token in tokens}


class Sound(Protocol):
    """One utterance as the encoder heard it."""

    def language(self) -> Detected:
        """The likeliest language; of weights that know more than one."""
        ...

    def write(self, prompt: Prompt, limit: int) -> Written:
        """The likeliest text of at most `limit` tokens."""
        ...

    def likely(self, prompt: Prompt, text: Sequence[int], tokens: Sequence[int]) -> Sequence[int]:
        """The places in `text`, written after the prompt, at which one of `tokens` is likely, as
        far as one step can tell; all of them where the engine cannot tell."""
        ...

    def align(self, start: Sequence[int], written: Written) -> Alignment:
        """When the tokens of a text were said; `start`: what starts a transcript."""
        ...


class Engine(Protocol):
    """Thread-safe; blocks."""

    @property
    def tokenizer(self) -> tokenizers.Tokenizer:
        """The weights' own."""
        ...

    @property
    def multilingual(self) -> bool:
        """Whether the weights know languages other than English."""
        ...

    def hear(self, audio: Samples, *, second: bool = False, rough: bool = False) -> Sound:
        """The utterance, at 16 kHz; heard another way for a second opinion, and more cheaply, where
        that can be, if it may be rough."""
        ...
