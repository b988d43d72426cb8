"""Exact integer sums of products in NumPy, and their limits: what conv2d, depthwise_conv2d and linear share.

Quant:  acc = sum((x - x_zero_point) * w) + bias; y = requantize(acc) + y_zero_point, clamped.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any

import numpy as np

from toolchain.errors import ModelError
from toolchain.ir import DTYPES, Array, Tensor
from toolchain.numerics import (
    INT32_MAX,
    Rounding,
    quantize_multipliers,
    reduce_multipliers,
    requantize,
    requantize_reduced,
)

#: Elements of one block of the references: small enough for the cache of a laptop.
BLOCK = 1 << 20


def requantization(name: str, x: Tensor, weights: Tensor, bias: Tensor, y: Tensor,
                   scale: float | None = None) -> tuple[Array, Array]:
    """Return (multiplier int32, exponent int8) per output channel; ModelError when an int32 accumulator may overflow.

    The accumulator shifted left by a positive exponent must fit as well. ``scale``: in place of the input's (_xnor.py).
    """
    assert weights.quantization is not None and weights.data is not None and bias.data is not None
    multiplier, exponent = quantize_multipliers((scale or x.scale) * np.array(weights.quantization.scale) / y.scale)
    magnitude = np.abs(weights.data.astype(np.int64))
    axis = weights.quantization.axis or 0
    others = tuple(i for i in range(magnitude.ndim) if i != axis)
    widest = 256 if x.dtype == "s8" else 1 << 15
    worst = magnitude.sum(axis=others) * widest + np.abs(bias.data.astype(np.int64))
    shifted = worst << np.maximum(exponent.astype(np.int64), 0)
    if shifted.size and shifted.max() > INT32_MAX - 255:  # room for the zero point that is added after scaling
        channel = int(shifted.argmax())
        raise ModelError(f"{name} may overflow its 32-bit accumulator: {shifted[channel]} > {INT32_MAX}",
                         [("channel", f"{channel}: sum {worst[channel]}, multiplier 2^{exponent[channel]}")],
                         "remove channels that are always zero, clip the weights, or calibrate with more data")
    return multiplier, exponent.astype(np.int8)


def convolution_requantization(name: str, x: Tensor, weights: Tensor, bias: Tensor, y: Tensor,
                               scale: float | None = None) -> tuple[Array, Array]:
    """Return the same for conv2d and depthwise_conv2d: multipliers of 15 bits where activations are int16."""
    multiplier, exponent = requantization(name, x, weights, bias, y, scale)
    return (multiplier if x.dtype == "s8" else reduce_multipliers(multiplier)), exponent


def accumulator_bound(p: Any, weights: Array) -> int:
    """Return the largest |acc| that int8 inputs can cause; ``weights`` has the output channels on axis 0."""
    weights = weights.reshape(len(p.bias), -1).astype(np.int64)
    if not weights.size:
        return 0
    low, high = -128 - p.input_zero_point, 127 - p.input_zero_point
    positive, negative = np.maximum(weights, 0).sum(axis=1), np.minimum(weights, 0).sum(axis=1)
    top = positive * high + negative * low + p.bias
    bottom = positive * low + negative * high + p.bias
    return int(np.maximum(np.abs(top), np.abs(bottom)).max())


def with_folded_bias(p: Any) -> Any:
    """Return params whose bias holds -input_zero_point * sum of the channel's weights, for kernels that take raw codes.

    No partial sum leaves the range of the sums that inputs can cause, since a code of 0 is one of them.
    """
    offset = p.input_zero_point * p.weights.reshape(len(p.bias), -1).sum(axis=1, dtype=np.int64)
    return dataclasses.replace(p, bias=(p.bias - offset).astype(np.int32))


def exact_product(x: Array, weights: Array) -> Array:
    """Return x [R, K] @ weights [O, K]^T of integers as int64, exactly: in a float type that holds every sum."""
    largest = int(np.abs(weights.astype(np.int64)).sum(axis=1).max(initial=0)) * -int(np.iinfo(x.dtype).min)
    dtype = np.float32 if largest < 1 << 24 else np.float64
    product: Array = x.astype(dtype) @ weights.T.astype(dtype)
    return product.astype(np.int64)


def finish(acc: Array, p: Any, rounding: Rounding) -> Array:
    """Return the output codes for accumulators [..., C] that lack the bias; ``p`` holds bias, multiplier, clamps."""
    y: Array = requantize(acc + p.bias, p.multiplier, p.exponent, rounding) + p.output_zero_point
    return y.clip(p.clamp_min, p.clamp_max).astype(DTYPES.get(p.dtype, np.int8))


def finish_convolution(acc: Array, p: Any, rounding: Rounding) -> Array:
    """Return the same for conv2d and depthwise_conv2d, whose int16 outputs come from reduced multipliers."""
    if p.dtype != "s16":
        return finish(acc, p, rounding)
    y: Array = requantize_reduced(acc + p.bias, p.multiplier, p.exponent)
    return y.clip(p.clamp_min, p.clamp_max).astype(DTYPES[p.dtype])


def blocks(samples: int, elements: int) -> Iterator[slice]:
    """Yield slices of the batch whose ``elements`` per sample stay near BLOCK."""
    step = max(1, BLOCK // max(1, elements))
    return (slice(start, min(samples, start + step)) for start in range(0, samples, step))
