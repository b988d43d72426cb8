"""toolchain/numerics.py against exact rational arithmetic, and its C twin tc_numerics.h against it, bit by bit."""

from __future__ import annotations

import ctypes
import math
import subprocess
from fractions import Fraction
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from toolchain import numerics, resources
from toolchain.numerics import INT32_MAX, INT32_MIN, Rounding

INT32 = st.sampled_from([0, 1, -1, INT32_MIN, INT32_MAX, 1 << 30, -(1 << 30)]) | st.integers(INT32_MIN, INT32_MAX)
MULTIPLIERS = st.sampled_from([1 << 30, INT32_MAX, (1 << 30) + 1, 0]) | st.integers(1 << 30, INT32_MAX)
EXPONENTS = st.integers(-31, 30)
SHIFTS = st.integers(0, 31)
#: Selects what Cortex-M0+ compiles.
WITHOUT_LONG_MULTIPLY = "-D__ARM_ARCH_6M__"

TWIN = """
#include "tc_numerics.h"
int32_t doubling_high_mul(int32_t a, int32_t b) { return tc_doubling_high_mul(a, b); }
int32_t rounding_divide_by_pot(int32_t x, int32_t e) { return tc_rounding_divide_by_pot(x, e); }
int32_t requantize(int32_t x, int32_t m, int32_t e) { return tc_requantize(x, m, e); }
int32_t clamp(int32_t x, int32_t low, int32_t high) { return tc_clamp(x, low, high); }
"""


@cache
def twin(rounding: Rounding, *options: str) -> ctypes.CDLL:
    """Return tc_numerics.h as a shared library; undefined behaviour ends the process."""
    folder = Path(mkdtemp(prefix="tc-numerics-"))
    (folder / "tc_config.h").write_text(f"#define TC_SINGLE_ROUNDING {int(rounding is Rounding.SINGLE)}\n")
    (folder / "twin.c").write_text(TWIN)
    subprocess.run(["gcc", "-std=c99", "-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Werror", "-O1",
                    "-shared", "-fPIC", "-fsanitize=undefined", "-fno-sanitize-recover=undefined", f"-I{folder}",
                    *options, f"-I{resources.templates() / 'common'}", str(folder / "twin.c"),
                    "-o", str(folder / "twin.so")], check=True)
    return ctypes.CDLL(str(folder / "twin.so"))


def half_up(x: Fraction) -> int:
    return math.floor(x + Fraction(1, 2))


def half_away(x: Fraction) -> int:
    return half_up(abs(x)) * (1 if x >= 0 else -1)


def exact_requantize(acc: int, multiplier: int, exponent: int, rounding: Rounding) -> int:
    """Return acc * M * 2^(e - 31), rounded as the rule's definition says, in rational arithmetic."""
    if rounding is Rounding.SINGLE:
        return half_up(Fraction(acc * multiplier) * Fraction(2) ** (exponent - 31))
    high = half_up(Fraction(acc * 2 ** max(exponent, 0) * multiplier, 2**31))
    return half_away(Fraction(high, 2 ** max(-exponent, 0)))


@settings(deadline=None, max_examples=300)  # the first example compiles
@given(a=INT32, b=INT32)
def test_doubling_high_mul(a, b):
    want = min(half_up(Fraction(a * b, 2**31)), INT32_MAX)
    assert int(numerics.doubling_high_mul(a, b)) == want
    if (a, b) != (INT32_MIN, INT32_MIN):  # the one product that C leaves out
        assert twin(Rounding.DOUBLE).doubling_high_mul(a, b) == want
        assert twin(Rounding.DOUBLE, WITHOUT_LONG_MULTIPLY).doubling_high_mul(a, b) == want


@settings(deadline=None, max_examples=300)  # the first example compiles
@given(x=INT32, exponent=SHIFTS)
def test_rounding_divide_by_pot(x, exponent):
    want = half_away(Fraction(x, 2**exponent))
    assert int(numerics.rounding_divide_by_pot(x, exponent)) == want
    assert twin(Rounding.DOUBLE).rounding_divide_by_pot(x, exponent) == want


@settings(deadline=None, max_examples=300)  # the first example compiles
@given(acc=INT32, multiplier=MULTIPLIERS, exponent=EXPONENTS, rounding=st.sampled_from(Rounding))
def test_requantize(acc, multiplier, exponent, rounding):
    acc = acc >> max(exponent, 0)  # shifted left, it must fit int32
    want = exact_requantize(acc, multiplier, exponent, rounding)
    assert int(numerics.requantize(acc, multiplier, exponent, rounding)) == want
    assert twin(rounding).requantize(acc, multiplier, exponent) == want
    assert twin(rounding, WITHOUT_LONG_MULTIPLY).requantize(acc, multiplier, exponent) == want


@given(acc=INT32, multiplier=MULTIPLIERS, exponent=st.integers(-31, 0))
def test_the_two_rules_differ_by_at_most_one(acc, multiplier, exponent):
    double, single = (int(numerics.requantize(acc, multiplier, exponent, r)) for r in Rounding)
    assert abs(double - single) <= 1


def test_the_rules_differ_where_the_first_rounding_makes_a_half():
    # -2 / 4: half of the high product -1 rounds away from zero to -1; rounded once, halves go up to 0
    assert int(numerics.requantize(-2, 1 << 30, -1, Rounding.DOUBLE)) == -1
    assert int(numerics.requantize(-2, 1 << 30, -1, Rounding.SINGLE)) == 0


@settings(deadline=None, max_examples=300)  # the first example compiles
@given(x=INT32, low=INT32, high=INT32)
def test_clamp(x, low, high):
    low, high = min(low, high), max(low, high)
    assert twin(Rounding.DOUBLE).clamp(x, low, high) == min(max(x, low), high)


@given(scale=st.floats(2.0**-31, 2.0**29))
def test_a_multiplier_is_the_nearest(scale):
    multiplier, exponent = numerics.quantize_multiplier(scale)
    assert 1 << 30 <= multiplier <= INT32_MAX
    unit = Fraction(2) ** (exponent - 31)
    assert abs(multiplier * unit - Fraction(scale)) <= unit / 2


@pytest.mark.parametrize(("scale", "want"), [
    (0.0, (0, 0)), (0.5, (1 << 30, 0)), (1.0, (1 << 30, 1)), (0.75, (3 << 29, 0)), (2.0**-40, (0, 0)),
    (1 - 2.0**-40, (1 << 30, 1)), (2.0**29, (1 << 30, 30))])
def test_multipliers_at_the_edges(scale, want):
    assert numerics.quantize_multiplier(scale) == want


@pytest.mark.parametrize("scale", [-1.0, math.nan, math.inf, 2.0**31])
def test_scales_that_have_no_multiplier(scale):
    with pytest.raises(ValueError, match="multiplier"):
        numerics.quantize_multiplier(scale)


@given(codes=st.lists(st.integers(-128, 127), min_size=1), scale=st.floats(1e-6, 1e6),
       zero_point=st.integers(-128, 127))
def test_quantize_undoes_dequantize(codes, scale, zero_point):
    scale = float(np.float32(scale))
    real = numerics.dequantize(codes, scale, zero_point)
    assert numerics.quantize(real, scale, zero_point).tolist() == codes


def test_quantize_saturates_and_rounds_half_to_even():
    assert numerics.quantize([-1e9, 1e9, 0.5, 1.5, -0.5], 1.0, 0).tolist() == [-128, 127, 0, 2, 0]


@pytest.mark.parametrize(("low", "high", "want"), [
    (0.0, math.inf, (-5, 127)), (-math.inf, math.inf, (-128, 127)), (0.0, 6.0, (-5, 55)), (-1000.0, 0.05, (-128, -4))])
def test_clamp_codes(low, high, want):
    assert numerics.clamp_codes(low, high, 0.1, -5) == want
