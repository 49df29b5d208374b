"""Quality: what is wrong with the line itself, named once and in time to mend it.

Theory. A coach that hears nothing helps nobody, and silence looks like a calm call. Each kind is
a small question about a party's line, answered on the media clock from two numbers a frame: how
loud it is and how likely it is speech. Listeners' lines are digitally silent in ordinary calls
(noise gates, comfort noise), so silence alone is no fault: it becomes one by what the others do.

Kinds.
- one_way_audio: the others have spoken for ONE_WAY seconds in all while this line carried
  nothing above SILENCE. Once it has carried sound it needs ONE_WAY_LATER, since people listen
  on mute. Lines of interpreters and others are left out: they wait, muted, for their turn.
- low_level: LOW_SECONDS of this party's speech lay below LOW_LEVEL.
- channels_swapped: the customer's line says what agents say, and the agent's does not. Only
  where there is one agent and one customer.
- no_speech: nobody has spoken for NO_SPEECH_FIRST seconds since this line opened, or for
  NO_SPEECH_LATER since somebody last spoke. Reason "noise" where the line mostly carried sound,
  "silence" where not.

Rules.
1. Each is named once, and again only after it was over (a swap: never again).
2. Frames of all parties are judged in order of (time, party), whatever order their sockets bring
   them in: a frame waits until the others' clocks have passed it, or have fallen LAG behind.
"""

from __future__ import annotations

from collections import deque
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

import numpy as np

from coach.agent_phrases import agent_phrases
from models.types import Utterance
from models.vad import FRAME_SECONDS
from stream.audio import PartyId, Role, Samples

Kind = Literal["one_way_audio", "low_level", "channels_swapped", "no_speech"]

SPEECH = 0.5
SPEECH_RUN = 3
"""Frames in a row at SPEECH or above from which it is speech: a click is shorter."""
SILENCE_DBFS = -65.0
"""Mean square level of a frame below which a line carries nothing. Digital silence, A-law's
smallest step (-72) and gateways' comfort noise lie below; a room with a telephone in it above."""
SOUND_RUN = 3
"""Frames in a row above SILENCE from which a line is alive: crackle is shorter."""
ONE_WAY = 15.0
"""Seconds. A greeting is answered by then."""
ONE_WAY_LATER = 30.0
"""Seconds. Listeners say "mm-hm" every few seconds, but a muted one may be polite for long."""
LOW_DBFS = -42.0
"""About 15 dB below the usual level of speech on a telephone line (-26, ITU-T P.56 practice):
listeners strain, and words are lost."""
LOW_SECONDS = 5.0
"""Seconds of speech that are measured together: a sentence or two, loud and soft syllables."""
NO_SPEECH_FIRST = 60.0
NO_SPEECH_LATER = 120.0
"""Seconds. A call opens with speech; later on people are put on hold."""
LAG = 2.0
"""Media seconds that a line may be behind the others before they stop waiting for it. The same
as in judgement: parties of one call arrive within a packet or two."""
AGENT_PHRASES = 2
"""Different phrases of agents on the customer's line that make a swap likely: one alone is
said by a caller from another company too."""
AGENT_WORDS = 20
"""Words on the agent's line before it counts that none of the phrases was among them: who calls
a pharmacy is greeted first and speaks after."""
CLEARLY = 4
"""So many phrases, and so many times as many as on the agent's line, are clear evidence."""

_ANSWERING: tuple[Role, ...] = ("agent", "customer", "unknown")
_SOUND_POWER = 10 ** (SILENCE_DBFS / 10)


@dataclass(frozen=True, slots=True)
class QualityNote:
    """Something is wrong with a party's line. `start`: media second from which it holds;
    `seconds`: for how long so far; `reason`: for people, without anyone's words."""

    party: PartyId
    kind: Kind
    start: float
    seconds: float
    reason: str


@dataclass(slots=True)
class _Line:
    """One party's line. Times in media seconds, everything else counts frames."""

    role: Role
    clock: float
    """End of the newest frame that has arrived."""
    waiting: deque[tuple[float, float, bool]] = field(default_factory=deque)
    """Frames not judged yet: their end, power, and whether they are likely speech."""
    voiced: int = 0
    sounding: int = 0
    """Newest frames in a row that are likely speech, and that carry sound."""
    lived: bool = False
    dead_from: float | None = None
    unanswered: int = 0
    """The others' speech since `dead_from`."""
    one_way: bool = False
    power: float = 0.0
    measured: int = 0
    low_from: float = 0.0
    low: bool = False
    first: bool = True
    """Nobody has spoken since the line opened."""
    quiet_from: float | None = None
    quiet: int = 0
    noisy: int = 0
    no_speech: bool = False


@dataclass(slots=True)
class _Said:
    """What a party's utterances say about who it is."""

    role: Role
    words: int = 0
    times: int = 0
    phrases: list[str] = field(default_factory=list)
    first: float = 0.0


class Quality:
    """One call's lines. Synchronous, on the media clock. `state()`, `restore()` carry it over."""

    def __init__(self) -> None:
        self._lines: dict[PartyId, _Line] = {}
        self._said: dict[PartyId, _Said] = {}
        self._swapped = False

    def join(self, party: PartyId, role: Role, at: float) -> None:
        """A party's line is open from media second `at` on, so that others' frames wait for it.

        Not needed, but without it the line is known from its first frame on only.
        """
        self._lines.setdefault(party, _Line(role, at))

    def step(
        self, party: PartyId, role: Role, frame: Samples, speech_prob: float, at: float
    ) -> list[QualityNote]:
        """Take a party's next frame [FRAME]; `at` is the media second at which it ends."""
        line = self._lines.get(party)
        if line is None:
            line = self._lines[party] = _Line(role, at - FRAME_SECONDS)
        line.role, line.clock = role, at
        power = float(np.dot(frame, frame)) / len(frame)
        line.waiting.append((at, power, speech_prob >= SPEECH))
        if len(self._lines) == 1:
            return self._judge(party, line)
        notes: list[QualityNote] = []
        while (due := self._due()) is not None:
            notes += self._judge(due, self._lines[due])
        return notes

    def heard(self, utterance: Utterance) -> list[QualityNote]:
        """Take a closed utterance, in order of (end, party)."""
        said = self._said.setdefault(utterance.party, _Said(utterance.role))
        said.role = utterance.role
        said.words += len(utterance.words)
        found = agent_phrases(utterance.text)
        if found and not said.times:
            said.first = utterance.start
        said.times += len(found)
        said.phrases += [phrase for phrase in found if phrase not in said.phrases]
        return self._swap(utterance.end)

    # -- the order of frames -----------------------------------------------------------------

    def _due(self) -> PartyId | None:
        """The party whose oldest waiting frame is next, None where it must wait for others."""
        front = max(line.clock for line in self._lines.values())
        heads = [(line.waiting[0][0], party) for party, line in self._lines.items() if line.waiting]
        if not heads:
            return None
        at, party = min(heads)
        for line in self._lines.values():
            if line.clock < at and line.clock >= front - LAG:
                return None
        return party

    # -- questions about a frame -------------------------------------------------------------

    def _judge(self, party: PartyId, line: _Line) -> list[QualityNote]:
        at, power, likely = line.waiting.popleft()
        sound = likely or power >= _SOUND_POWER
        line.voiced = line.voiced + 1 if likely else 0
        line.sounding = line.sounding + 1 if sound else 0
        _one_way(line, at)
        if line.voiced >= SPEECH_RUN:
            return self._speech(party, line, power, at)
        note = _no_speech(party, line, sound, at)
        return [note] if note else []

    def _speech(self, party: PartyId, line: _Line, power: float, at: float) -> list[QualityNote]:
        """A frame of speech, which says something about every line."""
        notes = [_level(party, line, power, at)]
        for other, its in self._lines.items():
            its.first, its.no_speech, its.quiet_from, its.quiet, its.noisy = (
                False,
                False,
                None,
                0,
                0,
            )
            if other != party and its.dead_from is not None and its.clock >= at - LAG:
                its.unanswered += 1
                notes.append(_unanswered(other, its, at))
        return [note for note in notes if note is not None]

    def _swap(self, end: float) -> list[QualityNote]:
        """A note where the customer's line says what agents say."""
        agents = [said for said in self._said.values() if said.role == "agent"]
        customers = [p for p, said in self._said.items() if said.role == "customer"]
        if self._swapped or len(agents) != 1 or len(customers) != 1:
            return []
        agent, customer = agents[0], self._said[customers[0]]
        likely = not agent.times and agent.words >= AGENT_WORDS
        clear = customer.times >= max(CLEARLY, CLEARLY * agent.times)
        if len(customer.phrases) < AGENT_PHRASES or not (likely or clear):
            return []
        self._swapped = True
        reason = "the customer's line says what agents say"
        return [_note(customers[0], "channels_swapped", customer.first, end, reason)]

    # -- state -------------------------------------------------------------------------------

    def state(self) -> dict[str, Any]:
        """All that later notes depend on, JSON-able."""
        lines = {
            party: {**asdict(line), "waiting": [list(frame) for frame in line.waiting]}
            for party, line in self._lines.items()
        }
        said = {party: asdict(said) for party, said in self._said.items()}
        return {"lines": lines, "said": said, "swapped": self._swapped}

    def restore(self, state: dict[str, Any]) -> None:
        """Take up the state of `state()`."""
        self._swapped = state["swapped"]
        self._said = {
            PartyId(party): _Said(**{**said, "phrases": list(said["phrases"])})
            for party, said in state["said"].items()
        }
        self._lines = {
            PartyId(party): _Line(**{**kept, "waiting": deque(map(tuple, kept["waiting"]))})
            for party, kept in state["lines"].items()
        }


def _one_way(line: _Line, at: float) -> None:
    """Whether the line is alive."""
    if line.sounding >= SOUND_RUN:
        line.lived, line.dead_from, line.unanswered, line.one_way = True, None, 0, False
    elif line.dead_from is None and not line.sounding:
        line.dead_from = at - FRAME_SECONDS


def _unanswered(party: PartyId, line: _Line, at: float) -> QualityNote | None:
    limit = ONE_WAY_LATER if line.lived else ONE_WAY
    if line.one_way or line.role not in _ANSWERING or line.dead_from is None:
        return None
    if line.unanswered * FRAME_SECONDS < limit:
        return None
    line.one_way = True
    reason = (
        f"others spoke {limit:.0f} s and this line carried nothing above {SILENCE_DBFS:.0f} dBFS"
    )
    return _note(party, "one_way_audio", line.dead_from, at, reason)


def _level(party: PartyId, line: _Line, power: float, at: float) -> QualityNote | None:
    """Mean power of the party's speech, LOW_SECONDS at a time."""
    if not line.measured:
        line.low_from = at - FRAME_SECONDS
    line.power += power
    line.measured += 1
    if line.measured * FRAME_SECONDS < LOW_SECONDS:
        return None
    level = 10 * float(np.log10(line.power / line.measured + 1e-12))
    line.power, line.measured = 0.0, 0
    named, line.low = line.low, level < LOW_DBFS
    if named or not line.low:
        return None
    return _note(party, "low_level", line.low_from, at, f"speech at {level:.0f} dBFS")


def _no_speech(party: PartyId, line: _Line, sound: bool, at: float) -> QualityNote | None:
    if line.quiet_from is None:
        line.quiet_from = at - FRAME_SECONDS
    line.quiet += 1
    line.noisy += sound
    limit = NO_SPEECH_FIRST if line.first else NO_SPEECH_LATER
    if line.no_speech or line.quiet * FRAME_SECONDS < limit:
        return None
    line.no_speech = True
    reason = "noise" if 2 * line.noisy >= line.quiet else "silence"
    return _note(party, "no_speech", line.quiet_from, at, reason)


def _note(party: PartyId, kind: Kind, start: float, end: float, reason: str) -> QualityNote:
    return QualityNote(party, kind, round(start, 3), round(end - start, 2), reason)
