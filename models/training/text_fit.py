"""Trains the text model: one pass of examples after the other, in a fixed order of chance.

What is learnt: every label and every token's spans as a yes or no of its own, where somebody judged
it. Labels are rare, so a yes counts more than a no, by the root of how much rarer it is: all of it
would make the model shout.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch.nn.functional import binary_cross_entropy_with_logits

from models.text_labels import LABELS
from models.training.steps import follow, rate_share
from models.training.text_batches import UNKNOWN, Batch, Row, batches, hidden
from models.training.text_network import TextNetwork

Tell = Callable[[str, float], None]
"""Told how far it is: what is done, and the share of the whole that is done."""


@dataclass(frozen=True, slots=True)
class Course:
    """How it is trained. `smooth`: a yes is taught as 1 - smooth, a no as smooth; `most`: how much
    a yes counts at most; `hide`: share of an utterance's tokens that are hidden each time;
    `average`: what is kept of the weights' mean at each step; `half`: products in bfloat16, nearly
    twice as fast where the processor has them, slower elsewhere."""

    epochs: int = 4
    batch: int = 32
    rate: float = 2e-4
    head_rate: float = 1e-3
    decay: float = 0.01
    warm: float = 0.1
    clip: float = 1.0
    smooth: float = 0.02
    spans: float = 0.5
    most: float = 8.0
    hide: float = 0.1
    average: float = 0.998
    half: bool = True
    seed: int = 4


def train(
    network: TextNetwork, rows: Sequence[Row], course: Course, mask: int, tell: Tell
) -> TextNetwork:
    """Train it, and give it the running mean of the weights it went through. `mask`: the token
    that stands for a hidden one."""
    rng = random.Random(course.seed)
    torch.manual_seed(course.seed)
    steps = course.epochs * -(-len(rows) // course.batch)
    optimiser = torch.optim.AdamW(_groups(network, course), weight_decay=course.decay)
    rates = [group["lr"] for group in optimiser.param_groups]
    emphasis = _emphasis(rows, course.most)
    mean = {name: value.detach().clone() for name, value in _learning(network)}
    step = 0
    for epoch in range(course.epochs):
        network.train()
        for batch in batches(rows, course.batch, rng):
            share = rate_share(step / steps, course.warm)
            for group, rate in zip(optimiser.param_groups, rates, strict=True):
                group["lr"] = rate * share
            with torch.autocast("cpu", torch.bfloat16, enabled=course.half):
                loss = _loss(network, hidden(batch, course.hide, mask), emphasis, course)
            optimiser.zero_grad(set_to_none=True)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(network.parameters(), course.clip)
            optimiser.step()
            step += 1
            follow(mean, _learning(network), min(course.average, (1 + step) / (10 + step)))
            if step % 20 == 0:
                tell(f"epoch {epoch + 1}, loss {loss.item():.3f}", step / steps)
    network.load_state_dict(mean, strict=False)
    network.eval()
    return network


def predict(network: TextNetwork, rows: Sequence[Row], size: int = 32) -> tuple[Any, list[Any]]:
    """Probabilities [rows, labels], and of each row [tokens of the utterance, spans]."""
    network.eval()
    order = sorted(range(len(rows)), key=lambda i: len(rows[i].tokens.ids))
    labels, spans = torch.zeros(len(rows), len(LABELS)), [torch.zeros(0)] * len(rows)
    with torch.inference_mode():
        for batch, group in zip(
            batches([rows[i] for i in order], size, None), _chunks(order, size), strict=True
        ):
            told, marked = network(batch.ids, batch.types, batch.mask, batch.words)
            for n, i in enumerate(group):
                labels[i] = told[n].sigmoid()
                spans[i] = marked[n, rows[i].tokens.first : rows[i].tokens.last].sigmoid()
    return labels.numpy(), [each.numpy() for each in spans]


def _loss(network: TextNetwork, batch: Batch, emphasis: Any, course: Course) -> Any:
    labels, spans = network(batch.ids, batch.types, batch.mask, batch.words)
    of_labels = _told(labels, batch.labels, course.smooth, emphasis)
    of_spans = _told(spans, batch.spans, 0.0, None)
    known = (batch.spans != UNKNOWN).sum().clamp(min=1)
    return of_labels.sum(1).mean() + course.spans * len(LABELS) * of_spans.sum() / known


def _told(logits: Any, targets: Any, smooth: float, emphasis: Any) -> Any:
    known = targets != UNKNOWN
    wanted = targets.clamp(min=0) * (1 - 2 * smooth) + smooth
    loss = binary_cross_entropy_with_logits(logits, wanted, reduction="none")
    if emphasis is not None:  # of a yes as it was judged: the smoothed part of a no stays as it is
        loss = torch.where(targets == 1, loss * emphasis, loss)
    return loss * known


def _emphasis(rows: Sequence[Row], most: float) -> Any:
    """How much a yes of each label counts."""
    told = torch.tensor([row.labels for row in rows])
    yes, no = (told == 1).sum(0).clamp(min=1), (told == 0).sum(0).clamp(min=1)
    return (no / yes).sqrt().clamp(1.0, most)


def _groups(network: TextNetwork, course: Course) -> list[dict[str, Any]]:
    backbone = [value for name, value in _learning(network) if name.startswith("backbone.")]
    heads = [*network.labels.parameters(), *network.spans.parameters()]
    return [{"params": backbone, "lr": course.rate}, {"params": heads, "lr": course.head_rate}]


def _learning(network: TextNetwork) -> list[tuple[str, Any]]:
    """What is learnt, by name."""
    return [each for each in network.named_parameters() if each[1].requires_grad]


def _chunks(order: Sequence[int], size: int) -> Iterable[Sequence[int]]:
    return (order[i : i + size] for i in range(0, len(order), size))
