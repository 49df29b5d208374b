"""The machine, as far as this process may use it: cores, memory, and what its processor is."""

from __future__ import annotations

import math
import os
import platform
from pathlib import Path

CGROUP = Path("/sys/fs/cgroup")
"""Where Linux tells a container what it may use (cgroup version 2)."""
PROC = Path("/proc")


def cores(cgroup: Path = CGROUP) -> int:
    """Cores that may be used at a time, 1 or more: a container may have fewer than it sees."""
    seen = len(os.sched_getaffinity(0))
    quota, _, period = _read(cgroup / "cpu.max").partition(" ")
    if not (quota.isdigit() and period.isdigit() and int(period)):
        return seen
    return max(1, min(seen, math.ceil(int(quota) / int(period))))


def memory_free(cgroup: Path = CGROUP, proc: Path = PROC) -> int | None:
    """Bytes that may still be taken without another losing any; None where nobody says."""
    room = [
        int(line.split()[1]) * 1024
        for line in _read(proc / "meminfo").splitlines()
        if line.startswith("MemAvailable:")
    ]
    most, used = _read(cgroup / "memory.max"), _read(cgroup / "memory.current")
    if most.isdigit() and used.isdigit():
        room.append(max(0, int(most) - int(used) + _given_back(cgroup)))
    return min(room, default=None)


def _given_back(cgroup: Path) -> int:
    """Bytes that count as used and are given back when somebody needs them: files read before."""
    for line in _read(cgroup / "memory.stat").splitlines():
        name, _, count = line.partition(" ")
        if name == "inactive_file" and count.isdigit():
            return int(count)
    return 0


def cpu_model(proc: Path = PROC) -> str:
    """The processor by its maker's name, where the system tells it."""
    for line in _read(proc / "cpuinfo").splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def _read(path: Path) -> str:
    """What a file of the system says; '' where there is none."""
    try:
        return path.read_text(encoding="utf-8").strip()
    except OSError:
        return ""
