"""Means, sums and maxima over axes."""

from __future__ import annotations

import math

import numpy as np

from toolchain.frontend.builder import Builder, Call, Result, Unsupported
from toolchain.ir import Tensor
from toolchain.ops.add import BinaryAttributes
from toolchain.ops.max_pool2d import Pool2dAttributes
from toolchain.ops.mean import MeanAttributes


def _axes(call: Call, x: Tensor) -> tuple[int, ...]:
    dims = call.get("dim")
    dims = [dims] if isinstance(dims, int) else dims or range(len(x.shape))
    axes = tuple(sorted({d % len(x.shape) for d in dims}))
    if 0 in axes:
        raise Unsupported("reduction over the batch", f"dim={tuple(range(1, len(x.shape)))}: the axes of one sample")
    return axes


def mean(b: Builder, call: Call) -> Result:
    """Lower the mean over any axes but the batch."""
    x = call.tensor("self")
    return b.add("mean", [x], MeanAttributes(_axes(call, x), bool(call.get("keepdim", False))))


def total(b: Builder, call: Call) -> Result:
    """Lower the sum as the mean times the number of elements."""
    x = call.tensor("self")
    count = math.prod(x.shape[a] for a in _axes(call, x))
    y = mean(b, call)
    assert isinstance(y, Tensor)
    return b.add("mul", [y, b.operand("count", np.full((1,) * len(y.shape), count))], BinaryAttributes())


def maximum(b: Builder, call: Call) -> Result:
    """Lower the maximum over any axes but the batch as a pool: reduced axes are the rows, all others the channels."""
    x = call.tensor("self")
    axes = _axes(call, x)
    kept = [a for a in range(1, len(x.shape)) if a not in axes]
    rows = math.prod(x.shape[a] for a in axes)
    y = b.reshape(b.transpose(x, (0, *axes, *kept)), (1, rows, 1, x.count // rows))
    return b.reshape(b.add("max_pool2d", [y], Pool2dAttributes((rows, 1), (rows, 1))), call.shape)


TABLE = {"mean": mean, "sum": total, "amax": maximum}
