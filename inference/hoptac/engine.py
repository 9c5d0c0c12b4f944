"""The ways to run the encoder and its heads over a window. The one file that names onnxruntime.

A window is run alone, never in a batch: int8 activations are scaled over whatever is run together, so that an article
would get other answers in other company. Not here: the trained weights as they are (`torch_engine`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np

from hoptac.errors import MissingExtra, ModelError
from hoptac.windows import Floats, Window


@dataclass(frozen=True, slots=True)
class Output:
    """What the graph says of the pieces of one window: vectors (n_pieces, width), theme logits (n_pieces, n_themes),
    salience logits (n_pieces,)."""

    vectors: Floats
    themes: Floats
    salience: Floats


class Engine(Protocol):
    """A way to run the graph; safe to call from several threads at once."""

    def run(self, window: Window) -> Output:
        """The graph's output for one window."""
        ...


class OnnxEngine:
    """onnxruntime on the CPU, one thread a call: callers run several windows at once instead."""

    def __init__(self, path: Path) -> None:
        import onnxruntime
        from onnxruntime.capi import (
            onnxruntime_pybind11_state as states,  # pyright: ignore[reportAttributeAccessIssue]
        )

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        options.enable_cpu_mem_arena = False
        try:
            self._session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        except (
            states.Fail,
            states.InvalidGraph,
            states.InvalidProtobuf,
            states.InvalidArgument,
            states.NoSuchFile,
            states.NotImplemented,
            states.RuntimeException,
        ) as error:
            reason = str(error).splitlines()[0][:160]
            raise ModelError(f"{path}: onnxruntime cannot load it ({reason}); get the model again") from error
        wanted = {"ids", "pool"}
        found = {item.name for item in self._session.get_inputs()}
        if found != wanted:
            raise ModelError(f"{path}: the graph takes {sorted(found)}; expected {sorted(wanted)}")

    def run(self, window: Window) -> Output:
        """See Engine."""
        vectors, themes, salience = self._session.run(
            ["vectors", "themes", "salience"],
            {"ids": np.array(window.ids, dtype=np.int64), "pool": window.pooling()},
        )
        return Output(np.asarray(vectors), np.asarray(themes), np.asarray(salience))


def _load_torch(path: Path) -> Engine:
    try:
        from hoptac.torch_engine import TorchEngine
    except ModuleNotFoundError as error:
        raise MissingExtra("the torch engine", "train", str(error.name)) from error
    return TorchEngine(path)


ENGINES: dict[str, tuple[str, Callable[[Path], Engine]]] = {
    "onnx": ("model.onnx", OnnxEngine),  # int8
    "onnx-fp32": ("model-fp32.onnx", OnnxEngine),
    "torch": ("model.safetensors", _load_torch),  # float32 on a CPU, bfloat16 on a GPU
}
"""Name -> the file of a model directory that it runs, and what loads that file. Only the first is in every model;
`hoptac train` leaves all three."""
