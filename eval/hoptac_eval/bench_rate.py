"""What the machine's arithmetic can do, and how much of it an encoder asks for.

    python -m hoptac_eval.bench_rate 2 384 1536

A rate is measured on products of matrices of an encoder's own shapes and nothing else: onnxruntime's MatMulInteger
(8 bit by 8 bit into 32) and torch's float32. The share that a run reached is the multiply-adds that its texts ask for,
over its time, over that rate; all its other work (reading, tokens, softmax, norms, answers) lowers the share.
"""

from __future__ import annotations

import json
import math
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from hoptac.errors import MissingExtra
from hoptac_eval.loading import need

ROWS = 2048  # tokens at once, enough for a product to be at its fastest
_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Shape:
    """An encoder: its width, layers, and the width of its feed-forward part."""

    width: int
    layers: int
    inner: int

    @classmethod
    def of(cls, config: Mapping[str, Any]) -> Shape:
        """From a config.json of BERT's kind."""
        return cls(config["hidden_size"], config["num_hidden_layers"], config["intermediate_size"])


def multiply_adds(lengths: Iterable[int], shape: Shape) -> int:
    """Multiply-adds of the layers over windows of so many tokens: four projections and the feed-forward part for
    every token, and for every pair of tokens of a window two attention products. Heads and embeddings are left out.

    >>> multiply_adds([3], Shape(width=2, layers=1, inner=5))
    144
    """
    by_token = 4 * shape.width**2 + 2 * shape.width * shape.inner
    return shape.layers * sum(n * by_token + 2 * n * n * shape.width for n in lengths)


def rates(threads: int, shape: Shape) -> dict[str, float | None]:
    """Giga-multiply-adds a second, "int8" and "fp32"; None where the library that measures it is not installed."""
    found: dict[str, float | None] = {}
    for name, prepare in (("int8", _int8), ("fp32", _fp32)):
        try:
            products = [prepare(threads, n, m) for n, m in ((shape.width, shape.inner), (shape.inner, shape.width))]
        except MissingExtra:
            found[name] = None
            continue
        n_products = ROWS * shape.width * shape.inner
        found[name] = round(max(n_products / _seconds(product) for product in products) / 1e9, 1)
    return found


def _seconds(product: Callable[[], object]) -> float:
    """The fastest of as many calls as fit into a second, after one that warms up."""
    product()
    best, end = math.inf, time.perf_counter() + _SECONDS
    while (start := time.perf_counter()) < end:
        product()
        best = min(best, time.perf_counter() - start)
    return best


def _int8(threads: int, n: int, m: int) -> Callable[[], object]:
    onnx, runtime = need("onnx", "bench", "train"), need("onnxruntime", "bench", "train")
    rng = np.random.default_rng(0)
    weights = rng.integers(-64, 64, (n, m), dtype=np.int8)
    helper, kinds = onnx.helper, onnx.TensorProto
    graph = helper.make_graph(
        [helper.make_node("MatMulInteger", ["a", "b"], ["c"])],
        "product",
        [helper.make_tensor_value_info("a", kinds.UINT8, [ROWS, n])],
        [helper.make_tensor_value_info("c", kinds.INT32, [ROWS, m])],
        [onnx.numpy_helper.from_array(weights, "b")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    options = runtime.SessionOptions()
    options.intra_op_num_threads = threads
    session = runtime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    feed = {"a": rng.integers(0, 255, (ROWS, n), dtype=np.uint8)}
    return lambda: session.run(None, feed)


def _fp32(threads: int, n: int, m: int) -> Callable[[], object]:
    torch = need("torch", "bench", "train")
    torch.set_num_threads(threads)
    a, b = torch.ones(ROWS, n), torch.ones(n, m)
    return lambda: torch.mm(a, b)


if __name__ == "__main__":
    _threads, _width, _inner = map(int, sys.argv[1:])
    sys.stdout.write(json.dumps(rates(_threads, Shape(_width, 1, _inner))) + "\n")
