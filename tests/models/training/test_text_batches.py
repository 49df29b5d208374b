"""Batches of the text model's training: what is padded, learnt and hidden."""

from __future__ import annotations

import random

import pytest
import tokenizers

from models.text import TOKENIZER, WEIGHTS
from models.text_input import Said, TextInput, Turn
from models.text_labels import LABELS, SPANS
from models.training.examples import Example, Marked

torch = pytest.importorskip("torch", reason="torch is of the training extra")
from models.training.text_batches import UNKNOWN, batches, hidden, row  # noqa: E402

READER = TextInput(tokenizers.Tokenizer.from_file(str(WEIGHTS / TOKENIZER)))
RASH = Example(
    "a",
    Said(Turn("customer", "I got a rash."), (Turn("agent", "How are you?"),)),
    {"adverse_event": True, "overdose": False},
    (Marked("event", 8, 12),),
    frozenset({"event"}),
)
SHORT = Example("b", Said(Turn("customer", "No.")), {"adverse_event": False})


def test_what_nobody_judged_is_unknown() -> None:
    (batch,) = batches([row(READER, RASH), row(READER, SHORT)], 4, None)
    told = dict(zip(LABELS, batch.labels[0].tolist(), strict=True))
    assert (told["adverse_event"], told["overdose"], told["misuse"]) == (1, 0, UNKNOWN)
    event, product = SPANS.index("event"), SPANS.index("product")
    assert (batch.spans[0, :, event] == 1).sum() == 1
    assert (batch.spans[0, :, product] == UNKNOWN).all()
    assert (batch.spans[1] == UNKNOWN).all()


def test_every_row_comes_once_an_epoch() -> None:
    rows = [
        row(READER, Example(str(n), Said(Turn("customer", "a " * n)), {"serious": n % 2 == 0}))
        for n in range(1, 60)
    ]
    taken = list(batches(rows, 8, random.Random(1)))
    assert sum(len(each.ids) for each in taken) == len(rows)
    lengths = sorted(int(count) for each in taken for count in each.words.sum(1))
    assert lengths == list(range(1, 60))


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_only_words_of_the_utterance_are_hidden(share: float) -> None:
    (batch,) = batches([row(READER, RASH), row(READER, SHORT)], 4, None)
    found = hidden(batch, share, READER.mask)
    words = batch.words.bool()
    assert ((found.ids == READER.mask) == (words & (share == 1))).all()
    assert (found.ids[~words] == batch.ids[~words]).all()
    assert found.labels is batch.labels
