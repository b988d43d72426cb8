"""What the tests of the multiplying operators and pools share: drawing windows, weights and quantisation."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import strategies as st

from tests.ops.harness import activation, constant
from toolchain.ir import Node, Quantization, Tensor
from toolchain.ops import get

Draw = Any
CLAMPS = [None, (0.0, float("inf")), (0.0, 6.0), (-1.0, 1.0)]


def integer(draw: Draw, low: int, high: int) -> int:
    return int(draw(st.integers(low, high)))


def window(draw: Draw, kernel: tuple[int, int] | None = None, dilation: tuple[int, int] | None = None,
           stride: tuple[int, int] | None = None) -> dict[str, Any]:
    """Draw kernel, stride, dilation (where not given), padding and an input size (h, w) that gives an output."""
    kernel = kernel or (integer(draw, 1, 4), integer(draw, 1, 4))
    stride = stride or (integer(draw, 1, 3), integer(draw, 1, 3))
    dilation = dilation or draw(st.sampled_from([(1, 1), (1, 1), (2, 1), (1, 3), (2, 2)]))
    limit = [min(3, (k - 1) * d) for k, d in zip(kernel, dilation, strict=True)]
    padding = tuple(integer(draw, 0, limit[axis]) for axis in (0, 0, 1, 1))
    size = tuple(max(1, (k - 1) * d + 1 - a - b) + integer(draw, 0, 9)
                 for k, d, a, b in zip(kernel, dilation, padding[::2], padding[1::2], strict=True))
    return {"kernel": kernel, "stride": stride, "dilation": dilation, "padding": padding, "size": size}


def codes(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray[Any, Any]:
    """Return random int8 weights in -127..127."""
    return rng.integers(-127, 128, shape).astype(np.int8)


def scale_of(draw: Draw) -> float:
    """Draw s_in * s_w / s_out as a power of two times a fraction: exponents from far below zero to above."""
    return float(draw(st.sampled_from([2.0**-33, 2.0**-20, 0.0003, 0.002, 0.011, 0.25, 0.5, 1.0, 3.0])))


def weighted(draw: Draw, op: str, attrs: Any, x_shape: tuple[int, ...], weights_shape: tuple[int, ...],
             axis: int, weights: np.ndarray[Any, Any] | None = None) -> tuple[Node, list[Tensor], list[Tensor]]:
    """Draw the weights (where not given), bias and quantisation of a node; output channels lie on ``axis``.

    In three of four cases the outputs of random codes spread over their range: a kernel that is wrong shows it.
    """
    rng = np.random.default_rng(integer(draw, 0, 2**32 - 1))
    channels = weights_shape[axis]
    weights = codes(rng, weights_shape) if weights is None else weights
    x = activation("x", x_shape, 0.05, draw(st.sampled_from([-128, 127, 0, -5, 66])))
    y_scale, spread = float(draw(st.sampled_from([0.02, 0.3]))), draw(st.sampled_from([35, 12, 80, 0]))
    if spread:
        ratio, bias = _spreading(rng, np.moveaxis(weights, axis, 0).reshape(channels, -1), x.zero_point, spread)
    else:
        ratio, bias = np.full(channels, scale_of(draw)), rng.integers(-20000, 20000, channels)
    scales = ratio * y_scale / 0.05 * rng.uniform(0.5, 2.0, channels)
    inputs = [x, constant("w", weights, Quantization.per_channel(scales, axis)), constant("b", bias.astype(np.int32))]
    positive = spread and getattr(attrs, "clamp", None) is not None and attrs.clamp[0] >= 0  # from the zero point up
    zero_points = [0, 17, -100, -128] if positive else [0, 17, 127, -128]
    y = activation("y", get(op).infer(attrs, inputs)[0], y_scale, draw(st.sampled_from(zero_points)))
    return Node("n", op, ("x", "w", "b"), ("y",), attrs), inputs, [y]


def _spreading(rng: np.random.Generator, weights: np.ndarray[Any, Any], zero_point: int,
               spread: float) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """Return ratio and bias by which the sums of each channel [C, products] lie around 0, ``spread`` codes from it."""
    wide = weights.astype(np.int64)
    deviation = np.maximum(74 * np.sqrt((wide**2).sum(axis=1)), 74)  # 74 is that of a random code
    mean = (-0.5 - zero_point) * wide.sum(axis=1)
    return spread / deviation, np.rint(rng.normal(0, 0.5 * deviation) - mean)


def run_reference_close_to_float(node: Node, inputs: list[Tensor], outputs: list[Tensor], seed: int) -> None:
    """Assert that reference and forward agree within one code on real values of the same tensors.

    In float64: float32 loses whole codes where a sum of large products is small.
    """
    import torch

    from toolchain.numerics import Rounding, quantize

    op, rng = get(node.op), np.random.default_rng(seed)
    batch = 3
    values, reals = [], []
    for tensor in inputs:
        if tensor.data is None:
            code = rng.integers(-128, 128, (batch, *tensor.shape[1:])).astype(np.int8)
            values.append(code)
            reals.append(torch.from_numpy((code.astype(np.float64) - tensor.zero_point) * tensor.scale))
        elif tensor.dtype == "s8":
            assert tensor.quantization is not None and tensor.quantization.axis is not None
            shape = [1] * len(tensor.shape)
            shape[tensor.quantization.axis] = -1
            weight_scale = np.array(tensor.quantization.scale).reshape(shape)
            reals.append(torch.from_numpy(tensor.data * weight_scale))
        else:
            w = inputs[1].quantization
            assert w is not None
            reals.append(torch.from_numpy(tensor.data * (inputs[0].scale * np.array(w.scale))))
    got = op.reference(op.lower(node, inputs, outputs), *values, rounding=Rounding.DOUBLE)[0]
    want = op.forward(node.attrs, *reals)[0].numpy()
    assert got.shape == want.shape and want.dtype == np.float64
    expected = quantize(want, outputs[0].scale, outputs[0].zero_point)
    assert np.abs(got.astype(int) - expected.astype(int)).max() <= 1
