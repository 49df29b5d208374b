"""Beam search: the likeliest text, a token at a time.

Theory. `read` is one step of a decoder: it takes what was read before and the next tokens, and
says what may come then. A decoder step costs nearly the same for five rows as for one, since it
waits for the weights, so the beam is nearly free. Tokens that are given are all read in the first
step, and so is a draft of the text: as far as it says what the decoder finds likeliest at each
token, it is kept, and the search begins where it ends.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

CERTAIN = 1 - 1e-6
"""Most of the probability that forbidden tokens may have, so that a share is left to divide by."""


@dataclass(frozen=True, slots=True)
class Step:
    """What one step said, of B rows and S tokens. `scores`, `ids`: [B, S, TOP], likeliest first.

    `no_speech`: probability that nobody speaks, told at the token asked for; `attention`
    [B, heads, S, N].
    """

    scores: Array
    ids: Array
    no_speech: float
    attention: Array
    past: Any


class Reader(Protocol):
    """A decoder over one window. `past` is what an earlier step returned, None at first."""

    def read(self, tokens: Array, past: Any, *, sot: int = 0) -> Step:
        """Read tokens [B, S]."""
        ...

    def keep(self, past: Any, rows: Sequence[int]) -> Any:
        """`past` of these rows, in this order; a row may be there more than once."""
        ...

    def cut(self, past: Any, tokens: int) -> Any:
        """`past` of the first `tokens` tokens alone."""
        ...


@dataclass(frozen=True, slots=True)
class Written:
    """The text found, and its mean log probability a token; the end, where it came, is one.

    `no_speech`: probability that nobody speaks.
    """

    tokens: tuple[int, ...]
    score: float
    no_speech: float


def beam_search(
    reader: Reader,
    given: Sequence[int],
    *,
    beam: int,
    limit: int,
    end: int,
    draft: Sequence[int] = (),
    not_first: Sequence[int] = (),
    sot: int = 0,
) -> Written:
    """The likeliest text after the tokens `given`, of at most `limit` tokens.

    `draft`: how the text probably begins; `end`: the token that ends a text; `not_first`: tokens
    that must not begin one; `sot`: index in `given` of the token at which no speech is told.
    """
    step = reader.read(np.array([[*given, *draft[: limit - 1]]], np.int64), None, sot=sot)
    no_speech = step.no_speech
    checked = _checked(step, len(given), draft[: limit - 1], not_first)
    past = reader.cut(step.past, len(given) + len(checked))
    step = _until(step, len(given) + len(checked))
    texts, sums = [tuple(draft[: len(checked)])], np.array([sum(checked)])
    found: list[tuple[float, tuple[int, ...]]] = []
    forbidden = frozenset(not_first if not checked else ())
    for length in range(len(checked) + 1, limit + 1):
        ways = _likeliest(step, sums, 2 * beam, forbidden)
        # One that ends is a find only where it would have stayed in the beam.
        found += [(total / length, texts[row]) for total, row, token in ways[:beam] if token == end]
        ways = [way for way in ways if way[2] != end][:beam]
        if len(found) >= beam or not ways:
            break
        texts = [(*texts[row], token) for _, row, token in ways]
        sums, forbidden = np.array([total for total, _, _ in ways]), frozenset()
        if length < limit:
            rows = [row for _, row, _ in ways]
            step = reader.read(np.array([[t[-1]] for t in texts]), reader.keep(past, rows))
            past = step.past
    if not found:  # none ended within the limit
        found = [(total / len(text), text) for total, text in zip(sums, texts, strict=True) if text]
    score, tokens = max(found, default=(0.0, ()))
    return Written(tokens, float(score), no_speech)


def _checked(step: Step, given: int, draft: Sequence[int], not_first: Sequence[int]) -> list[float]:
    """Scores of the tokens at the draft's beginning that are the likeliest where they stand."""
    scores: list[float] = []
    if draft and draft[0] in not_first:
        return scores
    for at, token in enumerate(draft, start=given - 1):
        if step.ids[0, at, 0] != token:
            break
        scores.append(float(step.scores[0, at, 0]))
    return scores


def _until(step: Step, tokens: int) -> Step:
    """The step with what may come after its first `tokens` tokens, and no later ones."""
    return replace(step, scores=step.scores[:, :tokens], ids=step.ids[:, :tokens])


def _likeliest(
    step: Step, sums: Array, count: int, forbidden: frozenset[int]
) -> list[tuple[float, int, int]]:
    """The likeliest ways on: total score, row, token; the likeliest first.

    What is forbidden is so before the scores are made: the others share its probability.
    """
    scores, tokens = step.scores[:, -1], step.ids[:, -1]
    if forbidden:
        lost = np.where(np.isin(tokens, list(forbidden)), np.exp(scores), 0.0).sum(axis=1)
        scores = scores - np.log1p(-np.minimum(lost, CERTAIN))[:, None]
    totals = scores + sums[:, None]
    order = np.argsort(-totals, axis=None, kind="stable")
    ways = ((float(totals.flat[i]), int(i // totals.shape[1]), int(tokens.flat[i])) for i in order)
    return [way for way in ways if way[2] not in forbidden][:count]
