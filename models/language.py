"""Which language a party speaks: moved by what was heard, and kept from flapping.

Theory. Whisper tells the language of each closed utterance from its sound alone, and is now and
then wrong about a short one. A person changes language seldom, and says a name, a greeting or a
sentence to somebody else in the room in another one. So an utterance that is long enough, and
told surely enough, is weighed by its seconds; another language must bring enough of them, with
none in the language in force between. The way back to where the call began is shorter: what it
guards is safety detection, which knows that language.

It is of a party, not of the call. An agent and a caller with an interpreter between them speak
two languages at once, and a language of the call would follow whoever spoke last; and a party's
finals come in an order of their own, which no other party can delay.

Rules.
1. What holds after an utterance depends on the sounds of the party's utterances up to it, and on
   nothing else: not on words, which depend on the language that they were sought in.
2. A doubtful or short utterance moves nothing. In doubt it stays as it is: whatever is likeliest
   in the language in force takes the weight of all others away.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

LEAST = 1.5
"""Seconds of speech of an utterance that counts. Shorter ones are now and then told wrong, and
surely so (one of 900 English ones); "okay" and "sí, sí" end before."""
SURE = 0.7
"""Probability at which a language is told surely."""
LEAVE = 6.0
"""Seconds of speech, of utterances told surely, that bring another language: three sentences."""
RETURN = 3.0
"""Seconds that bring back the language in which the call began: one sentence, or two short ones."""
AT_LEAST = 2
"""Utterances that bring another language: one long sentence is not enough."""
MEASURED = frozenset({"en"})
"""Languages in which it was measured how well safety is detected."""
_NAMES = (
    "af am ar as az ba be bg bn bo br bs ca cs cy da de el en es et eu fa fi fo fr gl gu ha haw he "
    "hi hr ht hu hy id is it ja jw ka kk km kn ko la lb ln lo lt lv mg mi mk ml mn mr ms mt my ne "
    "nl nn no oc pa pl ps pt ro ru sa sd si sk sl sn so sq sr su sv sw ta te tg th tk tl tr tt uk "
    "ur uz vi yi yo zh"
)
KNOWN = frozenset(_NAMES.split())
"""Languages that every multilingual Whisper knows, as it names them."""
ALSO = {"cmn": "zh", "fil": "tl", "iw": "he", "jv": "jw", "nb": "no", "yue": "zh"}
"""Other names of some of them. Cantonese has one of its own in the largest weights alone."""


@dataclass(frozen=True, slots=True)
class Detected:
    """The likeliest language of a sound, and its probability, rounded to 0.01."""

    language: str
    p: float


@dataclass(frozen=True, slots=True)
class Switch:
    """A party's language is another from an utterance on, which starts at media second `at`.
    `p`: the least probability of the utterances that moved it."""

    utterance: int
    at: float
    before: str
    after: str
    p: float


def measured(language: str) -> bool:
    """Whether safety detection was measured in it; '' counts as the language of old logs."""
    return not language or language in MEASURED


def code(named: object) -> str:
    """Whisper's name of a language as people name it: `es` of "es-MX". '' where there is none."""
    first = str(named or "").replace("_", "-").partition("-")[0].strip().lower()
    first = ALSO.get(first, first)
    return first if first in KNOWN else ""


@dataclass(slots=True)
class Spoken:
    """One party's language. `state()` and `Spoken(**state)` carry it over a restart."""

    home: str
    """In which the call began."""
    language: str = ""
    """In force after the newest utterance that was taken; not given: `home`."""
    taken: int = 0
    """Number of that utterance."""
    other: str = ""
    """Another language that was heard since, surely and without one of `language` between."""
    seconds: float = 0.0
    count: int = 0
    p: float = 1.0
    """Of `other`: seconds of speech, utterances, and the least probability of them."""

    def __post_init__(self) -> None:
        self.language = self.language or self.home

    def take(
        self, utterance: int, detected: Detected | None, start: float, end: float
    ) -> Switch | None:
        """The party's next utterance by its number, what was detected in it, and the media seconds
        of its speech. One that was taken already moves nothing."""
        if utterance <= self.taken:
            return None
        self.taken = utterance
        if detected is None or end - start < LEAST:
            return None
        if detected.language == self.language:
            self.other = ""
        elif detected.p >= SURE:
            self._weigh(detected, end - start)
            if self._enough():
                return self._switch(start)
        return None

    def _weigh(self, detected: Detected, seconds: float) -> None:
        if detected.language != self.other:
            self.other, self.seconds, self.count, self.p = detected.language, 0.0, 0, 1.0
        self.seconds = round(self.seconds + seconds, 3)
        self.count += 1
        self.p = min(self.p, detected.p)

    def _enough(self) -> bool:
        if self.other == self.home:
            return self.seconds >= RETURN
        return self.seconds >= LEAVE and self.count >= AT_LEAST

    def _switch(self, at: float) -> Switch:
        switch = Switch(self.taken, at, self.language, self.other, self.p)
        self.language, self.other = self.other, ""
        return switch

    def state(self) -> dict[str, Any]:
        """All that later languages depend on, JSON-able."""
        return asdict(self)
