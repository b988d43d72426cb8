"""Build-time side of the conv2d kernels for the DSP extension: tc_conv2d_dsp.h says what each array holds."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from toolchain.ir import Array
from toolchain.ops import _conv2d_lines_dsp, _conv2d_winograd_dsp
from toolchain.ops._dsp import (
    channels,
    in_order,
    interleave_pairs,
    pair_words,
    unsupported,
    weight_words,
    window_order,
)
from toolchain.ops._walk import Walk, by_pixel_block
from toolchain.ops._windows import WindowParams
from toolchain.ops.base import Kernel

if TYPE_CHECKING:
    from toolchain.ops.conv2d import Conv2dParams

#: Bytes of the patch that the kernel without scratch keeps on the stack (tc_conv2d_s8_small_dsp.c).
STACK_PATCH_BYTES = 1152


@dataclass(frozen=True)
class Conv2dDspParams(WindowParams):
    """The C twin is tc_conv2d_dsp_params."""

    groups: int
    run: int
    run_taps: int
    units: int
    input_zero_point: int
    output_zero_point: int
    clamp_min: int
    clamp_max: int
    weights: Array
    requant: Array


def runs(p: Conv2dParams) -> tuple[int, int, list[int]]:
    """Return (taps of a run, codes of a run, order of all codes of a window, -1 for none)."""
    per_group = p.input_c // p.groups
    taps = p.kernel_w if p.groups == 1 and p.dilation_w == 1 else 1
    run = taps * per_group
    return taps, run, window_order(p.kernel_h * p.kernel_w // taps, run)


def patch_bytes(p: Conv2dParams) -> int:
    """Return the bytes of the expanded windows of four pixels."""
    return 8 * len(runs(p)[2])


def pack(p: Conv2dParams) -> Conv2dDspParams:
    """Return the params with weights in the order of the patch."""
    taps, run, order = runs(p)
    c = channels(p, p.weights)
    packed = in_order(c.weights.reshape(p.output_c, -1), order)
    weights = weight_words(packed).reshape(p.groups, -1, len(order) // 4)
    words = c.doubled_words(packed).reshape(p.groups, -1, 2)
    shared = {f.name: getattr(p, f.name) for f in dataclasses.fields(Conv2dDspParams) if hasattr(p, f.name)}
    return Conv2dDspParams(**{
        **shared, "run": run, "run_taps": taps, "units": len(order) // 4,
        "weights": np.stack([interleave_pairs(group) for group in weights]),
        "requant": np.stack([pair_words(group) for group in words])})


def supports(p: Conv2dParams) -> str | None:
    """Return why the DSP kernels cannot take the layer, or None."""
    return unsupported(p, p.weights)


def supports_small(p: Conv2dParams) -> str | None:
    """Return why the kernel with its patch on the stack cannot take the layer, or None."""
    if (need := patch_bytes(p)) > STACK_PATCH_BYTES:
        return f"its patch of {need} bytes does not fit {STACK_PATCH_BYTES} bytes of stack"
    return supports(p)


def walk(p: Conv2dParams) -> Walk:
    """Return the walk of tc_conv2d_dsp and tc_conv2d_s8_block_ref: four pixels at a time."""
    return by_pixel_block(p, p.input_c, p.output_c, p.groups, 4)


KERNELS = (
    *_conv2d_lines_dsp.KERNELS,
    Kernel("tc_conv2d_s8_small_dsp", "dsp", supports_small, pack, params_type="tc_conv2d_dsp_params",
           walk=walk),
    Kernel("tc_conv2d_s8_dsp", "dsp", supports, pack, scratch_bytes=patch_bytes, params_type="tc_conv2d_dsp_params",
           walk=walk),
    *_conv2d_winograd_dsp.KERNELS,
)
