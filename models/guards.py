"""Guards against words that nobody said.

Whisper, given silence, music or too short a window, repeats itself or tells a story. Each guard
is a small question about a decoding; `doubt` names the first that it fails.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from models.types import Word

REPEATS = 4
"""A phrase said this often in a row is a loop; people say things twice, seldom three times."""
LONGEST_LOOP = 8
"""Words of the longest phrase looked at as a loop."""
ONE_WORD_A_SECOND = 4.0
"""Nobody repeats one word faster than this for long."""
NO_SPEECH = 0.3
UNLIKELY = -1.0
"""No speech when Whisper says so and is unsure of its words too. Its own threshold is 0.6; in the
short windows of CTranslate2 it is less sure of silence, and in none did 0.3 cost a word that was
said (0 of 329 utterances of other speech than the test calls)."""
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
    if no_speech > NO_SPEECH and score < UNLIKELY:
        return "no_speech"
    if len(words) > WORDS_AT_LEAST + seconds * WORDS_A_SECOND:
        return "too_many_words"
    if loops(words, seconds=seconds):
        return "repeat"
    return ""


def loops(words: Sequence[str], *, seconds: float) -> bool:
    """Whether a phrase of up to LONGEST_LOOP words occurs REPEATS times in a row.

    One word may be said over and over ("no no no", "0 0 0 0"), as often as there is time for.
    """
    plain = [re.sub(r"\W+", "", word.lower()) for word in words]
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
