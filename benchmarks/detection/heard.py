"""What is said in whole calls, as our own hearing leaves it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from benchmarks.dataset import ReferenceCall
from benchmarks.detection.sets import in_turns
from coach.demo.listening import Listen
from models.text_input import Said


def calls_heard(
    calls: Sequence[ReferenceCall], listen: Listen, tell: Callable[[int], None]
) -> Iterator[list[Said]]:
    """Each utterance of each call, with the turns before it; `tell` hears of each call."""
    for call in calls:
        parties, rate = call.audio()
        yield in_turns(listen(parties, rate, call.context))
        tell(1)
