"""The text model as it is trained: MiniLM with one layer of outputs a head.

The sentence is what its tokens are on the average, beside what stands at [CLS]: the mean alone
loses a half clause in a long utterance, [CLS] alone was not what MiniLM was trained with.

The backbone learns without dropout: with it MiniLM, small as it is, does not come to fit even the
lines it learns from (docs/training.md).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from torch import nn
from transformers import BertModel

DROPOUT = 0.1
"""Before the heads."""


class TextNetwork(nn.Module):
    """`forward` gives logits: of `labels` [B, labels] and of `spans` [B, T, spans]."""

    def __init__(self, folder: Path, labels: int, spans: int) -> None:
        """`folder`: MiniLM's config and weights."""
        super().__init__()
        self.backbone = BertModel.from_pretrained(
            folder,
            add_pooling_layer=False,
            hidden_dropout_prob=0.0,
            attention_probs_dropout_prob=0.0,
        )
        # A word that is in no line stays where MiniLM has it, beside its likes that are in some.
        self.backbone.embeddings.word_embeddings.weight.requires_grad_(False)
        width = self.backbone.config.hidden_size
        self.dropout = nn.Dropout(DROPOUT)
        self.labels = nn.Linear(2 * width, labels)
        self.spans = nn.Linear(width, spans)

    def forward(self, ids: Any, types: Any, mask: Any, words: Any) -> tuple[Any, Any]:
        """All [B, T]: tokens, their types, 1 where there is a token, 1 where it is one of the
        utterance's words."""
        states = self.backbone(
            input_ids=ids, token_type_ids=types, attention_mask=mask
        ).last_hidden_state
        share = words.unsqueeze(-1) / words.sum(1, keepdim=True).clamp(min=1).unsqueeze(-1)
        whole = torch.cat([states[:, 0], (states * share).sum(1)], dim=-1)
        return self.labels(self.dropout(whole)), self.spans(self.dropout(states))
