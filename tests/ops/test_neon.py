"""The kernels for Arm64 and Armv7-A equal the integer reference, on NEON alone and on Arm64 with SDOT and I8MM, too."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hypothesis import strategies as st

from tests.ops import arm64, qemu, test_avg_pool2d, test_conv2d, test_depthwise_conv2d, test_linear, test_max_pool2d
from tests.ops._cases import binary_cases
from tests.ops.arm64 import Machine
from tests.ops.cases import CLAMPS, integer, weighted
from tests.ops.harness import activation, constant
from tests.ops.qemu import Case
from tests.ops.storages import KINDS, fitting_codes
from toolchain import ops
from toolchain.ir import Codebook, Node, Quantization, Storage
from toolchain.numerics import Rounding
from toolchain.ops.conv2d import Conv2dAttributes
from toolchain.ops.depthwise_conv2d import DepthwiseConv2dAttributes
from toolchain.ops.linear import LinearAttributes


@st.composite
def inner_windows(draw: st.DrawFn) -> Case:
    """Draw a conv2d whose windows lie inside the input, with eights of channels: more than one tile of each kind."""
    kernel, stride = draw(st.sampled_from([(1, 1), (1, 3), (3, 3)])), draw(st.sampled_from([(1, 1), (1, 2), (2, 2)]))
    size = tuple(integer(draw, k, k + 9) for k in kernel)
    channels, outputs = 8 * integer(draw, 1, 7), integer(draw, 1, 40)
    attrs = Conv2dAttributes(stride, clamp=draw(st.sampled_from(CLAMPS)))
    return weighted(draw, "conv2d", attrs, (1, *size, channels), (outputs, *kernel, channels), 0)


@st.composite
def channels_together(draw: st.DrawFn) -> Case:
    """Draw a depthwise_conv2d of nine taps whose channels fill vectors, or several pixels of which do."""
    channels = draw(st.sampled_from([1, 2, 4, 8, 16, 48, 40]))
    kernel = draw(st.sampled_from([(3, 3), (3, 3), (1, 9), (9, 1)]))
    height, width = (integer(draw, max(1, taps - 2), 9) for taps in kernel)
    attrs = DepthwiseConv2dAttributes(draw(st.sampled_from([(1, 1), (2, 2)])), (1, 1, 1, 1))
    return weighted(draw, "depthwise_conv2d", attrs, (1, height, width, channels), (1, *kernel, channels), 3)


#: Storages by the kernels that read them.
STORED = {"fields": [s for s in KINDS if s.kind in ("s4", "s2", "t2", "b1", "cb4")],
          "lists": [s for s in KINDS if s.kind in ("nm", "blk", "csr")]}


def stored_weights(op: str, storage: Storage, seed: int) -> Case:
    """Return a conv2d or linear with weights of this storage, whose outputs spread over the range of their codes."""
    rng = np.random.default_rng(seed)
    inputs, outputs = int(rng.choice([8, 24, 40, int(rng.integers(4, 20))])), int(rng.integers(1, 40))
    if storage in STORED["lists"]:
        inputs = int(rng.choice([getattr(storage, "m", 4), 16, 32, 48]))
    kernel = (1, 1) if seed % 3 == 0 else (3, 3)
    clamp, pad = CLAMPS[seed % len(CLAMPS)], int(rng.integers(0, 2))
    attrs = Conv2dAttributes((1, 1), (pad, pad, pad, pad), clamp=clamp) if op == "conv2d" else LinearAttributes(clamp)
    shape = (outputs, *kernel, inputs) if op == "conv2d" else (outputs, inputs)
    codes = np.maximum(fitting_codes(storage, shape, seed), -127)
    weights = constant("w", codes, Quantization.per_channel([0.01] * outputs, 0))
    size = (int(rng.integers(3, 8)), int(rng.integers(3, 8))) if op == "conv2d" else (int(rng.integers(1, 12)),)
    x = activation("x", (1, *size, inputs), 0.05, -5)
    w = dataclasses.replace(weights, storage=storage)
    constants = [w, constant("b", rng.integers(-99, 100, outputs).astype(np.int32))]
    spread = 74 * float(codes.astype(np.float64).std()) * codes[0].size ** 0.5  # of the sums; 74 is that of the inputs
    y = activation("y", ops.get(op).infer(attrs, [x, *constants])[0], 0.0005 * max(spread / 40, 4), 3)
    return Node("n", op, ("x", "w", "b"), ("y",), attrs), [x, *constants], [y]


CASES = {"conv2d": test_conv2d.cases() | inner_windows(),
         "depthwise_conv2d": test_depthwise_conv2d.cases() | channels_together(),
         "linear": test_linear.cases(), "add": binary_cases("add"), "avg_pool2d": test_avg_pool2d.cases(),
         "max_pool2d": test_max_pool2d.cases()}

MACHINES = [pytest.param(m, id=m.isa, marks=pytest.mark.skipif(not m.processors(), reason=f"no {m.qemu.program}"))
            for m in arm64.MACHINES]


@pytest.mark.parametrize("rounding", Rounding)
@pytest.mark.parametrize("op", CASES)
@pytest.mark.parametrize("machine", MACHINES)
def test_kernels_equal_the_reference(machine: Machine, op: str, rounding: Rounding) -> None:
    made = arm64.conformance(machine, qemu.draw(CASES[op], 60, 1), rounding)
    assert set(made) == {k.name for o, k in machine.kernels() if o == op and k.dtype == "s8" and not k.storages}


@pytest.mark.parametrize("rounding", Rounding)
@pytest.mark.parametrize("op", ["conv2d", "linear"])
@pytest.mark.parametrize("stored", STORED)
@pytest.mark.parametrize("machine", MACHINES)
def test_packed_weights_equal_the_reference(machine: Machine, stored: str, op: str, rounding: Rounding) -> None:
    (kernel,) = [k for _, k in machine.kernels() if k.name == f"tc_{op}_s8_{stored}_neon"]
    for storage in STORED[stored]:
        cases = [stored_weights(op, storage, seed) for seed in range(9)]
        params = [ops.get(op).lower(*case) for case in cases]
        taken = [(case, p) for case, p in zip(cases, params, strict=True) if kernel.supports(p) is None]
        if storage == Codebook(per_channel=True):
            assert {kernel.supports(p) for p in params} == {"a codebook per channel"}
            continue
        assert len(taken) >= 3
        made = arm64.conformance(machine, [case for case, _ in taken], rounding, select=lambda k: k == kernel)
        assert made == {kernel.name: len(machine.processors()) * len(taken)}
        rng = np.random.default_rng(0)
        codes = [ops.get(op).reference(p, rng.integers(-128, 128, case[1][0].shape).astype(np.int8), rounding=rounding)
                 for case, p in taken]
        assert len(np.unique(np.concatenate([y.ravel() for (y,) in codes]))) > 12
