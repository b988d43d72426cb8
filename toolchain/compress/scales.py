"""From ranges to scales, and from float constants to integer ones.

Quant:  activations int8, asymmetric, scale (high - low) / 255, 0 exact, or int16, symmetric; weights int8 in
        [-127, 127], symmetric, one scale per output channel; bias int32 at s_in * s_w[channel]; other constants int8
        per tensor.
        Every scale is rounded to float32 before it is used, because every runtime computes with that value.
Source: TensorFlow Lite 8-bit quantization specification.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from toolchain import numerics
from toolchain.compress.grids import WeightConfig
from toolchain.compress.layers import from_rows, to_rows
from toolchain.compress.observers import Range
from toolchain.compress.second_order import Hessian, round_rows
from toolchain.ir import Array, Quantization, Tensor

#: Scale of an activation that is always zero.
IDLE_SCALE = 2.0**-7
#: Products of scales stay above this, far from float32 subnormals.
MIN_PRODUCT = 2.0**-100
#: Bias codes and sums of products stay below this each: half of int32.
MAX_HALF = 2**30
#: Largest difference of an activation's code from its zero point, by type.
WIDEST = {"s8": 255, "s16": 1 << 15}
#: Output codes that the worst input could reach before saturation: an accumulator times its multiplier fits int32.
MAX_CODES = 2.0**28


def activation_quantization(r: Range, min_scale: float = 0.0, dtype: str = "s8") -> Quantization:
    """Return quantisation that covers ``r`` and 0: int8, or symmetric int16; the scale is at least ``min_scale``."""
    r = r.with_zero()
    span = r.high - r.low
    if dtype == "s16":
        largest = max(r.high, -r.low) / numerics.INT16_MAX
        return Quantization.per_tensor(max(largest, min_scale, MIN_PRODUCT if span > 0 else IDLE_SCALE), 0)
    scale = float(np.float32(max(span / 255, min_scale, MIN_PRODUCT if span > 0 else IDLE_SCALE)))
    # at equal error the end of the range that is 0 keeps its code: ReLU's zero point is -128
    zero_point = numerics.INT8_MIN - numerics.round_half_away(r.low / scale)
    return Quantization.per_tensor(scale, max(numerics.INT8_MIN, min(numerics.INT8_MAX, zero_point)))


def magnitudes(weights: Array, axis: int) -> Array:
    """Return the sum of |w| per index of ``axis``."""
    others = tuple(i for i in range(weights.ndim) if i != axis)
    return np.asarray(np.abs(weights.astype(np.float64)).sum(axis=others))


def min_output_scale(weights: Array, bias: Array, axis: int, s_in: float, dtype: str = "s8") -> float:
    """Return the least output scale at which no accumulator, scaled to the output, can leave int32."""
    worst = WIDEST[dtype] * s_in * magnitudes(weights, axis) + np.abs(bias.astype(np.float64))
    return float(worst.max(initial=0.0)) / MAX_CODES


def quantize_weights(weights: Tensor, bias: Tensor, scales: Array, axis: int, s_in: float, s_out: float,
                     config: WeightConfig | None = None, hessians: Sequence[Hessian] = (),
                     dtype: str = "s8") -> tuple[Tensor, Tensor]:
    """Return int8 weights (effective codes and how they are stored) and the int32 bias.

    A channel's scale grows where its bias or its sum of products would not fit in 2^30. Channels without weights are a
    constant, their bias: they get the scale at which one output step is 256 bias steps.
    """
    assert weights.data is not None and bias.data is not None
    config = config or WeightConfig()
    scales = safe_scales(weights.data, bias.data, scales, axis, s_in, s_out, dtype)
    rows, _ = round_rows(to_rows(weights.data, axis), scales, config, hessians)
    codes = from_rows(rows, weights.data, axis)
    if config.storage is not None:
        config.storage.check(codes, axis)
    quantized = Tensor(weights.name, weights.shape, "s8", codes, Quantization.per_channel(scales, axis),
                       config.storage)
    return quantized, quantize_bias(bias, s_in, scales)


def safe_scales(weights: Array, bias: Array, scales: Array, axis: int, s_in: float, s_out: float,
                dtype: str = "s8") -> Array:
    """Return weight scales, one per channel, that float32 holds and at which bias and sums of products fit 2^30."""
    scales = np.where(scales > 0, scales, s_out / (256 * s_in))
    floor = np.maximum(MIN_PRODUCT, np.abs(bias.astype(np.float64)) / MAX_HALF) / s_in
    floor = np.maximum(floor, WIDEST[dtype] * magnitudes(weights, axis) / MAX_HALF)
    # a little above the floor, so that rounding to float32 does not undercut it
    return np.maximum(scales, floor * (1 + 2.0**-22)).astype(np.float32).astype(np.float64)


def quantize_bias(bias: Tensor, s_in: float, weight_scales: Array) -> Tensor:
    """Return the bias as int32 at s_in * s_w[channel], saturated to +-2^30."""
    assert bias.data is not None
    codes = np.rint(bias.data.astype(np.float64) / (s_in * np.asarray(weight_scales, dtype=np.float64)))
    data = np.clip(codes, -MAX_HALF, MAX_HALF).astype(np.int32)
    product = s_in * np.asarray(weight_scales, dtype=np.float64)
    return Tensor(bias.name, bias.shape, "s32", data, Quantization.per_channel(product, 0))


def quantize_constant(constant: Tensor, quantization: Quantization | None = None) -> Tensor:
    """Return a constant as int8 with one scale: its own range, or the given quantisation."""
    assert constant.data is not None
    if quantization is None:
        low, high = float(constant.data.min(initial=0.0)), float(constant.data.max(initial=0.0))
        quantization = activation_quantization(Range(low, high))
    codes = numerics.quantize(constant.data, quantization.scale[0], quantization.zero_point[0])
    return Tensor(constant.name, constant.shape, "s8", codes, quantization)
