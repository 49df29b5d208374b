"""What a call's utterances mean: signals, pacing, nudges, in one fixed order.

Theory. Finals come back in whatever order the decoder finishes them, and parties' sockets run
ahead of each other. Judgement must not depend on that: it takes closed utterances in order of
(media end, party), and one that ended later waits for one that ended earlier. So the same
audio leads to the same conclusions at any speed, over any transport, before and after a
restart.

Rules.
1. An utterance is expected from the frame that closed it, and judged once its words are known
   and no other party can still close one that ended before it.
2. A party whose clock has fallen LAG seconds behind the others (its sender has gone quiet)
   holds nobody up.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any, NamedTuple

from coach.drafting import Drafting
from coach.events import Draft
from coach.quality import Quality
from coach.rules import Nudge, Playbook, Rules
from models.adverse import AdverseEvents
from models.lexicon import Lexicon
from models.pacing import Pacing
from models.types import Utterance, Word
from stream.audio import Context, PartyId

LAG = 2.0
"""Media seconds. Parties of one call arrive within a packet or two; more means a stalled sender."""

Place = tuple[float, PartyId, int]
"""Where an utterance stands in the order: media end, party, number."""


class Front(NamedTuple):
    """How far a party's hearing is, in media seconds: its `clock`, and `quiet_since`, before
    which it can close no more utterance. That one stands still while it is open how speech
    will end, for up to 2 s, so it does not tell who lags."""

    clock: float
    quiet_since: float


class Judgement:
    """One call's judgement. Synchronous, without a clock."""

    def __init__(
        self, lexicon: Lexicon, playbook: Playbook, drafting: Drafting, quality: Quality
    ) -> None:
        self._drafting = drafting
        self._quality = quality
        self._adverse = AdverseEvents(lexicon)
        self._pacing = Pacing()
        self._rules = Rules(playbook)
        self._waiting: dict[Place, Utterance | None] = {}
        self._shown: dict[str, float] = {}

    def expect(self, place: Place) -> None:
        """An utterance closed; its words will come."""
        self._waiting.setdefault(place, None)

    def heard(self, utterance: Utterance) -> None:
        """The words of an utterance that was expected."""
        self._waiting[utterance.end, utterance.party, utterance.number] = utterance

    def settle(
        self, fronts: Mapping[PartyId, Front], context: Context, *, clock: float = 0.0
    ) -> list[Draft]:
        """Judge every utterance whose turn has come, and end nudges whose time is over.

        `fronts`: of each party still on the call; `clock`: the call's, in media seconds.
        """
        drafts: list[Draft] = []
        while self._waiting:
            place = min(self._waiting)
            utterance = self._waiting[place]
            if utterance is None or not _passed(place, fronts):
                break
            del self._waiting[place]
            drafts += self._expire(utterance.end)
            drafts += self._judge(utterance, context)
        return drafts + self._expire(clock)

    def updated(self, nudge: str) -> None:
        """A person dealt with a nudge: it expires no more."""
        self._shown.pop(nudge, None)

    def _judge(self, utterance: Utterance, context: Context) -> list[Draft]:
        drafts = [self._drafting.quality(note) for note in self._quality.heard(utterance)]
        nudges: list[Nudge] = []
        for window in self._pacing.step(utterance):
            drafts.append(self._drafting.pacing(window))
            nudges += self._rules.pacing(window, utterance)
        for signal in self._adverse.step(utterance, context):
            drafts.append(self._drafting.signal(signal, utterance.number))
            nudges += self._rules.signal(signal, utterance)
        for nudge in nudges:
            self._shown[nudge.id] = nudge.expires
            version = self._rules.playbook.version
            drafts.append(self._drafting.nudge(nudge, utterance.number, version))
        return drafts

    def _expire(self, now: float) -> list[Draft]:
        over = sorted((end, nudge) for nudge, end in self._shown.items() if end <= now)
        for _, nudge in over:
            del self._shown[nudge]
        return [self._drafting.expired(nudge, end) for end, nudge in over]

    def state(self) -> dict[str, Any]:
        """All that later conclusions depend on, JSON-able."""
        return {
            "adverse": self._adverse.state(),
            "pacing": self._pacing.state(),
            "rules": self._rules.state(),
            "waiting": [[*place, said and asdict(said)] for place, said in self._waiting.items()],
            "shown": dict(self._shown),
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Take up the state of `state()`."""
        self._adverse.restore(state["adverse"])
        self._pacing.restore(state["pacing"])
        self._rules.restore(state["rules"])
        self._shown = dict(state["shown"])
        self._waiting = {
            (end, PartyId(party), number): said and _utterance(said)
            for end, party, number, said in state["waiting"]
        }


def _passed(place: Place, fronts: Mapping[PartyId, Front]) -> bool:
    furthest = max((front.clock for front in fronts.values()), default=0.0)
    end, party, _ = place
    return all(
        (front.quiet_since, other) >= (end, party) or front.clock < furthest - LAG
        for other, front in fronts.items()
        if other != party
    )


def _utterance(data: dict[str, Any]) -> Utterance:
    words = tuple(Word(**word) for word in data["words"])
    return replace(Utterance(**{**data, "words": ()}), words=words)
