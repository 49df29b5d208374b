"""What a call's utterances mean: signals, pace, tone, nudges, in one fixed order.

Theory. Finals come back in whatever order the decoder finishes them, and parties' sockets run
ahead of each other. Judgement must not depend on that: it takes closed utterances and windows
of tone in order of (media end, party), and one that ended later waits for one that ended
earlier. What is due at a time (the end of a turn, a silence, a deadline, a nudge's end) is a
timer on the media clock, and takes its place in the same order. So the same audio leads to the
same conclusions at any speed, over any transport, before and after a restart.

Rules.
1. An utterance is expected from the frame that closed it, and judged once its words are known,
   no other party can still close one that ended before it, and the text model has read it. So is
   a window of tone, once it is known what is told of it.
2. A timer comes after every utterance that ended before it, and once it is known who had begun
   to speak by then.
3. A party whose clock has fallen LAG seconds behind the others (its sender has gone quiet)
   holds nobody up.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, NamedTuple

from coach.attention import Attention
from coach.checklist import Checklist
from coach.drafting import Drafting
from coach.easing import Easing
from coach.events import Draft
from coach.floor import Floor, Moment
from coach.noticing import Noticing, Vocabulary
from coach.playbook.schema import Playbook
from coach.quality import Quality
from coach.reads import ReadRequest, ReadResult, Reads
from coach.rules import Nudge, Rules
from models.announcements import announced
from models.pacing import Pacing
from models.told import reportable
from models.tone import ToneWindow
from models.types import Signal, Utterance, Word
from stream.audio import CallId, Context, PartyId, Role

LAG = 2.0
"""Media seconds. Parties of one call arrive within a packet or two; more means a stalled sender."""
SETTLED = 0.15
"""Media seconds after which it is known whether somebody had begun to speak: speech is certain
from its third frame on."""
MONOLOGUE = 20.0
"""Seconds with the floor from which it is worth telling rules of it."""

Place = tuple[float, PartyId, int]
"""Where an utterance stands in the order: media end, party, number; a window of tone stands
where it was over, with number 0, and a hand-over with HANDED_OVER."""
HANDED_OVER = -1


class Front(NamedTuple):
    """How far a party's hearing is, in media seconds: its `clock`, and `quiet_since`, before
    which it can close no more utterance. That one stands still while it is open how speech
    will end, for up to 2 s, so it does not tell who lags."""

    clock: float
    quiet_since: float


@dataclass(frozen=True, slots=True)
class _Toned:
    """A window of tone on its way to judgement."""

    window: ToneWindow
    role: Role


@dataclass(frozen=True, slots=True)
class _HandedOver:
    """Another person speaks as a party, whose place in the order is where they took over."""

    party: PartyId
    role: Role


class Judgement:
    """One call's judgement. Synchronous, without a clock."""

    def __init__(
        self, vocabulary: Vocabulary, playbook: Playbook, drafting: Drafting, quality: Quality
    ) -> None:
        self._drafting = drafting
        self._quality = quality
        self._pacing = Pacing()
        self._noticing = Noticing(vocabulary)
        self._reads = Reads(on=vocabulary.thresholds is not None)
        self._easing = Easing()
        self._rules = Rules(playbook)
        self._floor = Floor(self._rules.silences)
        self._checklist = Checklist(playbook)
        self._attention = Attention(playbook.budget)
        self._waiting: dict[Place, Utterance | _Toned | _HandedOver | None] = {}

    # -- what happens ------------------------------------------------------------------------

    def begin(self, context: Context) -> list[Draft]:
        """There is an agent, who may be listened to; their checklist has nothing ticked yet."""
        if not self._checklist.begin(context):
            return []
        return [self._drafting.checklist(self._checklist.items(), 0.0)]

    def opened(self, role: Role, start: float) -> None:
        """Somebody has certainly begun to speak at media second `start`."""
        self._floor.opened(role, start)

    def expect(self, place: Place) -> None:
        """An utterance closed, or a window of tone; its words will come, or its tone."""
        self._waiting.setdefault(place, None)

    def heard(self, utterance: Utterance) -> None:
        """The words of an utterance that was expected."""
        self._waiting[utterance.end, utterance.party, utterance.number] = utterance

    def read(self, result: ReadResult) -> None:
        """The text model's answer to what was `asking`."""
        self._reads.read(result)

    def toned(self, window: ToneWindow, role: Role, at: float) -> None:
        """A window of a party's tone, which was over at media second `at`: a little after its
        end, where it ended in silence."""
        self._waiting[at, window.party, 0] = _Toned(window, role)

    def untoned(self, party: PartyId, at: float) -> None:
        """Of the window that was over at media second `at` nothing can be told."""
        self._waiting.pop((at, party, 0), None)

    def hand_over(self, party: PartyId, role: Role, at: float) -> None:
        """Another person speaks as that party from media second `at` on."""
        self._waiting[at, party, HANDED_OVER] = _HandedOver(party, role)

    def updated(self, nudge: str) -> None:
        """A person dealt with a nudge: it expires no more, and makes room for the next."""
        self._attention.dealt_with(nudge)

    # -- what follows ------------------------------------------------------------------------

    def settle(
        self, fronts: Mapping[PartyId, Front], context: Context, *, clock: float = 0.0
    ) -> list[Draft]:
        """Judge everything whose turn has come.

        `fronts`: of each party still on the call; `clock`: the call's, in media seconds.
        """
        drafts: list[Draft] = []
        while True:
            place, timer = min(self._waiting, default=None), self._next_at()
            ready = place is not None and self._ready(place, fronts)
            if place is not None and (timer is None or place[0] <= timer):
                if not ready:
                    return drafts
                drafts += self._take(place, context)
                continue
            known = max(clock, place[0]) if ready and place is not None else clock
            if timer is None or not _reached(timer, fronts, known):
                return drafts
            drafts += self._tick(timer, context)

    def asking(self, call: CallId) -> list[ReadRequest]:
        """What must be read before judgement goes on; each is told once."""
        return self._reads.asking(call)

    @property
    def reading(self) -> bool:
        """Whether judgement waits for the text model."""
        return self._reads.waiting

    def _ready(self, place: Place, fronts: Mapping[PartyId, Front]) -> bool:
        said = self._waiting[place]
        if said is None or not _passed(place, fronts):
            return False
        return not isinstance(said, Utterance) or self._reads.ready(said)

    def _take(self, place: Place, context: Context) -> list[Draft]:
        said = self._waiting.pop(place)
        assert said is not None, "only what is known has its turn"
        if isinstance(said, _Toned):
            return self._tone(said, place[0], context)
        if isinstance(said, _HandedOver):
            self._forget(said)
            return []
        return self._judge(said, context)

    def _next_at(self) -> float | None:
        parts = (self._floor, self._rules, self._checklist, self._attention)
        times = (part.next_at() for part in parts)
        return min((at for at in times if at is not None), default=None)

    def _judge(self, utterance: Utterance, context: Context) -> list[Draft]:
        read = self._reads.take(utterance)
        signals, reports = self._noticing.step(utterance, context, read)
        must = [signal for signal in signals if reportable(signal)]
        # Who tells of harm right after a recording, or in its words, is heard all the same.
        urgent = reports or any(signal.tier == "live" for signal in must)
        if not urgent and (announcement := announced(utterance)) is not None:
            return self._announced(utterance, [announcement, *must])
        at = utterance.end
        drafts = [self._drafting.quality(note) for note in self._quality.heard(utterance)]
        ends, moments = self._floor.said(utterance)
        nudges = self._rules.turns(ends, at, context)
        for window in self._pacing.step(utterance):
            drafts.append(self._drafting.pacing(window))
            nudges += self._rules.pacing(window, utterance, context)
        drafts += [self._drafting.signal(signal, utterance.number) for signal in signals]
        self._easing.said(utterance, signals)
        if any(signal.kind == "hold" for signal in signals):
            self._floor.hold(at)
        nudges += self._rules.said(utterance, signals, context)
        nudges += self._rules.moments([*moments, *self._monologue(utterance)], at, context)
        drafts += [self._drafting.case(report, at) for report in reports]
        if self._checklist.said(utterance, signals, context):
            drafts.append(self._drafting.checklist(self._checklist.items(), at))
        return drafts + self._show(nudges, at)

    def _announced(self, utterance: Utterance, signals: Iterable[Signal]) -> list[Draft]:
        """A recording speaks: it takes no floor, has no pace, and the wait it fills is none.

        `signals`: that it does, and what a person should review all the same.
        """
        self._floor.said(replace(utterance, words=()))
        self._floor.hold(utterance.end)
        return [self._drafting.signal(signal, utterance.number) for signal in signals]

    def _tone(self, said: _Toned, at: float, context: Context) -> list[Draft]:
        window = said.window
        drafts = [self._drafting.tone(window)]
        nudges = self._rules.tone(window, said.role, at, context)
        for moment in self._easing.toned(window, said.role):
            drafts.append(self._drafting.signal(moment, 0))
            nudges += self._rules.noticed(moment, "agent", at, context)
        return drafts + self._show(nudges, at)

    def _forget(self, handed_over: _HandedOver) -> None:
        """What was the habit of the one who spoke before."""
        self._pacing.hand_over(handed_over.party)
        if handed_over.role == "customer":
            self._easing = Easing()

    def _tick(self, at: float, context: Context) -> list[Draft]:
        ends, moments = self._floor.tick(at)
        nudges = self._rules.turns(ends, at, context)
        nudges += self._rules.moments(moments, at, context)
        nudges += self._rules.tick(at, context)
        drafts = []
        if self._checklist.tick(at):
            drafts.append(self._drafting.checklist(self._checklist.items(), at))
        return drafts + self._show(nudges, at)

    def _show(self, nudges: Iterable[Nudge], at: float) -> list[Draft]:
        """What ends at `at`, and what appears: new nudges, or one that had waited."""
        over = [self._drafting.expired(*each) for each in self._attention.expire(at)]
        self._attention.offer(nudges)
        version = self._rules.playbook.version
        shown = self._attention.take(at)
        return [*over, *(self._drafting.nudge(nudge, version) for nudge in shown)]

    def _monologue(self, utterance: Utterance) -> list[Moment]:
        since = self._floor.speaks_since(utterance.role)
        if since is None or utterance.end - since < MONOLOGUE:
            return []
        return [Moment("monologue", utterance.party, utterance.role, since, utterance.end)]

    # -- state -------------------------------------------------------------------------------

    def state(self) -> dict[str, Any]:
        """All that later conclusions depend on, JSON-able."""
        return {
            "pacing": self._pacing.state(),
            "noticing": self._noticing.state(),
            "reads": self._reads.state(),
            "easing": self._easing.state(),
            "rules": self._rules.state(),
            "floor": self._floor.state(),
            "checklist": self._checklist.state(),
            "attention": self._attention.state(self._rules.put),
            "waiting": [[*place, said and asdict(said)] for place, said in self._waiting.items()],
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Take up the state of `state()`."""
        self._pacing.restore(state["pacing"])
        self._noticing.restore(state["noticing"])
        self._reads.restore(state["reads"])
        self._easing.restore(state["easing"])
        self._rules.restore(state["rules"])
        self._floor.restore(state["floor"])
        self._checklist.restore(state["checklist"])
        self._attention.restore(state["attention"], self._rules.take)
        self._waiting = {
            (end, PartyId(party), number): said and _restored(said)
            for end, party, number, said in state["waiting"]
        }


def _passed(place: Place, fronts: Mapping[PartyId, Front]) -> bool:
    end, party, number = place
    return all(
        (front.quiet_since, other) >= (end, party)
        for other, front in _present(fronts)
        if other != party or number <= 0
    )


def _reached(timer: float, fronts: Mapping[PartyId, Front], clock: float) -> bool:
    if not fronts:
        return timer <= clock
    return all(
        front.clock >= timer + SETTLED and front.quiet_since > timer
        for _, front in _present(fronts)
    )


def _present(fronts: Mapping[PartyId, Front]) -> Sequence[tuple[PartyId, Front]]:
    """Those who do not lag."""
    furthest = max((front.clock for front in fronts.values()), default=0.0)
    return [(party, f) for party, f in fronts.items() if f.clock >= furthest - LAG]


def _restored(data: dict[str, Any]) -> Utterance | _Toned | _HandedOver:
    if "window" in data:
        return _Toned(ToneWindow(**data["window"]), data["role"])
    if "words" not in data:
        return _HandedOver(**data)
    words = tuple(Word(**word) for word in data["words"])
    return replace(Utterance(**{**data, "words": ()}), words=words)
