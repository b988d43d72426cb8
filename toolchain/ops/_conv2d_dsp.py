"""Build-time side of the conv2d kernels for the DSP extension: tc_conv2d_dsp.h says what each array holds."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from toolchain.ir import Array
from toolchain.ops import _conv2d_lines_dsp, _conv2d_winograd_4x2_dsp, _conv2d_winograd_dsp
from toolchain.ops._dsp import (
    channels,
    channels_at_once,
    in_order,
    interleave_pairs,
    pair_words,
    unsupported,
    weight_words,
    window_order,
)
from toolchain.ops._walk import Walk, by_passes, by_pixel_block
from toolchain.ops._windows import WindowParams
from toolchain.ops.base import Kernel

if TYPE_CHECKING:
    from toolchain.ops.conv2d import Conv2dParams

#: Pixels of a block.
PIXELS = 4
#: Most blocks that are expanded together.
MOST_BLOCKS = 12
#: Bytes of the patches on the stack (tc_conv2d_s8_small_dsp.h), and of more of them there (tc_conv2d_s8_stack_dsp.h) or
#: in the scratch buffer (tc_conv2d_s8_dsp.h).
SMALL_PATCH_BYTES, PATCHES_BYTES = 1152, 2176
#: Fewer MACs are not worth that much stack.
STACK_MACS = 200_000


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


def blocks_at_once(p: Conv2dParams, room: int) -> int:
    """Return how many blocks are expanded before they are computed, as tc_conv2d_dsp.c has it."""
    pixels = p.output_h * p.output_w
    blocks = min(MOST_BLOCKS, (room // (patch_bytes(p) // PIXELS) - 1) // PIXELS)
    while blocks > 1 and pixels >= PIXELS and 0 < pixels % (PIXELS * blocks) < PIXELS:
        blocks -= 1
    return max(1, blocks)


def scratch_bytes(p: Conv2dParams) -> int:
    """Return the bytes of the patches, and of the weights of a pair of channels where they are copied."""
    blocks, patch = blocks_at_once(p, PATCHES_BYTES), patch_bytes(p)
    return blocks * patch + (patch // PIXELS if blocks > 2 else 0)


def chunk(p: Conv2dParams) -> int:
    """Return how many channels' weights are copied at a time."""
    return channels_at_once(p.output_c // p.groups, patch_bytes(p) // PIXELS)


def copy_bytes(p: Conv2dParams) -> int:
    """Return the bytes of the patches, and of a chunk's requantisation words and weights."""
    patch = patch_bytes(p)
    return blocks_at_once(p, PATCHES_BYTES) * patch + (16 + patch // PIXELS) * (chunk(p) // 2)


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
    """Return why the kernel with its patches on the stack cannot take the layer, or None."""
    if (need := patch_bytes(p)) > SMALL_PATCH_BYTES:
        return f"its patch of {need} bytes does not fit {SMALL_PATCH_BYTES} bytes of stack"
    return supports(p)


def supports_stack(p: Conv2dParams) -> str | None:
    """Return why the kernel with more patches on the stack cannot take the layer, or is a poor choice; else None."""
    if (need := patch_bytes(p)) > PATCHES_BYTES:
        return f"its patch of {need} bytes does not fit {PATCHES_BYTES} bytes of stack"
    if (macs := p.output_h * p.output_w * p.weights.size) < STACK_MACS:
        return f"{macs} MACs, not worth {PATCHES_BYTES} bytes of stack"
    return supports(p)


def supports_copy(p: Conv2dParams) -> str | None:
    """Return why the kernel with weights in RAM cannot take the layer, or is a poor choice; else None."""
    if p.output_h * p.output_w < 4 * PIXELS:
        return "weights that are read fewer than four times"
    return supports(p)


def walk(p: Conv2dParams) -> Walk:
    """Return the walk of kernels that take four pixels at a time: those of stored weights, tc_conv2d_s8_block_ref."""
    return by_pixel_block(p, p.input_c, p.output_c, p.groups, PIXELS)


def walk_blocks(p: Conv2dParams, room: int) -> Walk:
    """Return the walk of tc_conv2d_dsp."""
    return by_pixel_block(p, p.input_c, p.output_c, p.groups, PIXELS * blocks_at_once(p, room), PIXELS)


def walk_copy(p: Conv2dParams) -> Walk:
    """Return the walk of tc_conv2d_dsp when it computes a chunk of a group's channels at a time."""
    channels, of_group = p.output_c // p.groups, np.arange(p.input_c) // (p.input_c // p.groups)
    chunks, together = -(-channels // chunk(p)), PIXELS * blocks_at_once(p, PATCHES_BYTES)
    written = np.arange(p.output_c) // channels * chunks + np.arange(p.output_c) % channels // chunk(p)
    return by_passes(p, of_group * chunks + chunks - 1, written, together, PIXELS)


KERNELS = (
    *_conv2d_lines_dsp.KERNELS,
    *(Kernel(f"tc_conv2d_s8_{name}_dsp", "dsp", fits, pack, params_type="tc_conv2d_dsp_params",
             walk=partial(walk_blocks, room=room), stack_bytes=room)
      for name, fits, room in (("stack", supports_stack, PATCHES_BYTES), ("small", supports_small, SMALL_PATCH_BYTES))),
    Kernel("tc_conv2d_s8_dsp", "dsp", supports, pack, scratch_bytes=scratch_bytes, params_type="tc_conv2d_dsp_params",
           walk=lambda p: walk_blocks(p, PATCHES_BYTES)),
    Kernel("tc_conv2d_s8_copy_dsp", "dsp", supports_copy, pack, scratch_bytes=copy_bytes,
           params_type="tc_conv2d_dsp_params", walk=walk_copy),
    *_conv2d_winograd_dsp.KERNELS,
    *_conv2d_winograd_4x2_dsp.KERNELS,
)
