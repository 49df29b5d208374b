"""Names that may be said in a call: from its context and its playbook."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from stream.audio import Context

LONGEST = 60
"""Characters. More is no name, and would push the others out."""
MOST = 100
"""Names of a call: more than are told to the decoder, fewer than would take time to look for."""


def names(context: Context, vocabulary: tuple[str, ...]) -> tuple[str, ...]:
    """The likeliest first: the call's product, its own vocabulary, the playbook's `vocabulary`."""
    found: dict[str, str] = {}
    for name in _read(context.get("product"), context.get("vocabulary"), vocabulary):
        found.setdefault(name.casefold(), name)
    return tuple(found.values())[:MOST]


def _read(*sources: Any) -> Iterator[str]:
    """A context is what somebody else's system says: what is no name there is passed over."""
    for source in sources:
        for value in source if isinstance(source, list | tuple) else [source]:
            name = " ".join(value.split()) if isinstance(value, str) else ""
            if name.isprintable() and 0 < len(name) <= LONGEST:
                yield name
