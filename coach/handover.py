"""Who speaks as whom, as far as the context tells: after a hand-over a party has another voice.

What the context tells of somebody for the first time is no change: he was there, unnamed. Nor is a
name that is told more fully: "Maria", then "Lopez, Maria".
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from stream.audio import Context, Role

_KNOWN_BY: Mapping[Role, tuple[str, ...]] = {"agent": ("id",), "customer": ("name", "role")}
"""What of the context tells a person from another: a patient and a caregiver of the same name are
two."""


def handed_over(before: Context, after: Context) -> list[Role]:
    """The roles that somebody else has now."""
    return [
        role
        for role, known_by in _KNOWN_BY.items()
        if any(_another(before.get(role), after.get(role), name) for name in known_by)
    ]


def _another(before: Any, after: Any, name: str) -> bool:
    if not isinstance(before, Mapping) or not isinstance(after, Mapping):
        return False
    was, now = before.get(name), after.get(name)
    if not was or not now or was == now:
        return False
    return name != "name" or not _fuller(str(was), str(now))


def _fuller(was: str, now: str) -> bool:
    """Whether one name has all the words of the other."""
    first, second = (set(re.findall(r"\w+", name.casefold())) for name in (was, now))
    return first <= second or second <= first
