"""Tables of the activation functions that TensorFlow Lite's reference kernels compute in integers: the same codes.

The other functions it computes through tables itself; those equal the exactly rounded ones of ``_functions``, as tests
against its reference kernels show (sqrt excepted, whose fixed-point form is up to 1 LSB off: ours is exact).

Source: TensorFlow Lite reference kernels LEAKY_RELU, ABS and HARD_SWISH (int8).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from toolchain.numerics import IntArray, Rounding, quantize_multiplier, requantize, rounding_divide_by_pot
from toolchain.ops._scale import bounded_multiplier

INT16_MIN, INT16_MAX = -(2**15), 2**15 - 1


def _scaled(x: IntArray, scale: float) -> IntArray:
    """Return x * scale for |x| <= 255; a table holds double rounding, whatever the model's rule."""
    multiplier, exponent = bounded_multiplier(abs(scale), 8)
    return requantize(x, multiplier, exponent, Rounding.DOUBLE) * (1 if scale >= 0 else -1)


def _leaky_relu(x: IntArray, alpha: float, scale: float, out_scale: float) -> IntArray:
    return np.where(x >= 0, _scaled(x, scale / out_scale), _scaled(x, scale * alpha / out_scale))


def _absolute(x: IntArray, alpha: float, scale: float, out_scale: float) -> IntArray:
    return _scaled(np.abs(x), scale / out_scale)


def _multiplier16(scale: float) -> tuple[int, int]:
    """Return (M, e) with scale ~= M * 2^(e - 15), M an int16."""
    multiplier, exponent = quantize_multiplier(scale)
    return min(multiplier + (1 << 15), 2**31 - 1) >> 16, exponent


def _high_mul16(a: IntArray, b: int) -> IntArray:
    product: IntArray = (a * b + (1 << 14)) >> 15
    return np.minimum(product, INT16_MAX)


def _shift_left16(x: IntArray, bits: int) -> IntArray:
    shifted: IntArray = x << min(bits, 16)
    return shifted.clip(INT16_MIN, INT16_MAX)


def _hardswish(x: IntArray, alpha: float, scale: float, out_scale: float) -> IntArray:
    """Return x * clamp(x / 6 + 1 / 2, 0, 1) in 16-bit fixed point, with 7 bits below the input's step."""
    fine_scale = np.float32(scale) * np.float32(1 / 128)
    out_multiplier, out_exponent = _multiplier16(float(np.float32(fine_scale / np.float32(out_scale))))
    multiplier, exponent = _multiplier16(float(np.float32(fine_scale / (np.float32(3) / np.float32(32768)))))
    fine = x << 7
    gate = _shift_left16(fine, max(exponent - 1, 0))  # 3 real units are 2^15: saturation is the clamp
    gate = _high_mul16(gate, multiplier)
    gate = _shift_left16(gate, 1) if exponent > 0 else rounding_divide_by_pot(gate, -exponent)
    gate = (gate + (1 << 15)) >> 1
    product = gate * _high_mul16(fine, out_multiplier)
    return rounding_divide_by_pot(np.sign(product) * (np.abs(product) >> 15), -out_exponent)


#: name -> (x - zero point, alpha, input scale, output scale) -> y - zero point, before saturation
INTEGER_FUNCTIONS: Mapping[str, Callable[[IntArray, float, float, float], IntArray]] = {
    "abs": _absolute, "hardswish": _hardswish, "leaky_relu": _leaky_relu}


def applies(function: str, scale: float, out_scale: float) -> bool:
    """Tell whether TensorFlow Lite has an integer kernel for the function that is right at these scales.

    Its HARD_SWISH refuses a last shift to the left, and one by 16 bits or more to the right overflows its int16.
    """
    return function in INTEGER_FUNCTIONS and (function != "hardswish" or 2.0**-16 <= scale / 128 / out_scale < 1)


def integer_codes(function: str, alpha: float, scale: float, zero_point: int, out_scale: float,
                  out_zero_point: int) -> list[int]:
    """Return the output code of every input code -128..127 where ``applies``."""
    y = INTEGER_FUNCTIONS[function](np.arange(-128, 128) - zero_point, alpha, scale, out_scale)
    return [int(code) for code in np.clip(y + out_zero_point, -128, 127)]
