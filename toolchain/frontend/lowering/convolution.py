"""Convolutions, linear layers and batch norm: operators with weights.

Shapes: weights arrive as OIHW, OIK or [O, I] and leave as OHWI or [O, I]; a missing bias becomes zeros.
"""

from __future__ import annotations

import numpy as np

from toolchain.frontend.builder import Builder, Call, Result, Unsupported
from toolchain.ir import Array, Tensor
from toolchain.ops.conv2d import Conv2dAttributes


def convolution(b: Builder, call: Call) -> Result:
    """Lower conv1d, conv2d and convolution, with paddings as numbers, "same" or "valid"."""
    x, weights = call.tensor("input"), call.weights("weight")
    spatial = weights.ndim - 2
    if call.get("transposed"):
        raise Unsupported("transposed convolution", "nearest upsampling followed by a convolution")
    if spatial not in (1, 2) or len(x.shape) != weights.ndim:
        raise Unsupported(f"convolution of an input of rank {len(x.shape)} with weights of rank {weights.ndim}",
                          "conv1d on [1, C, L] or conv2d on [1, C, H, W]")
    kernel = (1, *weights.shape[2:]) if spatial == 1 else weights.shape[2:]
    stride, dilation = _window(call, "stride", spatial, 1), _window(call, "dilation", spatial, 1)
    attrs = Conv2dAttributes(stride, _padding(call, spatial, kernel, dilation), dilation, int(call.get("groups", 1)))
    ohwi = weights.reshape(*weights.shape[:2], *kernel).transpose(0, 2, 3, 1)
    y = b.add("conv2d", [b.to_nhwc(x), b.constant(call["weight"].name, ohwi), _bias(b, call, len(ohwi))], attrs)
    return b.from_nhwc(y, len(x.shape))


def _window(call: Call, name: str, spatial: int, unit: int) -> tuple[int, int]:
    """Return a window argument as (height, width), where a 1-D window has height ``unit``."""
    pair = call.pair(name, (unit,))
    return (unit, pair[1]) if spatial == 1 else pair


def _padding(call: Call, spatial: int, kernel: tuple[int, ...], dilation: tuple[int, int]) -> tuple[int, int, int, int]:
    mode = call["padding"]
    if mode == "same":
        total = [d * (k - 1) for d, k in zip(dilation, kernel, strict=True)]
        return total[0] // 2, total[0] - total[0] // 2, total[1] // 2, total[1] - total[1] // 2
    height, width = (0, 0) if mode == "valid" else _window(call, "padding", spatial, 0)
    return height, height, width, width


def _bias(b: Builder, call: Call, count: int) -> Tensor:
    if call.get("bias") is None:
        return b.operand("zero_bias", np.zeros(count))
    return b.constant(call["bias"].name, call.weights("bias"))


def linear(b: Builder, call: Call) -> Result:
    """Lower linear on the last axis."""
    weights = call.weights("weight")
    constants = [b.constant(call["weight"].name, weights), _bias(b, call, len(weights))]
    return b.add("linear", [call.tensor("input"), *constants])


def matrix_product(b: Builder, call: Call) -> Result:
    """Lower mm and matmul by a constant matrix on the right, and addmm with a constant bias, to linear."""
    left, right = ("mat1", "mat2") if "mat1" in call.arguments else ("self", call_right(call))
    if call.tensor(right).data is None or call.tensor(left).data is not None:
        raise Unsupported("product of two activations", "a product with a constant on the right: nn.Linear")
    matrix = call.weights(right)
    if matrix.ndim != 2:
        raise Unsupported(f"product with a constant of rank {matrix.ndim}", "a constant matrix: nn.Linear")
    beta, alpha = float(call.get("beta", 1)), float(call.get("alpha", 1))
    bias = beta * call.weights("self") if left == "mat1" else np.zeros(1)
    rows = np.broadcast_to(bias.reshape(-1), matrix.shape[1:])
    return b.add("linear", [call.tensor(left), b.operand("weights", alpha * matrix.T), b.operand("bias", rows)])


def call_right(call: Call) -> str:
    """Return the name of the right operand: mm calls it mat2, matmul calls it other."""
    return "mat2" if "mat2" in call.arguments else "other"


def batch_norm(b: Builder, call: Call) -> Result:
    """Lower batch norm in eval mode to a scale and an offset per channel, channels last."""
    x = call.tensor("input")
    if call.get("training") or call.get("running_var") is None:
        raise Unsupported("batch norm that uses the statistics of the batch",
                          "model.eval() before torch.export, and track_running_stats=True")
    scale, offset = _affine(call)
    constants = [b.operand("scale", scale), b.operand("offset", offset)]
    if len(x.shape) == 2:
        return (b.add("batch_norm", [x, *constants]),)
    channels_last = (0, *range(2, len(x.shape)), 1)
    y = b.add("batch_norm", [b.transpose(x, channels_last), *constants])
    return (b.transpose(y, tuple(int(i) for i in np.argsort(channels_last))),)


def _affine(call: Call) -> tuple[Array, Array]:
    mean, variance = (call.weights(n).astype(np.float64) for n in ("running_mean", "running_var"))
    gamma = 1.0 if call["weight"] is None else call.weights("weight").astype(np.float64)
    beta = 0.0 if call["bias"] is None else call.weights("bias").astype(np.float64)
    scale = gamma / np.sqrt(variance + float(call["eps"]))
    return scale, beta - mean * scale


def batch_norm_one_output(b: Builder, call: Call) -> Result:
    """Lower the overload that returns the output alone."""
    result = batch_norm(b, call)
    assert isinstance(result, tuple)
    return result[0]


TABLE = {
    "conv1d": convolution, "conv2d": convolution, "convolution": convolution,
    "linear": linear, "mm": matrix_product, "matmul": matrix_product, "addmm": matrix_product,
    "batch_norm": batch_norm_one_output, "_native_batch_norm_legit_no_training": batch_norm,
}
