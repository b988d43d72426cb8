"""What is known of a tensor's values without data: the interval that its operators guarantee."""

from __future__ import annotations

import math
from typing import Any

from toolchain.passes.editor import Editor

_KEEP = {"reshape", "transpose", "slice", "max_pool2d", "resize_nearest", "requantize", "mean"}
_ACTIVATIONS = {
    "sigmoid": (0.0, 1.0), "hardsigmoid": (0.0, 1.0), "tanh": (-1.0, 1.0), "softsign": (-1.0, 1.0),
    "exp": (0.0, math.inf), "abs": (0.0, math.inf), "square": (0.0, math.inf), "sqrt": (0.0, math.inf),
    "rsqrt": (0.0, math.inf), "softplus": (0.0, math.inf),
}
_OPEN = (-math.inf, math.inf)


def value_range(edit: Editor, tensor: str) -> tuple[float, float]:
    """Return (low, high) that every element lies between; infinite where nothing is known."""
    node = edit.producer(tensor)
    if node is None:
        return _OPEN
    attrs: Any = node.attrs
    if (clamp := getattr(attrs, "clamp", None)) is not None:
        return float(clamp[0]), float(clamp[1])
    if node.op == "clamp":
        return attrs.low, attrs.high
    if node.op == "activation":
        return _ACTIVATIONS.get(attrs.function, _OPEN)
    if node.op == "softmax":
        return 0.0, 1.0
    if node.op in _KEEP:
        return value_range(edit, node.inputs[0])
    if node.op == "avg_pool2d":
        low, high = value_range(edit, node.inputs[0])
        return (min(low, 0.0), max(high, 0.0)) if attrs.count_include_pad else (low, high)
    if node.op in ("concat", "pad"):
        ranges = [value_range(edit, n) for n in node.inputs]
        ranges += [(attrs.value, attrs.value)] if node.op == "pad" else []
        return min(r[0] for r in ranges), max(r[1] for r in ranges)
    return _OPEN
