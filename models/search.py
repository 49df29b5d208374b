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
from typing import Any, NamedTuple, Protocol

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
class Seen:
    """What a decoder saw while it read the tokens `given`, and then those of a text: `attention`
    [heads, given + text, N], a row a token read; the probability of each token of the text."""

    given: tuple[int, ...]
    attention: Array
    probabilities: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Written:
    """The text found, and its mean log probability a token; the end, where it came, is one.

    `no_speech`: probability that nobody speaks; `seen`: where the decoder tells.
    """

    tokens: tuple[int, ...]
    score: float
    no_speech: float
    seen: Seen | None = None


@dataclass(frozen=True, slots=True)
class _Text:
    """A text in the beam. `scores`: log probability of each token; `looked`: attention, of all
    tokens read so far."""

    tokens: tuple[int, ...]
    scores: tuple[float, ...]
    looked: tuple[Array, ...]

    def then(self, way: _Way) -> _Text:
        """With a token more, which is not read yet."""
        return _Text((*self.tokens, way.token), (*self.scores, way.score), self.looked)

    def read(self, attention: Array) -> _Text:
        """With that token read."""
        return replace(self, looked=(*self.looked, attention))

    def seen(self, given: Sequence[int]) -> Seen:
        """Of all its tokens, each of which was read; `given` before them."""
        likely = tuple(float(p) for p in np.exp(self.scores))
        return Seen(tuple(given), np.concatenate(self.looked, axis=1), likely)


class _Way(NamedTuple):
    """A way on. `total`: the score of the whole text; `score`: that of `token`, as it was read."""

    total: float
    row: int
    token: int
    score: float


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
    known = len(given) + len(checked)
    past, step = reader.cut(step.past, known), _until(step, known)
    texts = [_Text(tuple(draft[: len(checked)]), tuple(checked), (step.attention[0],))]
    sums = np.array([sum(checked)])
    found: list[tuple[float, _Text]] = []
    forbidden = frozenset(not_first if not checked else ())
    for length in range(len(checked) + 1, limit + 1):
        ways = _likeliest(step, sums, 2 * beam, forbidden)
        # One that ends is a find only where it would have stayed in the beam.
        found += [(way.total / length, texts[way.row]) for way in ways[:beam] if way.token == end]
        ways = [way for way in ways if way.token != end][:beam]
        if len(found) >= beam or not ways:
            break
        texts = [texts[way.row].then(way) for way in ways]
        sums, forbidden = np.array([way.total for way in ways]), frozenset()
        rows = [way.row for way in ways]
        # At the limit too, where nothing is written after it: what was seen is told of every token.
        step = reader.read(np.array([[way.token] for way in ways]), reader.keep(past, rows))
        past = step.past
        texts = [text.read(looked) for text, looked in zip(texts, step.attention, strict=True)]
    if not found:  # none ended within the limit
        ended = zip(sums, texts, strict=True)
        found = [(total / len(text.tokens), text) for total, text in ended if text.tokens]
    score, text = max(found, key=_by_score, default=(0.0, texts[0]))
    return Written(text.tokens, float(score), no_speech, text.seen(given))


def _by_score(found: tuple[float, _Text]) -> tuple[float, tuple[int, ...]]:
    """Texts of one score in an order of their own, so that the same one is found each time."""
    return found[0], found[1].tokens


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
    return replace(
        step,
        scores=step.scores[:, :tokens],
        ids=step.ids[:, :tokens],
        attention=step.attention[:, :, :tokens],
    )


def _likeliest(step: Step, sums: Array, count: int, forbidden: frozenset[int]) -> list[_Way]:
    """The likeliest ways on, the likeliest first.

    What is forbidden is so before the scores are made: the others share its probability.
    """
    read, tokens = step.scores[:, -1], step.ids[:, -1]
    scores = read
    if forbidden:
        lost = np.where(np.isin(tokens, list(forbidden)), np.exp(scores), 0.0).sum(axis=1)
        scores = scores - np.log1p(-np.minimum(lost, CERTAIN))[:, None]
    totals = scores + sums[:, None]
    order = np.argsort(-totals, axis=None, kind="stable")
    ways = (
        _Way(
            float(totals.flat[i]),
            int(i // totals.shape[1]),
            int(tokens.flat[i]),
            float(read.flat[i]),
        )
        for i in order
    )
    return [way for way in ways if way.token not in forbidden][:count]
