"""Nearest-neighbour resize of an image.

Shapes: [N, H, W, C] -> [N, len(rows), len(columns), C]; output (i, j) is input (rows[i], columns[j]).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from toolchain.errors import ModelError
from toolchain.ir import Array, Attributes, Node, Shape, Tensor
from toolchain.numerics import Rounding
from toolchain.ops._walk import Walk
from toolchain.ops.base import Channels, Kernel, Op, OutputQuantization, Params, reference_only

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True)
class ResizeNearestAttributes(Attributes):
    """Source index of every output row and column: whatever the rounding convention, it is in these."""

    rows: tuple[int, ...]
    columns: tuple[int, ...]


@dataclass(frozen=True)
class ResizeNearestParams(Params):
    """Integer parameters; the C twin is tc_resize_nearest_params. ``channels`` are bytes of a pixel."""

    input_w: int
    channels: int
    output_h: int
    output_w: int
    rows: Array
    columns: Array
    input_h: int = reference_only()


def _walk(p: ResizeNearestParams) -> Walk:
    """Row by row, pixel by pixel; a pixel may be written before it is read."""
    pixels = np.arange(p.output_h * p.output_w).reshape(p.output_h, p.output_w)
    read = np.full((p.input_h, p.input_w), -1)
    for y, row in enumerate(p.rows.tolist()):
        if y == 0 or row != p.rows[y - 1]:  # else the row above is copied
            np.maximum.at(read[row], p.columns, 2 * pixels[y] + 1)
    return Walk(np.repeat(2 * pixels.reshape(-1), p.channels), (np.repeat(read.reshape(-1), p.channels),))


class ResizeNearest(Op):
    """See the module's docstring."""

    name = "resize_nearest"
    Attrs = ResizeNearestAttributes
    channels = Channels.KEPT
    quantization = OutputQuantization.AS_INPUT
    kernels = (Kernel("tc_resize_nearest_s8_ref", walk=_walk),)

    def infer(self, attrs: ResizeNearestAttributes, inputs: Sequence[Tensor]) -> tuple[Shape, ...]:
        n, h, w, c = inputs[0].shape
        for name, indices, size in (("rows", attrs.rows, h), ("columns", attrs.columns, w)):
            if not indices or min(indices) < 0 or max(indices) >= size:
                raise ModelError(f"resize_nearest {name} must lie in 0..{size - 1}")
        return ((n, len(attrs.rows), len(attrs.columns), c),)

    def forward(self, attrs: ResizeNearestAttributes, *inputs: torch.Tensor) -> tuple[torch.Tensor, ...]:
        return (inputs[0][:, list(attrs.rows)][:, :, list(attrs.columns)],)

    def lower(self, node: Node, inputs: Sequence[Tensor], outputs: Sequence[Tensor]) -> ResizeNearestParams:
        attrs = node.attrs
        assert isinstance(attrs, ResizeNearestAttributes)
        _, height, width, channels = inputs[0].shape
        rows, columns = (np.array(indices, dtype=np.int16) for indices in (attrs.rows, attrs.columns))
        return ResizeNearestParams(width, channels * inputs[0].itemsize, len(rows), len(columns), rows, columns, height)

    def reference(self, params: Any, *inputs: Array, rounding: Rounding) -> tuple[Array, ...]:
        return (inputs[0][:, params.rows][:, :, params.columns],)


OP = ResizeNearest()
