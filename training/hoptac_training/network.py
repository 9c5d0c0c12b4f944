"""The network: an encoder, and over the average of each sentence's tokens a head for themes and a head for salience.

Input and output are those of the exported graph: see `SentenceNetwork.forward`. Training is in `fit.py`, export in
`export.py`.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

HEADS = ("mix", "themes", "weigh", "salience")


class SentenceNetwork(nn.Module):
    """Themes and salience per sentence, each read in the context of its window.

    encoder: anything that returns `last_hidden_state` (batch, tokens, width), such as a `transformers` encoder.
    """

    def __init__(self, encoder: Any, n_themes: int, dropout: float = 0.1) -> None:
        super().__init__()
        width = int(encoder.config.hidden_size)
        self.encoder = encoder
        # A CPU draws the encoder's dropout as slowly as it does a tenth of the products, and runs the fused attention
        # backwards at half the speed of the plain one (training/LOG.md).
        for module in encoder.modules():
            if isinstance(module, nn.Dropout):
                module.p = 0.0
        if hasattr(encoder, "set_attn_implementation") and not torch.cuda.is_available():
            encoder.set_attn_implementation("eager")
        self.dropout = nn.Dropout(dropout)
        self.mix = nn.Linear(2 * width, width)
        self.themes = nn.Linear(width, n_themes)
        self.weigh = nn.Linear(2 * width, width)
        self.salience = nn.Linear(width, 1)

    def forward(
        self, ids: Tensor, mask: Tensor, pool: Tensor, lower: Tensor | None = None, n_lower: int = 0
    ) -> tuple[Tensor, Tensor, Tensor]:
        """ids, mask: (batch, tokens) integers, mask 1 where there is a token; pool: (batch, sentences, tokens), rows
        that sum to 1, or to 0 where the batch has padding in place of a sentence.

        lower: (batch, tokens, width) from `run_lower(ids, mask, n_lower)`, where the lower layers were run before.

        Returns sentence vectors (batch, sentences, width), theme logits (batch, sentences, n_themes) and salience
        logits (batch, sentences).
        """
        if lower is None:
            hidden = self.encoder(input_ids=ids, attention_mask=mask).last_hidden_state
        else:
            # (batch, 1, 1, tokens): what is added to attention scores, next to minus infinity at padding
            barrier = (1.0 - mask[:, None, None, :].to(lower.dtype)) * torch.finfo(lower.dtype).min
            hidden = lower
            for layer in self.encoder.encoder.layer[n_lower:]:
                hidden = layer(hidden, barrier)
        vectors = torch.matmul(pool, hidden)
        there = pool.sum(-1, keepdim=True)
        window = (vectors * there).sum(1, keepdim=True) / there.sum(1, keepdim=True).clamp(min=1.0)
        both = self.dropout(torch.cat([vectors, window.expand_as(vectors)], dim=-1))
        themes = self.themes(self.dropout(torch.tanh(self.mix(both))))
        salience = self.salience(self.dropout(torch.tanh(self.weigh(both)))).squeeze(-1)
        return vectors, themes, salience

    @torch.no_grad()
    def run_lower(self, ids: Tensor, mask: Tensor, n_layers: int) -> Tensor:
        """(batch, tokens, width): the hidden states after the first `n_layers` of a BERT-like encoder."""
        layers = self.encoder.encoder.layer
        self.encoder.encoder.layer = layers[:n_layers]
        try:
            hidden: Tensor = self.encoder(input_ids=ids, attention_mask=mask).last_hidden_state
        finally:
            self.encoder.encoder.layer = layers
        return hidden


def autocast(device_type: str) -> torch.autocast:
    """bf16 where the hardware multiplies it itself, else float32."""
    # bf16 is several times faster where the hardware multiplies it, and many times slower where it is emulated.
    native = device_type == "cuda" or torch.cpu._is_avx512_bf16_supported()
    return torch.autocast(device_type, dtype=torch.bfloat16, enabled=native)
