"""Who judges tone: the model, whose weights are for research alone, or the measures of the voice.

The model is used where its licence is accepted, which is said in the log each time. Where it cannot
be loaded calls go on without it: tone by measures of the voice is what everybody else has.
"""

from __future__ import annotations

from pathlib import Path

import structlog

from coach.settings import Settings
from coach.tones import Scorer
from models import weights
from models.licences import TONE_RESEARCH
from models.tone_model import NOTICE, WEIGHTS

SETTING = "models.accept_licences"
GRAPHS = "whisper-tiny.en"
"""Of the manifest: what the tone model reads is what this encoder makes of sound."""
FALLBACK = "the tone model cannot be loaded: tone is judged by measures of the voice"
MEND = f"`coach models verify` names files that have changed; {SETTING} = none wants no model"

log = structlog.get_logger(__name__)


def load_tone(
    settings: Settings, development: bool = False, *, folder: Path = WEIGHTS
) -> Scorer | None:
    """The tone model; None where its licence is not accepted, nobody's tone may be judged, or it
    cannot be loaded. Blocks for a second or two.

    `development`: whether the server runs in development mode, where it is accepted unless the
    setting says otherwise.
    """
    if not (settings.tone_of and settings.models.accepts(TONE_RESEARCH, development)):
        return None
    try:
        # Loads onnx, which serving calls does not need otherwise.
        from models.tone_scorer import ToneScorer

        scorer = ToneScorer(weights.folder(GRAPHS), folder, settings.models.provider)
    except weights.MissingWeights as missing:
        log.warning(FALLBACK, fault=str(missing))  # which names the mend
        return None
    except Exception as fault:
        # Whatever onnx and onnxruntime make of a file that is no graph.
        log.warning(FALLBACK, fault=f"{type(fault).__name__}: {fault}", mend=MEND)
        return None
    log.warning(
        "tone is judged by a model for research alone, not for commercial use",
        licence=TONE_RESEARCH,
        notice=str(folder / NOTICE),
        accepted_by="development mode" if settings.models.accept_licences is None else SETTING,
    )
    return scorer
