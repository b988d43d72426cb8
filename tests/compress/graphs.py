"""Small float graphs, built by hand, that the compression tests run on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from toolchain import ops
from toolchain.ir import Array, Attributes, Graph, Node, Tensor, check


class Builder:
    """Collects nodes and constants; shapes come from the operators."""

    def __init__(self, **inputs: tuple[int, ...]) -> None:
        self.tensors = {n: Tensor(n, shape) for n, shape in inputs.items()}
        self.inputs = tuple(inputs)
        self.nodes: list[Node] = []

    def constant(self, name: str, data: Array) -> str:
        """Add a constant; return its name."""
        data = np.asarray(data, dtype=np.float32)
        self.tensors[name] = Tensor(name, data.shape, data=data)
        return name

    def node(self, name: str, op: str, inputs: Sequence[str], **attrs: object) -> str:
        """Add a node whose output is called as it is; return that name."""
        operator = ops.get(op)
        values: Mapping[str, object] = attrs
        made: Attributes = operator.Attrs(**values)  # type: ignore[arg-type]
        (shape,) = operator.infer(made, [self.tensors[i] for i in inputs])
        self.tensors[name] = Tensor(name, shape)
        self.nodes.append(Node(f"{name}_node", op, tuple(inputs), (name,), made))
        return name

    def graph(self, *outputs: str) -> Graph:
        """Return the checked graph."""
        return check(Graph("hand", self.tensors, tuple(self.nodes), self.inputs, outputs), "test")


def convolution(builder: Builder, name: str, x: str, channels: int, rng: np.random.Generator, kernel: int = 3,
                **attrs: object) -> str:
    """Add a convolution with random weights and bias."""
    channels_in = builder.tensors[x].shape[-1]
    w = builder.constant(f"{name}.weight", rng.normal(0, 0.3, (channels, kernel, kernel, channels_in)))
    b = builder.constant(f"{name}.bias", rng.normal(0, 0.3, channels))
    return builder.node(name, "conv2d", (x, w, b), **attrs)


def small_cnn(seed: int = 0) -> Graph:
    """Return conv + relu, depthwise + relu6, max pool, conv, global mean, linear on 10x10x3."""
    rng = np.random.default_rng(seed)
    b = Builder(x=(1, 10, 10, 3))
    y = convolution(b, "stem", "x", 8, rng, padding=(1, 1, 1, 1), clamp=(0.0, float("inf")))
    w = b.constant("dw.weight", rng.normal(0, 0.3, (1, 3, 3, 8)))
    y = b.node("dw", "depthwise_conv2d", (y, w, b.constant("dw.bias", rng.normal(0, 0.3, 8))), clamp=(0.0, 6.0))
    y = b.node("pool", "max_pool2d", (y,), kernel=(2, 2), stride=(2, 2))
    y = convolution(b, "pw", y, 12, rng, kernel=1)
    y = b.node("mean", "mean", (y,), axes=(1, 2))
    w = b.constant("fc.weight", rng.normal(0, 0.3, (5, 12)))
    return b.graph(b.node("fc", "linear", (y, w, b.constant("fc.bias", rng.normal(0, 0.3, 5)))))
