"""An encoder's products in int8, its few extreme channels in float32.

Activations are quantised with one scale a window. In a BERT-like encoder a channel or two of a layer can be ten times
as large as all others (Dettmers et al., LLM.int8(), 2022): with them in, the scale leaves little for the rest. So those
channels of the feed-forward layers are multiplied apart, in float32. Not here: how the graph is drawn (`export`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from onnxruntime.quantization import QuantType, quantize_dynamic
from torch import Tensor, nn

from hoptac.windows import Window
from hoptac_training.network import SentenceNetwork

EXTREME = 2.0  # a channel is extreme if it is so many times as large as
USUAL = 8  # the eighth largest of its layer; more of them, or those of attention, brought little (training/LOG.md)
Channels = Mapping[str, list[int]]
"""Name of a layer in the network -> the channels of its input that are extreme."""


@torch.no_grad()
def extreme_channels(network: SentenceNetwork, windows: Iterable[Window]) -> dict[str, list[int]]:
    """The extreme channels of the feed-forward layers of a BERT-like encoder, as seen in some windows."""
    largest: dict[str, Tensor] = {}

    def watch(name: str, layer: nn.Module) -> torch.utils.hooks.RemovableHandle:
        def look(_: nn.Module, inputs: tuple[Tensor, ...]) -> None:
            here = inputs[0].abs().flatten(0, -2).amax(0)
            largest[name] = torch.maximum(largest[name], here) if name in largest else here

        return layer.register_forward_pre_hook(look)

    layers = {name: layer for name, layer in network.named_modules() if isinstance(layer, nn.Linear)}
    forward = {name: layer for name, layer in layers.items() if ".layer." in name and ".attention." not in name}
    watches = [watch(name, layer) for name, layer in forward.items()]
    try:
        for window in windows:
            ids = torch.tensor([window.ids])
            network(ids, torch.ones_like(ids), torch.from_numpy(window.pooling())[None])
    finally:
        for hook in watches:
            hook.remove()
    usual = {name: EXTREME * values.topk(min(USUAL, len(values))).values[-1] for name, values in largest.items()}
    found = {name: (values > usual[name]).nonzero()[:, 0].tolist() for name, values in largest.items()}
    return {name: channels for name, channels in found.items() if channels}


def quantise(plain: Path, path: Path, extremes: Channels) -> None:
    """Write the float32 graph `plain` with the products of its encoder in int8 to `path`."""
    model = onnx.load(str(plain))
    _set_apart(model.graph, extremes)
    products = [node.name for node in model.graph.node if node.op_type in {"MatMul", "Gemm"}]
    quantize_dynamic(
        model,
        str(path),
        per_channel=True,
        reduce_range=True,  # without it AVX2 kernels overflow (onnxruntime issue 6004)
        weight_type=QuantType.QInt8,
        # The heads are small and decide: they stay in float32.
        nodes_to_exclude=[name for name in products if "/network/encoder/" not in name or name.endswith(_APART)],
        extra_options={"DefaultTensorType": TensorProto.FLOAT},
    )


_APART = "/apart"


def _set_apart(graph: onnx.GraphProto, extremes: Channels) -> None:
    """x W = (x but for the extreme channels) W + (those of x) (those rows of W), the second a product of its own."""
    weights = {tensor.name: tensor for tensor in graph.initializer}
    nodes, left = [], dict(extremes)
    for node in graph.node:
        layer = node.name.removeprefix("/network/").removesuffix("/MatMul").replace("/", ".")
        channels = left.pop(layer, None) if node.op_type == "MatMul" else None
        if channels is None:
            nodes.append(node)
            continue
        name, (x, weight), (y,) = node.name, node.input, node.output
        rows = numpy_helper.to_array(weights[weight]).copy()
        part, keep = rows[channels], np.ones(len(rows), np.float32)
        rows[channels], keep[channels] = 0.0, 0.0
        weights[weight].CopyFrom(numpy_helper.from_array(rows, weight))
        tensors: dict[str, np.ndarray[Any, Any]] = {
            "keep": keep,
            "channels": np.array(channels, np.int64),
            "rows": part,
        }
        graph.initializer.extend(numpy_helper.from_array(value, f"{name}/{key}") for key, value in tensors.items())
        node.input[0], node.output[0] = f"{name}/usual_in", f"{name}/usual_out"
        nodes += [
            helper.make_node("Mul", [x, f"{name}/keep"], [f"{name}/usual_in"], f"{name}/usual"),
            helper.make_node("Gather", [x, f"{name}/channels"], [f"{name}/extreme"], f"{name}/gather", axis=-1),
            node,
            helper.make_node("MatMul", [f"{name}/extreme", f"{name}/rows"], [f"{name}/extreme_out"], name + _APART),
            helper.make_node("Add", [f"{name}/usual_out", f"{name}/extreme_out"], [y], f"{name}/both"),
        ]
    if left:
        raise ValueError(f"the graph has no product named after {', '.join(left)}; the exporter names them otherwise")
    del graph.node[:]
    graph.node.extend(nodes)
