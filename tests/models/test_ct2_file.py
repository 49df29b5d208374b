"""CTranslate2's model files: read to the last byte, or refused with a reason."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest

from models.ct2_file import VERSION, NotReadable, read_floats


def text(value: str) -> bytes:
    data = value.encode() + b"\0"
    return struct.pack("<H", len(data)) + data


def variable(name: str, shape: list[int], kind: int, data: bytes) -> bytes:
    dimensions = struct.pack(f"<B{len(shape)}I", len(shape), *shape)
    return text(name) + dimensions + struct.pack("<BI", kind, len(data)) + data


def model(*variables: bytes, aliases: tuple[tuple[str, str], ...] = ()) -> bytes:
    head = struct.pack("<I", VERSION) + text("WhisperSpec") + struct.pack("<I", 3)
    body = struct.pack("<I", len(variables)) + b"".join(variables)
    tail = b"".join(text(alias) + text(name) for alias, name in aliases)
    return head + body + struct.pack("<I", len(aliases)) + tail


WEIGHT = np.array([[1.5, -2.0, 0.25]], np.float16)
WHOLE = model(
    variable("a/weight", [1, 3], 4, WEIGHT.tobytes()),
    variable("a/bias", [1], 0, np.array([7], np.float32).tobytes()),
    variable("a/bits", [2], 1, b"\1\2"),
    variable("a/heads", [], 2, b"\1\0"),
    aliases=(("b/weight", "a/weight"),),
)


def test_floats_are_read_in_their_shapes(tmp_path: Path) -> None:
    (tmp_path / "model.bin").write_bytes(WHOLE)
    found = read_floats(tmp_path / "model.bin")
    assert sorted(found) == ["a/bias", "a/weight", "b/weight"]
    assert found["a/weight"].dtype == np.float32
    assert found["a/weight"].tolist() == WEIGHT.tolist()
    assert found["b/weight"] is found["a/weight"]


@pytest.mark.parametrize("size", range(0, len(WHOLE), 7))
def test_a_file_that_was_cut_short_is_refused(tmp_path: Path, size: int) -> None:
    (tmp_path / "model.bin").write_bytes(WHOLE[:size])
    with pytest.raises(NotReadable, match="the file ends at byte"):
        read_floats(tmp_path / "model.bin")


def test_another_version_is_refused(tmp_path: Path) -> None:
    (tmp_path / "model.bin").write_bytes(struct.pack("<I", 5) + WHOLE[4:])
    with pytest.raises(NotReadable, match="version 5, and 6 is known"):
        read_floats(tmp_path / "model.bin")
