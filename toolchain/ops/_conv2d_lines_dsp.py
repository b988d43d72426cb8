"""Build-time side of the line-by-line conv2d kernels for the DSP extension: tc_conv2d_lines_dsp.h."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from toolchain.ir import Array
from toolchain.ops._dsp import (
    channels,
    channels_at_once,
    interleave_pairs,
    pair_words,
    round_up,
    unsupported,
    weight_words,
)
from toolchain.ops._walk import Walk, by_line
from toolchain.ops.base import Kernel, Params

if TYPE_CHECKING:
    from toolchain.ops.conv2d import Conv2dParams

LANES = 4
#: Bytes of the lines that the kernel without scratch keeps on the stack (tc_conv2d_s8_lines_small_dsp.c).
STACK_LINES_BYTES = 1152
#: Most bytes of lines in the scratch buffer.
LINES_BYTES = 16384


@dataclass(frozen=True)
class Conv2dLinesDspParams(Params):
    """The C twin is tc_conv2d_lines_dsp_params."""

    input_h: int
    input_line_codes: int
    output_h: int
    output_w: int
    output_c: int
    kernel_h: int
    stride_h: int
    pad_top: int
    blocks: int
    lane_pixels: int
    lane_codes: int
    positions: int
    position_step: int
    position_codes: int
    position_units: int
    pad_codes: int
    block_units: int
    units: int
    chunk: int
    input_zero_point: int
    output_zero_point: int
    clamp_min: int
    clamp_max: int
    weights: Array
    requant: Array


def is_flat(p: Conv2dParams) -> bool:
    """Tell whether windows are the pixels themselves: their lines do not matter, and tc_conv2d_dsp is for them."""
    window = (p.kernel_h, p.kernel_w, p.stride_h, p.stride_w, p.pad_top, p.pad_left)
    return window == (1, 1, 1, 1, 0, 0) and (p.input_h, p.input_w) == (p.output_h, p.output_w)


def lanes(width: int) -> tuple[int, int]:
    """Return (pixels of a lane, pixels from lane to lane): four lanes that cover a line, with the least overlap."""
    blocks = next(n for n in range(-(-width // LANES), width + 1) if (width - n) % (LANES - 1) == 0)
    return blocks, (width - blocks) // (LANES - 1)


def positions(p: Conv2dParams) -> dict[str, int]:
    """Return the fields of the params that say what lies in the expanded lines."""
    blocks, lane_pixels = lanes(p.output_w)
    run = p.input_c * p.kernel_w
    columns = p.kernel_w >= p.stride_w and round_up(run, 4) == p.kernel_w * round_up(p.input_c, 4)
    codes = p.input_c if columns else run
    units = round_up(codes, 4) // 4
    step = 1 if columns else p.stride_w
    return {"blocks": blocks, "lane_pixels": lane_pixels, "lane_codes": lane_pixels * p.stride_w * p.input_c,
            "positions": (blocks - 1) * p.stride_w + p.kernel_w if columns else blocks,
            "position_step": step * p.input_c, "position_codes": codes, "position_units": units,
            "block_units": units * p.kernel_h * (p.stride_w if columns else 1),
            "units": units * p.kernel_h * (p.kernel_w if columns else 1)}


def lines_bytes(p: Conv2dParams) -> int:
    """Return the bytes of the expanded lines."""
    found = positions(p)
    return 8 * LANES * p.kernel_h * found["positions"] * found["position_units"]


def chunk(p: Conv2dParams) -> int:
    """Return how many channels' weights are copied at a time."""
    return channels_at_once(p.output_c, 8 * positions(p)["units"])


def pack(p: Conv2dParams, together: int) -> Conv2dLinesDspParams:
    """Return the params with weights in the order of the lines."""
    c, found = channels(p, p.weights), positions(p)
    codes, units = found["position_codes"], found["position_units"]
    rows = c.weights.reshape(p.output_c, p.kernel_h, -1, codes).transpose(0, 2, 1, 3)
    packed = np.pad(rows, ((0, 0), (0, 0), (0, 0), (0, 4 * units - codes))).reshape(p.output_c, -1)
    return Conv2dLinesDspParams(
        input_h=p.input_h, input_line_codes=p.input_w * p.input_c, output_h=p.output_h, output_w=p.output_w,
        output_c=p.output_c, kernel_h=p.kernel_h, stride_h=p.stride_h, pad_top=p.pad_top,
        pad_codes=p.pad_left * p.input_c, chunk=together, input_zero_point=p.input_zero_point,
        output_zero_point=p.output_zero_point, clamp_min=p.clamp_min, clamp_max=p.clamp_max,
        weights=interleave_pairs(weight_words(packed)), requant=pair_words(c.doubled_words(packed)), **found)


def supports(p: Conv2dParams) -> str | None:
    """Return why the kernels cannot take the layer, or None."""
    if is_flat(p):
        return "windows of a pixel"
    if p.groups > 1 or (p.dilation_h > 1 and p.kernel_h > 1) or (p.dilation_w > 1 and p.kernel_w > 1):
        return "groups or dilation"
    if (need := lines_bytes(p)) > LINES_BYTES:
        return f"its lines take {need} bytes"
    return unsupported(p, p.weights)


def supports_small(p: Conv2dParams) -> str | None:
    """Return why the kernel with its lines on the stack cannot take the layer, or None."""
    if (need := lines_bytes(p)) > STACK_LINES_BYTES:
        return f"its lines of {need} bytes do not fit {STACK_LINES_BYTES} bytes of stack"
    return supports(p)


def supports_copy(p: Conv2dParams) -> str | None:
    """Return why the kernel with weights in RAM cannot take the layer, or is a poor choice; else None."""
    if p.output_h * p.output_w < 4 * LANES:
        return "weights that are read fewer than four times"
    return supports(p)


def walk(p: Conv2dParams, chunk_channels: int) -> Walk:
    """Return the walk of tc_conv2d_lines_dsp when it computes so many channels at a time."""
    return by_line(p, p.input_c, np.arange(p.output_c) // chunk_channels)


def copy_bytes(p: Conv2dParams) -> int:
    """Return the bytes of scratch for lines and a chunk's requantisation words and weights."""
    return lines_bytes(p) + (16 + 8 * positions(p)["units"]) * (chunk(p) // 2)


KERNELS = (
    Kernel("tc_conv2d_s8_lines_small_dsp", "dsp", supports_small, lambda p: pack(p, p.output_c),
           params_type="tc_conv2d_lines_dsp_params", walk=lambda p: walk(p, p.output_c),
           stack_bytes=STACK_LINES_BYTES),
    Kernel("tc_conv2d_s8_lines_dsp", "dsp", supports, lambda p: pack(p, p.output_c), scratch_bytes=lines_bytes,
           params_type="tc_conv2d_lines_dsp_params", walk=lambda p: walk(p, p.output_c)),
    Kernel("tc_conv2d_s8_lines_copy_dsp", "dsp", supports_copy, lambda p: pack(p, chunk(p)), scratch_bytes=copy_bytes,
           params_type="tc_conv2d_lines_dsp_params", walk=lambda p: walk(p, chunk(p))),
)
