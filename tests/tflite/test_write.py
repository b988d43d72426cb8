"""Written .tflite files: equal under TensorFlow Lite's reference kernels, and equal when read back."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest

from tests.compress.graphs import Builder, convolution, small_cnn
from tests.tflite.litert import activations, differing
from toolchain.compress.evaluate import quantize_inputs
from toolchain.compress.grids import WeightConfig
from toolchain.compress.layers import names
from toolchain.compress.quantize import QuantizeConfig, quantize
from toolchain.emit.tflite import to_tflite
from toolchain.frontend.tflite import parse_tflite
from toolchain.ir import Array, Graph
from toolchain.ops.execute import run_integer

Make = Callable[[Builder, np.random.Generator], str]
RELU = (0.0, math.inf)


def conv(**attrs: object) -> Make:
    return lambda b, rng: convolution(b, "y", "x", 6, rng, **attrs)


def grouped(b: Builder, rng: np.random.Generator) -> str:
    w = b.constant("w", rng.normal(size=(6, 3, 3, 2)))
    return b.node("y", "conv2d", ("x", w, b.constant("b", rng.normal(size=6))), groups=2)


def depthwise(multiplier: int, **attrs: object) -> Make:
    def make(b: Builder, rng: np.random.Generator) -> str:
        w = b.constant("w", rng.normal(size=(1, 3, 3, 4 * multiplier)))
        return b.node("y", "depthwise_conv2d", ("x", w, b.constant("b", rng.normal(size=4 * multiplier))), **attrs)
    return make


def linear(equal_scales: bool, **attrs: object) -> Make:
    def make(b: Builder, rng: np.random.Generator) -> str:
        weights = rng.normal(size=(5, 4))
        if equal_scales:
            weights[:, 0] = 4.0
        return b.node("y", "linear", ("x", b.constant("w", weights), b.constant("b", rng.normal(size=5))), **attrs)
    return make


def node(op: str, **attrs: object) -> Make:
    return lambda b, rng: b.node("y", op, ("x",), **attrs)


def binary(op: str, shape: tuple[int, ...] | None, **attrs: object) -> Make:
    def make(b: Builder, rng: np.random.Generator) -> str:
        other = convolution(b, "other", "x", 4, rng, padding=(1, 1, 1, 1)) if shape is None else b.constant(
            "c", rng.normal(size=shape))
        return b.node("y", op, ("x", other), **attrs)
    return make


def prelu(b: Builder, rng: np.random.Generator) -> str:
    return b.node("y", "prelu", ("x", b.constant("alpha", rng.normal(0, 0.3, 4))))


def joined(b: Builder, rng: np.random.Generator) -> str:
    y = convolution(b, "c", "x", 3, rng, padding=(1, 1, 1, 1))
    gate = b.node("gate", "activation", (y,), function="sigmoid")
    return b.node("y", "concat", (y, gate, "x"), axis=3)


CASES: dict[str, Make] = {
    "conv2d valid": conv(), "conv2d same": conv(padding=(1, 1, 1, 1), clamp=RELU),
    "conv2d same stride 2": conv(padding=(0, 1, 0, 1), stride=(2, 2), clamp=(0.0, 6.0)),
    "conv2d other padding": conv(padding=(2, 0, 1, 3), stride=(2, 1)), "conv2d dilation": conv(dilation=(2, 2)),
    "conv2d clamp": conv(clamp=(-0.5, 0.75)), "conv2d clamp 1": conv(clamp=(-1.0, 1.0)), "conv2d groups": grouped,
    "depthwise": depthwise(1, padding=(1, 1, 1, 1)), "depthwise multiplier": depthwise(2, stride=(2, 2), clamp=RELU),
    "depthwise padding": depthwise(1, padding=(2, 1, 0, 0)), "linear": linear(False), "linear equal": linear(True),
    "max pool": node("max_pool2d"), "max pool padding": node("max_pool2d", kernel=(3, 3), padding=(1, 1, 1, 1)),
    "max pool clamp": node("max_pool2d", clamp=(0.0, 0.7)), "average pool": node("avg_pool2d", clamp=RELU),
    "average pool counted": node("avg_pool2d", kernel=(3, 3), padding=(1, 1, 1, 1), count_include_pad=True),
    "average pool same": node("avg_pool2d", kernel=(3, 3), stride=(1, 1), padding=(1, 1, 1, 1)),
    "mean": node("mean", axes=(1, 2)), "mean kept": node("mean", axes=(1,), keepdims=True),
    "mean channels": node("mean", axes=(3,)), "add": binary("add", None, clamp=RELU), "sub": binary("sub", None),
    "mul": binary("mul", None, clamp=(0.0, 6.0)), "add constant": binary("add", (4,)),
    "mul constant": binary("mul", (1, 1, 1, 4)), "sub constant": binary("sub", (1, 8, 8, 4)),
    "relu": node("clamp", low=0.0), "relu6": node("clamp", low=0.0, high=6.0),
    "hardtanh": node("clamp", low=-1.0, high=1.0), "clamp": node("clamp", low=-0.3, high=0.9), "prelu": prelu,
    **{f: node("activation", function=f) for f in ("sigmoid", "tanh", "hardswish", "gelu", "gelu_tanh", "exp", "abs")},
    "leaky relu": node("activation", function="leaky_relu", alpha=0.1),
    "elu": node("activation", function="elu", alpha=1.0), "softmax": node("softmax", axis=3),
    "log softmax": node("log_softmax", axis=-1), "concat": joined,
    "slice": node("slice", starts=(0, 1, 0, 2), sizes=(1, 5, 8, 2), strides=(1, 1, 1, 1)),
    "strided slice": node("slice", starts=(0, 7, 1, 3), sizes=(1, 3, 4, 4), strides=(1, -3, 2, -1)),
    "pad": node("pad", before=(0, 1, 2, 0), after=(0, 0, 1, 1)),
    "pad value": node("pad", before=(0, 1, 0, 0), after=(0, 0, 0, 0), value=1.5),
    "transpose": node("transpose", permutation=(0, 3, 1, 2)), "reshape": node("reshape", shape=(1, 16, 16)),
    "resize": node("resize_nearest", rows=tuple(i // 2 for i in range(16)), columns=tuple(i // 2 for i in range(16))),
    "resize odd": node("resize_nearest", rows=(0, 2, 5), columns=(0, 1, 3, 4, 6)), "requantize": node("requantize"),
}


def quantized(make: Make) -> tuple[Graph, list[Array]]:
    rng = np.random.default_rng(3)
    b = Builder(x=(1, 8, 8, 4))
    x = rng.normal(0, 1.5, (12, 8, 8, 4)).astype(np.float32)
    graph = quantize(b.graph(make(b, rng)), [x], QuantizeConfig("min_max", bias_correction=False))
    return graph, quantize_inputs(graph, [x * 1.1])


@pytest.mark.parametrize("case", CASES)
def test_equal_under_the_reference_kernels_and_when_read_back(case: str) -> None:
    graph, codes = quantized(CASES[case])
    content = to_tflite(graph, "a description")
    assert isinstance(content, bytes), content
    resolver = "BUILTIN_WITHOUT_DEFAULT_DELEGATES" if case == "elu" else "BUILTIN_REF"  # which has no ELU
    assert differing(graph, activations(graph, content, codes, resolver)) == {n.name: 0 for n in graph.nodes}
    again = parse_tflite(content, "again")
    assert np.array_equal(run_integer(again, codes)[0], run_integer(graph, codes)[0])
    assert [again.tensors[n].quantization for n in (*again.inputs, *again.outputs)] == [
        graph.tensors[n].quantization for n in (*graph.inputs, *graph.outputs)]


@pytest.mark.parametrize("case", ["conv2d same stride 2", "conv2d other padding", "conv2d clamp", "depthwise", "add",
                                  "linear", "linear equal"])
def test_int16_activations(case: str) -> None:
    rng, b = np.random.default_rng(3), Builder(x=(1, 8, 8, 4))
    y = CASES[case](b, rng)
    y = b.node("largest", "max_pool2d", (b.node("flat", "avg_pool2d", (y,)),), padding=(1, 0, 0, 1))
    float_graph, x = b.graph(y), rng.normal(0, 1.5, (12, 8, 8, 4)).astype(np.float32)
    wide = {name: WeightConfig(activation_bits=16) for name in names(float_graph)}
    graph = quantize(float_graph, [x], QuantizeConfig("min_max", layers=wide))
    content = to_tflite(graph)
    assert isinstance(content, bytes), content
    assert {graph.tensors[n].dtype for n in ("largest.int16", "flat")} == {"s16"}
    seen = activations(graph, content, quantize_inputs(graph, [x * 1.1]))
    assert differing(graph, seen) == {n.name: 0 for n in graph.nodes}


def test_whole_network() -> None:
    graph, x = small_cnn(), np.random.default_rng(1).normal(0, 1, (20, 10, 10, 3)).astype(np.float32)
    q = quantize(graph, [x])
    content = to_tflite(q)
    assert isinstance(content, bytes) and content == to_tflite(q)
    assert differing(q, activations(q, content, quantize_inputs(q, [x]))) == {n.name: 0 for n in q.nodes}


@pytest.mark.parametrize(("make", "reason"), [
    (node("activation", function="mish"), "no mish"),
    (node("activation", function="elu", alpha=0.5), "has 0.5"),
    (node("max_pool2d", dilation=(2, 2)), "no dilation"),
    (node("avg_pool2d", kernel=(2, 2), padding=(1, 1, 1, 1)), "neither SAME nor VALID"),
    (node("resize_nearest", rows=(3, 0), columns=(1, 1)), "other rows"),
])
def test_reasons_name_the_layer(make: Make, reason: str) -> None:
    graph, _ = quantized(make)
    reasons = to_tflite(graph)
    assert isinstance(reasons, list) and len(reasons) == 1
    assert reasons[0].startswith("y_node (") and reason in reasons[0]
