"""Writes a model directory that the program can load: int8 graph, tokenizer, settings, parity, digests, card.

The graph takes one window: `ids` (tokens,) int64 and `pool` (pieces, tokens) float32, and gives `vectors`
(pieces, width), `themes` (pieces, n_themes) logits and `salience` (pieces,) logits. The fine-tuned weights lie beside
it as `model.safetensors`, loadable with `transformers`, and as `model-fp32.onnx`.
"""

from __future__ import annotations

import hashlib
import json
import tempfile
import warnings
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from onnxruntime.transformers import optimizer
from onnxruntime.transformers.fusion_options import FusionOptions
from safetensors.torch import save_file
from tokenizers import Tokenizer
from torch import Tensor, nn

from hoptac.engine import OnnxEngine
from hoptac.model import FORMAT, Calibration, Model, Thresholds, sigmoid
from hoptac.values import Taxonomy
from hoptac_eval.leakage import FILE_NAME, hash_texts, save_hashes
from hoptac_training.examples import windows_of
from hoptac_training.network import SentenceNetwork
from hoptac_training.norms import norms_apart
from hoptac_training.quantise import Channels, extreme_channels, quantise

LISTED = (
    *("config.json", "model.onnx", "tokenizer.json", "themes.toml", "parity.json", FILE_NAME),
    *("model-fp32.onnx", "model.safetensors"),
)
SEEN = 64  # articles from which it is told which channels are extreme
_MASK = 4  # its place among the inputs of MultiHeadAttention, behind query, key, value and bias
PARITY = (
    "The two defence ministers agreed to hold a joint naval exercise and to send officers to the partner's academy.",
    "Hai bên nhất trí thúc đẩy hợp tác về năng lượng, giáo dục và chuyển giao công nghệ sản xuất vắc-xin.",
    "Trade between the two countries grew by a tenth last year.",
)


@dataclass(frozen=True)
class Settings:
    """What the program has to know beside the graph. calibration: theme -> language (or "*") -> Calibration."""

    name: str
    taxonomy: Taxonomy
    themes_toml: str
    languages: tuple[str, ...]
    window: int
    calibration: Mapping[str, Mapping[str, Calibration]]
    thresholds: Mapping[str, Thresholds]
    training: Mapping[str, Any]


class _OneWindow(nn.Module):
    """The network for one window without padding, as the graph has it."""

    def __init__(self, network: SentenceNetwork) -> None:
        super().__init__()
        self.network = network

    def forward(self, ids: Tensor, pool: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        mask = torch.ones_like(ids)[None]
        vectors, themes, salience = self.network(ids[None], mask, pool[None])
        return vectors[0], themes[0], salience[0]


def export_graph(network: SentenceNetwork, path: Path, extremes: Channels | None = None) -> None:
    """Write the ONNX graph of `network` to `path`, fused. extremes: the channels that stay in float32 where the rest is
    quantised to int8; None for all in float32."""
    encoder: Any = network.encoder
    encoder.set_attn_implementation("eager")  # the plain matrix products that the fusions know
    ids = torch.arange(16) % int(encoder.config.vocab_size)
    pool = torch.full((3, 16), 1 / 16)
    with tempfile.TemporaryDirectory() as scratch:
        plain, fused = Path(scratch) / "plain.onnx", Path(scratch) / "fused.onnx"
        with warnings.catch_warnings():
            # The older exporter draws the graph that onnxruntime's fusions know; the newer one's they pass by.
            warnings.simplefilter("ignore")
            torch.onnx.export(
                _OneWindow(network).eval(),
                (ids, pool),
                str(plain),
                input_names=["ids", "pool"],
                output_names=["vectors", "themes", "salience"],
                dynamic_axes={
                    "ids": {0: "tokens"},
                    "pool": {0: "pieces", 1: "tokens"},
                    "vectors": {0: "pieces"},
                    "themes": {0: "pieces"},
                    "salience": {0: "pieces"},
                },
                opset_version=17,
                dynamo=False,
            )
        options = FusionOptions("bert")
        # 6 % faster at 384 tokens than the fusion that has query, key and value in one.
        options.use_multi_head_attention = True
        better = optimizer.optimize_model(
            str(plain),
            model_type="bert",
            num_heads=encoder.config.num_attention_heads,
            hidden_size=encoder.config.hidden_size,
            opt_level=0,
            optimization_options=options,
        )
        for node in better.model.graph.node:
            if node.op_type == "MultiHeadAttention":
                del node.input[_MASK:]  # a window has no padding
        norms_apart(better.model.graph)
        better.prune_graph()
        better.save_model_to_file(str(path if extremes is None else fused))
        if extremes is not None:
            quantise(fused, path, extremes)


def export_model(
    network: SentenceNetwork,
    tokenizer: Tokenizer,
    settings: Settings,
    directory: Path,
    *,
    learnt: Iterable[Sequence[str]],
    card: str,
) -> Model:
    """Write a whole model directory and return the model as loaded. learnt: the sentences of each training article,
    of which hashes are kept so that a test can tell whether it was learnt by heart."""
    directory.mkdir(parents=True, exist_ok=True)
    tokenizer.no_truncation()
    tokenizer.no_padding()
    tokenizer.save(str(directory / "tokenizer.json"), pretty=False)
    (directory / "themes.toml").write_text(settings.themes_toml, encoding="utf-8")
    learnt = list(learnt)
    network = network.cpu().float().eval()
    seen = [window for article in learnt[:SEEN] for window in windows_of(article, tokenizer, settings.window)]
    export_graph(network, directory / "model.onnx", extreme_channels(network, seen))
    export_graph(network, directory / "model-fp32.onnx")
    model = Model(
        name=settings.name,
        directory=directory,
        taxonomy=settings.taxonomy,
        languages=settings.languages,
        window=settings.window,
        calibration=settings.calibration,
        thresholds=settings.thresholds,
        tokenizer=tokenizer,
        engine=OnnxEngine(directory / "model.onnx"),
    )
    probabilities = sigmoid(model.read(PARITY).themes)
    _write_json(
        directory / "parity.json",
        {
            "sentences": list(PARITY),
            "probabilities": np.round(probabilities.astype(float), 4).tolist(),
        },
    )
    encoder: Any = network.encoder
    # The encoder's own settings at the top, as `transformers` looks for them; ours in a section of their own.
    _write_json(
        directory / "config.json",
        {
            # but for the place that the base was loaded from, which is of no use elsewhere
            **{key: value for key, value in encoder.config.to_dict().items() if key != "_name_or_path"},
            "hoptac": {
                "format": FORMAT,
                "name": settings.name,
                "languages": list(settings.languages),
                "window": settings.window,
                "calibration": {
                    theme: {
                        language: [round(x, 5) for x in (c.top, c.second, c.shift)]
                        for language, c in by_language.items()
                    }
                    for theme, by_language in settings.calibration.items()
                },
                "thresholds": {
                    theme: [round(x, 4) for x in (cut.yes, cut.no, cut.sentence)]
                    for theme, cut in settings.thresholds.items()
                },
                "training": dict(settings.training),
            },
        },
    )
    weights = {name.removeprefix("encoder."): value.contiguous() for name, value in network.state_dict().items()}
    save_file(weights, directory / "model.safetensors", metadata={"format": "pt"})
    save_hashes(directory, hash_texts(learnt))
    (directory / "README.md").write_text(card, encoding="utf-8")
    write_sums(directory)
    return model


def write_sums(directory: Path) -> None:
    """SHA256SUMS over the files of a model that are there, in a fixed order."""
    found = [directory / name for name in LISTED if (directory / name).is_file()]
    lines = [f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n" for path in found]
    (directory / "SHA256SUMS").write_text("".join(lines), encoding="utf-8")


def _write_json(path: Path, data: object) -> None:
    path.write_text(json.dumps(data, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
