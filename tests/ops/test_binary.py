"""add, sub, mul: every kernel equals the integer reference, and the reference is close to float."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.ops import _litert
from tests.ops._cases import ROUNDINGS, activation, binary_cases, conformance, constant, quantization, real_error_lsb
from toolchain.errors import ModelError
from toolchain.ir import Node
from toolchain.numerics import Rounding
from toolchain.ops import get
from toolchain.ops.add import BinaryAttributes


@dataclass(frozen=True)
class Binary:
    """An operator, its worst error in output steps, and the output scales that make its results interesting."""

    name: str
    error: float
    scales: tuple[float, float]
    tflite_scale: float = 1.0

    def node(self):
        return Node("n", self.name, ("a", "b"), ("y",), BinaryAttributes())


OPS = [Binary("add", 0.52, (0.07, 0.3)), Binary("sub", 0.52, (0.07, 0.3)), Binary("mul", 1.0, (0.02, 0.3), 30.0)]
every_op = pytest.mark.parametrize("op", OPS, ids=lambda op: op.name)


@every_op
@settings(max_examples=60, deadline=None)
@given(data=st.data(), rounding=ROUNDINGS, seed=st.integers(0, 1000))
def test_kernels_equal_the_reference(op, data, rounding, seed):
    node, inputs, outputs = data.draw(binary_cases(op.name))
    assert conformance(node, inputs, outputs, rounding=rounding, seed=seed) >= 1


@pytest.mark.parametrize("rounding", Rounding)
@pytest.mark.parametrize(("op", "scale"), [(op, scale) for op in OPS for scale in op.scales])
def test_kernels_equal_the_reference_for_every_pair_of_codes(op, scale, rounding):
    codes = np.arange(-128, 128, dtype=np.int8)
    pairs = [np.repeat(codes, 256)[None], np.tile(codes, 256)[None]]
    inputs = [activation("a", (1, 65536), 0.05, -20), activation("b", (1, 65536), 0.031, 11)]
    conformance(op.node(), inputs, [activation("y", (1, 65536), scale, 3)], rounding=rounding, data=pairs)


@pytest.mark.parametrize("rounding", Rounding)
@pytest.mark.parametrize(("scales", "zero_points"), [((0.02209977, 0.08263571, 0.039384935), (-128, 9, -128)),
                                                     ((0.072031245, 0.16004273, 0.086304), (36, -1, -128))])
def test_one_sum_gives_every_pair_of_codes(scales, zero_points, rounding):
    codes = np.arange(-128, 128, dtype=np.int8)
    pairs = [np.repeat(codes, 256)[None], np.tile(codes, 256)[None]]
    a, b, y = (activation(n, (1, 65536), *q) for n, q in zip("aby", zip(scales, zero_points, strict=True), strict=True))
    node = Node("n", "add", ("a", "b"), ("y",), BinaryAttributes((0.0, 6.0)))
    params = get("add").lower(node, [a, b], [y])
    able = [k.isa for k in get("add").kernels if "_sum_" in k.name and k.supports(params) is None]
    assert {"dsp", "thumb"} <= set(able)
    conformance(node, [a, b], [y], rounding=rounding, data=pairs)


@every_op
@pytest.mark.parametrize("shapes", [((1, 4, 5, 6), (1, 4, 5, 6)), ((1, 4, 5, 6), (1, 1, 1, 6)),
                                    ((1, 1, 1, 6), (1, 4, 5, 6))])
def test_reference_is_close_to_float(op, shapes):
    inputs = [activation("a", shapes[0], 0.05, -20), activation("b", shapes[1], 0.031, 11)]
    (shape,) = get(op.name).infer(BinaryAttributes(), inputs)
    assert real_error_lsb(op.name, BinaryAttributes((-5.0, 6.0)), inputs, activation("y", shape, 0.07, 3)) < op.error


@every_op
@pytest.mark.parametrize("seed", range(6))
def test_reference_equals_tensorflow_lite(op, seed):
    rng = np.random.default_rng(seed)
    shapes = [(1, 4, 5, 6), (1, 4, 5, 6) if seed % 2 else (1, 1, 1, 6)]
    inputs = [activation(n, s, rng.uniform(0.01, 1), int(rng.integers(-128, 128)))
              for n, s in zip("ab", shapes, strict=True)]
    y = activation("y", shapes[0], rng.uniform(0.05, 1) * op.tflite_scale, int(rng.integers(-128, 128)))
    codes = [rng.integers(-128, 128, t.shape).astype(np.int8) for t in inputs]
    (got,) = get(op.name).reference(get(op.name).lower(op.node(), inputs, [y]), *codes, rounding=Rounding.DOUBLE)
    np.testing.assert_array_equal(got, _litert.run(op.name.upper(), inputs, y, codes, {op.name.title(): {}}))


@every_op
def test_a_constant_operand_broadcasts_over_the_batch(op):
    codes = np.arange(-3, 3, dtype=np.int8).reshape(1, 1, 6)
    inputs = [constant("a", codes, quantization(0.5, 1)), activation("b", (1, 4, 6), 0.25, -9)]
    assert real_error_lsb(op.name, BinaryAttributes(), inputs, activation("y", (1, 4, 6), 0.3, 5)) < op.error


@every_op
def test_a_scalar_constant_needs_no_axes(op):
    inputs = [activation("a", (1, 4, 6), 0.25, -9), constant("b", np.array(7, dtype=np.int8), quantization(0.5, 1))]
    y = activation("y", (1, 4, 6), 0.3, 5)
    assert conformance(op.node(), inputs, [y]) >= 1
    assert real_error_lsb(op.name, BinaryAttributes(), inputs, y) < 1


@every_op
def test_activations_of_different_rank_are_refused(op):
    with pytest.raises(ModelError, match="one rank"):
        get(op.name).infer(BinaryAttributes(), [activation("a", (1, 4, 6)), activation("b", (1, 6))])


@every_op
def test_too_many_loops_are_refused(op):
    inputs = [activation("a", (1, 2, 1, 2, 1, 2)), activation("b", (1, 1, 2, 1, 2, 1))]
    (shape,) = get(op.name).infer(BinaryAttributes(), inputs)
    with pytest.raises(ModelError, match="at most 4"):
        get(op.name).lower(op.node(), inputs, [activation("y", shape)])


@every_op
def test_shapes_that_do_not_broadcast_are_refused(op):
    with pytest.raises(ModelError, match="cannot broadcast"):
        get(op.name).infer(BinaryAttributes(), [activation("a", (1, 3)), activation("b", (1, 4))])
