"""What the tests of the multiplying operators and pools share: drawing windows, weights and quantisation."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import strategies as st

from tests.ops.harness import activation, constant
from toolchain.ir import Node, Quantization, Tensor
from toolchain.ops import get

Draw = Any
CLAMPS = [None, (0.0, float("inf")), (0.0, 6.0), (-1.0, 1.0)]


def integer(draw: Draw, low: int, high: int) -> int:
    return int(draw(st.integers(low, high)))


def window(draw: Draw, kernel: tuple[int, int] | None = None, dilation: tuple[int, int] | None = None,
           stride: tuple[int, int] | None = None) -> dict[str, Any]:
    """Draw kernel, stride, dilation (where not given), padding and an input size (h, w) that gives an output."""
    kernel = kernel or (integer(draw, 1, 4), integer(draw, 1, 4))
    stride = stride or (integer(draw, 1, 3), integer(draw, 1, 3))
    dilation = dilation or draw(st.sampled_from([(1, 1), (1, 1), (2, 1), (1, 3), (2, 2)]))
    limit = [min(3, (k - 1) * d) for k, d in zip(kernel, dilation, strict=True)]
    padding = tuple(integer(draw, 0, limit[axis]) for axis in (0, 0, 1, 1))
    size = tuple(max(1, (k - 1) * d + 1 - a - b) + integer(draw, 0, 9)
                 for k, d, a, b in zip(kernel, dilation, padding[::2], padding[1::2], strict=True))
    return {"kernel": kernel, "stride": stride, "dilation": dilation, "padding": padding, "size": size}


def codes(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray[Any, Any]:
    """Return random int8 weights in -127..127."""
    return rng.integers(-127, 128, shape).astype(np.int8)


def scale_of(draw: Draw) -> float:
    """Draw s_in * s_w / s_out as a power of two times a fraction: exponents from far below zero to above."""
    return float(draw(st.sampled_from([2.0**-33, 2.0**-20, 0.0003, 0.002, 0.011, 0.25, 0.5, 1.0, 3.0])))


def weighted(draw: Draw, op: str, attrs: Any, x_shape: tuple[int, ...], weights_shape: tuple[int, ...],
             axis: int) -> tuple[Node, list[Tensor], list[Tensor]]:
    """Draw the weights, bias and quantisation of a node with weights; output channels lie on ``axis``."""
    rng = np.random.default_rng(integer(draw, 0, 2**32 - 1))
    channels, ratio = weights_shape[axis], scale_of(draw)
    x = activation("x", x_shape, 0.05, draw(st.sampled_from([-128, 127, 0, -5, 66])))
    y_scale = float(draw(st.sampled_from([0.02, 0.3])))
    scales = ratio * y_scale / 0.05 * rng.uniform(0.5, 2.0, channels)
    inputs = [x, constant("w", codes(rng, weights_shape), Quantization.per_channel(scales, axis)),
              constant("b", rng.integers(-20000, 20000, channels).astype(np.int32))]
    y = activation("y", get(op).infer(attrs, inputs)[0], y_scale, draw(st.sampled_from([-128, 127, 0, 17])))
    return Node("n", op, ("x", "w", "b"), ("y",), attrs), inputs, [y]


def run_reference_close_to_float(node: Node, inputs: list[Tensor], outputs: list[Tensor], seed: int) -> None:
    """Assert that reference and float forward agree within one code on real values of the same tensors."""
    import torch

    from toolchain.numerics import Rounding, dequantize, quantize

    op, rng = get(node.op), np.random.default_rng(seed)
    batch = 3
    values, reals = [], []
    for tensor in inputs:
        if tensor.data is None:
            code = rng.integers(-128, 128, (batch, *tensor.shape[1:])).astype(np.int8)
            values.append(code)
            reals.append(torch.from_numpy(dequantize(code, tensor.scale, tensor.zero_point)))
        elif tensor.dtype == "s8":
            assert tensor.quantization is not None and tensor.quantization.axis is not None
            shape = [1] * len(tensor.shape)
            shape[tensor.quantization.axis] = -1
            weight_scale = np.array(tensor.quantization.scale).reshape(shape)
            reals.append(torch.from_numpy((tensor.data * weight_scale).astype(np.float32)))
        else:
            w = inputs[1].quantization
            assert w is not None
            reals.append(torch.from_numpy((tensor.data * (inputs[0].scale * np.array(w.scale))).astype(np.float32)))
    got = op.reference(op.lower(node, inputs, outputs), *values, rounding=Rounding.DOUBLE)[0]
    want = op.forward(node.attrs, *reals)[0].numpy()
    assert got.shape == want.shape
    expected = quantize(want, outputs[0].scale, outputs[0].zero_point)
    assert np.abs(got.astype(int) - expected.astype(int)).max() <= 1
