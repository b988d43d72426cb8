"""What the tests of the operators that only move bytes share: the integer result is the float forward of the codes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch

from tests.ops.harness import activation, conformance
from toolchain.ir import Array, Attributes, Node, Tensor
from toolchain.numerics import Rounding
from toolchain.ops import get


def case_of(op: str, attrs: Attributes, shapes: Sequence[tuple[int, ...]]) -> tuple[Node, list[Tensor], list[Tensor]]:
    """Return a node, its inputs and its outputs."""
    inputs = [activation(f"x{i}", s) for i, s in enumerate(shapes)]
    (shape,) = get(op).infer(attrs, inputs)
    return Node("n", op, tuple(t.name for t in inputs), ("y",), attrs), inputs, [activation("y", shape)]


def check(op: str, attrs: Attributes, shapes: Sequence[tuple[int, ...]], seed: int, zero_point: int = 0,
          scale: float = 1.0, batch: int = 2) -> Array:
    """Assert that all kernels equal the reference, and the reference the float forward; return the integer outputs.

    With scale 1 the float forward of (codes - zero point) is exact.
    """
    inputs = [activation(f"x{i}", s, scale, zero_point) for i, s in enumerate(shapes)]
    (shape,) = get(op).infer(attrs, inputs)
    output = activation("y", shape, scale, zero_point)
    node = Node("n", op, tuple(t.name for t in inputs), ("y",), attrs)
    if not get(op).alias:
        assert conformance(node, inputs, [output], seed=seed, variadic=get(op).variadic) >= 1
    return against_float(node, inputs, output, seed, batch)


def against_float(node: Node, inputs: Sequence[Tensor], output: Tensor, seed: int, batch: int) -> Array:
    """Assert that the reference of a batch is the float forward; return the integer outputs."""
    rng, op = np.random.default_rng(seed), get(node.op)
    codes = [rng.integers(-128, 128, (batch, *t.shape[1:])).astype(np.int8) for t in inputs]
    reals = [torch.from_numpy((c.astype(np.float32) - output.zero_point) * output.scale) for c in codes]
    (real,) = op.forward(node.attrs, *reals)
    (got,) = op.reference(op.lower(node, inputs, [output]), *codes, rounding=Rounding.DOUBLE)
    want = np.rint(real.numpy() / output.scale + output.zero_point).clip(-128, 127).astype(np.int8)
    np.testing.assert_array_equal(got, want)
    return got
