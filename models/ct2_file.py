"""CTranslate2's model files, read: the variables of a `model.bin`, by name.

The format (its sixth version, little-endian): version, name and revision of the specification,
then each variable as its name, rank, dimensions, type and bytes, then aliases: a name and the
variable that it stands for. A text is its length in two bytes, and ends with a zero.
Source: CTranslate2's `python/ctranslate2/specs/model_spec.py`.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

VERSION = 6
FLOATS = {0: np.float32, 4: np.float16}
"""Types by their number here; integers are scalars of the specification, and quantised weights."""


class NotReadable(ValueError):
    """No model file of the known version, or one without plain weights. The message says which."""


@dataclass(slots=True)
class _Reader:
    data: memoryview
    at: int = 0

    def number(self, code: str) -> int:
        size = struct.calcsize("<" + code)
        return int(struct.unpack("<" + code, self.take(size))[0])

    def text(self) -> str:
        return bytes(self.take(self.number("H"))).rstrip(b"\0").decode()

    def take(self, size: int) -> memoryview:
        if self.at + size > len(self.data):
            raise NotReadable(f"the file ends at byte {len(self.data)}, inside a variable")
        self.at += size
        return self.data[self.at - size : self.at]


def read_floats(path: Path) -> Mapping[str, NDArray[Any]]:
    """The float variables of a model file, each float32 in its shape.

    Raises NotReadable, OSError.
    """
    reader = _Reader(memoryview(path.read_bytes()))
    version = reader.number("I")
    if version != VERSION:
        raise NotReadable(f"{path.name} is of version {version}, and {VERSION} is known")
    reader.text()
    reader.number("I")
    found: dict[str, NDArray[Any]] = {}
    for _ in range(reader.number("I")):
        name = reader.text()
        shape = [reader.number("I") for _ in range(reader.number("B"))]
        kind = reader.number("B")
        data = reader.take(reader.number("I"))
        if kind in FLOATS:
            found[name] = np.frombuffer(data, FLOATS[kind]).reshape(shape).astype(np.float32)
    for _ in range(reader.number("I")):
        alias, name = reader.text(), reader.text()
        if name in found:
            found[alias] = found[name]
    return found
