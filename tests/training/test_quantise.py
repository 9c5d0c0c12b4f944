"""A channel that is far larger than all others stays in float32, and the rest of its product is the better for it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from transformers import BertConfig, BertModel

from hoptac.engine import OnnxEngine
from hoptac.windows import Window, pack
from hoptac_training.export import export_graph
from hoptac_training.network import SentenceNetwork
from hoptac_training.quantise import Channels, extreme_channels

PLACE, CHANNEL = "encoder.encoder.layer.1.output.dense", 5
WINDOW = pack([[4, 5, 6, 7], [8, 9, 10]], size=16, bos=0, sep=2)[0]


@pytest.fixture(scope="module")
def network() -> SentenceNetwork:
    """Two layers with random weights; one channel of the second's is a hundred times as large as it was."""
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=16,
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=4,
        intermediate_size=64,
        max_position_embeddings=32,
        initializer_range=0.3,
    )
    found = SentenceNetwork(BertModel(config, add_pooling_layer=False), 3).eval()
    with torch.no_grad():
        found.encoder.encoder.layer[1].intermediate.dense.bias[CHANNEL] += 100.0
        found.encoder.encoder.layer[1].output.dense.weight[:, CHANNEL] /= 100.0
    return found


def test_the_extreme_channel_is_found_and_no_usual_one(network: SentenceNetwork) -> None:
    assert extreme_channels(network, [WINDOW]) == {PLACE: [CHANNEL]}


def test_no_window_no_extreme_channel(network: SentenceNetwork) -> None:
    assert extreme_channels(network, []) == {}


def _vectors(network: SentenceNetwork, path: Path, window: Window, extremes: Channels | None) -> np.ndarray:
    export_graph(network, path, extremes)
    return OnnxEngine(path).run(window).vectors


def test_set_apart_it_costs_the_others_little(network: SentenceNetwork, tmp_path: Path) -> None:
    exact = _vectors(network, tmp_path / "fp32.onnx", WINDOW, None)
    with torch.no_grad():
        ids = torch.tensor([WINDOW.ids])
        expected = network(ids, torch.ones_like(ids), torch.from_numpy(WINDOW.pooling())[None])[0][0]
    np.testing.assert_allclose(exact, expected, atol=1e-4)
    errors = [
        float(np.abs(_vectors(network, tmp_path / "int8.onnx", WINDOW, extremes) - exact).mean())
        for extremes in ({}, {PLACE: [CHANNEL]})
    ]
    assert errors[1] < errors[0] / 3
