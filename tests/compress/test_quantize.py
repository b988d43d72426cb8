"""Post-training quantisation through its public interface, on graphs built by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from tests.compress.graphs import Builder, convolution, small_cnn
from toolchain.compress.evaluate import evaluate
from toolchain.compress.quantize import QuantizeConfig, quantize
from toolchain.compress.sqnr import layer_sqnr
from toolchain.errors import ModelError
from toolchain.ir import Array, Graph
from toolchain.numerics import dequantize
from toolchain.ops.execute import run_float

PLAIN = QuantizeConfig(observer="min_max", bias_correction=False)


def samples(*shape: int, seed: int = 1, scale: float = 1.0) -> Array:
    return np.random.default_rng(seed).normal(0, scale, shape).astype(np.float32)


def final_sqnr(graph: Graph, x: Array, config: QuantizeConfig) -> float:
    return layer_sqnr(graph, quantize(graph, [x], config), [x])[-1][1]


@pytest.mark.parametrize("observer", ["min_max", "percentile", "mse"])
@pytest.mark.parametrize("clip", [False, True])
def test_integer_network_follows_the_float_one(observer: str, clip: bool) -> None:
    graph, x = small_cnn(), samples(32, 10, 10, 3)
    config = QuantizeConfig(observer=observer, clip_weights=clip)  # type: ignore[arg-type]
    quantized = quantize(graph, [x], config)
    assert all(decibel > 25 for _, decibel in layer_sqnr(graph, quantized, [x]))
    assert [n.name for n in quantized.nodes] == [n.name for n in graph.nodes]
    assert {t.dtype for t in quantized.tensors.values()} == {"s8", "s32"}


def test_bias_correction_removes_the_shift_of_the_mean() -> None:
    graph, x = small_cnn(), samples(64, 10, 10, 3)
    wanted = run_float(graph, [x])[0].mean(axis=0)

    def shift(config: QuantizeConfig) -> float:
        return float(np.abs(evaluate(quantize(graph, [x], config), [x])[0].mean(axis=0) - wanted).max())

    assert shift(QuantizeConfig(bias_correction=True)) < 0.5 * shift(QuantizeConfig(bias_correction=False))


def test_scales_weights_and_bias_follow_the_tflite_specification() -> None:
    graph, x = small_cnn(), samples(16, 10, 10, 3)
    q = quantize(graph, [x], PLAIN)
    weights, bias, source = q.tensors["stem.weight"], q.tensors["stem.bias"], q.tensors["x"]
    assert weights.data is not None and bias.data is not None and weights.quantization is not None
    assert weights.quantization.axis == 0 and set(weights.quantization.zero_point) == {0}
    assert np.abs(weights.data).max(axis=(1, 2, 3)).tolist() == [127] * 8
    scales = np.array(weights.quantization.scale)
    original = graph.tensors["stem.bias"].data
    assert original is not None
    assert np.abs(bias.data * (source.scale * scales) - original).max() <= source.scale * scales.max()
    assert all(s == float(np.float32(s)) for t in q.tensors.values() if t.quantization for s in t.quantization.scale)
    assert (q.tensors["stem"].zero_point, q.tensors["dw"].zero_point) == (-128, -128)
    assert q.tensors["dw"].scale <= float(np.float32(6.0 / 255))
    assert q.tensors["pool"].quantization == q.tensors["dw"].quantization


def test_concat_shares_one_quantisation_without_extra_nodes() -> None:
    rng, b = np.random.default_rng(0), Builder(x=(1, 6, 6, 2))
    left, right = convolution(b, "left", "x", 3, rng), convolution(b, "right", "x", 4, rng, kernel=3)
    graph = b.graph(b.node("out", "concat", (left, right), axis=3))
    x = samples(8, 6, 6, 2)
    grouped = quantize_without_running(graph, x)
    assert [n.op for n in grouped.nodes] == ["conv2d", "conv2d", "concat"]
    assert grouped.tensors["left"].quantization == grouped.tensors["right"].quantization
    assert grouped.tensors["left"].quantization == grouped.tensors["out"].quantization


def quantize_without_running(graph: Graph, *x: Array) -> Graph:
    return quantize(graph, x, PLAIN)


def test_concat_of_pinned_inputs_gets_requantize_nodes() -> None:
    rng, b = np.random.default_rng(0), Builder(x=(1, 6, 6, 2))
    y = convolution(b, "y", "x", 3, rng, padding=(1, 1, 1, 1))
    gate = b.node("gate", "activation", (y,), function="sigmoid")
    joined = b.node("joined", "concat", ("x", y, gate), axis=3)
    last = b.node("last", "concat", (joined, joined), axis=3)
    graph = b.graph(last, y)
    q = quantize_without_running(graph, samples(8, 6, 6, 2))
    assert [n.op for n in q.nodes] == ["conv2d", "activation", *["requantize"] * 3, "concat", "concat"]
    concat = q.nodes[5]
    assert len({t.quantization for t in (*q.inputs_of(concat), *q.outputs_of(concat))}) == 1
    assert q.tensors["gate"].quantization is not None
    assert (q.tensors["gate"].scale, q.tensors["gate"].zero_point) == (1 / 256, -128)
    assert q.tensors["x"].quantization != q.tensors["y"].quantization


def test_concat_of_equal_fixed_inputs_keeps_their_quantisation() -> None:
    b = Builder(x=(1, 4), y=(1, 4))
    gates = [b.node(f"gate_{n}", "activation", (n,), function="sigmoid") for n in "xy"]
    q = quantize_without_running(b.graph(b.node("out", "concat", gates, axis=1)), samples(8, 4), samples(8, 4, seed=2))
    assert [n.op for n in q.nodes] == ["activation", "activation", "concat"]
    assert (q.tensors["out"].scale, q.tensors["out"].zero_point) == (1 / 256, -128)


def test_pad_value_widens_the_range_of_its_input() -> None:
    b = Builder(x=(1, 4, 4, 1))
    graph = b.graph(b.node("y", "pad", ("x",), before=(0, 1, 1, 0), after=(0, 1, 1, 0), value=9.0))
    q = quantize_without_running(graph, np.clip(samples(8, 4, 4, 1), -1, 1))
    tensor = q.tensors["y"]
    assert tensor.quantization == q.tensors["x"].quantization
    assert dequantize(127, tensor.scale, tensor.zero_point) == pytest.approx(9.0, abs=tensor.scale)


def test_clipping_observers_leave_out_outliers() -> None:
    b = Builder(x=(1, 64))
    w = b.constant("w", np.eye(64))
    graph = b.graph(b.node("y", "linear", ("x", w, b.constant("b", np.zeros(64)))))
    x = samples(400, 64)
    x[0, 0] = 1000.0
    x[1, 0] = -1000.0
    scale = {o: quantize(graph, [x], QuantizeConfig(observer=o, percentile=99.9)).tensors["x"].scale  # type: ignore
             for o in ("min_max", "percentile")}
    assert scale["min_max"] == pytest.approx(2000 / 255) and scale["percentile"] < 100 / 255
    x[:2, 0] = (20.0, -20.0)
    mse = quantize(graph, [x], QuantizeConfig(observer="mse"))
    plain = quantize(graph, [x], QuantizeConfig(observer="min_max"))
    assert mse.tensors["x"].scale < plain.tensors["x"].scale


def test_shared_weights_get_one_bias_per_reader() -> None:
    b = Builder(x=(1, 4), y=(1, 4))
    w, bias = b.constant("w", np.eye(4)), b.constant("b", np.ones(4))
    outputs = [b.node(f"out_{n}", "linear", (n, w, bias)) for n in "xy"]
    graph, x, y = b.graph(*outputs), samples(8, 4), samples(8, 4, scale=10.0)
    q = quantize(graph, [x, y])
    assert q.nodes[0].inputs[1] == q.nodes[1].inputs[1] and q.nodes[0].inputs[2] != q.nodes[1].inputs[2]
    for got, wanted in zip(evaluate(q, [x, y]), run_float(graph, [x, y]), strict=True):
        assert np.abs(got - wanted).max() < np.abs(wanted).max() / 50


def linear_graph(weights: Array, bias: Array) -> Graph:
    b = Builder(x=(1, weights.shape[1]))
    return b.graph(b.node("y", "linear", ("x", b.constant("w", weights), b.constant("b", bias))))


@pytest.mark.parametrize("bias_correction", [False, True])
@pytest.mark.parametrize(("weights", "bias", "scale"), [
    ([[0, 0], [1, 2]], [3.0, 0.0], 1.0),  # a dead channel is its bias
    ([[0, 0], [0, 0]], [3.0, -1.0], 1.0),  # a dead layer
    ([[0, 0], [0, 0]], [0.0, 0.0], 1.0),  # and one that is always zero
    ([[1e-30, 0], [1, 2]], [3.0, 0.0], 1.0),  # bias far above the products
    ([[1e-42, 0], [1e-42, 2]], [1e30, 0.0], 1.0),  # subnormal weights
    ([[1e6, 0], [1e-6, 1e6]], [0.0, 1e-6], 1e-6),
    ([[1, 2], [3, 4]], [1.0, 2.0], 0.0),  # an input that is always zero
    ([[1e20, 0], [0, 1e20]], [0.0, 0.0], 1e15),
    ([[1e-12, 0], [0, 1e-12]], [0.0, 0.0], 1e-12),
])
def test_extreme_channels_stay_accurate(weights: list[list[float]], bias: list[float], scale: float,
                                        bias_correction: bool) -> None:
    graph = linear_graph(np.array(weights), np.array(bias))
    x = samples(32, 2, scale=scale)
    got = evaluate(quantize(graph, [x], QuantizeConfig("min_max", bias_correction=bias_correction)), [x])[0]
    wanted = run_float(graph, [x])[0]
    assert np.abs(got - wanted).max() <= 0.02 * np.abs(wanted).max()


def test_output_that_is_always_clamped_to_zero_has_a_sane_scale() -> None:
    b = Builder(x=(1, 2))
    w, bias = b.constant("w", -1e9 * np.ones((2, 2))), b.constant("b", -1e9 * np.ones(2))
    graph, x = b.graph(b.node("y", "linear", ("x", w, bias), clamp=(0.0, math.inf))), np.abs(samples(8, 2))
    assert np.array_equal(evaluate(quantize(graph, [x]), [x])[0], np.zeros((8, 2)))


def test_progress_reaches_the_number_of_samples() -> None:
    seen: dict[str, tuple[int, int]] = {}
    quantize(small_cnn(), [samples(10, 10, 10, 3)], QuantizeConfig("mse", batch=4),
             lambda stage, done, total: seen.__setitem__(stage, (done, total)))
    assert seen == {"ranges": (10, 10), "histograms": (10, 10), "bias correction": (6, 6)}


def test_batch_size_does_not_change_the_result() -> None:
    graph, x = small_cnn(), samples(11, 10, 10, 3)
    first, second = (quantize(graph, [x], QuantizeConfig("mse", batch=batch)) for batch in (3, 11))
    assert [t.quantization for t in first.tensors.values()] == [t.quantization for t in second.tensors.values()]
    assert np.array_equal(evaluate(first, [x], batch=2)[0], evaluate(first, [x], batch=11)[0])


@pytest.mark.parametrize(("calibration", "message"), [
    ([], "0 arrays"),
    ([samples(4, 10, 10, 3)] * 2, "2 arrays"),
    ([samples(4, 3, 10, 10)], r"needs \(N, 10, 10, 3\)"),
    ([samples(10, 10, 3)], "shape"),
    ([samples(0, 10, 10, 3)], "0 samples"),
    ([np.full((2, 10, 10, 3), np.nan)], "not finite: 600 of 600"),
    ([np.full((2, 10, 10, 3), np.inf)], "not finite"),
    ([np.full((2, 10, 10, 3), "a")], "dtype"),
    ([np.full((2, 10, 10, 3), 3e38)], "activation .* not finite"),
])
def test_bad_calibration_is_explained(calibration: list[Array], message: str) -> None:
    with pytest.raises(ModelError, match=message):
        quantize(small_cnn(), calibration)


def test_bad_graphs_and_settings_are_explained() -> None:
    x = samples(4, 10, 10, 3)
    with pytest.raises(ModelError, match="quantised already"):
        quantize(quantize(small_cnn(), [x]), [x])
    with pytest.raises(ModelError, match="constant w is not finite: 1 of 4"):
        quantize(linear_graph(np.array([[1, np.nan], [0, 1]]), np.zeros(2)), [samples(4, 2)])
    with pytest.raises(ModelError, match="unknown observer 'minmax'") as caught:
        QuantizeConfig(observer="minmax")  # type: ignore[arg-type]
    assert caught.value.hints == ("observer min_max",)
    with pytest.raises(ModelError, match="percentile 5"):
        QuantizeConfig(percentile=5)
    with pytest.raises(ModelError, match="batch 0"):
        QuantizeConfig(batch=0)
