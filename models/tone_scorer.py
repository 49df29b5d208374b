"""Scores of a window from its sound: the encoder's first blocks, then the tone model."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt

from models.onnx import Provider
from models.tone_encoder import ToneEncoder
from models.tone_model import WEIGHTS, Scores, ToneModel
from stream.audio import Samples


class ToneScorer:
    """Both models, shared by all calls. Thread-safe, holds no state."""

    def __init__(self, graphs: Path, folder: Path = WEIGHTS, provider: Provider = "cpu") -> None:
        """`graphs`: the folder of whisper-tiny.en (models/weights.py); `folder`: the tone model's.

        Raises MissingWeights where the tone model is not there, OSError where the encoder is not,
        and whatever onnx and onnxruntime do of a file that is no graph.
        """
        model = ToneModel(folder, provider)
        self._score = model.score
        self.calibration = model.calibration
        self._states = ToneEncoder(graphs, provider).states

    def score(self, audio: Samples, speech: npt.NDArray[np.bool_]) -> Scores:
        """Raw scores of a window.

        `audio`: [n * 512] at RATE, 4 s at most; `speech`: [n], which of its frames of 32 ms are
        speech, one at least. ValueError where they do not match. Blocks for 10 to 20 ms.
        """
        return self._score(self._states(audio, speech), speech)
