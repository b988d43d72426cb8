"""Multipliers of the operators without MACs."""

from __future__ import annotations

from toolchain.numerics import quantize_multiplier


def bounded_multiplier(scale: float, bits: int) -> tuple[int, int]:
    """Return (M, e) of min(scale, 2^(30 - bits)): a value of |x| < 2^bits, shifted left by e, then fits int32.

    The bound binds only where one step of x saturates an int8 output anyway, or the two scales differ by 2^14 and more.
    """
    return quantize_multiplier(min(scale, 2.0 ** (30 - bits)))
