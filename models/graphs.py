"""Where the graphs of a set of Whisper weights lie; made here for weights that have none."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from pathlib import Path

from faster_whisper.utils import download_model

from models import weights
from models.ct2_file import NotReadable
from models.network import GRAPHS
from models.wheels import replace_folder

BUILT = "graphs"
"""Folder of graphs made for weights that no manifest pins, below models_dir()."""
TOKENIZER = "tokenizer.json"


def whisper_graphs(folder_or_name: str) -> Path:
    """A folder with GRAPHS and TOKENIZER of the weights in a folder, or of a hub name.

    Weights of the manifest have theirs; others get them once. Raises NotReadable with the mend,
    OSError.
    """
    source = Path(folder_or_name)
    if not source.is_dir():
        source = Path(download_model(folder_or_name))
    if source.parent == weights.models_dir():
        return source
    place = weights.models_dir() / BUILT / _key(source)
    if not all((place / name).is_file() for name in (*GRAPHS, TOKENIZER)):
        _build(source, place)
    return place


def _key(source: Path) -> str:
    """Another one for other weights, and for another builder."""
    model, builder = source / "model.bin", weights.BUILDERS["whisper"].salt()
    if not model.is_file():
        raise NotReadable(
            f"{source} holds no model.bin: give models.whisper a folder in faster-whisper's layout"
        )
    found = model.stat()
    facts = f"{source.resolve()} {found.st_size} {found.st_mtime_ns} {builder}"
    return hashlib.sha256(facts.encode()).hexdigest()[:16]


def _build(source: Path, place: Path) -> None:
    from models.build_whisper import build_whisper  # only new weights need it

    place.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".build-", dir=place.parent) as scratch:
        made = Path(scratch) / "made"
        made.mkdir()
        try:
            build_whisper(source, made)
            shutil.copy(source / TOKENIZER, made)
        except (ValueError, KeyError, FileNotFoundError) as fault:
            raise NotReadable(
                f"{source}: {fault}; set models.engine to ctranslate2 for these weights"
            ) from fault
        replace_folder(made, place)
