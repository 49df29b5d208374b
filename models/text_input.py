"""What the text model reads: an utterance with the turns before it, as tokens.

    [CLS] caller : the utterance [SEP] agent : the turn before [SEP] caller : the one before [SEP]
    type 0 ........................... 1 .......................................................

The newest turn stands nearest, so that what is cut off is what matters least: of the utterance
the end beyond MOST tokens, of a turn before it the beginning, since its end is what was answered.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import tokenizers

MOST = 112
"""Tokens of the utterance: some eighty words. The longest utterances that are not cut apart by
their silence last 15 s, in which a hurried speaker says sixty."""
MOST_BEFORE = 36
"""Tokens of each turn before it."""
TURNS = 2
"""Turns before it that are read."""
LONGEST = MOST + TURNS * MOST_BEFORE + 16
"""Tokens at most: with those that part turns and say who speaks."""
SPECIAL = ("[CLS]", "[SEP]", "[MASK]")
"""Tokens that are no words."""
SPEAKERS = {"agent": "agent", "customer": "caller"}
"""How a role is written; whoever is neither speaks as a caller does, for the patient's side."""
CALLER = SPEAKERS["customer"]


@dataclass(frozen=True, slots=True)
class Turn:
    """One utterance. `role`: of models.types, or "post" for a sentence somebody wrote."""

    role: str
    text: str


@dataclass(frozen=True, slots=True)
class Said:
    """An utterance and the turns before it, oldest first."""

    turn: Turn
    before: tuple[Turn, ...] = ()


@dataclass(frozen=True, slots=True)
class Tokens:
    """`ids`, `types`: of all tokens. `first`, `last`: those of the utterance's words (`last` is
    behind them); `chars`: first and last character of each of these in the utterance's text."""

    ids: list[int]
    types: list[int]
    first: int
    last: int
    chars: list[tuple[int, int]]


class TextInput:
    """Makes tokens with a BERT tokenizer."""

    def __init__(self, tokenizer: tokenizers.Tokenizer) -> None:
        """Raises ValueError for a tokenizer of another kind."""
        tokenizer.no_padding()
        tokenizer.no_truncation()
        self._tokenizer = tokenizer
        begin, end, mask = (tokenizer.token_to_id(name) for name in SPECIAL)
        if begin is None or end is None or mask is None:
            raise ValueError(f"this is no BERT tokenizer: it has not all of {', '.join(SPECIAL)}")
        self._begin, self._end, self.mask = begin, end, mask

    def tokens(self, said: Said) -> Tokens:
        """Those that the model reads."""
        words = self._tokenizer.encode(said.turn.text, add_special_tokens=False)
        speaker = self._speaker(said.turn)
        ids = [self._begin, *speaker, *words.ids[:MOST], self._end]
        types = [0] * len(ids)
        first = 1 + len(speaker)
        last = len(ids) - 1
        for turn in said.before[: -TURNS - 1 : -1]:
            text = self._tokenizer.encode(turn.text, add_special_tokens=False).ids
            more = [*self._speaker(turn), *text[-MOST_BEFORE:], self._end]
            ids += more
            types += [1] * len(more)
        return Tokens(ids, types, first, last, list(words.offsets[:MOST]))

    def _speaker(self, turn: Turn) -> Sequence[int]:
        name = turn.role if turn.role == "post" else SPEAKERS.get(turn.role, CALLER)
        ids: list[int] = self._tokenizer.encode(f"{name} :", add_special_tokens=False).ids
        return ids
