"""Integer arithmetic of quantised inference, in NumPy: the definition that every C kernel matches bit by bit.

Twin of codegen_templates/common/tc_numerics.h; tests/test_numerics.py holds them together.

Quant:  real = scale * (q - zero_point). A real multiplier s is stored as (M, e): s = M * 2^(e - 31), M in [2^30, 2^31).
Source: Jacob et al., "Quantization and Training of Neural Networks for Efficient Integer-Arithmetic-Only Inference"
        (CVPR 2018), section 2.2; TensorFlow Lite 8-bit quantization specification; gemmlowp fixedpoint.h.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from enum import Enum

import numpy as np
import numpy.typing as npt

IntArray = npt.NDArray[np.int64]

INT8_MIN, INT8_MAX = -128, 127
INT16_MIN, INT16_MAX = -(2**15), 2**15 - 1
INT32_MIN, INT32_MAX = -(2**31), 2**31 - 1

#: dtype of an activation -> its least and greatest code.
LIMITS: Mapping[str, tuple[int, int]] = {"s8": (INT8_MIN, INT8_MAX), "s16": (INT16_MIN, INT16_MAX)}


class Rounding(str, Enum):
    """How a 32-bit accumulator is scaled down: twice rounded (TFLM, CMSIS-NN; default) or once."""

    DOUBLE = "double"
    SINGLE = "single"


class Precision(str, Enum):
    """What a build computes in: integers (default), or float32 with the weights as they are."""

    INT8 = "int8"
    FLOAT32 = "float32"


def quantize_multiplier(scale: float) -> tuple[int, int]:
    """Return (M, e) with scale ~= M * 2^(e - 31), M a positive int32 with its top bit set; (0, 0) for a zero scale.

    Scales below 2^-31 become (0, 0), as in TensorFlow Lite. ``scale`` must be finite and not negative.
    """
    if not math.isfinite(scale) or scale < 0:
        raise ValueError(f"multiplier {scale} must be finite and >= 0")
    if scale == 0:
        return 0, 0
    fraction, exponent = math.frexp(scale)
    multiplier = round_half_away(fraction * 2**31)
    if multiplier == 2**31:
        multiplier, exponent = multiplier // 2, exponent + 1
    if exponent < -31:
        return 0, 0
    if exponent > 30:
        raise ValueError(f"multiplier {scale} is too large: at most 2^30")
    return multiplier, exponent


def quantize_multipliers(scales: npt.ArrayLike) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int32]]:
    """Return arrays (M, e) of ``quantize_multiplier`` for every element of a 1-D array of scales."""
    pairs = [quantize_multiplier(float(s)) for s in np.asarray(scales, dtype=np.float64).reshape(-1)]
    return np.array([m for m, _ in pairs], dtype=np.int32), np.array([e for _, e in pairs], dtype=np.int32)


def round_half_away(value: float) -> int:
    """Return the nearest integer, halves away from zero (C's ``round``)."""
    return math.floor(abs(value) + 0.5) * (1 if value >= 0 else -1)


def doubling_high_mul(a: npt.ArrayLike, b: npt.ArrayLike) -> IntArray:
    """Return round(a * b / 2^31), halves up, saturated to int32 (gemmlowp SaturatingRoundingDoublingHighMul)."""
    product: IntArray = np.asarray(a, dtype=np.int64) * np.asarray(b, dtype=np.int64)
    high: IntArray = np.minimum((product + (1 << 30)) >> 31, INT32_MAX)
    return high


def rounding_divide_by_pot(x: npt.ArrayLike, exponent: npt.ArrayLike) -> IntArray:
    """Return x / 2^exponent, halves away from zero (gemmlowp RoundingDivideByPOT); 0 <= exponent <= 31."""
    x, exponent = np.asarray(x, dtype=np.int64), np.asarray(exponent, dtype=np.int64)
    mask: IntArray = (np.int64(1) << exponent) - 1
    threshold: IntArray = (mask >> 1) + (x < 0)
    quotient: IntArray = (x >> exponent) + ((x & mask) > threshold)
    return quotient


def requantize(acc: npt.ArrayLike, multiplier: npt.ArrayLike, exponent: npt.ArrayLike, rounding: Rounding) -> IntArray:
    """Return acc * M * 2^(e - 31) rounded to integers; ``acc`` fits int32, M and e broadcast against it.

    double: RDivPOT(SRDHM(acc << max(e, 0), M), max(-e, 0)); single: (acc * M + 2^(30 - e)) >> (31 - e).
    """
    acc = np.asarray(acc, dtype=np.int64)
    exponent = np.asarray(exponent, dtype=np.int64)
    if rounding is Rounding.SINGLE:
        shift = 31 - exponent
        product = acc * np.asarray(multiplier, dtype=np.int64)
        once: IntArray = (product + (np.int64(1) << (shift - 1))) >> shift
        return once
    left, right = np.maximum(exponent, 0), np.maximum(-exponent, 0)
    return rounding_divide_by_pot(doubling_high_mul(acc << left, multiplier), right)


def reduce_multipliers(multiplier: npt.ArrayLike) -> npt.NDArray[np.int32]:
    """Return M of ``quantize_multiplier`` rounded to 15 bits, as TensorFlow Lite does for 16-bit convolutions."""
    m = np.asarray(multiplier, dtype=np.int64)
    reduced: npt.NDArray[np.int32] = np.where(m < 0x7FFF0000, (m + (1 << 15)) >> 16, 0x7FFF).astype(np.int32)
    return reduced


def requantize_reduced(acc: npt.ArrayLike, multiplier: npt.ArrayLike, exponent: npt.ArrayLike) -> IntArray:
    """Return (acc * M + 2^(14 - e)) >> (15 - e) for a reduced M, whatever the rounding rule; e at most 14."""
    shift = 15 - np.asarray(exponent, dtype=np.int64)
    product = np.asarray(acc, dtype=np.int64) * np.asarray(multiplier, dtype=np.int64)
    once: IntArray = (product + (np.int64(1) << (shift - 1))) >> shift
    return once


def quantize(real: npt.ArrayLike, scale: npt.ArrayLike, zero_point: npt.ArrayLike = 0) -> npt.NDArray[np.int8]:
    """Return int8 codes of real values: round(real / scale) half to even + zero_point, saturated to [-128, 127]."""
    scale, zero_point = np.asarray(scale, dtype=np.float64), np.asarray(zero_point, dtype=np.float64)
    codes = np.rint(np.asarray(real, dtype=np.float64) / scale) + zero_point
    saturated: npt.NDArray[np.int8] = np.clip(codes, INT8_MIN, INT8_MAX).astype(np.int8)
    return saturated


def dequantize(codes: npt.ArrayLike, scale: npt.ArrayLike, zero_point: npt.ArrayLike = 0) -> npt.NDArray[np.float32]:
    """Return float32 values scale * (codes - zero_point)."""
    scale, zero_point = np.asarray(scale, dtype=np.float64), np.asarray(zero_point, dtype=np.float64)
    real: npt.NDArray[np.float32] = ((np.asarray(codes, dtype=np.float64) - zero_point) * scale).astype(np.float32)
    return real


def clamp_codes(low: float, high: float, scale: float, zero_point: int, dtype: str = "s8") -> tuple[int, int]:
    """Return the codes of a real clamp range [low, high]; infinities become the limits of the type."""
    least, greatest = LIMITS[dtype]

    def code(value: float, limit: int) -> int:
        if math.isinf(value):
            return limit
        return max(least, min(greatest, zero_point + round_half_away(value / scale)))

    return code(low, least), code(high, greatest)
