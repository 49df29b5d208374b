"""How long after it is due a nudge stands on the agent's screen.

A script (coach/demo/script.py) says which nudge is due after which word. A due is answered by
the first nudge of its rule that is painted from EARLY seconds before it to LATE seconds after
it. The delay is the moment of painting less the end of the due word, both on the feeder's
clock. A due that nothing answers is missed, and counts as infinitely late in the percentiles:
else a coach that says nothing would be the fastest. What is painted and answers no due is
fitting where the script says that it may come, and unexpected everywhere else.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from coach.demo.timing import DueTime

TARGET_P50 = 1.0
TARGET_P95 = 2.0
"""Seconds from due to painted: what the project promises."""

EARLY = 5.0
"""Seconds before its due from which a nudge answers it: one pacing window, since a turn can be
judged too fast before its last word. Such a delay is negative, and counted apart."""
LATE = 20.0
"""Seconds after its due until which a nudge answers it: dues lie 25 s apart, so none later can
be meant for it, and a slow answer is a figure instead of a missed one."""


@dataclass(frozen=True, slots=True)
class Painted:
    """A nudge that came to stand on the screen. `at`: media seconds of the call at which it was
    painted; `arrived`: at which its event reached the feeder, None where it never did."""

    id: str
    rule: str
    at: float
    text: str = ""
    arrived: float | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """A due and what came of it. `due` in media seconds; `delay` and `arrived` in seconds after
    it; None, as `nudge`, where it was missed. `text`: what stood on the screen."""

    call: str
    rule: str
    word: str
    due: float
    nudge: str | None = None
    delay: float | None = None
    arrived: float | None = None
    text: str = ""


@dataclass(frozen=True, slots=True)
class Extra:
    """A nudge that answers no due. `at` in media seconds."""

    call: str
    rule: str
    at: float
    text: str


@dataclass(frozen=True, slots=True)
class Delays:
    """Of some calls: every due, and the nudges that answer none."""

    answers: tuple[Answer, ...] = ()
    fitting: tuple[Extra, ...] = ()
    unexpected: tuple[Extra, ...] = ()

    def __add__(self, other: Delays) -> Delays:
        return Delays(
            self.answers + other.answers,
            self.fitting + other.fitting,
            self.unexpected + other.unexpected,
        )

    @property
    def missed(self) -> list[Answer]:
        """Dues that nothing answered."""
        return [answer for answer in self.answers if answer.delay is None]

    @property
    def early(self) -> list[Answer]:
        """Dues answered before they were due."""
        return [answer for answer in self.answers if answer.delay is not None and answer.delay < 0]

    @property
    def passed(self) -> bool:
        """Whether nudges come as soon as promised."""
        seconds = [seconds_of(answer) for answer in self.answers]
        return bool(seconds) and (
            percentile(seconds, 50) <= TARGET_P50 and percentile(seconds, 95) <= TARGET_P95
        )

    def by_rule(self) -> dict[str, list[Answer]]:
        """Rule -> its dues, rules in alphabetical order."""
        rules = sorted({answer.rule for answer in self.answers})
        return {rule: [a for a in self.answers if a.rule == rule] for rule in rules}


def seconds_of(answer: Answer) -> float:
    """The delay; infinity where the due was missed."""
    return math.inf if answer.delay is None else answer.delay


def percentile(values: Sequence[float], percent: float) -> float:
    """The smallest of `values` that at least `percent` % of them do not exceed.

    Nothing is interpolated, so that infinity is a value like any other. Raises ValueError where
    there are none.
    """
    if not values:
        raise ValueError("no values, so no percentile")
    return sorted(values)[max(0, math.ceil(percent / 100 * len(values)) - 1)]


def summary(answers: Sequence[Answer]) -> dict[str, float | int | None]:
    """Count, p50, p95, worst (seconds, None for infinity), missed and early, as JSON."""
    seconds = [seconds_of(answer) for answer in answers]
    points = {"p50": 50, "p95": 95, "worst": 100}
    return {
        "count": len(answers),
        **{name: _finite(percentile(seconds, p)) if seconds else None
           for name, p in points.items()},
        "missed": sum(math.isinf(value) for value in seconds),
        "early": sum(value < 0 for value in seconds),
    }  # fmt: skip


def match(
    call: str,
    dues: Iterable[DueTime],
    painted: Iterable[Painted],
    may: Collection[str] = (),
) -> Delays:
    """Which due of a call each of its nudges answers."""
    left = sorted(painted, key=lambda nudge: nudge.at)
    answers = []
    for due in sorted(dues, key=lambda due: due.at):
        found = next((nudge for nudge in left if _answers(nudge, due)), None)
        if found is not None:
            left.remove(found)
        answers.append(_answer(call, due, found))
    extras = [Extra(call, nudge.rule, nudge.at, nudge.text) for nudge in left]
    return Delays(
        tuple(answers),
        fitting=tuple(extra for extra in extras if extra.rule in may),
        unexpected=tuple(extra for extra in extras if extra.rule not in may),
    )


def on_media_clock(
    seen: Iterable[Mapping[str, object]],
    started: float,
    offset: float,
    arrivals: Mapping[str, float],
) -> list[Painted]:
    """What the page saw, on the call's clock.

    `seen`: id, rule, text, and `at` in milliseconds of the page's clock; `offset`: seconds to
    add to that clock for the feeder's; `started` and `arrivals` (by nudge): on the feeder's.
    """
    return [
        Painted(
            id=str(entry["id"]),
            rule=str(entry["rule"]),
            at=float(str(entry["at"])) / 1000 + offset - started,
            text=str(entry["text"]),
            arrived=None if (wall := arrivals.get(str(entry["id"]))) is None else wall - started,
        )
        for entry in seen
    ]


def _answers(nudge: Painted, due: DueTime) -> bool:
    return nudge.rule == due.rule and -EARLY <= nudge.at - due.at <= LATE


def _answer(call: str, due: DueTime, nudge: Painted | None) -> Answer:
    if nudge is None:
        return Answer(call, due.rule, due.word, due.at)
    return Answer(
        call,
        due.rule,
        due.word,
        due.at,
        nudge=nudge.id,
        delay=nudge.at - due.at,
        arrived=None if nudge.arrived is None else nudge.arrived - due.at,
        text=nudge.text,
    )


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None
