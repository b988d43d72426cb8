"""Properties of quantisation on random graphs: rules of every operator hold, and the integers follow the floats."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.compress.graphs import Builder, convolution
from toolchain import ops
from toolchain.compress.grouping import rule
from toolchain.compress.quantize import QuantizeConfig, quantize
from toolchain.compress.sqnr import layer_sqnr
from toolchain.ir import Graph
from toolchain.ops import OutputQuantization

Grow = Callable[[Builder, str, str, str, np.random.Generator], str]


def _depthwise(b: Builder, name: str, x: str, other: str, rng: np.random.Generator) -> str:
    c = b.tensors[x].shape[-1]
    w = b.constant(f"{name}.w", rng.normal(0, 0.4, (1, 3, 3, c)))
    return b.node(name, "depthwise_conv2d", (x, w, b.constant(f"{name}.b", rng.normal(size=c))), padding=(1, 1, 1, 1),
                  clamp=(0.0, 6.0))


#: every entry keeps 6x6 images; (builder, name, input, another tensor, rng) -> output
GROWERS: tuple[Grow, ...] = (
    lambda b, n, x, o, rng: convolution(b, n, x, 4, rng, padding=(1, 1, 1, 1)),
    _depthwise,
    lambda b, n, x, o, rng: b.node(n, "concat", (x, o), axis=3),
    lambda b, n, x, o, rng: b.node(n, "activation", (x,), function="sigmoid"),
    lambda b, n, x, o, rng: b.node(n, "activation", (x,), function="tanh"),
    lambda b, n, x, o, rng: b.node(n, "activation", (x,), function="hardswish"),
    lambda b, n, x, o, rng: b.node(n, "max_pool2d", (x,), kernel=(3, 3), stride=(1, 1), padding=(1, 1, 1, 1)),
    lambda b, n, x, o, rng: b.node(n, "avg_pool2d", (x,), kernel=(3, 3), stride=(1, 1), padding=(1, 1, 1, 1)),
    lambda b, n, x, o, rng: b.node(n, "add", (x, b.constant(f"{n}.c", rng.normal(size=b.tensors[x].shape[-1])))),
    lambda b, n, x, o, rng: b.node(n, "clamp", (x,), low=-1.0, high=2.0),
)


def random_graph(steps: list[tuple[int, int, int]], seed: int) -> Graph:
    rng, b = np.random.default_rng(seed), Builder(x=(1, 6, 6, 3))
    made = ["x"]
    for index, (grower, first, second) in enumerate(steps):
        x, other = made[first % len(made)], made[second % len(made)]
        made.append(GROWERS[grower % len(GROWERS)](b, f"t{index}", x, other, rng))
    read = {i for n in b.nodes for i in n.inputs}
    return b.graph(*[m for m in made if m not in read])


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9), st.integers(0, 9)), min_size=1, max_size=8),
       st.integers(0, 1000), st.sampled_from(["min_max", "percentile", "mse"]))
def test_random_graphs(steps: list[tuple[int, int, int]], seed: int, observer: str) -> None:
    graph = random_graph(steps, seed)
    x = np.random.default_rng(seed).normal(0.3, 1, (16, 6, 6, 3)).astype(np.float32)
    quantized = quantize(graph, [x], QuantizeConfig(observer=observer))  # type: ignore[arg-type]
    for node in quantized.nodes:
        output = quantized.tensors[node.outputs[0]].quantization
        inputs = [t.quantization for t in quantized.inputs_of(node)]
        expected = {OutputQuantization.AS_INPUT: inputs[:1], OutputQuantization.SHARED: inputs,
                    OutputQuantization.FIXED: [ops.get(node.op).fixed_quantization(node.attrs)]}.get(rule(node), [])
        assert all(q == output for q in expected), node.name
    assert all(decibel > 15 for _, decibel in layer_sqnr(graph, quantized, [x]))
