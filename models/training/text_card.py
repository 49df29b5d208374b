"""The text model's card: what it is for, what made it, how well it does, what it cannot do."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from models.text import GRAPH, Read
from models.text_labels import LABELS, REPORTABLE
from models.training.auc import auc
from models.training.examples import Example
from models.training.text import LAY_WORDS, TOGETHER, Trained
from models.training.text_fit import Course
from models.wheels import sha256

CARD = "CARD.md"
MEGABYTE = 1e6
TEXT = """# text.onnx

What an utterance tells, understood after the two turns before it: adverse events, special
situations, complaints, self-harm, emergencies, their attributes; hardship told by a customer;
acknowledgement, paraphrase, check of understanding, blame, advice and promise by an agent; and the
words that tell an event, a product, a patient, an onset and an outcome.

- **File**: {size:.1f} MB, sha256 `{sha}`, 8 bits.
- **Base**: all-MiniLM-L6-v2 (Apache-2.0), all of it trained on.
- **Learnt from** {learnt} examples: our own lines (models/training/lines, {lines} of them),
  {heard} of these once more as our own hearing left them (models/training/heard), PsyTAR's train
  split with its spans (CC BY 4.0; Zolnoori et al. 2019), {words:,} lay words for symptoms (HPO;
  Köhler et al. 2021).
- **Development**: {development} further lines of the same writers, kept apart in blocks of
  {together}, at whose edges a context may be shared; on them the thresholds were set. The figures
  below are of them, so they flatter; held-out ones are those of `coach bench detection`.
- **Course**: {course}

## Development lines
| label | lines | AUC | live from | recall | precision | review from | recall |
|---|---|---|---|---|---|---|---|
{rows}

## Meant for
Nudging an agent and queueing utterances for a person to read, in English, on calls of patient
support. A person decides about every report. It is not meant to decide anything about anyone, to
judge cause, or to read languages other than English.

## Limits
- It learnt from invented lines and from reviews of four psychiatric drugs, not from real calls.
- Rare situations have few lines; their thresholds lean on those of all labels together.
- It reads one utterance and two turns before it; what was said a minute ago it does not know.

## On your own calls
docs/training.md says how to add lines of your own and train again.
"""


def write_card(folder: Path, trained: Trained, course: Course) -> Path:
    """Write the card beside the graph. Raises OSError."""
    graph = folder / GRAPH
    rows = [
        _row(name, trained.development, trained.told, *_thresholds(trained, name))
        for name in LABELS
        if any(each.labels[name] for each in trained.development)
    ]
    text = TEXT.format(
        size=graph.stat().st_size / MEGABYTE,
        sha=sha256(graph),
        learnt=f"{trained.learnt:,}",
        lines=f"{trained.lines:,}",
        development=f"{len(trained.development):,}",
        course=course,
        together=TOGETHER,
        words=LAY_WORDS,
        heard=f"{trained.heard:,}",
        rows="\n".join(rows),
    )
    card = folder / CARD
    card.write_text(text, encoding="utf-8")
    return card


def _thresholds(trained: Trained, name: str) -> tuple[float | None, float | None]:
    if name not in REPORTABLE:
        return None, None
    found = trained.thresholds[name]
    return found.live, found.review


def _row(
    name: str,
    lines: list[Example],
    told: list[Read],
    live: float | None,
    review: float | None,
) -> str:
    truth = np.array([each.labels[name] for each in lines])
    p = np.array([each.labels[name] for each in told])
    cells = [name.replace("_", " "), str(int(truth.sum())), f"{auc(truth, p):.3f}"]
    if live is None or review is None:
        return f"| {' | '.join(cells)} | | | | | |"
    found = p >= live
    cells += [
        f"{live:.2f}",
        f"{(truth & found).sum() / truth.sum():.2f}",
        f"{(truth & found).sum() / max(1, found.sum()):.2f}",
        f"{review:.2f}",
        f"{(truth & (p >= review)).sum() / truth.sum():.2f}",
    ]
    return f"| {' | '.join(cells)} |"
