"""Cues: what phrases tell of hardship, kindness, boundaries, statements and danger.

One engine; the phrases are data (models/cues/*.toml, read by models/cuebook.py).

Rules. 1. A cue counts from those whose words it is about (Kind.who). 2. A phrase of
`not_when` in the same sentence takes it back, one of `not_with` in the same utterance.
3. What is denied is dropped; a denied escalation goes to review, for a person to judge.
4. What is read out (a leaflet, a notice) escalates nothing. 5. A cue of the present goes to
review when told as past, feared or asked. 6. Signals of an utterance are one for each kind and
choice (form, name, who …): the best evidence speaks, every place is marked; the same words say
one thing of a kind. 7. A product that the call is about is read as "medicine". 8. "Yes" to "do
you think of harming yourself?" is an escalation too, and so is "no" to "are you safe?".
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from models.cue_matches import LIVE, Match, Matches
from models.cuebook import ASKS, KINDS, Cue, CueBook, load_cues
from models.phrases import Found
from models.types import Signal, Span, Utterance
from stream.audio import Context

__all__ = ["LIVE", "CueBook", "Cues", "load_cues"]

ANSWER = 20.0
"""Media seconds for which an agent's question about danger waits for its answer."""
MAX_YES = 10
"""Tokens of an answer that is no more than a yes."""
MAX_NO = 4
"""Tokens of an answer that is no more than a no; a longer one mostly says what is meant."""
ANSWER_SCORE = 0.7
NO_ANSWERS = frozenset({"no", "not"})
SAFE = frozenset({"safe", "fine", "ok", "okay", "good", "alright", "well", "problem", "worry"})


@dataclass(frozen=True, slots=True)
class Question:
    """An agent's question about danger. `alarm`: the answer that escalates, yes or no."""

    of: str
    alarm: str
    at: float


class Cues:
    """The detector of one call. Synchronous; takes closed utterances in order."""

    def __init__(self, book: CueBook) -> None:
        self._book = book
        self._asked: Question | None = None

    def step(self, said: Utterance, context: Context) -> list[Signal]:
        """The signals of an utterance, one for each kind and choice.

        Other languages than English are not judged, save for a request for one.
        """
        heard = Matches(self._book, said, context)
        signals = _signals(said, heard)
        if said.role == "agent":
            self._asked = _question(said, heard) or self._asked
        elif self._asked is not None and said.words:
            answer = _answer(said, heard, self._asked)
            if answer is not None and all(each.kind != answer.kind for each in signals):
                signals.append(answer)
            self._asked = None
        return signals

    def state(self) -> dict[str, Any]:
        """The open question as JSON-able data, for a checkpoint."""
        return {"asked": asdict(self._asked) if self._asked else None}

    def restore(self, state: dict[str, Any]) -> None:
        """Take up the memory of `state()`, also after it went through JSON."""
        self._asked = Question(**state["asked"]) if state["asked"] else None


def _signals(said: Utterance, heard: Matches) -> list[Signal]:
    groups: dict[tuple[str, Any], list[Match]] = {}
    for match in heard.all:
        if match.cue.kind != ASKS:
            groups.setdefault((match.cue.kind, match.choice), []).append(match)
    return [_signal(said, heard, group) for group in groups.values()]


def _signal(said: Utterance, heard: Matches, group: Sequence[Match]) -> Signal:
    best = max(group, key=lambda match: match.rank)
    kind = KINDS[best.cue.kind]
    first, last = heard.chars(best.found)
    attributes = dict(best.attributes)
    if kind.quote:
        attributes.setdefault(kind.quote, heard.text[first:last])
    label = kind.quote or best.cue.kind
    places = _apart(heard.chars(match.found) for match in group)
    return Signal(
        best.cue.kind,
        best.tier,
        said.party,
        round(best.score, 2),
        heard.text,
        *_seconds(said, first, last),
        tuple(Span(heard.text[a:b], a, b, label) for a, b in places),
        attributes,
    )


def _question(said: Utterance, heard: Matches) -> Question | None:
    """The agent's question about danger in an utterance, the last where there are more."""
    for match in reversed(heard.all):
        if match.cue.kind == ASKS:
            return Question(match.choice, match.attributes.get("alarm", "yes"), said.end)
    return None


def _answer(said: Utterance, heard: Matches, asked: Question) -> Signal | None:
    """The escalation that a bare answer to `asked` is, None where it is none."""
    forms = [token.form for token in heard.tokens]
    if not forms or not heard.english or said.start - asked.at > ANSWER:
        return None
    if asked.alarm == "no":
        alarming = forms[0] in NO_ANSWERS and len(forms) <= MAX_NO and not SAFE & set(forms)
    else:
        reading = heard.reading()
        yes = any(hit.first <= 2 for hit in reading.get("yes"))
        against = reading.negators or reading.get("fine")
        alarming = yes and len(forms) <= MAX_YES and not against
    if not alarming:
        return None
    whole = Found(0, 0, len(forms), 0, len(forms))
    cue = Cue(asked.of, ANSWER_SCORE, False, {})
    return _signal(said, heard, [Match(cue, whole, {"answer": True}, ANSWER_SCORE)])


def _seconds(said: Utterance, first: int, last: int) -> tuple[float, float]:
    """The media seconds of the words that hold the characters `first` to `last`."""
    at, times = 0, []
    for word in said.words:
        if at < last and at + len(word.w) > first:
            times.append((word.start, word.end))
        at += len(word.w) + 1
    return (times[0][0], times[-1][1]) if times else (said.start, said.end)


def _apart(places: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Places in order, without those that a longer one overlaps."""
    kept: list[tuple[int, int]] = []
    for first, last in sorted(set(places), key=lambda place: (place[0] - place[1], place[0])):
        if all(last <= other or first >= end for other, end in kept):
            kept.append((first, last))
    return sorted(kept)
