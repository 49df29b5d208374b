"""A nudge on its way from its rule to people: what, for how long, on what it rests."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from coach import evidence as evidences
from coach.evidence import Evidence
from coach.playbook.schema import Rule


@dataclass(frozen=True, slots=True)
class Nudge:
    """What a rule wants said. `at`, `expires`: media seconds; `phrases`: templates that were not
    offered before in the call; `utterance`: the number of the one that its evidence is from, 0
    where from none."""

    id: str
    rule: Rule
    at: float
    expires: float
    evidence: Evidence
    utterance: int = 0
    phrases: tuple[str, ...] = ()


def put(nudge: Nudge) -> dict[str, Any]:
    """JSON-able; `take` makes the same nudge of it."""
    return {
        "id": nudge.id,
        "rule": nudge.rule.id,
        "at": nudge.at,
        "expires": nudge.expires,
        "evidence": evidences.put(nudge.evidence),
        "utterance": nudge.utterance,
        "phrases": list(nudge.phrases),
    }


def take(kept: dict[str, Any], rules: Mapping[str, Rule]) -> Nudge | None:
    """The nudge that `put` put away; None where the playbook no longer has its rule."""
    rule = rules.get(kept["rule"])
    if rule is None:
        return None
    return Nudge(
        kept["id"],
        rule,
        kept["at"],
        kept["expires"],
        evidences.take(kept["evidence"]),
        kept["utterance"],
        tuple(kept["phrases"]),
    )
