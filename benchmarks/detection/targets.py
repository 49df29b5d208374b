"""What is wanted of detection, and whether it is met."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from benchmarks.detection.measure import Calm, Loss, Spoken, Written
from models.text_labels import EVENT

SECONDS = 0.012
QUEUED = 0.10
LOST = 0.06
"""Of recall, where lines are heard instead of read."""
SHOWN = 1
"""Labels shown live over the bank calls."""


@dataclass(frozen=True, slots=True)
class Target:
    """One figure, and whether it is what is wanted."""

    name: str
    wanted: str
    got: float
    met: bool


def targets(found: Mapping[str, Any]) -> list[Target]:
    """All of them, in the order of the tables."""
    return [
        *_written(found["written"]["PsyTAR test"]),
        *_spoken(found["spoken"]),
        *_calm(found["calm"]),
        *(_heard(found["heard"]) if "heard" in found else ()),
        *(_bank(len(found["bank"])) if "bank" in found else ()),
        _at_most("an utterance, p95, s", found["seconds"]["p95"], SECONDS),
    ]


def _written(psytar: Written) -> Iterator[Target]:
    yield _at_least("PsyTAR test, AUC", psytar.auc.value, 0.95)
    yield _at_least("PsyTAR test, F1", psytar.f1.value, 0.855)
    yield _at_least("PsyTAR test, precision at recall 0.95", psytar.precision.value, 0.73)


def _spoken(found: Spoken) -> Iterator[Target]:
    event = found.labels[EVENT]
    yield _at_least("adverse events live, recall", event.live.value, 0.90)
    yield _at_least("adverse events live, precision", event.precise.value, 0.90)
    yield _at_least("adverse events at review, recall", event.review.value, 0.98)
    yield _at_least("adverse events at review, recall, lower bound", event.review.low, 0.95)
    yield _at_least("serious adverse events queued", found.serious.value, 1.0)
    for name, each in found.labels.items():
        if name != EVENT:
            yield _at_least(f"{name.replace('_', ' ')} at review, recall", each.review.value, 0.90)
    yield _at_least("self-harm and emergency alerted, recall", found.dangers.value, 0.95)
    for kind, wanted in (("event", 0.80), ("product", 0.85)):
        yield _at_least(f"spans of {kind}, overlap F1", found.spans[kind], wanted)


def _calm(found: Calm) -> Iterator[Target]:
    yield _at_most("calls without anything reportable, queued", found.queued.value, QUEUED)
    yield _at_most("calls without anything reportable, alerts", found.alerted.value, 0.0)


def _heard(found: Loss) -> Iterator[Target]:
    for tier, (written, heard) in (("live", found.live), ("review", found.review)):
        yield _at_most(
            f"adverse events heard, recall lost, {tier}", written.value - heard.value, LOST
        )


def _bank(count: int) -> Iterator[Target]:
    yield _at_most("bank calls, shown live", count, SHOWN)


def _at_least(name: str, got: float, wanted: float) -> Target:
    return Target(name, f"at least {wanted:g}", got, got >= wanted)


def _at_most(name: str, got: float, wanted: float) -> Target:
    return Target(name, f"at most {wanted:g}", got, got <= wanted)
