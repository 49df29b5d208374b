"""What came with a socket's upgrade: how it was addressed, and what may prove who it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Upgrade:
    """`target`: path and query as they were sent; `subprotocols` in the order of the offer."""

    headers: Mapping[str, str] = field(repr=False, default_factory=dict)
    query: Mapping[str, str] = field(repr=False, default_factory=dict)
    subprotocols: tuple[str, ...] = field(repr=False, default=())
    target: str = field(repr=False, default="/")
