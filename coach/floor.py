"""Who has the floor: turns and their ends, silences, monologues, interruptions.

Theory. A turn is what a role says until another takes the floor, or until it has been quiet
for TURN_PAUSE; a listener's "mm-hm" takes no floor. Words come up to seconds later than the
sound, so the ends of turns and silences are timers on the media clock: `next_at` says when the
next is due, and `tick` is called once everything up to that second is known. So what is found
here is a function of the audio, not of who was decoded first.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from models.types import Utterance
from stream.audio import PartyId, Role

TURN_PAUSE = 0.7
"""Seconds of the own silence that end a turn: a little more than what closes an utterance."""
SUBSTANCE = 4
"""Words that a turn has at least before it is held to have lacked something."""
SILENCES = (4.0, 6.0, 10.0, 20.0)
"""Seconds of silence that are noticed, if rules ask for no others."""
BACKCHANNELS = frozenset(
    {
        *("mm", "mhm", "mmhm", "hm", "hmm", "mm-hm", "uh-huh", "uhhuh", "uh", "huh", "um"),
        *("yeah", "yes", "yep", "yup", "ok", "okay", "right", "sure", "oh", "ah", "i", "see"),
        *("exactly", "alright", "great", "good", "thanks", "no"),
    }
)
SHORT = 3
"""Words of a backchannel at most."""
OPEN_DOOR = 3.0
"""Seconds of the own silence after which one has the floor anew: the other could have spoken."""
CUT_IN = 0.5
"""Seconds that the other had been speaking, and still had to say, where one cuts in."""
KEPT = 60.0
"""Seconds for which openings and utterances are remembered: four of the longest utterances."""

MomentKind = Literal["silence", "monologue", "interruption", "absence"]


@dataclass(frozen=True, slots=True)
class Moment:
    """Something about who speaks. `party`: whose doing it is; of a silence, who spoke last; of an
    absence, who has not said something since `start`."""

    kind: MomentKind
    party: PartyId
    role: Role
    start: float
    end: float

    @property
    def seconds(self) -> float:
        return round(self.end - self.start, 3)


@dataclass(frozen=True, slots=True)
class TurnEnd:
    """A role's turn is over. `began`, `end`: of its words; `words`: how many."""

    role: Role
    began: float
    end: float
    words: int


@dataclass(slots=True)
class _Turn:
    """The turn that a role is in, or was in last."""

    party: str
    began: float
    end: float
    words: int
    told: bool = False


@dataclass(slots=True)
class Floor:
    """Of one call. `silences`: the seconds that are of interest."""

    silences: tuple[float, ...] = SILENCES
    _turns: dict[Role, _Turn] = field(default_factory=dict)
    _opened: list[tuple[float, Role]] = field(default_factory=list)
    """When utterances began that are not over, and whose: told before their words are known."""
    _recent: list[tuple[Role, PartyId, float, float, bool]] = field(default_factory=list)
    """Role, party, start, end, backchannel of what was said lately."""
    _holding: float | None = None
    """Media second since which the customer knows that the agent is busy."""
    _quiet_since: float | None = None
    _quiet_told: float = 0.0
    _had_floor: dict[Role, float] = field(default_factory=dict)
    """Role -> since when it has had the floor."""

    # -- what happens ------------------------------------------------------------------------

    def opened(self, role: Role, start: float) -> None:
        """Somebody has begun to speak."""
        self._opened.append((start, role))

    def hold(self, at: float) -> None:
        """The agent announced a wait: the silence after it is none, until they speak again."""
        self._holding = at

    def said(self, utterance: Utterance) -> tuple[list[TurnEnd], list[Moment]]:
        """Take the next utterance, in order of media end; what it ends and shows."""
        role = utterance.role
        self._opened = [
            each for each in self._opened if each[1] != role or each[0] > utterance.start
        ]
        if not utterance.words:
            self._go_on(utterance)
            return [], []
        listening = backchannel(utterance)
        back = role == "agent" and not listening
        if back and self._holding is not None and utterance.start > self._holding:
            self._holding = None
        ends = [] if listening else self._taken_by(role, utterance.start)
        if (turn := self._turns.get(role)) and utterance.start >= turn.end + OPEN_DOOR:
            self._had_floor.pop(role, None)
        self._extend(utterance)
        moments = [] if listening else self._interruption(utterance)
        self._recent.append((role, utterance.party, utterance.start, utterance.end, listening))
        self._recent = [each for each in self._recent if each[3] > utterance.end - KEPT]
        if self._quiet_since is None or utterance.end > self._quiet_since:
            self._quiet_since, self._quiet_told = utterance.end, 0.0
        if not listening:
            self._had_floor = {role: self._had_floor.get(role, utterance.start)}
        return ends, moments

    def speaks_since(self, role: Role) -> float | None:
        """Since when a role has had the floor; None where it has not."""
        return self._had_floor.get(role)

    # -- timers ------------------------------------------------------------------------------

    def next_at(self) -> float | None:
        """Media second of the next thing that may be due; None where nothing is."""
        due = [turn.end + TURN_PAUSE for turn in self._turns.values() if not turn.told]
        if (silence := self._next_silence()) is not None:
            due.append(silence)
        return min(due, default=None)

    def tick(self, at: float) -> tuple[list[TurnEnd], list[Moment]]:
        """All that is due at `at`, everything up to it being known."""
        ends = []
        for role, turn in self._turns.items():
            if not turn.told and turn.end + TURN_PAUSE <= at:
                turn.told = True
                if not self._goes_on(role, turn, at):
                    ends.append(_ended(role, turn))
        moments = []
        due = self._next_silence()
        if due is not None and due <= at:
            moments = self._silent(due)
        self._opened = [each for each in self._opened if each[0] > at - KEPT]
        return ends, moments

    def _next_silence(self) -> float | None:
        if self._quiet_since is None:
            return None
        later = [each for each in self.silences if each > self._quiet_told]
        return self._quiet_since + min(later) if later else None

    def _silent(self, due: float) -> list[Moment]:
        assert self._quiet_since is not None
        start = self._quiet_since
        self._quiet_told = round(due - start, 6)
        if any(began <= due for began, _ in self._opened):
            return []  # somebody speaks: counted anew from their last word
        if self._holding is not None and self._holding <= start:
            return []
        role, party = next((r, p) for r, p, _, end, _ in reversed(self._recent) if end == start)
        return [Moment("silence", party, role, start, round(due, 3))]

    # -- turns -------------------------------------------------------------------------------

    def _goes_on(self, role: Role, turn: _Turn, at: float) -> bool:
        return any(who == role and turn.end <= began <= at for began, who in self._opened)

    def _taken_by(self, role: Role, start: float) -> list[TurnEnd]:
        """Another's words end the turns of those who have not spoken since."""
        ends = []
        for other, turn in self._turns.items():
            if other != role and not turn.told and turn.end <= start:
                turn.told = True
                ends.append(_ended(other, turn))
        return ends

    def _extend(self, said: Utterance) -> None:
        turn = self._turns.get(said.role)
        if turn is None or (turn.told and said.start > turn.end + TURN_PAUSE):
            self._turns[said.role] = _Turn(said.party, said.start, said.end, len(said.words))
        else:
            turn.end, turn.told = said.end, False
            turn.words += len(said.words)

    def _go_on(self, said: Utterance) -> None:
        """A noise, or what no words were found in: the turn that it belongs to ends after it."""
        turn = self._turns.get(said.role)
        if turn is not None and turn.told and turn.end <= said.start <= turn.end + TURN_PAUSE:
            turn.end, turn.told = said.end, False

    def _interruption(self, said: Utterance) -> list[Moment]:
        """Either comes second: who cut in, or who was cut off and ends later."""
        found = []
        for role, party, start, end, listening in self._recent:
            if role == said.role or listening:
                continue
            if start + CUT_IN < said.start < end - CUT_IN:
                found.append(Moment("interruption", said.party, said.role, said.start, said.end))
            elif said.start + CUT_IN < start < said.end - CUT_IN:
                found.append(Moment("interruption", party, role, start, end))
        return found

    # -- state -------------------------------------------------------------------------------

    def state(self) -> dict[str, Any]:
        """All that later findings depend on, JSON-able."""
        return {
            "turns": {role: asdict(turn) for role, turn in self._turns.items()},
            "opened": [list(each) for each in self._opened],
            "recent": [list(each) for each in self._recent],
            "holding": self._holding,
            "quiet": [self._quiet_since, self._quiet_told],
            "floor": dict(self._had_floor),
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Take up the state of `state()`."""
        self._turns = {role: _Turn(**turn) for role, turn in state["turns"].items()}
        self._opened = [(at, role) for at, role in state["opened"]]
        self._recent = [(r, p, start, end, b) for r, p, start, end, b in state["recent"]]
        self._holding = state["holding"]
        self._quiet_since, self._quiet_told = state["quiet"]
        self._had_floor = dict(state["floor"])


def backchannel(utterance: Utterance) -> bool:
    """Whether it only says "I am listening"."""
    words = [word.strip(".,!?").lower() for word in utterance.text.split()]
    return len(words) <= SHORT and all(word in BACKCHANNELS for word in words)


def _ended(role: Role, turn: _Turn) -> TurnEnd:
    return TurnEnd(role, turn.began, turn.end, turn.words)
