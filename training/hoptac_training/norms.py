"""Layer norms drawn as single steps: onnxruntime's own operator for them sums one number after the other, and takes
three and a half times as long as these steps, each of which it runs over many numbers at once (training/LOG.md).

The steps are drawn so that its fusions do not know them: a square as a product, a quotient as a product.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import onnx
from onnx import helper, numpy_helper


def norms_apart(graph: onnx.GraphProto) -> None:
    """Replace each SkipLayerNormalization (x + skip + bias, then the norm over the last axis) by its steps."""
    nodes = []
    for node in graph.node:
        if node.op_type == "SkipLayerNormalization":
            nodes += _steps(graph, node)
        else:
            nodes.append(node)
    del graph.node[:]
    graph.node.extend(nodes)


def _steps(graph: onnx.GraphProto, node: onnx.NodeProto) -> list[onnx.NodeProto]:
    x, skip, scale, shift, *bias = node.input
    name, (result, *unused) = node.output[0] + "/", node.output
    if any(unused):
        raise ValueError(f"{node.name}: something reads more of it than the norm, which its steps do not give")
    epsilon = next(helper.get_attribute_value(a) for a in node.attribute if a.name == "epsilon")
    graph.initializer.append(numpy_helper.from_array(np.array(epsilon, np.float32), name + "epsilon"))

    def step(kind: str, inputs: list[str], output: str, **attributes: Any) -> onnx.NodeProto:
        return helper.make_node(kind, inputs, [output], f"{name}{kind}/{output.rsplit('/', 1)[-1]}", **attributes)

    whole = [step("Add", [x, bias[0]], name + "biased")] if bias else []
    return [
        *whole,
        step("Add", [name + "biased" if bias else x, skip], name + "sum"),
        step("ReduceMean", [name + "sum"], name + "mean", axes=[-1]),
        step("Sub", [name + "sum", name + "mean"], name + "centred"),
        step("Mul", [name + "centred", name + "centred"], name + "square"),
        step("ReduceMean", [name + "square"], name + "variance", axes=[-1]),
        step("Add", [name + "variance", name + "epsilon"], name + "safe"),
        step("Sqrt", [name + "safe"], name + "deviation"),
        step("Reciprocal", [name + "deviation"], name + "inverse"),
        step("Mul", [name + "centred", name + "inverse"], name + "normal"),
        step("Mul", [name + "normal", scale], name + "scaled"),
        step("Add", [name + "scaled", shift], result),
    ]
