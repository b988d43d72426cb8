"""exp, 1 / x and log in 32-bit fixed point, on NumPy integers: the arithmetic of softmax and log_softmax.

Units:  Qm.n is an int32 with n = 31 - m bits below the point.
Source: gemmlowp fixedpoint/fixedpoint.h; TensorFlow Lite kernels/internal/common.h (log). The C twins of ``reciprocal``
        and ``log_at_least_one`` are in codegen_templates/common/tc_fixed_point.h and kernels/log_softmax.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from toolchain.numerics import INT32_MAX, INT32_MIN, IntArray, doubling_high_mul, rounding_divide_by_pot

#: Integer bits of a difference to the row's maximum, and of a sum of exponentials.
DIFFERENCE_BITS, SUM_BITS = 5, 12

#: (bit of the remainder in Q5.26, exp(-2^(bit - 26)) in Q0.31)
_EXP_OF_BITS = ((24, 1672461947), (25, 1302514674), (26, 790015084), (27, 290630308), (28, 39332535), (29, 720401),
                (30, 242))
_EXP_MINUS_EIGHTH, _ONE_THIRD = 1895147668, 715827883
_48_OVER_17, _32_OVER_17 = 1515870810, 1010580540  # Q2.29
_LOG_2, _SQRT_HALF, _ROOT4_HALF = 1488522236, 1518500250, 1805811301
#: Coefficients of the rational approximation of log around 2^(-1/4), Q0.31.
_LOG_N, _LOG_D, _LOG_I, _LOG_F = 117049297, 127690142, 1057819769, 638450708

_mul = doubling_high_mul


def exp_of_negative(a: npt.ArrayLike) -> IntArray:
    """Return exp(a) in Q0.31 for a <= 0 in Q5.26.

    Modulo 1/4: a polynomial around -1/8; the rest: one factor for every bit.
    """
    a = np.asarray(a, dtype=np.int64)
    quarter = 1 << 24
    reduced = (a & (quarter - 1)) - quarter
    x = (reduced << DIFFERENCE_BITS) + (1 << 28)
    x2 = _mul(x, x)
    x3, x4 = _mul(x2, x), _mul(x2, x2)
    tail = rounding_divide_by_pot(_mul(rounding_divide_by_pot(x4, 2) + x3, _ONE_THIRD) + x2, 1)
    result: IntArray = _EXP_MINUS_EIGHTH + _mul(_EXP_MINUS_EIGHTH, x + tail)
    remainder = reduced - a
    for bit, factor in _EXP_OF_BITS:
        result = np.where(remainder & (1 << bit), _mul(result, factor), result)
    return np.asarray(np.where(a == 0, INT32_MAX, result))


def leading_zeros(x: npt.ArrayLike) -> IntArray:
    """Return the number of leading zero bits of positive int32."""
    return np.asarray(32 - np.frexp(np.asarray(x, dtype=np.float64))[1].astype(np.int64))


def one_over_one_plus(a: npt.ArrayLike) -> IntArray:
    """Return 1 / (1 + a) in Q0.31 for a in [0, 1), Q0.31: three Newton steps for the half denominator."""
    half_denominator = (np.asarray(a, dtype=np.int64) >> 1) + (1 << 30)
    x = _48_OVER_17 + _mul(half_denominator, -_32_OVER_17)
    for _ in range(3):
        x = x + (_mul(x, (1 << 29) - _mul(half_denominator, x)) << 2)
    return np.asarray(np.minimum(x << 1, INT32_MAX))


def reciprocal(total: npt.ArrayLike) -> tuple[IntArray, IntArray]:
    """Return (r, bits) with 1 / total = r * 2^-bits, r in Q0.31, for a sum in Q12.19 that is at least 1."""
    zeros = leading_zeros(total)
    return one_over_one_plus((np.asarray(total, dtype=np.int64) << zeros) - (1 << 31)), SUM_BITS - zeros


def log_at_least_one(z: npt.ArrayLike) -> IntArray:
    """Return log(z) in Q5.26 for z >= 1 in Q12.19.

    z = 2^k * r with r as near to 2^(-1/4) as one of two shifts brings it; a rational approximation of log(r).
    """
    z = np.asarray(z, dtype=np.int64)
    zeros = leading_zeros(z)
    r_a = np.minimum(_mul(z << (zeros - 1), _SQRT_HALF) << 1, INT32_MAX)
    headroom = leading_zeros(_mul(z, _SQRT_HALF)) - 1
    r_b = np.minimum(z << headroom, INT32_MAX)
    power = np.maximum(((SUM_BITS - zeros) << 25) + (1 << 23), ((SUM_BITS - headroom) << 25) - (1 << 23))  # Q6.25
    r: IntArray = np.minimum(r_a, r_b)
    p = (r + _ROOT4_HALF + 1) >> 1
    q = 2 * (r - _ROOT4_HALF)
    q2 = _mul(q, q)
    numerator = _mul(q, r) + _mul(_mul(q, q2), _LOG_N)
    denominator = _mul(p, _LOG_I + q + _mul(_LOG_D, q2)) + _mul(_LOG_F, q)
    fraction = _mul(rounding_divide_by_pot(numerator, 6), one_over_one_plus(denominator))
    return np.asarray(np.clip((_mul(power, _LOG_2) + fraction) << 1, INT32_MIN, INT32_MAX))
