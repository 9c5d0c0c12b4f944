"""A run goes on only with what it began with."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from fakes import fake_model
from hoptac.errors import HoptacError
from hoptac.predict import Predictor
from hoptac.state import check_same, settings_of
from hoptac.tables import Columns


def state_of(digest: str = "onnx 1") -> dict[str, Any]:
    settings = settings_of("local", Predictor(replace(fake_model(), digest=digest)), Columns(), "auto", "extractive")
    return {"settings": settings, "inputs": [{"name": "a", "n_files": 1, "n_rows": 2, "digest": "0" * 64}]}


def test_the_same_goes_on(tmp_path: Path) -> None:
    (tmp_path / "state").write_text(json.dumps(state_of()), encoding="utf-8")
    check_same(tmp_path / "state", state_of())


@pytest.mark.parametrize("name", list(state_of()["settings"]))
def test_every_setting_and_version_counts(name: str, tmp_path: Path) -> None:
    then = state_of()
    then["settings"][name] = "old"
    (tmp_path / "state").write_text(json.dumps(then), encoding="utf-8")
    with pytest.raises(HoptacError, match=rf"{name} was old, is .*; try --overwrite"):
        check_same(tmp_path / "state", state_of())


def test_a_state_without_versions_is_of_another_program(tmp_path: Path) -> None:
    then = state_of()
    del then["settings"]["onnxruntime"]
    (tmp_path / "state").write_text(json.dumps(then), encoding="utf-8")
    with pytest.raises(HoptacError, match="onnxruntime was None, is"):
        check_same(tmp_path / "state", state_of())


def test_the_version_of_torch_counts_where_torch_encodes() -> None:
    assert "torch" not in state_of()["settings"]
    assert {"torch", "transformers", "tokenizers"} <= set(state_of("torch 1")["settings"])
