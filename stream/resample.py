"""Any rate from 8 to 48 kHz becomes 16 kHz, and the bits do not depend on how it arrived.

A streaming resampler keeps a filter state that cannot be stored, and its output may depend on
how the input was cut. Here instead the input lies on a fixed grid of blocks, each a whole number
of samples at both rates. A block is resampled with a margin of context on both sides, in one call
over always the same samples, and only the middle is kept. So

- the output is a function of the input alone, not of the chunks it came in;
- the state is the tail of the input and two counters, and can be stored between any two samples;
- output sample k is at k/16000 s, without delay: what the filter needs from ahead is waited for.

The grid: rate and 16000 meet every 1/gcd(rate, 16000) seconds. A block is as many of these as
make about 20 ms: exactly that for 8000, 12000, 22050, 24000, 32000, 44100 and 48000 Hz; 40 ms
for 11025; for odd rates up to a second (8001 Hz meets 16000 Hz once a second), so that their
sound comes that much later. 16000 Hz passes through as it is.

The margin: soxr's HQ filter reaches furthest at 8000 Hz. Measured there against a resampling of
the whole, with white noise, the worst case: blocks with a margin of 5 ms are wrong by up to 3e-3,
of 10 ms by 2e-5, of 20 ms by 2e-7. At 20 ms the other rates tried, odd ones too, stay below 1e-6.
"""

from __future__ import annotations

import base64
import math
from typing import Any

import numpy as np
import soxr

from stream.audio import RATE, Samples
from stream.errors import UnsupportedFormat
from stream.limits import MAX_RATE, MIN_RATE

BLOCK_SECONDS = 0.020
"""A telephony packet: shorter blocks cost more margin than sound, longer ones add delay."""

MARGIN_SECONDS = 0.020
"""Context on each side of a block; measured, see above."""


class Resampler:
    """One party's sound at `rate` Hz to 16 kHz."""

    def __init__(self, rate: int) -> None:
        """Raises UnsupportedFormat for a rate outside MIN_RATE..MAX_RATE."""
        if not MIN_RATE <= rate <= MAX_RATE:
            raise UnsupportedFormat(f"rate {rate} Hz: send {MIN_RATE} to {MAX_RATE} Hz")
        self.rate = rate
        meets = math.gcd(rate, RATE)
        units = max(1, round(meets * BLOCK_SECONDS))
        before = math.ceil(meets * MARGIN_SECONDS)
        self._block, self._block_out = units * rate // meets, units * RATE // meets
        # The context before a block is whole units, or its samples would fall between those of
        # the grid; the context after it need not be, and a shorter one is less delay.
        self._before, self._before_out = before * rate // meets, before * RATE // meets
        self._window = self._before + self._block + math.ceil(rate * MARGIN_SECONDS)
        self._reset()

    def _reset(self) -> None:
        self._fed = 0
        self._given = 0
        self._held: Samples = np.zeros(0 if self.rate == RATE else self._before, np.float32)

    @property
    def fed(self) -> int:
        """Samples taken, at the source rate, since the start or the last flush."""
        return self._fed

    @property
    def given(self) -> int:
        """Samples given, at 16 kHz, since the start or the last flush."""
        return self._given

    @property
    def second(self) -> int:
        """Source samples of as many whole blocks as fit a second.

        Feeding that many gives at most 16000 samples.
        """
        return self.rate // self._block * self._block

    def feed(self, samples: Samples) -> Samples:
        """Take samples at the source rate, give those at 16 kHz that are settled by now."""
        self._fed += len(samples)
        if self.rate == RATE:
            self._given += len(samples)
            return samples
        self._held = np.concatenate((self._held, samples), dtype=np.float32)
        blocks = max(0, (len(self._held) - self._window) // self._block + 1)
        out = self._resampled(self._held, blocks)
        self._held = self._held[blocks * self._block :].copy()
        self._given += len(out)
        return out

    def flush(self) -> Samples:
        """The rest, as if silence followed; then start anew.

        All that was given since the start is then round(fed * 16000 / rate) samples.
        """
        missing = round(self._fed * RATE / self.rate) - self._given
        blocks = math.ceil(missing / self._block_out)
        padded = np.zeros(len(self._held) + blocks * self._block + self._window, np.float32)
        padded[: len(self._held)] = self._held
        out = self._resampled(padded, blocks)[:missing]
        self._reset()
        return out

    def _resampled(self, held: Samples, blocks: int) -> Samples:
        """The first `blocks` blocks of `held`, which begins with the context before them."""
        out = np.zeros(blocks * self._block_out, np.float32)
        # Silence stays silence without any work: a long hold costs next to nothing. The test is
        # made for each window too, so that the same window always gives the same bits.
        if not held.any():
            return out
        first, last = self._before_out, self._before_out + self._block_out
        for index in range(blocks):
            window = held[index * self._block :][: self._window]
            if window.any():
                middle = soxr.resample(window, self.rate, RATE, quality="HQ")[first:last]
                out[index * self._block_out :][: self._block_out] = middle
        return out

    def state(self) -> dict[str, Any]:
        """All that the further output depends on, as JSON values."""
        return {
            "rate": self.rate,
            "fed": self._fed,
            "given": self._given,
            "held": base64.b64encode(self._held.astype("<f4").tobytes()).decode("ascii"),
        }

    @classmethod
    def restore(cls, state: dict[str, Any]) -> Resampler:
        """The resampler whose `state()` this was; it goes on to the same bits."""
        resampler = cls(state["rate"])
        resampler._fed = state["fed"]
        resampler._given = state["given"]
        held = np.frombuffer(base64.b64decode(state["held"]), "<f4")
        resampler._held = held.astype(np.float32)
        return resampler
