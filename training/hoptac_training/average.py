"""The average of models that were trained on from the same weights: often better than any of them, at the cost of one
(Wortsman et al., Model soups, 2022). Its thresholds and graph are made by `hoptac train` with a recipe of no epochs.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file

from hoptac.errors import UsageError
from hoptac_training.base import is_model

_KEPT = ("config.json", "tokenizer.json", "themes.toml")


def average(models: Sequence[Path], output: Path) -> None:
    """Write a base to `output`: the files of the first model, and the average of all models' weights. A model that is
    named twice counts twice.

    Raises UsageError where one is no model with its weights, or is of another shape, vocabulary or themes.
    """
    if not models:
        raise UsageError("no model to average; try to name at least two directories that `hoptac train` wrote")
    total: dict[str, torch.Tensor] = {}
    for model in models:
        if not is_model(model):
            raise UsageError(f"{model}: no model with its weights; expected a directory that `hoptac train` wrote")
        for name in _KEPT[1:]:
            if (model / name).read_bytes() != (models[0] / name).read_bytes():
                raise UsageError(
                    f"{model}/{name}: differs from {models[0]}/{name}; only models of the same can be averaged"
                )
        weights = load_file(model / "model.safetensors")
        if total and {name: value.shape for name, value in weights.items()} != {k: v.shape for k, v in total.items()}:
            raise UsageError(f"{model}: of another shape than {models[0]}; only models of the same can be averaged")
        for name, value in weights.items():
            total[name] = total.get(name, torch.zeros_like(value, dtype=torch.float64)) + value.double() / len(models)
    output.mkdir(parents=True, exist_ok=True)
    for name in _KEPT:
        shutil.copyfile(models[0] / name, output / name)
    save_file({name: value.float() for name, value in total.items()}, output / "model.safetensors", {"format": "pt"})
