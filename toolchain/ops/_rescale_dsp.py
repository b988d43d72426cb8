"""Build-time constants of tc_rescale_dsp.h: change of scale in three to four instructions."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from toolchain.ops._scale import RescaleParams

#: Largest shift for which (zero point << shift) fits beside a value below 2^29.
MAX_SHIFT = 22


def rounder(zero_point: int, shift: int) -> int:
    """Return what is added before the last shift: half of it, and the zero point."""
    return (1 << (shift - 1)) + (zero_point << shift)


def unsupported_shift(multiplier: int, exponent: int) -> str | None:
    """Say why a multiplier (M, e) does not fit tc_rescale_dsp; None when it does."""
    if multiplier == 0 or exponent < -MAX_SHIFT:
        return f"an output multiplier below 2^-{MAX_SHIFT + 1}"
    return "an output multiplier of 0.5 or more" if exponent > -1 else None


def unsupported_rescale(p: RescaleParams) -> str | None:
    """Say why tc_rescale_codes_dsp cannot take these params; None when it can."""
    if p.multiplier == 0 or abs(p.exponent) > MAX_SHIFT:
        return f"scales that differ by more than 2^{MAX_SHIFT}"
    return None
