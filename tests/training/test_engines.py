"""Whichever engine runs a model, its answers are the same."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from hoptac.engine import ENGINES
from hoptac.errors import ModelError
from hoptac.model import PARITY_TOLERANCE, load_model, sigmoid
from hoptac_training.export import write_sums

TEXTS = [
    ["the ministers agreed on a gas deal"],
    ["the navy deal", "a festival on the trade", "ministers agreed on a scholarship"],
    ["the vaccine " * 40, "trade"],  # longer than a window
]


@pytest.mark.parametrize("engine", list(ENGINES))
def test_every_engine_gives_the_answers_of_the_first(engine: str, tiny_model: Path) -> None:
    first, other = load_model(tiny_model), load_model(tiny_model, engine)
    for sentences in TEXTS:
        expected, found = first.read(sentences), other.read(sentences)
        assert found.themes.dtype == found.vectors.dtype == np.float32
        assert found.vectors.shape == expected.vectors.shape
        np.testing.assert_allclose(sigmoid(found.themes), sigmoid(expected.themes), atol=PARITY_TOLERANCE)
        np.testing.assert_allclose(sigmoid(found.salience), sigmoid(expected.salience), atol=PARITY_TOLERANCE)
        assert ((found.themes > 0) == (expected.themes > 0)).all()


def test_engines_in_float32_agree_to_a_thousandth(tiny_model: Path) -> None:
    first, other = load_model(tiny_model, "onnx-fp32"), load_model(tiny_model, "torch")
    for sentences in TEXTS:
        expected, found = first.read(sentences), other.read(sentences)
        np.testing.assert_allclose(found.vectors, expected.vectors, atol=1e-3)
        np.testing.assert_allclose(sigmoid(found.themes), sigmoid(expected.themes), atol=1e-3)
        np.testing.assert_allclose(sigmoid(found.salience), sigmoid(expected.salience), atol=1e-3)


@pytest.mark.parametrize("engine", list(ENGINES))
def test_a_digest_names_the_engine_and_the_model(engine: str, tiny_model: Path) -> None:
    digest = load_model(tiny_model, engine).digest
    assert digest.startswith(f"{engine} ")
    assert digest != load_model(tiny_model, next(name for name in ENGINES if name != engine)).digest


@pytest.mark.parametrize("engine", list(ENGINES))
def test_weights_that_are_damaged_are_refused_in_one_line(engine: str, tiny_model: Path, tmp_path: Path) -> None:
    for file in tiny_model.iterdir():
        if file.is_file():
            (tmp_path / file.name).write_bytes(file.read_bytes())
    weights = tmp_path / ENGINES[engine][0]
    weights.write_bytes(weights.read_bytes()[:-100])
    with pytest.raises(ModelError, match="differs from its digest") as caught:
        load_model(tmp_path, engine)
    assert "\n" not in str(caught.value)
    write_sums(tmp_path)
    with pytest.raises(ModelError, match="get the model again") as caught:
        load_model(tmp_path, engine)
    assert str(caught.value).startswith(str(weights))
    assert "\n" not in str(caught.value)
