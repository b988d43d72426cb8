"""Pools with fixed windows, adaptive pools and nearest upsampling.

Source: PyTorch 2 documentation of MaxPool2d, AvgPool2d (ceil_mode: a last window that would start in the padding behind
        the input is left out), AdaptiveAvgPool2d (window i is [floor(i n / m), ceil((i + 1) n / m))).
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np

from toolchain.frontend.builder import Builder, Call, Result, Unsupported
from toolchain.ir import Attributes, Tensor
from toolchain.ops.add import BinaryAttributes
from toolchain.ops.avg_pool2d import AvgPool2dAttributes
from toolchain.ops.concat import ConcatAttributes
from toolchain.ops.max_pool2d import Pool2dAttributes
from toolchain.ops.resize_nearest import ResizeNearestAttributes
from toolchain.ops.slice import SliceAttributes


def max_pool(b: Builder, call: Call) -> Result:
    """Lower max_pool1d and max_pool2d; ceil mode becomes padding at the bottom and right, which never wins."""
    x = b.to_nhwc(call.tensor("self"))
    kernel, stride, (top, left), dilation = _windows(call)
    bottom, right = _ceil_extra(call, x, kernel, stride, (top, left), dilation)
    attrs = Pool2dAttributes(kernel, stride, (top, top + bottom, left, left + right), dilation)
    return b.from_nhwc(b.add("max_pool2d", [x], attrs), len(call.shape))


def max_pool_with_indices(b: Builder, call: Call) -> Result:
    """Lower the form that returns indices too; only the maximum may be used."""
    result = max_pool(b, call)
    assert isinstance(result, Tensor)
    return (result,)


def avg_pool(b: Builder, call: Call) -> Result:
    """Lower avg_pool1d and avg_pool2d."""
    x = b.to_nhwc(call.tensor("self"))
    kernel, stride, (top, left), _ = _windows(call)
    extra = _ceil_extra(call, x, kernel, stride, (top, left), (1, 1))
    divisor = call.get("divisor_override")
    include = bool(call["count_include_pad"]) or divisor is not None
    y = b.add("avg_pool2d", [x], AvgPool2dAttributes(kernel, stride, (top, top, left, left), include, extra))
    if divisor is not None:
        if extra != (0, 0):
            raise Unsupported("divisor_override together with ceil_mode", "ceil_mode=False")
        factor = np.full((1, 1, 1, 1), kernel[0] * kernel[1] / divisor)
        y = b.add("mul", [y, b.operand("divisor", factor)], BinaryAttributes())
    return b.from_nhwc(y, len(call.shape))


def _windows(call: Call) -> tuple[tuple[int, int], tuple[int, int], tuple[int, int], tuple[int, int]]:
    """Return kernel, stride, padding and dilation as (height, width); 1-D windows have height 1."""
    kernel = call.pair("kernel_size")
    stride, padding = call.pair("stride", kernel), call.pair("padding", (0,))
    dilation = call.pair("dilation", (1,))
    if len(call.tensor("self").shape) == 3:
        kernel, stride, padding, dilation = (1, kernel[1]), (1, stride[1]), (0, padding[1]), (1, dilation[1])
    return kernel, stride, padding, dilation


def _ceil_extra(call: Call, x: Tensor, kernel: tuple[int, int], stride: tuple[int, int], padding: tuple[int, int],
                dilation: tuple[int, int]) -> tuple[int, int]:
    """Return the rows and columns behind the padding that the last window of ceil mode reaches into."""
    if not call.get("ceil_mode"):
        return 0, 0
    extra = []
    for size, k, s, p, d in zip(x.shape[1:3], kernel, stride, padding, dilation, strict=True):
        span = d * (k - 1) + 1
        steps = -(-(size + 2 * p - span) // s)
        if steps * s >= size + p:
            steps -= 1
        extra.append(max(0, steps * s + span - size - 2 * p))
    return extra[0], extra[1]


def adaptive_avg_pool(b: Builder, call: Call) -> Result:
    """Lower adaptive_avg_pool1d and 2d."""
    return _adaptive(b, call, "avg_pool2d")


def adaptive_max_pool(b: Builder, call: Call) -> Result:
    """Lower adaptive_max_pool1d and 2d, which return indices too."""
    return (_adaptive(b, call, "max_pool2d"),)


def _adaptive(b: Builder, call: Call, op: str) -> Tensor:
    """Pool with one window where all windows are alike, else one axis after the other, window by window."""
    x = b.to_nhwc(call.tensor("self"))
    sizes = (1, *call.shape[2:])[-2:] if len(call.shape) == 3 else call.shape[2:]
    windows = [_adaptive_windows(n, m) for n, m in zip(x.shape[1:3], sizes, strict=True)]
    regular = [_regular(w) for w in windows]
    if regular[0] and regular[1]:
        (kh, sh), (kw, sw) = regular[0], regular[1]
        y = b.add(op, [x], _pool_attributes(op, (kh, kw), (sh, sw)))
    else:
        y = _pool_axis(b, op, _pool_axis(b, op, x, 1, windows[0]), 2, windows[1])
    return b.from_nhwc(y, len(call.shape))


def _adaptive_windows(size: int, count: int) -> list[tuple[int, int]]:
    """Return (start, length) of every window."""
    starts = [i * size // count for i in range(count)]
    return [(start, -(-(i + 1) * size // count) - start) for i, start in enumerate(starts)]


def _regular(windows: Sequence[tuple[int, int]]) -> tuple[int, int] | None:
    """Return (kernel, stride) where all windows have one length and one distance."""
    lengths = {length for _, length in windows}
    steps = {after - before for (before, _), (after, _) in itertools.pairwise(windows)} or set(lengths)
    return (lengths.pop(), steps.pop()) if len(lengths) == len(steps) == 1 else None


def _pool_axis(b: Builder, op: str, x: Tensor, axis: int, windows: Sequence[tuple[int, int]]) -> Tensor:
    def pool(part: Tensor, kernel: int, stride: int) -> Tensor:
        pairs = [(k, 1) if axis == 1 else (1, k) for k in (kernel, stride)]
        return b.add(op, [part], _pool_attributes(op, pairs[0], pairs[1]))

    if regular := _regular(windows):
        return pool(x, *regular)
    parts = []
    for start, length in windows:
        starts, lengths = [0] * 4, list(x.shape)
        starts[axis], lengths[axis] = start, length
        part = b.add("slice", [x], SliceAttributes(tuple(starts), tuple(lengths), (1,) * 4))
        parts.append(pool(part, length, length))
    return b.add("concat", parts, ConcatAttributes(axis))


def _pool_attributes(op: str, kernel: tuple[int, int], stride: tuple[int, int]) -> Attributes:
    return AvgPool2dAttributes(kernel, stride) if op == "avg_pool2d" else Pool2dAttributes(kernel, stride)


def upsample_nearest(b: Builder, call: Call) -> Result:
    """Lower nearest upsampling; PyTorch itself, run on an image of positions, says which pixel goes where."""
    import torch

    name = "input" if "input" in call.arguments else "self"
    x = b.to_nhwc(call.tensor(name))
    _, h, w, _ = x.shape
    positions = torch.arange(h * w, dtype=torch.float64).reshape(1, 1, h, w)
    if len(call.shape) == 3:
        positions = positions[:, :, 0]
    taken = call.target(**{**call.arguments, name: positions}).long()
    taken = taken.reshape(taken.shape[-2] if len(call.shape) == 4 else 1, taken.shape[-1])
    attrs = ResizeNearestAttributes(tuple((taken[:, 0] // w).tolist()), tuple((taken[0] % w).tolist()))
    return b.from_nhwc(b.add("resize_nearest", [x], attrs), len(call.shape))


TABLE = {
    "max_pool1d": max_pool, "max_pool2d": max_pool, "max_pool2d_with_indices": max_pool_with_indices,
    "max_pool1d_with_indices": max_pool_with_indices, "avg_pool1d": avg_pool, "avg_pool2d": avg_pool,
    "adaptive_avg_pool1d": adaptive_avg_pool, "adaptive_avg_pool2d": adaptive_avg_pool,
    "_adaptive_avg_pool2d": adaptive_avg_pool,
    "adaptive_max_pool1d": adaptive_max_pool, "adaptive_max_pool2d": adaptive_max_pool,
    "upsample_nearest1d": upsample_nearest, "upsample_nearest2d": upsample_nearest,
    "_upsample_nearest_exact1d": upsample_nearest, "_upsample_nearest_exact2d": upsample_nearest,
}
