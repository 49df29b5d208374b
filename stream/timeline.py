"""One media clock a party, counted in samples and never in arrival times.

The clock says how much of the party's sound has come: silence that stood in for a hole counts,
what came twice does not. What leaves is a seamless row of frames at 16 kHz, so that everything
after it may take a frame's place for its time. Rules:

- Sound without a timestamp follows on.
- A timestamp ahead of the clock by more than MAX_JITTER_SECONDS is a hole: a Gap, then silence
  of the same length, never a splice.
- A timestamp behind the clock is an overlap: what the clock already has is dropped. So a packet
  that comes late, after its hole was filled, or twice, changes nothing.
- A timestamp ahead by more than MAX_JUMP_SECONDS is a fault of the sender.

`feed` and `advance` decide at once, and raise at once, but work as they are iterated: a long hold
is made second by second. Iterate each to its end before the next call; at every frame on the way
`received` and `state()` agree with what was given.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Any

import numpy as np

from stream.audio import RATE, AudioFrame, PartyId, Samples
from stream.errors import BadRequest
from stream.limits import MAX_CALL_SECONDS, MAX_JITTER_SECONDS, MAX_JUMP_SECONDS
from stream.resample import Resampler


@dataclass(frozen=True, slots=True)
class Gap:
    """Silence that stands in for sound that did not come; `start`, `seconds` in media seconds."""

    party: PartyId
    start: float
    seconds: float
    reason: str


class Timeline:
    """The clock of one party and the 16 kHz frames that it has led to."""

    def __init__(self, party: PartyId, rate: int, at: float = 0.0) -> None:
        """`rate` of the source in Hz; `at` is the media second of its first sample.

        The first frame starts at the 16 kHz sample nearest to `at`. Raises BadRequest for an
        `at` outside 0..MAX_CALL_SECONDS, UnsupportedFormat for a rate that Resampler refuses.
        """
        if not 0 <= at <= MAX_CALL_SECONDS:
            raise BadRequest(f"at {at} is no second of a call: send 0 to {MAX_CALL_SECONDS:.0f}")
        self.party = party
        self._resampler = Resampler(rate)
        self._start = round(at * RATE)  # the 16 kHz index at which the resampler started

    @property
    def rate(self) -> int:
        """Samples a second of what `feed` takes."""
        return self._resampler.rate

    @property
    def received(self) -> float:
        """The clock: media seconds up to which sound, or silence in its stead, was taken."""
        return self._start / RATE + self._resampler.fed / self.rate

    def feed(self, samples: Samples, at: float | None = None) -> Iterator[AudioFrame | Gap]:
        """Take samples at the source rate, the first of them at media second `at`.

        Raises BadRequest, and changes nothing, for an `at` that is negative, not finite or too
        far ahead.
        """
        ahead = 0 if at is None else self._ahead(at)
        if ahead < 0:
            return self._push(samples[-ahead:])
        if ahead > MAX_JITTER_SECONDS * self.rate:
            return chain(self._silence(ahead, "lost"), self._push(samples))
        return self._push(samples)

    def advance(self, to: float, reason: str) -> Iterator[AudioFrame | Gap]:
        """A Gap and silence up to media second `to`; nothing if the clock is there already.

        Raises BadRequest as `feed` does.
        """
        ahead = self._ahead(to)
        return self._silence(ahead, reason) if ahead > 0 else iter(())

    def flush(self) -> Iterator[AudioFrame]:
        """What the resampler still holds, as if silence followed.

        The clock then stands on a whole 16 kHz sample, at most half a sample from before, and
        further sound may be fed.
        """
        start = self._start + self._resampler.given
        rest = self._resampler.flush()
        self._start = start + len(rest)
        return iter(
            [
                AudioFrame(self.party, start + offset, rest[offset : offset + RATE])
                for offset in range(0, len(rest), RATE)
            ]
        )

    def reformat(self, rate: int) -> Iterator[AudioFrame]:
        """Go on at another source rate: flush at the old one, so that the clock stays exact.

        The same rate changes nothing. Raises UnsupportedFormat, and changes nothing, for a rate
        that Resampler refuses.
        """
        if rate == self.rate:
            return iter(())
        resampler = Resampler(rate)
        rest = self.flush()
        self._resampler = resampler
        return rest

    def state(self) -> dict[str, Any]:
        """All that the further output depends on, as JSON values."""
        return {"party": self.party, "start": self._start, "resampler": self._resampler.state()}

    @classmethod
    def restore(cls, state: dict[str, Any]) -> Timeline:
        """The timeline whose `state()` this was; it goes on to the same frames."""
        timeline = cls(PartyId(state["party"]), state["resampler"]["rate"])
        timeline._start = state["start"]
        timeline._resampler = Resampler.restore(state["resampler"])
        return timeline

    def _ahead(self, at: float) -> int:
        """Source samples from the clock to `at`; negative where `at` is behind."""
        if not 0 <= at < float("inf"):
            raise BadRequest(f"timestamp {at} s: send the media second, finite and not negative")
        ahead = at - self.received
        if ahead > MAX_JUMP_SECONDS:
            raise BadRequest(
                f"timestamp {at:.3f} s is {ahead:.0f} s ahead of the sound before it, above the "
                f"limit of {MAX_JUMP_SECONDS:.0f} s: send seconds since the call's start"
            )
        return round(ahead * self.rate)

    def _silence(self, count: int, reason: str) -> Iterator[AudioFrame | Gap]:
        """A gap of `count` source samples."""
        yield Gap(self.party, self.received, count / self.rate, reason)
        while count > 0:
            piece = min(count, self._resampler.second)
            yield from self._push(np.zeros(piece, np.float32))
            count -= piece

    def _push(self, samples: Samples) -> Iterator[AudioFrame]:
        """Frames of at most a second, so that no step takes long and each may be the last."""
        step = self._resampler.second
        for offset in range(0, len(samples), step):
            start = self._start + self._resampler.given
            out = self._resampler.feed(samples[offset : offset + step])
            if len(out):
                yield AudioFrame(self.party, start, out)
