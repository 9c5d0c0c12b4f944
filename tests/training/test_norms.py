"""Norms drawn as steps say what onnxruntime's operator says, and stay steps."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import TensorProto, helper, numpy_helper

from hoptac_training.norms import norms_apart

WIDTH = 6


def graph(bias: bool) -> onnx.ModelProto:
    """y = norm(x + skip (+ bias)), as onnxruntime's optimiser writes it."""
    rng = np.random.default_rng(0)
    names = ["scale", "shift", *(["bias"] if bias else [])]
    tensors = [numpy_helper.from_array(rng.normal(size=WIDTH).astype(np.float32), name) for name in names]
    node = helper.make_node(
        "SkipLayerNormalization", ["x", "skip", *names], ["y"], "norm", domain="com.microsoft", epsilon=1e-5
    )
    shape = [1, "tokens", WIDTH]
    ends = [[helper.make_tensor_value_info(n, TensorProto.FLOAT, shape) for n in part] for part in (["x", "skip"], "y")]
    return helper.make_model(
        helper.make_graph([node], "one norm", *ends, tensors),
        opset_imports=[helper.make_opsetid("", 17), helper.make_opsetid("com.microsoft", 1)],
        ir_version=8,
    )


@pytest.mark.parametrize("bias", [True, False])
def test_the_steps_say_what_the_operator_says_and_are_not_put_together_again(bias: bool, tmp_path: Path) -> None:
    whole, steps = graph(bias), graph(bias)
    norms_apart(steps.graph)
    options = onnxruntime.SessionOptions()
    options.optimized_model_filepath = str(tmp_path / "loaded.onnx")
    options.log_severity_level = 3
    rng = np.random.default_rng(1)
    inputs = {name: (3 * rng.normal(size=(1, 5, WIDTH))).astype(np.float32) for name in ("x", "skip")}
    expected = onnxruntime.InferenceSession(whole.SerializeToString()).run(None, inputs)[0]
    found = onnxruntime.InferenceSession(steps.SerializeToString(), options).run(None, inputs)[0]
    np.testing.assert_allclose(found, expected, atol=1e-5)
    loaded = {node.op_type for node in onnx.load(str(tmp_path / "loaded.onnx")).graph.node}
    assert not any("Norm" in kind for kind in loaded)


def test_a_norm_whose_sum_is_read_elsewhere_is_refused() -> None:
    model = graph(bias=False)
    model.graph.node[0].output.extend(["", "", "sum"])
    with pytest.raises(ValueError, match="norm: something reads more of it"):
        norms_apart(model.graph)
