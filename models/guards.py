"""Guards against words that nobody said.

Whisper, given silence, music or too short a window, repeats itself or tells a story. Each guard
is a small question about a decoding; `doubt` names the first that it fails. How they were found,
and what they cost, is in docs/guards.md.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from models.types import Word

NO_SPEECH = "no_speech"
"""The doubt that nobody spoke at all."""
REPEATS = 4
"""A phrase said this often in a row is a loop; people say things twice, seldom three times."""
LONGEST_LOOP = 8
"""Words of the longest phrase looked at as a loop."""
ONE_WORD_A_SECOND = 4.0
"""Nobody repeats one word faster than this for long."""
SURE = -0.35
"""Mean log probability a token above which Whisper is believed at once, and heard no second time:
of 226 finals of sounds without words none was as sure, of 847 of people six in ten were."""
UNCERTAINTY = 0.3
"""What a unit of log probability weighs beside Whisper's probability of silence: 5.7 to 18 in a
logistic fit of what was said against what was invented."""
BRIEF, LONGER = 1.2, 2.4
"""Seconds of audio, with half a second of silence about the speech: a word or two; a sentence."""
DOUBTED_BRIEF, DOUBTED_LONGER = 0.78, 0.66
"""The most doubt that words may carry, and between the two lengths in proportion. Of a word on its
own Whisper is never sure: "stop it" from afar reaches 0.72, "help me" over music 0.64."""
DOUBTED_VOICE = 0.6
VOICE = frozenset(
    ("ah", "aw", "ha", "hm", "hmm", "ho", "huh", "mm", "oh", "ooh", "ow", "uh", "whoa")
)
"""What Whisper makes of a hum, a bark or a door; of all that is said, the least is lost with it."""
TAIL_WORDS = 3
SQUEEZED = 0.06
"""This many last words, none longer than this many seconds, have no sound of their own: Whisper
began to tell the utterance again after it was over."""
WORDS_A_SECOND = 6.0
WORDS_AT_LEAST = 4
"""More words than this cannot be spoken in the time."""


def doubt(words: Sequence[str], *, seconds: float, no_speech: float, score: float) -> str:
    """Why these words were probably not said: '' where they probably were.

    `seconds` is the length of the audio, `no_speech` Whisper's probability of silence, `score`
    its mean log probability a token.
    """
    if not words:
        return ""
    if score < SURE and no_speech - UNCERTAINTY * score > bearable(words, seconds=seconds):
        return NO_SPEECH
    if len(words) > WORDS_AT_LEAST + seconds * WORDS_A_SECOND:
        return "too_many_words"
    if loops(words, seconds=seconds):
        return "repeat"
    return ""


def bearable(words: Sequence[str], *, seconds: float) -> float:
    """The most doubt at which these words are still believed."""
    most = float(np.interp(seconds, (BRIEF, LONGER), (DOUBTED_BRIEF, DOUBTED_LONGER)))
    return min(most, DOUBTED_VOICE) if VOICE.issuperset(_plain(words)) else most


def loops(words: Sequence[str], *, seconds: float) -> bool:
    """Whether a phrase of up to LONGEST_LOOP words occurs REPEATS times in a row.

    One word may be said over and over ("no no no", "0 0 0 0"), as often as there is time for.
    """
    plain = _plain(words)
    for length in range(1, LONGEST_LOOP + 1):
        needed = REPEATS if length > 1 else max(2 * REPEATS, seconds * ONE_WORD_A_SECOND)
        run = 0
        for i in range(length, len(plain)):
            run = run + 1 if plain[i] == plain[i - length] else 0
            phrase = set(plain[i - length + 1 : i + 1])
            if run >= length * (needed - 1) and (length == 1 or len(phrase) > 1):
                return True
    return False


def without_tail(words: Sequence[Word], *, end: float) -> tuple[Word, ...]:
    """The words without a tail that is squeezed into no time at the end of the audio."""
    kept = len(words)
    while kept and words[kept - 1].end - words[kept - 1].start <= SQUEEZED:
        kept -= 1
    tail = words[kept:]
    if len(tail) >= TAIL_WORDS and tail[0].start >= end - SQUEEZED * len(tail):
        return tuple(words[:kept])
    return tuple(words)


def _plain(words: Sequence[str]) -> list[str]:
    """The words without case and punctuation."""
    return [re.sub(r"\W+", "", word.lower()) for word in words]
