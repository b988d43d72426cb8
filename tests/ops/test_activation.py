"""activation: tables are exact (or TensorFlow Lite's), and every kernel looks them up."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.ops import _litert
from tests.ops._cases import ROUNDINGS, SCALES, ZERO_POINTS, activation, conformance
from toolchain.errors import ModelError
from toolchain.ir import Node
from toolchain.numerics import dequantize
from toolchain.ops import get
from toolchain.ops._functions import FUNCTIONS
from toolchain.ops.activation import ActivationAttributes, table

CODES = np.arange(-128, 128).astype(np.int8)
POSITIVE = {"log", "reciprocal", "rsqrt", "sqrt"}


@st.composite
def cases(draw: st.DrawFn):
    """Draw a node with any function, shape and quantisation."""
    shape = (1, *draw(st.lists(st.integers(1, 9), min_size=1, max_size=3)))
    x, y = (activation(n, shape, draw(SCALES), draw(ZERO_POINTS)) for n in "xy")
    attrs = ActivationAttributes(draw(st.sampled_from(sorted(FUNCTIONS))), draw(st.sampled_from([0.01, 1.0, -0.5])))
    return Node("n", "activation", ("x",), ("y",), attrs), [x], [y]


@settings(max_examples=60, deadline=None)
@given(case=cases(), rounding=ROUNDINGS, seed=st.integers(0, 1000))
def test_kernels_equal_the_reference(case, rounding, seed):
    node, inputs, outputs = case
    assert conformance(node, inputs, outputs, rounding=rounding, seed=seed) >= 1


@pytest.mark.parametrize("function", sorted(FUNCTIONS))
def test_tables_are_within_half_a_step_of_float(function):
    import torch

    zero_point = -129 if function in POSITIVE else -7
    scale, out_scale, out_zero_point = float(np.float32(0.045)), float(np.float32(0.031)), 5
    x = torch.from_numpy((CODES.astype(np.float64) - zero_point) * scale)
    ideal = FUNCTIONS[function].torch(x, 0.3).numpy() / out_scale + out_zero_point
    error = np.abs(table(function, 0.3, scale, zero_point, out_scale, out_zero_point) - ideal.clip(-128, 127))
    integer = function in ("abs", "leaky_relu", "hardswish")
    assert error.max() < (1.3 if integer else 0.5 + 1e-6)


def test_values_outside_the_domain_become_limits():
    def at_minus_one(function):
        return int(table(function, 0.0, 0.5, 0, 0.5, 3)[128 - 2])

    assert at_minus_one("sqrt") == 3
    assert at_minus_one("log") == -128
    assert at_minus_one("rsqrt") == 127
    assert int(table("reciprocal", 0.0, 0.5, 0, 0.5, 3)[128]) == 127


def test_gelu_keeps_the_tail_of_the_normal_distribution():
    # -2.5 * Phi(-2.5), from the complementary error function of the standard library
    want = round(-2.5 * 0.5 * math.erfc(2.5 / math.sqrt(2)) / 2.0**-12)
    assert int(table("gelu", 0.0, 0.5, 0, 2.0**-12, 0)[128 - 5]) == want


@pytest.mark.parametrize(("function", "op", "options"), [
    ("sigmoid", "LOGISTIC", {}), ("tanh", "TANH", {}), ("hardswish", "HARD_SWISH", {}), ("abs", "ABS", {}),
    ("leaky_relu", "LEAKY_RELU", {"LeakyRelu": {"alpha": 0.25}}), ("gelu", "GELU", {"Gelu": {"approximate": False}}),
    ("gelu_tanh", "GELU", {"Gelu": {"approximate": True}}), ("exp", "EXP", {})])
def test_tables_equal_tensorflow_lite(function, op, options):
    rng = np.random.default_rng(len(function))
    attrs = ActivationAttributes(function, 0.25)
    for _ in range(12):
        scale = 10 ** rng.uniform(-3, 0)
        x = activation("x", (1, 256), scale, int(rng.integers(-128, 128)))
        y = activation("y", (1, 256), scale * 10 ** rng.uniform(-2, 2), int(rng.integers(-128, 128)))
        if (fixed := get("activation").fixed_quantization(attrs)) is not None:
            y = activation("y", (1, 256), fixed.scale[0], fixed.zero_point[0])
        got = table(function, 0.25, x.scale, x.zero_point, y.scale, y.zero_point)
        np.testing.assert_array_equal(got, _litert.run(op, [x], y, [CODES[None]], options)[0])


def test_fixed_outputs_cover_the_whole_range():
    sigmoid, tanh = (get("activation").fixed_quantization(ActivationAttributes(f)) for f in ("sigmoid", "tanh"))
    assert dequantize([-128], sigmoid.scale[0], sigmoid.zero_point[0]) == [0]
    assert dequantize([-128], tanh.scale[0], tanh.zero_point[0]) == [-1]


def test_an_unknown_function_is_refused_with_the_nearest_name():
    with pytest.raises(ModelError, match="sigmoid"):
        get("activation").infer(ActivationAttributes("sigmid"), [activation("x", (1, 3))])
