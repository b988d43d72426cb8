"""Build-time side of the conv2d kernels for Arm64: tc_conv2d_neon.h has the layout."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from toolchain.ir import Array
from toolchain.ops._neon import ALSO, BLOCK, SLACK_BYTES, Channels, channels, matrix_weights, requant_words, unsupported
from toolchain.ops._windows import WindowParams
from toolchain.ops.base import Kernel

if TYPE_CHECKING:
    from toolchain.ops.conv2d import Conv2dParams


@dataclass(frozen=True)
class Conv2dNeonParams(WindowParams):
    """The C twin is tc_conv2d_neon_params."""

    groups: int
    input_zero_point: int
    output_zero_point: int
    clamp_min: int
    clamp_max: int
    weights: Array
    requant: Array


def run(p: Conv2dParams) -> int:
    """Return the codes that lie side by side: of a window's row, or of a pixel."""
    together = p.groups == 1 and (p.dilation_w == 1 or p.kernel_w == 1)
    return p.kernel_w * p.input_c if together else p.input_c // p.groups


def _plane(p: Conv2dParams) -> tuple[int, int]:
    """Return height and width of what the windows see."""
    return ((p.output_h - 1) * p.stride_h + (p.kernel_h - 1) * p.dilation_h + 1,
            (p.output_w - 1) * p.stride_w + (p.kernel_w - 1) * p.dilation_w + 1)


def scratch_bytes(p: Conv2dParams) -> int:
    """Return the bytes of the copy of the input."""
    height, width = _plane(p)
    return height * width * p.input_c + SLACK_BYTES


def supports(p: Conv2dParams) -> str | None:
    """Return why no kernel can take the layer, or None."""
    return unsupported(p, p.weights)


def supports_inside(p: Conv2dParams) -> str | None:
    """Return why the kernel that reads windows in place cannot take the layer, or None."""
    height, width = _plane(p)
    if p.pad_top or p.pad_left or height > p.input_h or width > p.input_w:
        return "windows that reach beyond the input"
    return "runs that are no multiple of eight codes" if run(p) % BLOCK else supports(p)


def pack(p: Conv2dParams) -> Conv2dNeonParams:
    """Return the params with weights by eights of channels and fours of codes, group after group."""
    c = channels(p, p.weights)
    parts = [Channels(*(np.split(a, p.groups)[g] for a in (c.weights, c.bias, c.multiplier, c.exponent)))
             for g in range(p.groups)]
    shared = {f.name: getattr(p, f.name) for f in dataclasses.fields(Conv2dNeonParams) if hasattr(p, f.name)}
    return Conv2dNeonParams(**{
        **shared,
        "weights": np.stack([matrix_weights(part.weights.reshape(len(part.bias), -1, run(p))) for part in parts]),
        "requant": np.stack([requant_words(part) for part in parts])})


KERNELS = (
    Kernel("tc_conv2d_s8_inside_neon", "neon", supports_inside, pack, params_type="tc_conv2d_neon_params", also=ALSO),
    Kernel("tc_conv2d_s8_neon", "neon", supports, pack, scratch_bytes, params_type="tc_conv2d_neon_params", also=ALSO),
)
