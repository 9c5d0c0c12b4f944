"""Runs the trained weights with torch, on a GPU where there is one. Needs the extra `train`; `engine` imports it late.

The encoder is whatever `transformers` makes of config.json; the heads are those of the exported graph.
"""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor
from torch.nn.functional import linear
from transformers import AutoConfig, AutoModel

from hoptac.engine import Output
from hoptac.errors import ModelError
from hoptac.windows import Window

_ODD_SETTINGS = (ArithmeticError, AssertionError, AttributeError, TypeError)
"""What transformers raises for a config.json that makes no sense."""
HEADS = ("mix", "themes", "weigh", "salience")


class TorchEngine:
    """float32 on a CPU; on a GPU the encoder in bfloat16. One window at a time: torch spreads it over the cores."""

    def __init__(self, path: Path) -> None:
        self._device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        try:
            weights = load_file(path)
            self._heads = {
                name: (weights.pop(f"{name}.weight").to(self._device), weights.pop(f"{name}.bias").to(self._device))
                for name in HEADS
            }
            auto: Any = AutoModel
            settings = AutoConfig.from_pretrained(path.parent, local_files_only=True, trust_remote_code=False)
            encoder = auto.from_config(settings, trust_remote_code=False)
            missing, odd = encoder.load_state_dict(weights, strict=False)
        except (SafetensorError, LookupError, OSError, ValueError, RuntimeError, *_ODD_SETTINGS) as error:
            reason = (str(error).splitlines() or [type(error).__name__])[0][:160]
            raise ModelError(f"{path}: torch cannot load it ({reason}); get the model again") from error
        missing = [name for name in missing if not name.startswith("pooler.")]  # which nothing here reads
        if missing or odd:
            raise ModelError(f"{path}: lacks {missing[:3]} or has {odd[:3]} too many; it does not fit config.json")
        dtype = torch.bfloat16 if self._device.type == "cuda" else torch.float32
        self._encoder = encoder.to(self._device, dtype).eval()
        self._one_at_a_time = threading.Lock()

    @torch.inference_mode()
    def run(self, window: Window) -> Output:
        """See Engine."""
        ids = torch.tensor([window.ids], device=self._device)
        pool = torch.from_numpy(window.pooling()).to(self._device)
        with self._one_at_a_time:
            hidden = self._encoder(input_ids=ids, attention_mask=torch.ones_like(ids)).last_hidden_state[0]
            vectors = pool @ hidden.float()
            both = torch.cat([vectors, vectors.mean(0, keepdim=True).expand_as(vectors)], dim=-1)
            themes = self._head("themes", torch.tanh(self._head("mix", both)))
            salience = self._head("salience", torch.tanh(self._head("weigh", both))).squeeze(-1)
        return Output(vectors.cpu().numpy(), themes.cpu().numpy(), salience.cpu().numpy())

    def _head(self, name: str, values: Tensor) -> Tensor:
        return linear(values, *self._heads[name])
