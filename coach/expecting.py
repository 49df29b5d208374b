"""What a call's context and its playbook let us expect to hear."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from models.expected import Expected
from stream.audio import Context

LONGEST_NAME = 60
"""Characters. More is no name, and would push the others out."""


def expected(context: Context, vocabulary: tuple[str, ...], language: str) -> Expected:
    """What utterances that begin now are decoded by.

    `vocabulary`: the playbook's; `language`: where the context names none. The call's product is
    the likeliest name, then its vocabulary in its own order.
    """
    names: dict[str, str] = {}
    for name in _names(context.get("product"), context.get("vocabulary"), vocabulary):
        names.setdefault(name.casefold(), name)
    return Expected(str(context.get("language") or language), tuple(names.values()))


def _names(*sources: Any) -> Iterator[str]:
    """A context is what somebody else's system says: what is no name there is passed over."""
    for source in sources:
        for value in source if isinstance(source, list | tuple) else [source]:
            name = " ".join(value.split()) if isinstance(value, str) else ""
            if name.isprintable() and 0 < len(name) <= LONGEST_NAME:
                yield name
