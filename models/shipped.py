"""Models that were trained here and come with the code, as manifest.toml tells of them.

Their bytes lie in models/weights, nothing fetches them. `python -m models.shipped` prints what the
manifest must say of the files that lie there now, for whoever trained one anew.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from models.manifest import MANIFEST, Described, File, ManifestError
from models.wheels import sha256

WEIGHTS = Path(__file__).with_name("weights")


@dataclass(frozen=True, slots=True)
class Shipped(Described):
    """One of them. `command`: what makes it; `labels`: what it tells, in the order of its outputs;
    `thresholds`: the file that says from where on they count; `calibration`: the one that says what
    its numbers mean; '' for none."""

    command: str
    labels: tuple[str, ...]
    files: tuple[File, ...]
    thresholds: str = ""
    calibration: str = ""

    def faults(self, root: Path = WEIGHTS) -> list[str]:
        """What is missing or changed, by reading all bytes; [] where all is sound."""
        found = []
        for file in self.files:
            path = root / self.name / file.path
            if not path.is_file():
                found.append(f"{self.name}: {file.path} is missing; install Coach anew")
            elif (now := sha256(path)) != file.sha256:
                found.append(
                    f"{self.name}: {file.path} has changed (its sha256 is {now}); install Coach "
                    "anew, or, where you trained it, run: python -m models.shipped"
                )
        return found

    def present(self, root: Path = WEIGHTS) -> bool:
        """Whether every file is there, whole by its size."""
        places = ((root / self.name / file.path, file.size) for file in self.files)
        return all(path.is_file() and path.stat().st_size == size for path, size in places)


def load_shipped(path: Path = MANIFEST) -> list[Shipped]:
    """In the order of the manifest. Raises ManifestError for an entry that cannot be meant."""
    raw = tomllib.loads(path.read_text(encoding="utf-8")).get("shipped", {})
    found = []
    for name, entry in raw.items():
        try:
            files = tuple(File(**file) for file in entry["files"])
            model = Shipped(
                **{**entry, "name": name, "labels": tuple(entry["labels"]), "files": files}
            )
        except (KeyError, TypeError) as fault:
            raise ManifestError(f"shipped model {name}: {fault}; write it as the others") from None
        named = {model.thresholds, model.calibration} - {""}
        if unknown := named - {file.path for file in files}:
            raise ManifestError(f"shipped model {name}: {', '.join(unknown)} is not of its files")
        found.append(model)
    return found


def written(model: Shipped, root: Path = WEIGHTS) -> Iterator[str]:
    """Lines of the manifest for its files as they are."""
    for file in model.files:
        path = root / model.name / file.path
        yield f"[[shipped.{model.name}.files]]"
        yield f'path = "{file.path}"'
        yield f"size = {path.stat().st_size}"
        yield f'sha256 = "{sha256(path)}"'
        yield ""


if __name__ == "__main__":
    for each in load_shipped():
        print("\n".join(written(each)))
