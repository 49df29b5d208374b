"""What Whisper's encoder makes of one window, for the tone model to read.

Theory. How somebody speaks stands in the first blocks of the encoder; the last ones keep what was
said and forget the rest (measured: docs/training.md). So the encoder is cut after BLOCKS of its
blocks, and the states of each of them are read. What the blocks hand on is what the layer norms
read, so the graph that decodes (models/build_whisper.py) is cut there: no second set of weights.
Of its two forms the one with blocks, everywhere: what the tone model learnt from.

Rules.
1. A window's sound is brought to one level of its speech before it is heard: a line's gain says
   nothing of a speaker.
2. It stands at the beginning of Whisper's 30 s, and no silence is added: 4 s are 200 frames.
3. `onnx`, which cuts the graph, is loaded where that is done: only processes that judge tone by the
   model need it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from faster_whisper.feature_extractor import FeatureExtractor

from models.network import ENCODER
from models.onnx import Provider, session
from models.tone_windows import LONGEST_FRAMES, spoken
from models.vad import FRAME as VAD_FRAME
from models.vad import Array
from models.windows import FRAME, SPARE
from stream.audio import Samples

BLOCKS = 3
"""Of four that tiny.en has."""
LONGEST = LONGEST_FRAMES * VAD_FRAME
"""Samples of the longest window."""
SPOKEN_LEVEL = 0.05
"""Root mean square of speech, -26 dB below full scale: that of a good line."""
SILENT = 1e-5
"""No speech is fainter: keeps the gain finite."""
MEL_FRAMES = 2
"""Mel frames in a frame of the encoder."""
STATES = "states"


class ToneEncoder:
    """The first blocks of one set of Whisper's weights. Thread-safe, holds no state."""

    def __init__(self, folder: Path, provider: Provider = "cpu") -> None:
        """`folder`: of the graphs of whisper-tiny.en (models/weights.py)."""
        self._session = session(cut(folder / ENCODER["blocks"]), provider=provider)
        self._extract = FeatureExtractor(feature_size=self._session.get_inputs()[0].shape[1])

    def states(self, audio: Samples, speech: npt.NDArray[np.bool_]) -> Array:
        """States [frames of 20 ms, BLOCKS * width] of one window.

        `audio`: [n * 512] at RATE, LONGEST at most; `speech`: [n], which of its frames of 32 ms are
        speech, one at least. ValueError where they do not match.
        """
        if len(audio) != len(speech) * VAD_FRAME or len(audio) > LONGEST:
            raise ValueError(
                f"{len(audio)} samples for {len(speech)} frames: give {VAD_FRAME} a frame, "
                f"{LONGEST} at most"
            )
        frames = len(spoken(speech))
        sound = np.zeros((frames + SPARE) * FRAME, np.float32)
        sound[: len(audio)] = levelled(audio, speech)
        mel = self._extract(sound, padding=0)[None, :, : (frames + SPARE) * MEL_FRAMES]
        place = np.arange(frames)
        (found,) = self._session.run(
            [STATES],
            {
                "mel": np.ascontiguousarray(mel, np.float32),
                "take": place,
                "place": place,
                "weight": np.zeros(frames, np.float32),
            },
        )
        return np.asarray(found[0], np.float32)


def levelled(audio: Samples, speech: npt.NDArray[np.bool_]) -> Samples:
    """The sound with its speech at SPOKEN_LEVEL; what would leave the scale is clipped."""
    said = audio.reshape(-1, VAD_FRAME)[speech]
    level = max(float(np.sqrt(np.mean(said**2))), SILENT)
    return np.asarray(np.clip(audio * (SPOKEN_LEVEL / level), -1, 1), np.float32)


def cut(encoder: Path) -> bytes:
    """The graph of `encoder` up to its first BLOCKS blocks, with what they hand on as STATES."""
    import onnx

    model = onnx.load(encoder)
    graph = model.graph
    # Two norms a block: what the first reads is what the block before it handed on.
    read = [node.input[0] for node in graph.node if node.op_type == "LayerNormalization"]
    handed_on = read[2 : 2 * BLOCKS + 1 : 2]
    needed, kept = set(handed_on), list[Any]()
    for node in reversed(graph.node):
        if needed.intersection(node.output):
            needed.update(node.input)
            kept.append(node)
    constants = [each for each in graph.initializer if each.name in needed]
    joined = onnx.helper.make_node("Concat", handed_on, [STATES], axis=-1)
    output = onnx.helper.make_tensor_value_info(STATES, onnx.TensorProto.FLOAT, None)
    shorter = onnx.helper.make_graph(
        [*reversed(kept), joined], "tone encoder", list(graph.input), [output], constants
    )
    made = onnx.helper.make_model(
        shorter, opset_imports=list(model.opset_import), ir_version=model.ir_version
    )
    return bytes(made.SerializeToString())
