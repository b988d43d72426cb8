"""float32: every kernel equals the reference in every bit, and the reference is close to PyTorch's."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.ops._cases import operand_shapes
from tests.ops.cases import CLAMPS, integer, window
from tests.ops.harness import call, conformance, constant, random_codes, runtimes
from toolchain.errors import ModelError
from toolchain.ir import Node, Tensor, ordinals
from toolchain.numerics import Rounding
from toolchain.ops import get
from toolchain.ops._activation_f32 import FUNCTIONS
from toolchain.ops._exp_f32 import exp, expm1, log, log1p
from toolchain.ops._float32 import fma, limits
from toolchain.ops.activation import ActivationAttributes
from toolchain.ops.add import BinaryAttributes
from toolchain.ops.avg_pool2d import AvgPool2dAttributes
from toolchain.ops.clamp import ClampAttributes
from toolchain.ops.concat import ConcatAttributes
from toolchain.ops.conv2d import Conv2dAttributes
from toolchain.ops.depthwise_conv2d import DepthwiseConv2dAttributes
from toolchain.ops.linear import LinearAttributes
from toolchain.ops.max_pool2d import Pool2dAttributes
from toolchain.ops.mean import MeanAttributes
from toolchain.ops.pad import PadAttributes
from toolchain.ops.prelu import PreluAttributes
from toolchain.ops.resize_nearest import ResizeNearestAttributes
from toolchain.ops.slice import SliceAttributes
from toolchain.ops.softmax import SoftmaxAttributes
from toolchain.ops.transpose import TransposeAttributes
from toolchain.plan.overlap import overlaps

EXAMPLES = settings(max_examples=5, deadline=None)
#: With and without a fused multiply-add, hard and soft float, by gcc and clang.
PLACES = ("host-gcc", "cortex-m4-gcc", "cortex-m4-zig", "cortex-m0plus-gcc")


def node(op, attrs, shapes, constants=(), rng=None):
    """Return a case: activations of these shapes, then constants of random values."""
    rng = rng or np.random.default_rng(0)
    inputs = [Tensor(f"x{i}", shape) for i, shape in enumerate(shapes)]
    inputs += [constant(f"w{i}", random_codes(rng, shape, "f32")) for i, shape in enumerate(constants)]
    (shape,) = get(op).infer(attrs, inputs)
    return Node("n", op, tuple(t.name for t in inputs), ("y",), attrs), inputs, [Tensor("y", shape)]


def here(runtime):
    return str(runtime) in PLACES


def run(case, *values):
    """Return the reference's result."""
    op = get(case[0].op)
    return op.reference(op.lower(*case), *values, rounding=Rounding.DOUBLE)[0]


# The fused multiply-add ------------------------------------------------------------------------------------------


def rounded(value: Fraction) -> float:
    """Return the float32 nearest to a fraction, ties to even."""
    if value == 0:
        return 0.0
    exponent = max(math.frexp(value)[1] - 25, -149)
    while abs(value) >= Fraction(2) ** (exponent + 24):
        exponent += 1
    return math.ldexp(round(value / Fraction(2) ** exponent), exponent)  # round() of a fraction is half to even


@settings(max_examples=300, deadline=None)
@given(x=st.floats(width=32, allow_nan=False, allow_infinity=False), y=st.floats(-4, 4, width=32),
       steps=st.integers(-40, 40), kind=st.integers(0, 2))
def test_fma_rounds_once(x, y, steps, kind):
    """Also where the product is half-way, subnormal, or cancels."""
    x = float(np.float32(x)) if kind else math.ldexp(1 + steps / 4096, -75 - abs(steps) // 4)
    y = y if kind else math.ldexp(1 + 3 / 4096, -60)
    z = np.float32(math.ldexp(-x * y, steps if kind == 1 else 0)) if abs(x * y) < 1e25 else np.float32(1)
    exact = Fraction(x) * Fraction(y) + Fraction(float(z))
    if abs(exact) < Fraction(2) ** 127:
        assert float(fma(np.array([x], np.float32), np.float32(y), z)[0]) == rounded(exact)


# Kernels ---------------------------------------------------------------------------------------------------------


@st.composite
def convolutions(draw):
    w, groups = window(draw), draw(st.sampled_from([1, 1, 2]))
    per_in, per_out = integer(draw, 1, 6), integer(draw, 1, 9)
    attrs = Conv2dAttributes(w["stride"], w["padding"], w["dilation"], groups, draw(st.sampled_from(CLAMPS)))
    rng = np.random.default_rng(integer(draw, 0, 999))
    return node("conv2d", attrs, [(1, *w["size"], per_in * groups)],
                [(per_out * groups, *w["kernel"], per_in), (per_out * groups,)], rng)


@st.composite
def depthwise_convolutions(draw):
    w, channels, multiplier = window(draw), integer(draw, 1, 7), integer(draw, 1, 2)
    attrs = DepthwiseConv2dAttributes(w["stride"], w["padding"], w["dilation"], draw(st.sampled_from(CLAMPS)))
    return node("depthwise_conv2d", attrs, [(1, *w["size"], channels)],
                [(1, *w["kernel"], channels * multiplier), (channels * multiplier,)])


@st.composite
def linears(draw):
    rows, features, outputs = integer(draw, 1, 4), integer(draw, 1, 40), integer(draw, 1, 13)
    return node("linear", LinearAttributes(draw(st.sampled_from(CLAMPS))), [(1, rows, features)],
                [(outputs, features), (outputs,)])


@st.composite
def pools(draw):
    w, channels, clamp = window(draw), integer(draw, 1, 6), draw(st.sampled_from(CLAMPS))
    padding = tuple(min(p, k // 2) for p, k in zip(w["padding"], np.repeat(w["kernel"], 2).tolist(), strict=True))
    size = tuple(max(s, k * 3) for s, k in zip(w["size"], w["kernel"], strict=True))
    if draw(st.booleans()):
        attrs = Pool2dAttributes(w["kernel"], w["stride"], padding, clamp=clamp)
        return node("max_pool2d", attrs, [(1, *size, channels)])
    attrs = AvgPool2dAttributes(w["kernel"], w["stride"], padding, draw(st.booleans()), clamp=clamp)
    return node("avg_pool2d", attrs, [(1, *size, channels)])


@st.composite
def binaries(draw):
    op, shapes = draw(st.sampled_from(["add", "sub", "mul"])), draw(operand_shapes())
    case = node(op, BinaryAttributes(draw(st.sampled_from(CLAMPS))), shapes)
    which = draw(st.sampled_from([None, 0, 1]))
    if which is not None:
        case[1][which] = constant(case[1][which].name, random_codes(np.random.default_rng(3), shapes[which], "f32"))
    return case


@EXAMPLES
@given(case=convolutions() | depthwise_convolutions() | linears(), seed=st.integers(0, 999))
def test_products_equal_the_reference(case, seed):
    assert conformance(*case, seed=seed, on=here) >= 1


@EXAMPLES
@given(case=pools() | binaries(), seed=st.integers(0, 999))
def test_pools_and_elementwise_operators_equal_the_reference(case, seed):
    assert conformance(*case, seed=seed, on=here) >= 1


OTHERS = {
    "clamp": ("clamp", ClampAttributes(-0.5, 0.0), [(1, 5, 7)], ()),
    "prelu": ("prelu", PreluAttributes(), [(1, 5, 7)], [(7,)]),
    "mean": ("mean", MeanAttributes((1, 2)), [(1, 5, 7, 3)], ()),
    "mean of the last axis": ("mean", MeanAttributes((2,), keepdims=True), [(1, 5, 7)], ()),
    "softmax": ("softmax", SoftmaxAttributes(), [(1, 3, 11)], ()),
    "log_softmax": ("log_softmax", SoftmaxAttributes(), [(1, 3, 11)], ()),
    "concat": ("concat", ConcatAttributes(2), [(1, 3, 2, 2), (1, 3, 5, 2)], ()),
    "slice": ("slice", SliceAttributes((0, 5, 1), (1, 3, 2), (1, -2, 1)), [(1, 6, 4)], ()),
    "transpose": ("transpose", TransposeAttributes((0, 3, 1, 2)), [(1, 3, 4, 5)], ()),
    "pad": ("pad", PadAttributes((0, 1, 2), (0, 0, 1), -math.inf), [(1, 3, 4)], ()),
    "resize_nearest": ("resize_nearest", ResizeNearestAttributes((0, 0, 1), (1, 0)), [(1, 2, 2, 3)], ()),
}


@pytest.mark.parametrize("name", OTHERS)
def test_other_operators_equal_the_reference(name):
    case = node(*OTHERS[name])
    assert conformance(*case, variadic=case[0].op == "concat", on=here) >= 1


def test_functions_equal_the_reference():
    """The reference defines them; the extremes are those where a step of the definition overflows or vanishes."""
    x = np.concatenate([np.linspace(-12, 12, 97), [0, -0.0, 1e-30, 88.9, -104.5, 300, -300, 0.5, -0.5]])
    for function in FUNCTIONS:
        case = node("activation", ActivationAttributes(function, 0.3), [(1, len(x))])
        assert conformance(*case, data=[x[None].astype(np.float32)], on=here) >= 1


# The references --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("function", FUNCTIONS)
def test_functions_are_close_to_torch(function):
    import torch

    x = np.linspace(0.01 if function in ("log", "reciprocal") else -9, 9, 501).astype(np.float32)[None]
    attrs = ActivationAttributes(function, 0.3)
    want = get("activation").forward(attrs, torch.from_numpy(x).double())[0].numpy()
    got = run(node("activation", attrs, [x.shape]), x)
    assert np.abs(got - want).max() <= 3e-7 * max(1, np.abs(want).max())


@pytest.mark.parametrize(("function", "exact", "low", "high"), [
    (exp, np.exp, -87, 88), (expm1, np.expm1, -2, 2), (log, np.log, 1e-40, 5), (log1p, np.log1p, 1e-9, 1)])
def test_exponential_and_logarithm_are_within_three_units_in_the_last_place(function, exact, low, high):
    x = np.linspace(low, high, 20001).astype(np.float32)
    want = exact(x.astype(np.float64))
    assert (np.abs(function(x) - want) <= 3 * np.spacing(np.abs(want).astype(np.float32))).all()


@EXAMPLES
@given(case=convolutions() | depthwise_convolutions() | linears() | pools(), seed=st.integers(0, 999))
def test_reference_is_close_to_torch(case, seed):
    import torch

    inputs, rng = case[1], np.random.default_rng(seed)
    x = rng.normal(size=(3, *inputs[0].shape[1:])).astype(np.float32)
    rest = [torch.from_numpy(t.data).double() for t in inputs[1:]]
    want = get(case[0].op).forward(case[0].attrs, torch.from_numpy(x).double(), *rest)[0].numpy()
    assert np.allclose(run(case, x), want, rtol=1e-4, atol=0.02)


def test_zero_ends_of_a_clamp_have_the_sign_that_maximum_and_minimum_agree_on():
    low, high = limits((-0.0, 0.0))
    assert (math.copysign(1, low), math.copysign(1, high)) == (1, -1)


def test_a_function_without_a_float_kernel_is_named_with_its_layer():
    with pytest.raises(ModelError, match="n: sqrt has no float32 kernel"):
        get("activation").lower(*node("activation", ActivationAttributes("sqrt"), [(1, 3)]))


# Overlap of output and input --------------------------------------------------------------------------------------


@settings(max_examples=12, deadline=None)
@given(case=convolutions() | depthwise_convolutions() | linears() | pools() | binaries(), farther=st.integers(0, 9))
def test_the_output_may_overlap_the_input_as_the_walk_says(case, farther):
    op = get(case[0].op)
    params, rng = op.lower(*case), np.random.default_rng(farther)
    read = [t for t in case[1] if t.data is None]
    values = [random_codes(rng, t.shape, "f32") for t in read]
    want = run(case, *values)
    for kernel in (k for k in op.kernels if k.isa == "ref" and k.dtype == "f32" and k.supports(params) is None):
        for index, safe in enumerate(overlaps(kernel.walk(params), want.nbytes, tuple(t.size_bytes for t in read))):
            above = -(-safe.above // 4) * 4
            for distance in (above, above + 4 * farther, safe.below // 4 * 4, *safe.exact):
                (got,) = call(runtimes()[0], op.name, kernel, params, values, case[2], in_place=index,
                              distance=distance)
                assert np.array_equal(ordinals(got), ordinals(want)), (kernel.name, index, distance, safe)
