"""Which form of a network's graphs this processor multiplies exactly and fast."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Literal

Form = Literal["blocks", "rows"]
"""`blocks`: right on every processor. `rows`: right on those that add products of 8 bits in 32, and
there a decoding costs a quarter less (models/row_graph.py)."""

CPUINFO = Path("/proc/cpuinfo")
VNNI = frozenset({"avx512_vnni", "avx_vnni"})
"""Instructions that add four products of 8 bits to one number of 32, as Linux names them."""


@lru_cache(maxsize=1)
def form(cpuinfo: Path = CPUINFO) -> Form:
    """What this machine runs; `blocks` where nothing tells."""
    try:
        lines = cpuinfo.read_text(encoding="utf-8").splitlines()
    except OSError:
        return "blocks"
    flags = next((line for line in lines if line.startswith("flags")), "")
    return "rows" if VNNI.intersection(flags.split()) else "blocks"
