"""Servers that help the two ends of a WebRTC session to find each other."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class IceServer:
    """`stun:host:port`, or `turn:…` with its user's name and password."""

    url: str
    username: str = ""
    credential: str = field(default="", repr=False)
