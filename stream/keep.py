"""What a sender said that cannot be made to wait, until somebody has time to hear it.

A telephone system sends in real time whether it is read or not. So while a call is behind, its
audio is kept here as it came, in the sender's own encoding: 8 kB a second of a telephone's side,
an eighth of what the hearing takes it as, and no bit is lost.

Rules.
1. Order is kept: what was put first is taken first.
2. Of each party `seconds` are kept at most, and PIECES_A_SECOND messages for each of them.
3. What comes beyond that is missed, and counted: a hole stands in its place. It goes on until a
   part of the room (FREE) is there again: one long hole instead of a thousand small ones, between
   which no word would be whole.
4. Nothing is missed without being told: kept and missed together are all that came.
5. What else comes meanwhile (a pause, a change of context) is kept in its place among the sound,
   MAX_NOTES of it.
"""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import dataclass

from stream.audio import SAMPLE_BYTES, AudioFormat, PartyId
from stream.events import ContextChanged, Media, Paused, Resumed

TELEPHONE_BYTES = 8_000
"""A second of a telephone's side (G.711). What is sent more finely is kept for less long: how many
calls there is room for was reckoned so (coach/room.py)."""
PIECES_A_SECOND = 50
"""Messages of a party that a second of room takes: telephony sends each 20 ms. Shorter ones fill
the room sooner, since each takes PIECE_BYTES beside its sound."""
PIECE_BYTES = 160
"""Memory of a message beside its sound: the objects around it (121 measured on CPython)."""
MAX_NOTES = 50
"""Beside the sound at a time: holds and changes of a call in ten minutes, and no more than 3 MB."""
FREE = 0.1
"""Part of the room that must be there again before a hole ends."""


@dataclass(frozen=True, slots=True)
class Missed:
    """Sound that was not kept. `party` None: of all channels. `until`: media second of the
    sender's clock at which it ended, None where the protocol has none."""

    party: PartyId | None
    seconds: float
    until: float | None


Note = Paused | Resumed | ContextChanged
"""What is kept beside the sound."""


@dataclass(slots=True)
class _Hole:
    """Bytes missed of each party, and where the last of them ended."""

    bytes: int = 0
    until: float | None = None


class Keep:
    """The kept audio of one socket. `seconds`: of each party, at most."""

    def __init__(self, format: AudioFormat, seconds: float) -> None:
        self._format = format
        self._most = seconds
        self._most_pieces = seconds * PIECES_A_SECOND * len(format.parties)
        self._items: deque[Media | Note | dict[PartyId | None, _Hole]] = deque()
        self._notes = 0
        self._kept: Counter[PartyId | None] = Counter()
        self._missed: Counter[PartyId | None] = Counter()
        self._pieces = 0
        self.full = False
        """Whether what comes now is missed."""

    def __bool__(self) -> bool:
        return bool(self._items)

    def put(self, media: Media) -> bool:
        """Keep it, or count it as missed; whether it was kept."""
        if self.full:
            self.full = not self._room(self._most * (1 - FREE), self._most_pieces * (1 - FREE))
        if not self.full:
            seconds = self._seconds(media.party, len(media.payload))
            self.full = not self._room(self._most - seconds, self._most_pieces - 1)
        if self.full:
            self._miss(media)
        else:
            self._items.append(media)
            self._kept[media.party] += len(media.payload)
            self._pieces += 1
        return not self.full

    def note(self, event: Note) -> bool:
        """Keep it in its place; False where there is no room for more of these."""
        if self._notes >= MAX_NOTES:
            return False
        self._items.append(event)
        self._notes += 1
        return True

    def take(self) -> Media | Note | tuple[Missed, ...]:
        """The oldest, or the hole in its place. Raises IndexError where nothing waits."""
        item = self._items.popleft()
        if isinstance(item, Media):
            self._kept[item.party] -= len(item.payload)
            self._pieces -= 1
            return item
        if not isinstance(item, dict):
            self._notes -= 1
            return item
        for party, hole in item.items():
            self._missed[party] -= hole.bytes
        return tuple(
            Missed(party, self._seconds(party, hole.bytes), hole.until)
            for party, hole in item.items()
        )

    def clear(self) -> None:
        """Nobody will take it."""
        self._items.clear()
        self._kept.clear()
        self._missed.clear()
        self._pieces = self._notes = 0
        self.full = False

    def seconds(self, party: PartyId) -> float:
        """Seconds of the party that wait, holes included: how long ago the next one was said."""
        return self.kept(party) + sum(
            self._seconds(each, self._missed[each]) for each in (party, None)
        )

    def kept(self, party: PartyId) -> float:
        """Seconds of the party's sound that are kept."""
        return sum(self._seconds(each, self._kept[each]) for each in (party, None))

    def _seconds(self, party: PartyId | None, count: int) -> float:
        channels = len(self._format.parties) if party is None else 1
        return count / (SAMPLE_BYTES[self._format.encoding] * channels * self._format.rate)

    def _room(self, seconds: float, pieces: float) -> bool:
        """Whether no more than this is kept."""
        kept = max(self.kept(party.id) for party in self._format.parties)
        return kept <= seconds and self._pieces <= pieces

    def _miss(self, media: Media) -> None:
        holes = self._items[-1] if self._items else None
        if not isinstance(holes, dict):
            holes = {}
            self._items.append(holes)
        hole = holes.setdefault(media.party, _Hole())
        hole.bytes += len(media.payload)
        self._missed[media.party] += len(media.payload)
        if media.at is not None:
            end = media.at + self._seconds(media.party, len(media.payload))
            hole.until = end if hole.until is None else max(hole.until, end)


def affordable(format: AudioFormat, seconds: float) -> float:
    """Seconds of a party in this format that take no more room than `seconds` of a telephone's."""
    return seconds * min(1.0, TELEPHONE_BYTES / (SAMPLE_BYTES[format.encoding] * format.rate))


def kept_bytes(format: AudioFormat, seconds: float) -> int:
    """Most memory of a Keep of that many seconds."""
    second = format.rate * format.frame_bytes + PIECES_A_SECOND * PIECE_BYTES * len(format.parties)
    return round(seconds * second)
