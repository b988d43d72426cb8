"""Build-time side of the conv2d kernel for cores without the DSP extension: tc_conv2d_s8_thumb.h has the layout."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from toolchain.ir import Array
from toolchain.ops._thumb import channels, pair_words, unsupported, weight_pairs, words
from toolchain.ops._walk import Walk, by_pixel_block
from toolchain.ops._windows import WindowParams
from toolchain.ops.base import Kernel

if TYPE_CHECKING:
    from toolchain.ops.conv2d import Conv2dParams


@dataclass(frozen=True)
class Conv2dThumbParams(WindowParams):
    """The C twin is tc_conv2d_thumb_params."""

    groups: int
    units: int
    input_zero_point: int
    output_zero_point: int
    clamp_min: int
    clamp_max: int
    weights: Array
    requant: Array


def units(p: Conv2dParams) -> int:
    """Return the units of a window: two taps each."""
    return (p.kernel_h * p.kernel_w * (p.input_c // p.groups) + 1) // 2


def pack(p: Conv2dParams) -> Conv2dThumbParams:
    """Return the params with weights by pairs of channels and of taps."""
    c = channels(p, p.weights)
    weights = c.weights.reshape(p.groups, p.output_c // p.groups, -1)
    requant = words(c).reshape(p.groups, -1, 2)
    shared = {f.name: getattr(p, f.name) for f in dataclasses.fields(Conv2dThumbParams) if hasattr(p, f.name)}
    return Conv2dThumbParams(**{**shared, "units": units(p), "weights": np.stack([weight_pairs(g) for g in weights]),
                                "requant": np.stack([pair_words(g) for g in requant])})


def walk(p: Conv2dParams) -> Walk:
    """Return the walk of tc_conv2d_s8_thumb: two pixels at a time."""
    return by_pixel_block(p, p.input_c, p.output_c, p.groups, 2)


KERNELS = (
    Kernel("tc_conv2d_s8_thumb", "thumb", lambda p: unsupported(p, p.weights), pack,
           scratch_bytes=lambda p: 8 * units(p), params_type="tc_conv2d_thumb_params", walk=walk),
)
