"""float32 models as .tflite: LiteRT's reference kernels agree up to the order of their sums."""

from __future__ import annotations

import math

import numpy as np
import pytest

from tests.aar.models import reals
from tests.tflite.litert import activations
from toolchain.emit.tflite import to_tflite
from toolchain.ir import Graph, Node, Tensor
from toolchain.ops import get
from toolchain.ops.activation import ActivationAttributes
from toolchain.ops.clamp import ClampAttributes
from toolchain.ops.execute import run_integer
from toolchain.ops.max_pool2d import Pool2dAttributes
from toolchain.ops.pad import PadAttributes


def chain() -> Graph:
    """Return operators whose constants depend on the type: paddings, ends of clamps."""
    attributes = [("pad", PadAttributes((0, 1, 0, 0), (0, 0, 1, 0), 0.25)),
                  ("max_pool2d", Pool2dAttributes((2, 2), (2, 2), (1, 0, 0, 1), clamp=(-2.0, 0.7))),
                  ("activation", ActivationAttributes("leaky_relu", 0.1)),
                  ("clamp", ClampAttributes(-0.5, math.inf)), ("clamp", ClampAttributes(0.0, 6.0))]
    tensors, nodes, name = {"x": Tensor("x", (1, 6, 5, 2))}, [], "x"
    for index, (op, attrs) in enumerate(attributes):
        (shape,) = get(op).infer(attrs, [tensors[name]])
        nodes.append(Node(f"n{index}", op, (name,), (f"y{index}",), attrs))
        name = f"y{index}"
        tensors[name] = Tensor(name, shape)
    return Graph("chain", tensors, tuple(nodes), ("x",), (name,))


@pytest.mark.parametrize("make", [reals, chain])
def test_litert_computes_the_same_up_to_rounding(make) -> None:
    graph = make()
    content = to_tflite(graph)
    assert isinstance(content, bytes), content
    x = np.random.default_rng(0).normal(size=(3, *graph.tensors["x"].shape[1:])).astype(np.float32)
    want: dict[str, np.ndarray] = {}
    run_integer(graph, [x], observe=want.__setitem__)
    seen = activations(graph, content, [x])
    assert set(graph.outputs) <= set(seen)
    for name in set(seen) & set(want):
        assert np.allclose(seen[name].reshape(want[name].shape), want[name], rtol=1e-5, atol=1e-5), name
