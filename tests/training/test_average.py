"""Averaged weights: what comes out lies between what went in, and is a model that `hoptac train` finishes."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from fakes import ROOT
from hoptac.errors import UsageError
from hoptac_training.average import average
from hoptac_training.train import train


def _other(model: Path, path: Path) -> Path:
    """The same model with every weight one higher."""
    shutil.copytree(model, path)
    weights = {name: value + 1 for name, value in load_file(path / "model.safetensors").items()}
    save_file(weights, path / "model.safetensors", {"format": "pt"})
    return path


def test_a_model_named_twice_counts_twice(tiny_model: Path, tmp_path: Path) -> None:
    other = _other(tiny_model, tmp_path / "other")
    average([tiny_model, other, other], tmp_path / "mean")
    before, mean = (load_file(path / "model.safetensors") for path in (tiny_model, tmp_path / "mean"))
    assert mean.keys() == before.keys()
    for name, value in mean.items():
        torch.testing.assert_close(value, before[name] + 2 / 3, atol=1e-5, rtol=0)


def test_a_recipe_without_epochs_finishes_it(tiny_model: Path, tiny_data: Path, tmp_path: Path) -> None:
    average([tiny_model, tiny_model], tmp_path / "mean")
    recipe = tmp_path / "r.toml"
    recipe.write_text("epochs = 0\nwindow = 48\nbatch_tokens = 1024\n")
    themes = str(ROOT / "seeds/themes.toml")
    model = train([str(tiny_data)], themes, tmp_path / "made", recipe=str(recipe), base=str(tmp_path / "mean"))
    before, after = (load_file(path / "model.safetensors") for path in (tiny_model, tmp_path / "made"))
    assert all((before[name] - after[name]).abs().max() < 1e-6 for name in before)
    assert model.read(["the navy deal"]).themes.shape == (1, 5)


def test_what_cannot_be_averaged_is_named(tiny_model: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no model to average"):
        average([], tmp_path / "mean")
    with pytest.raises(UsageError, match="no model with its weights"):
        average([tiny_model, tmp_path], tmp_path / "mean")
    other = _other(tiny_model, tmp_path / "other")
    (other / "themes.toml").write_text("")
    with pytest.raises(UsageError, match=r"themes\.toml: differs"):
        average([tiny_model, other], tmp_path / "mean")
