"""The tone model's card and notice: what made it, its terms, how well it does, its limits."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from models.tone_model import GRAPH, SCORES, Score
from models.training.auc import auc
from models.training.tone_clips import CORPORA, Corpus
from models.training.tone_fit import SIDES, Learned
from models.training.tone_heard import COPIES
from models.training.tone_rows import LEAD, Acted
from models.training.tone_validate import FOLDS, Told, Validated
from models.wheels import sha256

CARD, NOTICE = "CARD.md", "NOTICE"
KILOBYTE = 1e3
TEXT = """# tone.onnx (research set)

Activation, tension and valence of one to four seconds of a voice, against the speaker's own habit
on this call: weights over the mean state of the first blocks of Whisper tiny.en's encoder
(models/tone_encoder.py). The licence is in NOTICE: not for commercial use.

- **File**: {size:.1f} kB, sha256 `{sha}`.
- **Learnt from** {clips},
  each over {copies} telephone lines: one plain (300 to 3400 Hz at 8 kHz, mu-law), the others with
  hiss, tilt and gain as they are drawn, mu-law or A-law.
- **Activation**: {activation}.
- **Tension**: {tension}.
- **Valence**: {valence}.
- **Fitted by** ridge regression on mean states less those of the same speaker's neutral speech;
  strengths {strengths},
  chosen on speakers left out. The seed is fixed.

## Held-out figures
AUC of whole clips, judged by the run-time's own arithmetic after {lead:.0f} s of the same speaker's
neutral speech (other clips, over again until there are so many), over the plain telephone line.

| | score | {corpora} |
|---|---|---|---|
{rows}

- *unseen speakers*: learnt from both corpora without the speaker ({folds} groups of speakers).
- *with hiss*: the same over a line that is drawn for each speaker.
- *other corpus*: learnt from the other corpus alone.
- *fallback*: models/tone.py, which learnt from nothing.

Activation of unseen men and women: {sexes}.
Chosen once on these corpora, in no fold: which blocks of the encoder are read, that the score is
linear, and of which speech a hundredth may be tense (neutral, calm, sad). Weights, the ridge's
strengths and the calibration are made inside the folds.

## Meant for
Showing an agent that a voice has become more activated or more tense than it was, with an unsure
that is used. Not for deciding anything about anyone.

## Limits
- The emotions are acted, by young speakers, in two languages; spontaneous speech is unmeasured and
  harder. RAVDESS has two sentences, which are in the neutral speech before a clip too.
- Valence hardly travels from one corpus to the other: it has no part in any label but as a number.
- Somebody who is upset from the first word on is their own habit.
"""
LICENCE = """tone.onnx and tone.toml in this folder are for research alone.

They were learnt from, and hold nothing of the sound of:

- RAVDESS, the Ryerson Audio-Visual Database of Emotional Speech and Song: Livingstone SR, Russo FA
  (2018), PLoS ONE 13(5): e0196391. Licence: CC BY-NC-SA 4.0.
- EmoDB, the Berlin Database of Emotional Speech: Burkhardt F, Paeschke A, Rolfes M, Sendlmeier WF,
  Weiss B (2005), Interspeech 2005. For research.

So these two files are given under the Creative Commons licence
Attribution-NonCommercial-ShareAlike 4.0 International (CC BY-NC-SA 4.0), unlike the code. Calls use
them where that licence is accepted (docs/settings.md, models.accept_licences) and in development
mode; elsewhere tone is told by the measures of models/tone.py, which learnt nothing.

The encoder whose states they read is Whisper tiny.en (OpenAI, MIT), which is not in this folder.
"""


def write_notice(folder: Path) -> None:
    """Write the terms beside the graph. Raises OSError."""
    (folder / NOTICE).write_text(LICENCE, encoding="utf-8")


def write_card(folder: Path, of: Acted, learned: Learned, found: Validated) -> Path:
    """Write the card beside the graph. Raises OSError."""
    graph = folder / GRAPH
    counts = Counter(clip.corpus for clip, used in zip(of.clips, of.useful, strict=True) if used)
    text = TEXT.format(
        size=graph.stat().st_size / KILOBYTE,
        sha=sha256(graph),
        clips=" and ".join(f"{counts[each]:,} clips of {each}" for each in CORPORA),
        copies=COPIES,
        strengths=", ".join(f"{learned.strengths[each]:g} of {each}" for each in SCORES),
        lead=LEAD,
        corpora=" | ".join(CORPORA),
        rows="\n".join(_rows(of, found)),
        folds=FOLDS,
        sexes="; ".join(_sexes(of, found.unseen, each) for each in CORPORA),
        **{name: _against(name) for name in SCORES},
    )
    card = folder / CARD
    card.write_text(text, encoding="utf-8")
    return card


def clip_auc(of: Acted, told: Told, name: Score, clips: Iterable[int]) -> float:
    """How well a score parts its sides among these clips; those of neither do not count."""
    high, low = SIDES[name]
    chosen = [clip for clip in clips if clip in told and of.clips[clip].emotion in high | low]
    truth = np.array([of.clips[clip].emotion in high for clip in chosen])
    return auc(truth, np.array([getattr(told[clip], name) for clip in chosen]))


def _rows(of: Acted, found: Validated) -> Iterable[str]:
    for title, told in (
        ("unseen speakers", found.unseen),
        ("with hiss", found.hissing),
        ("other corpus", found.across),
        ("fallback", found.fallback),
    ):
        for name in SCORES:
            if told is not found.fallback or name != "valence":
                cells = [f"{clip_auc(of, told, name, _of(of, each)):.3f}" for each in CORPORA]
                yield f"| {title} | {name} | {' | '.join(cells)} |"


def _of(of: Acted, corpus: Corpus) -> list[int]:
    return np.flatnonzero(of.of(corpus)).tolist()


def _sexes(of: Acted, told: Told, corpus: Corpus) -> str:
    men, women = (
        clip_auc(of, told, "activation", [n for n in _of(of, corpus) if of.clips[n].man is man])
        for man in (True, False)
    )
    return f"{corpus} {men:.3f} and {women:.3f}"


def _against(name: Score) -> str:
    high, low = (", ".join(sorted(side)) for side in SIDES[name])
    return f"{high} against {low}"
