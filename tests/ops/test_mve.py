"""The MVE kernels equal the integer reference on QEMU's Cortex-M55: many cases in one boot."""

from __future__ import annotations

import numpy as np
import pytest

from tests.ops import qemu, test_avg_pool2d, test_conv2d, test_depthwise_conv2d, test_linear, test_max_pool2d
from tests.ops._cases import binary_cases
from tests.ops.harness import activation, random_codes
from tests.ops.test_walks import safe_distances
from toolchain import ops
from toolchain.numerics import Rounding

CASES = {"conv2d": test_conv2d.cases(), "depthwise_conv2d": test_depthwise_conv2d.cases(),
         "linear": test_linear.cases(), "add": binary_cases("add"), "mul": binary_cases("mul"),
         "max_pool2d": test_max_pool2d.cases(), "avg_pool2d": test_avg_pool2d.cases()}

pytestmark = pytest.mark.skipif(not qemu.available(), reason="qemu-system-arm is not installed")


@pytest.mark.parametrize("rounding", Rounding)
@pytest.mark.parametrize("op", CASES)
def test_kernels_equal_the_reference(op: str, rounding: Rounding) -> None:
    made = qemu.conformance(qemu.draw(CASES[op], 60, 1), rounding)
    assert set(made) == {k.name for k in ops.get(op).kernels if k.isa == "mve"}


@pytest.mark.parametrize("op", CASES)
def test_safe_distances_give_the_right_result(op: str) -> None:
    """With the output over the input at the distances that a kernel's walk calls safe."""
    calls = []
    rng = np.random.default_rng(0)
    for case in qemu.draw(CASES[op], 60, 2):
        params = ops.get(op).lower(*case)
        for kernel in ops.get(op).kernels:
            if kernel.isa != "mve" or kernel.supports(params) is not None:
                continue
            x = [random_codes(rng, t.shape) for t in case[1] if t.data is None]
            calls += [qemu.Call(kernel, params, x, case[2], index, distance)
                      for index, safe in enumerate(safe_distances(case, kernel))
                      for distance in (safe.above, safe.below, safe.above + 5, *safe.exact)]
    assert {c.kernel.name for c in calls} == {k.name for k in ops.get(op).kernels if k.isa == "mve"}
    qemu.run(qemu.available()[-1], op, Rounding.DOUBLE, calls)
    for call in calls:
        want = ops.get(op).reference(call.params, *call.inputs, rounding=Rounding.DOUBLE)[0]
        assert np.array_equal(want, call.results[0]), (call.kernel.name, call.in_place, call.distance, call.params)


def test_a_write_outside_a_buffer_is_found() -> None:
    """Of a kernel whose buffer for the output is one byte short."""
    kernel = next(k for k in ops.get("linear").kernels if k.isa == "mve")
    node, inputs, outputs = next(c for c in qemu.draw(test_linear.cases(), 20) if c[2][0].size_bytes > 1
                                 and kernel.supports(ops.get("linear").lower(*c)) is None)
    short = activation("y", (1, outputs[0].size_bytes - 1))
    x = random_codes(np.random.default_rng(0), inputs[0].shape)
    call = qemu.Call(kernel, ops.get("linear").lower(node, inputs, outputs), [x], [short])
    with pytest.raises(AssertionError, match="tc_linear_s8_mve wrote outside its buffers"):
        qemu.run(qemu.available()[0], "linear", Rounding.DOUBLE, [call])
