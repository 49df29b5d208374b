"""What of the machine may be used: as the system tells it, in a container and outside."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from coach import machine

SEEN = len(os.sched_getaffinity(0))


@pytest.mark.parametrize(
    ("quota", "cores"),
    [
        ("", SEEN),
        ("max 100000", SEEN),
        ("50000 100000", 1),
        (f"{SEEN * 100_000} 100000", SEEN),
        (f"{SEEN * 900_000} 100000", SEEN),
        ("nonsense", SEEN),
        ("100000 0", SEEN),
    ],
)
def test_a_container_has_the_cores_it_was_given(tmp_path: Path, quota: str, cores: int) -> None:
    if quota:
        (tmp_path / "cpu.max").write_text(f"{quota}\n")
    assert machine.cores(tmp_path) == cores


def test_free_memory_is_what_both_machine_and_container_have(tmp_path: Path) -> None:
    nothing = tmp_path / "nothing"
    assert machine.memory_free(nothing, nothing) is None
    (tmp_path / "meminfo").write_text("MemTotal: 9 kB\nMemAvailable:    4096 kB\nSwapFree: 0 kB\n")
    assert machine.memory_free(nothing, tmp_path) == 4 << 20
    (tmp_path / "memory.current").write_text("1048576\n")
    for most, free in (("max", 4 << 20), ("3145728", 2 << 20), ("1000", 0)):
        (tmp_path / "memory.max").write_text(f"{most}\n")
        assert machine.memory_free(tmp_path, tmp_path) == free
    (tmp_path / "memory.stat").write_text("anon 5\ninactive_file 2000\nactive_file 7\n")
    (tmp_path / "memory.max").write_text("1048676\n")
    assert machine.memory_free(tmp_path, tmp_path) == 2100, "files read before are given back"


def test_a_processor_has_a_name(tmp_path: Path) -> None:
    assert machine.cpu_model()
    assert machine.cpu_model(tmp_path)
    (tmp_path / "cpuinfo").write_text("processor : 0\nmodel name\t: One: of a kind\n")
    assert machine.cpu_model(tmp_path) == "One: of a kind"
