"""Build-time side of the float32 kernels for Arm64: which layers they take, and how weights lie.

Every output is one chain of fused multiply-adds in the order of the reference (``_products_f32``), so that lanes are
output channels: tc_multiply_f32_neon.h has the layout.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from toolchain.ir import Array
from toolchain.ops._binary import constant, two_activations
from toolchain.ops._dsp import round_up
from toolchain.ops._float32 import DTYPE
from toolchain.ops._walk import Walk, by_pixel, elementwise
from toolchain.ops.base import Kernel

if TYPE_CHECKING:
    from toolchain.ops._elementwise_f32 import BinaryF32Params
    from toolchain.ops._pools_f32 import AvgPool2dF32Params, MaxPool2dF32Params, MeanF32Params
    from toolchain.ops._products_f32 import Conv2dF32Params, DepthwiseConv2dF32Params, LinearF32Params

#: Channels of a vector, of a block of weights, of a tile.
LANES, BLOCK, TILE = 4, 8, 16


def _blocks(weights: Array) -> Array:
    """Return [channels / 8][numbers][8] of weights [C, numbers], zeros for channels that are not there."""
    padded = np.zeros((round_up(len(weights), BLOCK), weights.shape[1]), np.float32)
    padded[: len(weights)] = weights
    return np.ascontiguousarray(padded.reshape(-1, BLOCK, weights.shape[1]).transpose(0, 2, 1))


def _pack_conv2d(p: Conv2dF32Params) -> Conv2dF32Params:
    """Return the params with blocks of weights, group after group, and biases filled up to tiles."""
    channels = p.output_c // p.groups
    bias = np.zeros((p.groups, round_up(channels, TILE)), np.float32)
    bias[:, :channels] = p.bias.reshape(p.groups, channels)
    weights = p.weights.reshape(p.groups, channels, -1)
    return dataclasses.replace(p, weights=np.stack([_blocks(group) for group in weights]), bias=bias)


def _pack_linear(p: LinearF32Params) -> LinearF32Params:
    bias = np.zeros(round_up(p.output_c, TILE), np.float32)
    bias[: p.output_c] = p.bias
    return dataclasses.replace(p, weights=_blocks(p.weights.reshape(p.output_c, -1)), bias=bias)


def _few(channels: int) -> str | None:
    return None if channels >= LANES else f"fewer than {LANES} channels"


def _depthwise(p: DepthwiseConv2dF32Params) -> str | None:
    return "several filters a channel" if p.channel_multiplier != 1 else _few(p.input_c)


def _pool(p: MaxPool2dF32Params | AvgPool2dF32Params) -> str | None:
    return _few(p.channels)


def _pack_mean(p: MeanF32Params) -> MeanF32Params:
    """Return the params with one innermost axis where a single run of axes is reduced."""
    return dataclasses.replace(p, middle=1, inner=p.middle * p.inner) if p.reduced_1 == 1 else p


def _mean(p: MeanF32Params) -> str | None:
    return None if _pack_mean(p).inner >= LANES else f"fewer than {LANES} elements along the innermost axis"


def _pool_walk(p: MaxPool2dF32Params | AvgPool2dF32Params) -> Walk:
    return by_pixel(p, p.channels)


CONV2D = (Kernel("tc_conv2d_f32_neon", "neon", pack=_pack_conv2d, params_type="tc_conv2d_f32_params", dtype=DTYPE),)
DEPTHWISE_CONV2D = (Kernel("tc_depthwise_conv2d_f32_neon", "neon", _depthwise,
                           params_type="tc_depthwise_conv2d_f32_params", dtype=DTYPE),)
LINEAR = (Kernel("tc_linear_f32_neon", "neon", pack=_pack_linear, params_type="tc_linear_f32_params", dtype=DTYPE),)
MAX_POOL2D = (Kernel("tc_max_pool2d_f32_neon", "neon", _pool, params_type="tc_max_pool2d_f32_params", dtype=DTYPE,
                     walk=_pool_walk),)
AVG_POOL2D = (Kernel("tc_avg_pool2d_f32_neon", "neon", _pool, params_type="tc_avg_pool2d_f32_params", dtype=DTYPE,
                     walk=_pool_walk),)
MEAN = (Kernel("tc_mean_f32_neon", "neon", _mean, _pack_mean, params_type="tc_mean_f32_params", dtype=DTYPE),)
CLAMP = (Kernel("tc_clamp_f32_neon", "neon", in_place=(0,), params_type="tc_clamp_f32_params",
                walk=lambda p: elementwise(p.count), dtype=DTYPE),)


def binary(op: str, walk: Callable[[BinaryF32Params], Walk | None]) -> tuple[Kernel, ...]:
    """Return the kernels of add, sub or mul."""
    return (Kernel(f"tc_{op}_f32_neon", "neon", two_activations, in_place=(0, 1), params_type="tc_binary_f32_params",
                   walk=walk, dtype=DTYPE),
            Kernel(f"tc_{op}_f32_constant_neon", "neon", constant, in_place=(0,), params_type="tc_binary_f32_params",
                   walk=walk, dtype=DTYPE))
