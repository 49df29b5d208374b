"""What all calls share: settings, and what is loaded once."""

from __future__ import annotations

from dataclasses import dataclass

from coach.noticing import Vocabulary
from coach.playbook.schema import Playbook
from coach.reads import ReadAll
from coach.tones import Scorer
from models.asr import AsrSettings
from models.language import code
from models.pacing_model import PacingModel
from stream.audio import Context, Role


@dataclass(frozen=True, slots=True)
class Knowledge:
    """What all calls share: settings and loaded data, never changed."""

    asr: AsrSettings
    vocabulary: Vocabulary
    playbook: Playbook
    language: str = "en"
    tone_of: frozenset[Role] = frozenset({"agent", "customer"})
    """Roles whose tone may be judged: some places forbid it of people at work."""
    detect: bool = True
    """Whether a call whose context names no language follows the ones that are heard."""
    pacing: PacingModel | None = None
    """What hears syllables; without it the moving picture of the pace waits for words."""
    read: ReadAll | None = None
    """What reads utterances, where the vocabulary has thresholds for it."""
    tone: Scorer | None = None
    """What scores windows of tone; without it they are judged by measures of the voice."""

    def language_of(self, context: Context) -> str:
        """The language that a context names, else the service's."""
        return code(context.get("language")) or self.language
