"""Walks are honest: with the output over the input at a distance that a kernel's walk calls safe, its result is right;

one byte nearer it is wrong for some data. The real C runs, on the host and on simulated cores.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.ops import (
    test_avg_pool2d,
    test_concat,
    test_conv2d,
    test_depthwise_conv2d,
    test_linear,
    test_max_pool2d,
    test_mean,
    test_resize_nearest,
    test_slice,
    test_transpose,
)
from tests.ops._cases import binary_cases
from tests.ops._copies import case_of
from tests.ops.harness import Runtime, activation, call, runtimes
from toolchain.ir import Array, Node, Tensor
from toolchain.numerics import Rounding
from toolchain.ops import Kernel, get
from toolchain.ops.add import BinaryAttributes
from toolchain.plan.overlap import Overlap, overlap, overlaps

CASES = {"conv2d": test_conv2d.cases(), "depthwise_conv2d": test_depthwise_conv2d.cases(),
         "linear": test_linear.cases(), "max_pool2d": test_max_pool2d.cases(), "avg_pool2d": test_avg_pool2d.cases(),
         "mean": test_mean.cases(), **{op: binary_cases(op) for op in ("add", "sub", "mul")}}
#: Copies by memcpy: nearer than the safe distance they are not defined, which does not mean wrong.
COPIES = {"slice": test_slice.cases().map(lambda c: case_of("slice", c[1], [c[0]])),
          "transpose": test_transpose.cases().map(lambda c: case_of("transpose", c[1], [c[0]])),
          "resize_nearest": test_resize_nearest.cases().map(lambda c: case_of("resize_nearest", c[1], [c[0]])),
          "concat": test_concat.cases().map(lambda c: case_of("concat", c[1], c[0]))}
Case = tuple[Node, list[Tensor], list[Tensor]]


def elementwise(op: str) -> Case:
    """Return a case of two tensors of one shape."""
    inputs = [activation("a", (1, 3, 3, 5), 0.05, 3), activation("b", (1, 3, 3, 5), 0.05, -2)]
    return Node("n", op, ("a", "b"), ("y",), BinaryAttributes()), inputs, [activation("y", (1, 3, 3, 5), 0.3, 5)]


#: Cases for kernels that drawn ones reach too seldom.
FIXED: dict[str, list[Case]] = {"conv2d": [test_conv2d.two_blocks_of_tiles()],
                                **{op: [elementwise(op)] for op in ("add", "sub", "mul")}}


def fastest(kernel: Kernel) -> list[Runtime]:
    """Return one runtime that has the kernel's instructions, if any; the host for portable C, and a core too."""
    able = [r for r in runtimes() if r.runs(kernel)]
    return [*able[:1], *[r for r in able[1:] if r.core == "cortex-m4"][:1]]


def run(case: Case, kernel: Kernel, runtime: Runtime, index: int, distance: int, seed: int) -> bool:
    """Tell whether the output, at this distance from input ``index``, equals the reference."""
    node, inputs, outputs = case
    op, rng = get(node.op), np.random.default_rng(seed)
    params = op.lower(node, inputs, outputs)
    values: list[Array] = [rng.integers(-128, 128, t.shape).astype(np.int8) for t in inputs if t.data is None]
    want = op.reference(params, *values, rounding=Rounding.DOUBLE)[0]
    got = call(runtime, node.op, kernel, params, values, outputs, in_place=index, distance=distance,
               variadic=op.variadic)[0]
    return bool(np.array_equal(want, got))


def safe_distances(case: Case, kernel: Kernel) -> tuple[Overlap, ...]:
    node, inputs, outputs = case
    walk = kernel.walk(get(node.op).lower(node, inputs, outputs))
    if walk is None:
        return ()
    return overlaps(walk, outputs[0].size_bytes, tuple(t.size_bytes for t in inputs if t.data is None))


@pytest.mark.parametrize("op", CASES | COPIES)
@settings(max_examples=40, deadline=None)
@given(data=st.data(), seed=st.integers(0, 1000))
def test_safe_distances_give_the_right_result(op: str, data: st.DataObject, seed: int) -> None:
    case = data.draw((CASES | COPIES)[op])
    params = get(op).lower(*case)
    for kernel in get(op).kernels:
        if kernel.dtype != params.dtype or kernel.supports(params) is not None:
            continue
        for index, safe in enumerate(safe_distances(case, kernel)):
            farther = data.draw(st.integers(0, 40))
            for distance in (safe.above, safe.above + farther, safe.below, safe.below - farther, *safe.exact):
                for runtime in fastest(kernel):
                    assert run(case, kernel, runtime, index, distance, seed), (kernel.name, index, distance, safe)


@pytest.mark.parametrize("shape", test_conv2d.LARGER)
def test_safe_distances_hold_where_blocks_share_weights(shape: tuple[Any, ...]) -> None:
    case = test_conv2d.larger_case(*shape)
    kernels = [k for k in get("conv2d").kernels if k.isa == "dsp" and k.supports(get("conv2d").lower(*case)) is None]
    assert kernels
    for kernel in kernels:
        (safe,) = safe_distances(case, kernel)
        for distance in (safe.above, safe.below, *safe.exact[:1]):
            assert run(case, kernel, fastest(kernel)[0], 0, distance, 3), (kernel.name, distance, safe)


@pytest.mark.parametrize("op", CASES)
def test_one_byte_nearer_is_wrong(op: str) -> None:
    """For every kernel with a walk, a case is found in which the byte that is read too late matters."""
    # those of other storages may be safe nearer: windows are copied
    todo = {k.name: k for k in get(op).kernels if not k.storages and k.dtype == "s8" and fastest(k)}

    def remove(case: Case) -> None:
        params = get(op).lower(*case)
        for kernel in [k for k in todo.values() if k.supports(params) is None]:
            for index, safe in enumerate(safe_distances(case, kernel)):
                nearer = [d for d in (safe.above - 1, safe.below + 1) if not safe.allows(d)]
                if nearer and all(any(not run(case, kernel, fastest(kernel)[0], index, d, seed) for seed in range(3))
                                  for d in nearer):
                    todo.pop(kernel.name, None)

    for case in FIXED.get(op, ()):
        remove(case)

    @settings(max_examples=200, deadline=None, database=None, derandomize=True)
    @given(case=CASES[op])
    def look(case: Case) -> None:
        remove(case)

    look()
    without_walk = {k.name for k in get(op).kernels if "broadcast_" in k.name}
    assert set(todo) <= without_walk


def brute_force(writes: Sequence[int], reads: Sequence[int], distance: int) -> bool:
    """Tell whether no byte of the input is destroyed before it is read."""
    return all(reads[b - distance] <= time for b, time in enumerate(writes) if 0 <= b - distance < len(reads))


@settings(max_examples=300, deadline=None)
@given(st.lists(st.integers(0, 9), min_size=1, max_size=12), st.lists(st.integers(-1, 9), min_size=1, max_size=12),
       st.integers(0, 4))
def test_distances_are_those_of_brute_force(writes: list[int], reads: list[int], pitch: int) -> None:
    found = overlap(np.array(writes), np.array(reads), pitch)
    everywhere = range(-20, 21)
    safe = {d for d in everywhere if brute_force(writes, reads, d)}
    assert all(d in safe for d in everywhere if found.allows(d))
    if found.above <= found.below + 1:
        assert safe == set(everywhere)
    else:
        assert found.above - 1 not in safe and found.below + 1 not in safe
        least = next((d for d in range(0, found.above, pitch) if d in safe), None) if pitch else None
        assert found.exact[:1] == ((least,) if least is not None else ())
