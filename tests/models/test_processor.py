"""Which form of the graphs a processor gets."""

from __future__ import annotations

from pathlib import Path

import pytest

from models.processor import Form, form


@pytest.mark.parametrize(
    ("told", "wanted"),
    [
        ("flags\t\t: fpu avx2 avx512f avx512_vnni\n", "rows"),
        ("flags\t\t: fpu avx2 avx_vnni\n", "rows"),
        ("model name\t: with avx512_vnni\nflags\t\t: fpu avx2 avx512f\n", "blocks"),
        ("flags\t\t: fpu avx2 not_avx_vnni\n", "blocks"),
        ("Features\t: fp asimd asimddp\n", "blocks"),
        ("", "blocks"),
    ],
)
def test_rows_are_for_processors_that_add_in_32_bits(
    tmp_path: Path, told: str, wanted: Form
) -> None:
    """The second and third as Intel's and AMD's tell it, the fifth as an ARM does."""
    cpuinfo = tmp_path / "cpuinfo"
    cpuinfo.write_text(f"processor\t: 0\n{told}", encoding="utf-8")
    assert form(cpuinfo) == wanted


def test_where_nobody_tells_there_are_blocks(tmp_path: Path) -> None:
    assert form(tmp_path / "none") == "blocks"
