"""Build-time side of the conv2d kernel for MVE: tc_conv2d_s8_mve.h has the layout."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from toolchain.ir import Array
from toolchain.ops._mve import Channels, channels, matrix_weights, requant_words, unsupported
from toolchain.ops._walk import Walk, by_pixel_block, last_pixel
from toolchain.ops._windows import WindowParams
from toolchain.ops.base import Kernel

if TYPE_CHECKING:
    from toolchain.ops.conv2d import Conv2dParams


@dataclass(frozen=True)
class Conv2dMveParams(WindowParams):
    """The C twin is tc_conv2d_mve_params."""

    groups: int
    input_zero_point: int
    output_zero_point: int
    clamp_min: int
    clamp_max: int
    weights: Array
    requant: Array


def pack(p: Conv2dParams) -> Conv2dMveParams:
    """Return the params with weights by fours of channels and blocks of codes."""
    c = channels(p, p.weights)
    parts = [Channels(*(np.split(a, p.groups)[g] for a in (c.weights, c.bias, c.multiplier, c.exponent)))
             for g in range(p.groups)]
    shared = {f.name: getattr(p, f.name) for f in dataclasses.fields(Conv2dMveParams) if hasattr(p, f.name)}
    return Conv2dMveParams(**{
        **shared,
        "weights": np.stack([matrix_weights(part.weights.reshape(len(part.bias), -1)) for part in parts]),
        "requant": np.stack([requant_words(part) for part in parts])})


def window_bytes(p: Conv2dParams) -> int:
    """Return the bytes of the copy of a window."""
    return p.kernel_h * p.kernel_w * (p.input_c // p.groups)


def supports(p: Conv2dParams) -> str | None:
    """Return why no MVE kernel can take the layer, or None."""
    return unsupported(p, p.weights)


def supports_1x1(p: Conv2dParams) -> str | None:
    """Return why the kernel that reads pixels in place cannot take the layer, or None."""
    inside = (p.output_h - 1) * p.stride_h < p.input_h and (p.output_w - 1) * p.stride_w < p.input_w
    if (p.kernel_h, p.kernel_w, p.pad_top, p.pad_left, p.groups) != (1, 1, 0, 0, 1) or not inside:
        return "not a 1x1 window without padding and groups"
    return supports(p)


def walk(p: Conv2dParams) -> Walk:
    """Return the walk of the window kernel: a pixel's window is read before its outputs are written."""
    return by_pixel_block(p, p.input_c, p.output_c, p.groups, 1)


def walk_1x1(p: Conv2dParams) -> Walk:
    """Return the walk of the 1x1 kernel: a pixel is read again for every four of its outputs."""
    fours = -(-p.output_c // 4)
    pixel = last_pixel(p).reshape(-1)
    writes = np.arange(p.output_h * p.output_w)[:, None] * fours + np.arange(p.output_c) // 4
    return Walk(writes.reshape(-1), (np.repeat(np.where(pixel < 0, -1, pixel * fours + fours - 1), p.input_c),))


KERNELS = (
    Kernel("tc_conv2d_s8_1x1_mve", "mve", supports_1x1, pack, params_type="tc_conv2d_mve_params", walk=walk_1x1),
    Kernel("tc_conv2d_s8_mve", "mve", supports, pack, scratch_bytes=window_bytes, params_type="tc_conv2d_mve_params",
           walk=walk),
)
