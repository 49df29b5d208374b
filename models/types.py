"""What is heard: words, spans of speech, requests for decoding and their results."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from models.language import Detected
from stream.audio import RATE, CallId, PartyId, Role, Samples

Tier = Literal["live", "review"]
DecodeKind = Literal["partial", "guess", "final"]
"""`guess`: a final decoded early, one opinion at a time, when a pause begins that may turn out to
be the end. Where it is sure, and the audio the same, its words are the final's."""


@dataclass(frozen=True, slots=True)
class Word:
    """One spoken word. `start`, `end` in media seconds; `p` its probability, rounded to 0.01.

    `stable` in a partial: two passes in a row agreed on it; always true in a final.
    """

    w: str
    start: float
    end: float
    p: float
    stable: bool = True


@dataclass(frozen=True, slots=True)
class SpeechSpan:
    """A stretch in which a party spoke, in media seconds."""

    party: PartyId
    start: float
    end: float


@dataclass(frozen=True, slots=True)
class DecodeRequest:
    """Audio of one utterance to turn into words.

    `start`: media seconds of the first sample; `draft`: words that it will probably begin with,
    which a decoder may check rather than write; `deadline`: media seconds by which the result is
    wanted (earliest is served first).
    """

    call: CallId
    party: PartyId
    utterance: int
    kind: DecodeKind
    audio: Samples
    start: float
    language: str
    deadline: float
    draft: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    """That may be said, the likeliest first."""
    since: float | None = None
    """Of a partial: the media second from which it decodes, None from the utterance's start."""
    first: DecodeResult | None = None
    """Of a guess or a final: an opinion that was not sure. The second is sought, and the answer is
    the one of both that counts."""
    rough: bool = False
    """Of a partial: others wait, so it may be heard more cheaply and a little worse."""
    detect: bool = False
    """Of a guess or a final: its language is to be detected, whatever it is decoded in."""

    @property
    def second(self) -> bool:
        """Whether the second opinion is asked for."""
        return self.first is not None

    @property
    def end(self) -> float:
        """Media second at which the audio ends."""
        return self.start + len(self.audio) / RATE

    def answer(
        self,
        words: tuple[Word, ...] = (),
        *,
        rejected: str = "",
        score: float = 0.0,
        sure: bool = True,
        detected: Detected | None = None,
    ) -> DecodeResult:
        """What was found in this audio."""
        return DecodeResult(
            self.call,
            self.party,
            self.utterance,
            self.kind,
            words,
            self.language,
            self.since,
            rejected,
            score,
            sure,
            self.end,
            detected,
        )


@dataclass(frozen=True, slots=True)
class DecodeResult:
    """Words of one request, times in media seconds. Empty words: nothing was said."""

    call: CallId
    party: PartyId
    utterance: int
    kind: DecodeKind
    words: tuple[Word, ...]
    language: str
    since: float | None = None
    """The request's."""
    rejected: str = ""
    """Why a guard emptied the words: no_speech, too_many_words, repeat; '' where none did."""
    score: float = 0.0
    """Mean log probability a token, before a guard emptied the words."""
    sure: bool = True
    """Of a guess: whether a final over the same audio would ask for no further opinion."""
    until: float = 0.0
    """Media second at which the request's audio ended."""
    detected: Detected | None = None
    """The language of the audio, where it was to be detected and there was sound to tell it by.
    The same in whichever language the words were sought."""


@dataclass(frozen=True, slots=True)
class Utterance:
    """One party's closed utterance: what finals say and judgement reads."""

    party: PartyId
    role: Role
    number: int
    start: float
    end: float
    words: tuple[Word, ...]
    language: str

    @property
    def text(self) -> str:
        """The words, joined as they were written."""
        return " ".join(word.w for word in self.words)


@dataclass(frozen=True, slots=True)
class Span:
    """Part of an evidence text: characters `start` to `end`, and what it is."""

    text: str
    start: int
    end: int
    label: str


@dataclass(frozen=True, slots=True)
class Signal:
    """Something noticed in an utterance. `text`, `start`, `end` (seconds) are its evidence."""

    kind: str
    tier: Tier
    party: PartyId
    score: float
    text: str
    start: float
    end: float
    spans: tuple[Span, ...] = ()
    attributes: dict[str, Any] = field(default_factory=dict)
