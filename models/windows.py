"""Windows: which frames Whisper hears of an utterance, and what each of them weighs.

Theory. Whisper was trained on windows of 30 s. Shorter ones cost less and make it repeat itself;
whole ones cost a second, nearly all of it spent on silence that is the same in every frame. So
silence that is far from the speech is folded: one frame in FOLD stands for its neighbours, at the
place of the middle one, and every attention to it is raised by the logarithm of how many they
are, which is what that many equal frames would have made of it together. What Whisper writes is,
all but a few words, what it writes of 30 s (measured), and a window costs what its speech does.

The speech begins a few seconds into the window, not at once: so most of what Whisper learnt from
begins, and an utterance that starts at the first frame is heard worse (measured).

Rules.
1. A window depends on the length of its sound and on what was asked for alone.
2. Silence near the speech stays whole: EDGE before it, `pad` after it.
3. What does not fit into 30 s is left out at the end.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from stream.audio import RATE

FRAME = RATE // 50
"""Samples of one frame of the encoder, 20 ms."""
PLACES = 1500
"""Frames that Whisper knows: 30 s."""
FOLD = 16
"""Frames of far silence that one stands for, unless asked otherwise."""
EDGE = 15
"""Frames of silence before the speech that stay whole, 0.3 s."""
PAD = 50
"""Frames of silence after the speech that stay whole, a second: Whisper hears that it is over."""
SPARE = 2
"""Frames of sound after the last one heard, which is so not at the convolution's edge."""


@dataclass(frozen=True, slots=True)
class Window:
    """Frames to hear, of sound that has EDGE frames of silence before the utterance.

    `sound`: frames of it to make features of; `take` [N]: which of them, `place` [N]: where in the
    30 s, `weight` [N]: logarithm of how many they stand for. The utterance is `first` to `last`.
    """

    sound: int
    take: NDArray[np.int64]
    place: NDArray[np.int64]
    weight: NDArray[np.float32]
    first: int
    last: int


@lru_cache(maxsize=1024)
def window(samples: int, lead: int, *, fold: int = FOLD, pad: int = PAD) -> Window:
    """The window of an utterance of so many samples, `lead` frames into the 30 s, or fewer where
    the utterance is so long that it needs the room. `fold`: frames of far silence that one stands
    for; `pad`: frames of silence after the speech that stay whole.

    Raises ValueError where `lead` is shorter than EDGE.
    """
    if lead < EDGE:
        raise ValueError(f"a lead of {lead} frames: give at least the {EDGE} that stay whole")
    spoken = -(-samples // FRAME)
    lead = max(EDGE, min(lead, PLACES - pad - spoken))
    start = lead - EDGE
    whole = min(EDGE + spoken + pad, PLACES - start)
    before, after = _fold(0, start, fold), _fold(start + whole, PLACES, fold)
    near = np.arange(whole)
    # Far silence is the silence in the middle of the edge before the speech, wherever it is.
    far = [np.full(len(places), EDGE // 2) for places, _ in (before, after)]
    first = len(far[0]) + EDGE
    return Window(
        whole + SPARE,
        np.concatenate([far[0], near, far[1]]).astype(np.int64),
        np.concatenate([before[0], start + near, after[0]]).astype(np.int64),
        np.concatenate([before[1], np.zeros(whole), after[1]]).astype(np.float32),
        first,
        min(first + spoken, len(far[0]) + whole),
    )


def _fold(start: int, end: int, fold: int) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Places and weights of the frames that stand for `start` to `end`."""
    begins = np.arange(start, end, fold)
    counts = np.minimum(fold, end - begins)
    return begins + counts // 2, np.log(counts)
