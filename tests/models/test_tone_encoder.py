"""The encoder's first blocks: the graph is cut where it should be, and gain says nothing."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from models import weights
from models.onnx import session
from models.tone_encoder import BLOCKS, LONGEST, SPOKEN_LEVEL, ToneEncoder, cut, levelled
from models.vad import FRAME, Array

WIDTH = 4
LAYERS = 4


@cache
def encoder() -> ToneEncoder:
    try:
        return ToneEncoder(weights.folder("whisper-tiny.en"))
    except weights.MissingWeights as missing:
        pytest.skip(str(missing))


def sound(frames: int, level: float = 0.1) -> Array:
    rng = np.random.default_rng(3)
    hum = np.sin(np.arange(frames * FRAME) * 2 * np.pi * 440 / 16_000)
    return (level * (hum + 0.1 * rng.standard_normal(frames * FRAME))).astype(np.float32)


def small(folder: Path) -> Path:
    """A network of blocks that add twice what a norm makes of them, and of a last norm."""
    gamma = numpy_helper.from_array(np.ones(WIDTH, np.float32), "gamma")
    nodes, x = [helper.make_node("Identity", ["mel"], ["x"])], "x"
    for part in range(2 * LAYERS):
        nodes.append(helper.make_node("LayerNormalization", [x, "gamma"], [f"n{part}"]))
        nodes.append(helper.make_node("Add", [x, f"n{part}"], [f"x{part}"]))
        x = f"x{part}"
    nodes.append(helper.make_node("LayerNormalization", [x, "gamma"], ["last"]))
    shape: list[str | int | None] = [1, "N", WIDTH]
    graph = helper.make_graph(
        nodes,
        "small",
        [helper.make_tensor_value_info("mel", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info("last", TensorProto.FLOAT, shape)],
        [gamma],
    )
    opset = [helper.make_opsetid("", 21)]
    onnx.save(helper.make_model(graph, opset_imports=opset, ir_version=10), folder / "small.onnx")
    return folder / "small.onnx"


def test_the_states_are_what_the_first_blocks_hand_on(tmp_path: Path) -> None:
    x = np.random.default_rng(1).normal(size=(1, 3, WIDTH)).astype(np.float32)
    (found,) = session(cut(small(tmp_path))).run(["states"], {"mel": x})
    wanted = []
    for part in range(2 * BLOCKS):
        middle, spread = x.mean(axis=-1, keepdims=True), x.var(axis=-1, keepdims=True)
        x = x + (x - middle) / np.sqrt(spread + 1e-5)
        if part % 2:
            wanted.append(x)
    assert found == pytest.approx(np.concatenate(wanted, axis=-1), abs=1e-4)


def test_four_seconds_are_two_hundred_frames() -> None:
    frames = LONGEST // FRAME
    states = encoder().states(sound(frames), np.ones(frames, bool))
    assert states.shape == (200, BLOCKS * 384)
    assert np.isfinite(states).all()


@pytest.mark.parametrize("gain", [0.05, 5.0])
def test_the_gain_of_the_line_says_nothing(gain: float) -> None:
    speech = np.arange(60) % 20 < 15
    plain = encoder().states(sound(60), speech)
    moved = encoder().states(sound(60) * np.float32(gain), speech)
    assert np.abs(moved - plain).mean() < 0.02 * np.abs(plain).mean()


def test_what_is_said_changes_the_states() -> None:
    speech = np.ones(60, bool)
    noise = np.random.default_rng(5).normal(0, 0.1, 60 * FRAME).astype(np.float32)
    one, other = (encoder().states(each, speech).mean(axis=0) for each in (sound(60), noise))
    assert np.abs(one - other).mean() > 0.1 * np.abs(one).mean()


def test_the_level_is_that_of_speech_alone() -> None:
    audio = np.concatenate([sound(10, 0.2), sound(10, 0.001)])
    speech = np.arange(20) < 10
    found = levelled(audio, speech)
    assert np.sqrt(np.mean(found[: 10 * FRAME] ** 2)) == pytest.approx(SPOKEN_LEVEL, rel=0.01)
    assert np.sqrt(np.mean(found[10 * FRAME :] ** 2)) < SPOKEN_LEVEL / 50


def test_silence_gives_numbers() -> None:
    assert np.isfinite(levelled(np.zeros(5 * FRAME, np.float32), np.ones(5, bool))).all()


@pytest.mark.parametrize(("samples", "frames"), [(10 * FRAME, 9), (LONGEST + FRAME, 126)])
def test_what_does_not_fit_is_refused(samples: int, frames: int) -> None:
    with pytest.raises(ValueError, match="at most"):
        encoder().states(np.zeros(samples, np.float32), np.ones(frames, bool))
