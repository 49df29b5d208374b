"""Clips as a tone model meets them: each after neutral speech of the same speaker.

What is heard before a clip are other neutral clips of its speaker, over again until there are LEAD
seconds of speech. A neutral clip is never heard before itself, and before every other clip one
neutral one is left out in turn, so that no emotion has more to lean on than another.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import cycle

import numpy as np
import numpy.typing as npt

from models.training.tone_clips import Clip
from models.training.tone_heard import Heard
from models.vad import Array

LEAD = 20.0
"""Seconds of speech before a clip."""

Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Acted:
    """Clips, how they are heard, and the clips that are heard before each; where there are none
    before, or nothing is heard, a clip is of no use."""

    clips: tuple[Clip, ...]
    heard: tuple[Heard, ...]
    before: tuple[tuple[int, ...], ...]

    def of(self, corpus: str) -> Mask:
        """Which clips are of a corpus, and of use, [clips]."""
        return np.array([each.corpus == corpus for each in self.clips]) & self.useful

    @property
    def useful(self) -> Mask:
        """Which clips have windows, and neutral ones before them, [clips]."""
        return np.array(
            [
                bool(heard.windows and before)
                for heard, before in zip(self.heard, self.before, strict=True)
            ]
        )

    def lead(self, clip: int) -> Iterator[tuple[int, int]]:
        """Windows (clip, number) that are heard before a clip, in order."""
        seconds = 0.0
        for other in cycle(self.before[clip]):
            for number, window in enumerate(self.heard[other].windows):
                if seconds >= LEAD:
                    return
                seconds += window.seconds
                yield other, number


def acted(clips: Sequence[Clip], heard: Sequence[Heard]) -> Acted:
    """Clips with what is heard before each."""
    neutral: dict[str, list[int]] = defaultdict(list)
    for number, (clip, sound) in enumerate(zip(clips, heard, strict=True)):
        if clip.emotion == "neutral" and sound.windows:
            neutral[clip.speaker].append(number)
    before = []
    for number, clip in enumerate(clips):
        own = neutral[clip.speaker]
        left_out = number if number in own else own[number % len(own)] if len(own) > 1 else None
        before.append(tuple(each for each in own if each != left_out))
    return Acted(tuple(clips), tuple(heard), tuple(before))


@dataclass(frozen=True, slots=True)
class Rows:
    """Windows to learn from: mean states less those of the speaker's neutral speech before.

    `clip`, `seconds`: [n]; `beyond`: [n, width], all copies of all windows.
    """

    clip: npt.NDArray[np.intp]
    seconds: Floats
    beyond: Array


def rows(of: Acted, chosen: Mask) -> Rows:
    """The windows of the clips that are chosen and useful."""
    clip: list[int] = []
    seconds: list[float] = []
    beyond: list[Array] = []
    for number in np.flatnonzero(chosen & of.useful).tolist():
        heard = of.heard[number]
        for copy, means in enumerate(heard.means):
            usual = _usual(of, number, copy)
            clip += [number] * len(means)
            seconds += [window.seconds for window in heard.windows]
            beyond.append(means - usual)
    return Rows(np.array(clip), np.array(seconds), np.concatenate(beyond))


def _usual(of: Acted, clip: int, copy: int) -> Array:
    """Mean state of the neutral speech before a clip, [width]."""
    means = np.concatenate([of.heard[each].means[copy] for each in of.before[clip]])
    weights = [window.seconds for each in of.before[clip] for window in of.heard[each].windows]
    return np.asarray(np.average(means, axis=0, weights=weights), np.float32)
