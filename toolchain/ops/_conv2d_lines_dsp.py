"""Build-time side of the line-by-line conv2d kernels for the DSP extension: tc_conv2d_lines_dsp.h."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from toolchain.ir import Array
from toolchain.ops._dsp import (
    channels,
    interleave_pairs,
    pair_words,
    round_up,
    unsupported,
    weight_words,
)
from toolchain.ops._walk import Walk, by_line, by_pixel_block
from toolchain.ops.base import Kernel, Params

if TYPE_CHECKING:
    from toolchain.ops.conv2d import Conv2dParams

LANES = 4
#: Bytes of the lines that the kernel without scratch keeps on the stack (tc_conv2d_s8_lines_small_dsp.c).
STACK_LINES_BYTES = 1152
#: Most bytes of weights that are copied at a time, and of lines in the scratch buffer.
COPY_BYTES, LINES_BYTES = 12288, 16384


@dataclass(frozen=True)
class Conv2dLinesDspParams(Params):
    """The C twin is tc_conv2d_lines_dsp_params."""

    input_lines: int
    input_line_codes: int
    input_last: int
    output_lines: int
    output_line_codes: int
    output_last: int
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
    line_units: int
    chunk: int
    input_zero_point: int
    output_zero_point: int
    clamp_min: int
    clamp_max: int
    weights: Array
    requant: Array


def is_flat(p: Conv2dParams) -> bool:
    """Tell whether the pixels are taken as lines of four."""
    window = (p.kernel_h, p.kernel_w, p.stride_h, p.stride_w, p.pad_top, p.pad_left)
    return window == (1, 1, 1, 1, 0, 0) and (p.input_h, p.input_w) == (p.output_h, p.output_w)


def lanes(width: int) -> tuple[int, int]:
    """Return (pixels of a lane, pixels from lane to lane): four lanes that cover a line, with the least overlap."""
    blocks = next(n for n in range(-(-width // LANES), width + 1) if (width - n) % (LANES - 1) == 0)
    return blocks, (width - blocks) // (LANES - 1)


def positions(p: Conv2dParams) -> dict[str, int]:
    """Return the fields of the params that say what lies in an expanded line."""
    if is_flat(p):
        blocks, lane_pixels = 1, 1
    else:
        blocks, lane_pixels = lanes(p.output_w)
    run = p.input_c * p.kernel_w
    columns = p.kernel_w >= p.stride_w and round_up(run, 4) == p.kernel_w * round_up(p.input_c, 4)
    codes = p.input_c if columns else run
    units = round_up(codes, 4) // 4
    step = 1 if columns else p.stride_w
    return {"blocks": blocks, "lane_pixels": lane_pixels, "lane_codes": lane_pixels * p.stride_w * p.input_c,
            "positions": (blocks - 1) * p.stride_w + p.kernel_w if columns else blocks,
            "position_step": step * p.input_c, "position_codes": codes, "position_units": units,
            "block_units": units * (p.stride_w if columns else 1), "line_units": units * (p.kernel_w if columns else 1)}


def lines_bytes(p: Conv2dParams) -> int:
    """Return the bytes of the expanded lines."""
    found = positions(p)
    return 8 * LANES * p.kernel_h * found["positions"] * found["position_units"]


def chunk(p: Conv2dParams) -> int:
    """Return how many channels' weights are copied at a time: an even number, about the same each time."""
    pairs = -(-p.output_c // 2)
    fitting = max(1, COPY_BYTES // pair_bytes(p))
    return 2 * -(-pairs // -(-pairs // fitting))


def pair_bytes(p: Conv2dParams) -> int:
    """Return the bytes of the weights of two channels."""
    return 8 * p.kernel_h * positions(p)["line_units"]


def pack(p: Conv2dParams, channels_at_once: int) -> Conv2dLinesDspParams:
    """Return the params with weights in the order of the lines."""
    c, found = channels(p, p.weights), positions(p)
    codes, units = found["position_codes"], found["position_units"]
    packed = np.zeros((p.output_c, p.kernel_h * found["line_units"] // units, 4 * units), np.int8)
    packed[..., :codes] = c.weights.reshape(p.output_c, -1, codes)
    rows = packed.reshape(p.output_c, -1)
    pixels, input_lines, input_w, output_w = p.output_h * p.output_w, p.input_h, p.input_w, p.output_w
    if is_flat(p):
        input_lines, input_w, output_w = -(-pixels // LANES), LANES, LANES
    return Conv2dLinesDspParams(
        input_lines=input_lines, input_line_codes=input_w * p.input_c,
        input_last=(p.input_h * p.input_w - input_w) * p.input_c,
        output_lines=input_lines if is_flat(p) else p.output_h, output_line_codes=output_w * p.output_c,
        output_last=(pixels - output_w) * p.output_c, output_c=p.output_c,
        kernel_h=p.kernel_h, stride_h=p.stride_h, pad_top=p.pad_top, pad_codes=p.pad_left * p.input_c,
        chunk=channels_at_once, input_zero_point=p.input_zero_point, output_zero_point=p.output_zero_point,
        clamp_min=p.clamp_min, clamp_max=p.clamp_max,
        weights=interleave_pairs(weight_words(rows)), requant=pair_words(c.doubled_words(rows)), **found)


def supports(p: Conv2dParams) -> str | None:
    """Return why the kernels cannot take the layer, or None."""
    if p.groups > 1 or (p.dilation_h > 1 and p.kernel_h > 1) or (p.dilation_w > 1 and p.kernel_w > 1):
        return "groups or dilation"
    if is_flat(p) and p.output_h * p.output_w < LANES:
        return "fewer than four pixels"
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
    chunk = np.arange(p.output_c) // chunk_channels
    if not is_flat(p):
        return by_line(p, p.input_c, chunk)
    once = by_pixel_block(p, p.input_c, p.output_c, 1, LANES)
    blocks = -(-p.output_h * p.output_w // LANES)
    return Walk(once.writes + np.resize(chunk, once.writes.size) * blocks, (once.reads[0] + int(chunk[-1]) * blocks,))


def copy_bytes(p: Conv2dParams) -> int:
    """Return the bytes of scratch for lines and a chunk's requantisation words and weights."""
    return lines_bytes(p) + (16 + pair_bytes(p)) * (chunk(p) // 2)


KERNELS = (
    Kernel("tc_conv2d_s8_lines_small_dsp", "dsp", supports_small, lambda p: pack(p, p.output_c),
           params_type="tc_conv2d_lines_dsp_params", walk=lambda p: walk(p, p.output_c)),
    Kernel("tc_conv2d_s8_lines_dsp", "dsp", supports, lambda p: pack(p, p.output_c), scratch_bytes=lines_bytes,
           params_type="tc_conv2d_lines_dsp_params", walk=lambda p: walk(p, p.output_c)),
    Kernel("tc_conv2d_s8_lines_copy_dsp", "dsp", supports_copy, lambda p: pack(p, chunk(p)), scratch_bytes=copy_bytes,
           params_type="tc_conv2d_lines_dsp_params", walk=lambda p: walk(p, chunk(p))),
)
