"""The pacing model as it is trained: three steps side by side, two recurrent layers, two outputs.

Recurrent layers learn how loud a line is and how it colours speech while they listen, so nothing
has to be measured before.
"""

from __future__ import annotations

from typing import Any

from torch import nn
from torch.nn.functional import pad, softplus

from models.pacing_model import PAST, UNITS, WIDTH

DROPOUT = 0.1


class PacingNetwork(nn.Module):
    """`forward` gives of each step its syllables, and the logit of speech, both [B, T]."""

    def __init__(self) -> None:
        super().__init__()
        self.near = nn.Conv1d(WIDTH, UNITS, PAST + 1)
        self.dropout = nn.Dropout(DROPOUT)
        self.layers = nn.GRU(UNITS, UNITS, num_layers=2, batch_first=True, dropout=DROPOUT)
        self.told = nn.Linear(UNITS, 2)

    def forward(self, steps: Any) -> tuple[Any, Any]:
        """`steps` [B, T, WIDTH], from the beginning of a stream."""
        x = self.near(pad(steps.transpose(1, 2), (PAST, 0))).relu().transpose(1, 2)
        x, _ = self.layers(self.dropout(x))
        told = self.told(self.dropout(x))
        return softplus(told[..., 0]), told[..., 1]
