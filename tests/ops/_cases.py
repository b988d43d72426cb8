"""Hypothesis strategies that the tests of several operators share."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st

from tests.ops.harness import activation, conformance, constant
from toolchain.ir import Attributes, Node, Quantization, Tensor
from toolchain.numerics import Rounding, dequantize, quantize
from toolchain.ops import get
from toolchain.ops.add import BinaryAttributes

ZERO_POINTS = st.sampled_from([-128, 127, 0]) | st.integers(-128, 127)
SCALES = st.sampled_from([1e-6, 0.003, 1 / 256, 0.02, 0.05, 0.3, 1.0, 50.0]) | st.floats(1e-4, 10)
CLAMPS = st.sampled_from([None, (0.0, float("inf")), (0.0, 6.0), (-1.0, 1.0)])
ROUNDINGS = st.sampled_from(Rounding)


@st.composite
def operand_shapes(draw: st.DrawFn) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Draw two shapes with batch 1 that broadcast against each other, and the second sometimes of lower rank."""
    full = draw(st.lists(st.integers(1, 5), min_size=1, max_size=4))
    kind = draw(st.sampled_from(["same", "channel", "scalar", "gate", "any"]))
    a = b = tuple(full)
    if kind == "channel":
        b = (1,) * (len(full) - 1) + (full[-1],)
    elif kind == "scalar":
        b = (1,) * len(full)
    elif kind == "gate":
        a, b = (3, 2, *full[-1:]), (1, 1, *full[-1:])
    elif kind == "any":
        keep = [draw(st.sampled_from("ab=")) for _ in full]
        a = tuple(1 if k == "b" else d for k, d in zip(keep, full, strict=True))
        b = tuple(1 if k == "a" else d for k, d in zip(keep, full, strict=True))
    if draw(st.booleans()):
        a, b = b, a
    return (1, *a), (1, *b)


@st.composite
def binary_cases(draw: st.DrawFn, op: str) -> tuple[Node, list[Tensor], list[Tensor]]:
    """Draw an add, sub or mul node: shapes, quantisation, a clamp, either operand a constant, or none."""
    shapes = draw(operand_shapes())
    inputs = [activation(n, s, draw(SCALES), draw(ZERO_POINTS)) for n, s in zip("ab", shapes, strict=True)]
    which = draw(st.sampled_from([None, None, 0, 1]))
    if which is not None:
        codes = np.random.default_rng(draw(st.integers(0, 999))).integers(-128, 128, shapes[which]).astype(np.int8)
        inputs[which] = constant("ab"[which], codes, inputs[which].quantization)
    attrs = BinaryAttributes(draw(CLAMPS))
    (shape,) = get(op).infer(attrs, inputs)
    return Node("n", op, ("a", "b"), ("y",), attrs), inputs, [activation("y", shape, draw(SCALES), draw(ZERO_POINTS))]


def real_error_lsb(op: str, attrs: Attributes, inputs: list[Tensor], output: Tensor, seed: int = 0,
                   batch: int = 3) -> float:
    """Return the largest distance, in output steps, of the integer reference from the float forward, for random codes.

    The float result is limited to what the output can hold. A batch of several samples is run at once.
    """
    import torch

    rng = np.random.default_rng(seed)
    node = Node("n", op, tuple(t.name for t in inputs), (output.name,), attrs)
    codes = [t.data if t.data is not None else rng.integers(-128, 128, (batch, *t.shape[1:])).astype(np.int8)
             for t in inputs]
    reals = [torch.from_numpy(np.asarray(dequantize(c, t.scale, t.zero_point)))
             for c, t in zip(codes, inputs, strict=True)]
    (real,) = get(op).forward(attrs, *reals)
    activations = [c for c, t in zip(codes, inputs, strict=True) if t.data is None]
    (got,) = get(op).reference(get(op).lower(node, inputs, [output]), *activations, rounding=Rounding.DOUBLE)
    assert got.shape == tuple(real.shape)
    low, high = ((c - output.zero_point) * output.scale for c in (-128, 127))
    ideal = real.numpy().astype(np.float64).clip(low, high) / output.scale + output.zero_point
    return float(np.abs(got - ideal).max())


def quantization(scale: float, zero_point: int = 0) -> Quantization:
    """Return per-tensor quantisation."""
    return Quantization.per_tensor(scale, zero_point)


__all__ = ["CLAMPS", "ROUNDINGS", "SCALES", "ZERO_POINTS", "activation", "binary_cases", "conformance", "constant",
           "operand_shapes", "quantization", "quantize", "real_error_lsb"]
