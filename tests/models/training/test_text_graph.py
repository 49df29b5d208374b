"""The text model's graph, of weights by chance: what it tells does not hang on its neighbours."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from models.text import GRAPH, TOKENIZER, WEIGHTS, Read, TextModel
from models.text_input import LONGEST, Said, Turn
from models.text_labels import LABELS, SPANS
from models.training.text_graph import build_text
from models.weights import MissingWeights

WIDTH, WIDE, LAYERS, HEADS, VOCABULARY = 128, 256, 2, 4, 30_522
LINES = [
    Said(Turn("customer", "Both arms came up in blotches.")),
    Said(Turn("customer", "No."), (Turn("agent", "Any side effects?"),)),
    Said(
        Turn("agent", "So on Sunday you fainted, twice, in the kitchen?"), (Turn("customer", "x"),)
    ),
    Said(Turn("customer", "")),
    Said(Turn("customer", "a " * 300), (Turn("agent", "b " * 300), Turn("customer", "c " * 300))),
]


def state() -> dict[str, np.ndarray]:
    rng = np.random.default_rng(8)
    found: dict[str, np.ndarray] = {}

    def linear(name: str, outputs: int, inputs: int) -> None:
        found[f"{name}.weight"] = rng.normal(0, 0.2, (outputs, inputs)).astype(np.float32)
        found[f"{name}.bias"] = rng.normal(0, 0.2, outputs).astype(np.float32)

    def norm(name: str) -> None:
        found[f"{name}.weight"] = rng.normal(1, 0.1, WIDTH).astype(np.float32)
        found[f"{name}.bias"] = rng.normal(0, 0.1, WIDTH).astype(np.float32)

    embeddings = "backbone.embeddings"
    for name, rows in (("word", VOCABULARY), ("position", 512), ("token_type", 2)):
        table = rng.normal(0, 0.5, (rows, WIDTH)).astype(np.float32)
        found[f"{embeddings}.{name}_embeddings.weight"] = table
    norm(f"{embeddings}.LayerNorm")
    for number in range(LAYERS):
        layer = f"backbone.encoder.layer.{number}"
        for each in ("query", "key", "value"):
            linear(f"{layer}.attention.self.{each}", WIDTH, WIDTH)
        linear(f"{layer}.attention.output.dense", WIDTH, WIDTH)
        linear(f"{layer}.intermediate.dense", WIDE, WIDTH)
        linear(f"{layer}.output.dense", WIDTH, WIDE)
        norm(f"{layer}.attention.output.LayerNorm")
        norm(f"{layer}.output.LayerNorm")
    linear("labels", len(LABELS), 2 * WIDTH)
    linear("spans", len(SPANS), WIDTH)
    return found


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("text")
    build_text(state(), HEADS, LONGEST, made / GRAPH)
    shutil.copy(WEIGHTS / TOKENIZER, made)
    return made


@pytest.fixture(scope="module")
def model(folder: Path) -> TextModel:
    return TextModel(folder)


def values(read: Read) -> list[float]:
    return list(read.labels.values())


def test_a_line_tells_the_same_alone_and_with_others(model: TextModel) -> None:
    together = model.read(LINES)
    for line, read in zip(LINES, together, strict=True):
        (alone,) = model.read([line])
        assert read == alone
    assert len({tuple(values(read)) for read in together}) == len(LINES)


def test_it_tells_every_label_and_spans_of_the_text(model: TextModel) -> None:
    for line, read in zip(LINES, model.read(LINES), strict=True):
        assert list(read.labels) == list(LABELS)
        assert all(0 <= p <= 1 for p in read.labels.values())
        for span in read.spans:
            assert span.label in SPANS
            assert span.text == line.turn.text[span.start : span.end] != ""
    assert any(read.spans for read in model.read(LINES))


def test_the_turn_before_counts(model: TextModel) -> None:
    plain, asked = model.read([Said(Turn("customer", "No.")), LINES[1]])
    assert values(plain) != pytest.approx(values(asked), abs=1e-3)


def test_nothing_to_read_is_nothing_told(model: TextModel) -> None:
    assert model.read([]) == []


def test_a_folder_without_a_model_names_the_mend(tmp_path: Path) -> None:
    with pytest.raises(MissingWeights, match=r"no text\.onnx and no tokenizer\.json: make a text"):
        TextModel(tmp_path)


def test_the_graph_tells_what_the_trained_network_does(folder: Path, model: TextModel) -> None:
    torch = pytest.importorskip("torch", reason="torch is of the training extra")
    transformers = pytest.importorskip("transformers", reason="of the training extra")
    config = transformers.BertConfig(
        vocab_size=VOCABULARY, hidden_size=WIDTH, num_hidden_layers=LAYERS,
        num_attention_heads=HEADS, intermediate_size=WIDE,
    )  # fmt: skip
    transformers.BertModel(config, add_pooling_layer=False).save_pretrained(folder)
    from models.training.examples import Example
    from models.training.text_batches import row
    from models.training.text_fit import predict
    from models.training.text_network import TextNetwork

    network = TextNetwork(folder, len(LABELS), len(SPANS))
    network.load_state_dict({name: torch.tensor(each) for name, each in state().items()})
    examples = [Example(str(n), line, {}) for n, line in enumerate(LINES)]
    told, _ = predict(network, [row(model.input, each) for each in examples])
    for read, wanted in zip(model.read(LINES), told, strict=True):
        assert values(read) == pytest.approx(wanted.tolist(), abs=0.1), "but for 8 bits"
        assert np.corrcoef(values(read), wanted)[0, 1] > 0.99
