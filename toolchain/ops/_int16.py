"""Kernels for int16 activations with int8 weights (16x8), and their build-time side on the DSP extension.

Activations are symmetric (zero point 0), sums fit int32: what ``requantization`` refuses otherwise.

Quant:  conv2d and depthwise_conv2d: y = (acc * M + 2^(14 - e)) >> (15 - e) with M of 15 bits. With a right shift T =
        15 - e of 16 to 32 bits that is one SMMULR by M << (32 - T). linear, add and requantize follow the model's rule.
Source: TensorFlow Lite, 16x8 quantisation (MultiplyByQuantizedMultiplier of int64); Arm v7-M Architecture Reference
        Manual, SMLAD, SMLABB, SXTB16, SMMULR.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from toolchain.ir import Array
from toolchain.ops._dsp import round_up
from toolchain.ops._windows import WindowParams
from toolchain.ops.base import Kernel, Params

if TYPE_CHECKING:
    from toolchain.ops.conv2d import Conv2dParams
    from toolchain.ops.depthwise_conv2d import DepthwiseConv2dParams
    from toolchain.ops.linear import LinearParams


@dataclass(frozen=True)
class Conv2dS16DspParams(WindowParams):
    """The C twin is tc_conv2d_s16_dsp_params."""

    clamp_min: int
    clamp_max: int
    weights: Array
    bias: Array
    multiplier: Array


@dataclass(frozen=True)
class DepthwiseConv2dS16DspParams(Conv2dS16DspParams):
    """The C twin is tc_depthwise_conv2d_s16_dsp_params."""


@dataclass(frozen=True)
class LinearS16DspParams(Params):
    """The C twin is tc_linear_s16_dsp_params."""

    rows: int
    input_c: int
    output_c: int
    clamp_min: int
    clamp_max: int
    weights: Array
    bias: Array
    multiplier: Array
    exponent: Array


def pair_words(rows: Array) -> Array:
    """Return int32 [pairs, fours, 2] of weights [C, K]: two channels side by side, the bytes of a word w0 w2 w1 w3.

    SXTB16 of a word is then (w0, w1), and of the word turned by a byte (w2, w3). What is missing is zero.
    """
    channels, count = round_up(len(rows), 2), round_up(rows.shape[1], 4)
    padded = np.zeros((channels, count), np.int8)
    padded[: len(rows), : rows.shape[1]] = rows
    words = np.ascontiguousarray(padded.reshape(channels // 2, 2, -1, 4)[..., [0, 2, 1, 3]]).view(np.int32)[..., 0]
    return np.ascontiguousarray(words.transpose(0, 2, 1))


def tap_words(taps: Array) -> Array:
    """Return int32 [pairs, taps] of weights [taps, C], C even: those of two channels at a tap as a pair of int16."""
    pairs = taps.reshape(len(taps), -1, 2).transpose(1, 0, 2).astype(np.int16)
    return np.ascontiguousarray(pairs).view(np.int32)[..., 0]


def _even(values: Array) -> Array:
    """Return int32 values with a zero added where their number is odd."""
    return np.pad(values, (0, len(values) % 2)).astype(np.int32)


def _shared(kind: type[Params], p: Any) -> dict[str, Any]:
    return {f.name: getattr(p, f.name) for f in dataclasses.fields(kind) if hasattr(p, f.name)}


def _one_product(p: Any) -> dict[str, Array]:
    """Return bias and multiplier << (32 - T) of a convolution, one for each channel of a pair."""
    factors = p.multiplier.astype(np.int64) << (17 + p.exponent.astype(np.int64))
    return {"bias": _even(p.bias), "multiplier": _even(factors)}


def _int8(p: Any) -> str | None:
    """Return why a kernel for int16 activations cannot take the layer, or None."""
    return "int8 activations" if p.dtype == "s8" else None


def _unsupported(p: Any) -> str | None:
    if p.dtype == "s8":
        return _int8(p)
    if p.exponent.size and p.exponent.max() > -1:
        return "a multiplier of 0.5 or more"
    return "a multiplier below 2^-18" if p.exponent.size and p.exponent.min() < -17 else None


def pack_conv2d(p: Conv2dParams) -> Conv2dS16DspParams:
    """Return the params with words for pairs of output channels."""
    rows = p.weights.reshape(p.output_c, -1)
    return Conv2dS16DspParams(**{**_shared(Conv2dS16DspParams, p), **_one_product(p), "weights": pair_words(rows)})


def supports_conv2d(p: Conv2dParams) -> str | None:
    """Return why the DSP kernel cannot take the layer, or None."""
    return "groups" if p.groups > 1 else _unsupported(p)


def window_bytes(p: Conv2dParams) -> int:
    """Return the bytes of the windows of two pixels, in whole fours."""
    return 4 * round_up(int(np.prod(p.weights.shape[1:])), 4)


def pack_depthwise(p: DepthwiseConv2dParams) -> DepthwiseConv2dS16DspParams:
    """Return the params with words for pairs of channels."""
    taps = p.weights.reshape(-1, p.output_c)
    return DepthwiseConv2dS16DspParams(**{**_shared(DepthwiseConv2dS16DspParams, p), **_one_product(p),
                                          "weights": tap_words(taps)})


def supports_depthwise(p: DepthwiseConv2dParams) -> str | None:
    """Return why the DSP kernel cannot take the layer, or None."""
    if p.channel_multiplier > 1:
        return "several filters a channel"
    return "an odd number of channels" if p.input_c % 2 else _unsupported(p)


def pack_linear(p: LinearParams) -> LinearS16DspParams:
    """Return the params with words for pairs of output channels."""
    return LinearS16DspParams(**{
        **_shared(LinearS16DspParams, p), "weights": pair_words(p.weights), "bias": _even(p.bias),
        "multiplier": _even(p.multiplier), "exponent": np.pad(p.exponent, (0, len(p.exponent) % 2))})


def supports_linear(p: LinearParams) -> str | None:
    """Return why the DSP kernel cannot take the layer, or None."""
    return "a row that does not fill words" if p.input_c % 4 else _int8(p)


def _same_shape(p: Any) -> str | None:
    alike = p.operand_index < 0 and p.strides0 == p.strides1
    return _int8(p) if alike else "not two activations of one shape"


CONV2D = (Kernel("tc_conv2d_s16_dsp", "dsp", supports_conv2d, pack_conv2d, window_bytes,
                 params_type="tc_conv2d_s16_dsp_params", dtype="s16"),
          Kernel("tc_conv2d_s16_ref", supports=_int8, dtype="s16"))
DEPTHWISE_CONV2D = (Kernel("tc_depthwise_conv2d_s16_dsp", "dsp", supports_depthwise, pack_depthwise,
                           params_type="tc_depthwise_conv2d_s16_dsp_params", dtype="s16"),
                    Kernel("tc_depthwise_conv2d_s16_ref", supports=_int8, dtype="s16"))
LINEAR = (Kernel("tc_linear_s16_dsp", "dsp", supports_linear, pack_linear, params_type="tc_linear_s16_dsp_params",
                 dtype="s16"), Kernel("tc_linear_s16_ref", supports=_int8, dtype="s16"))
ADD = (Kernel("tc_add_s16_ref", supports=_same_shape, in_place=(0, 1), dtype="s16"),)
AVG_POOL2D = (Kernel("tc_avg_pool2d_s16_ref", supports=_int8, dtype="s16"),)
MAX_POOL2D = (Kernel("tc_max_pool2d_s16_ref", supports=_int8, dtype="s16"),)
REQUANTIZE = (Kernel("tc_requantize_s8_s16_ref", supports=_int8, dtype="s8_s16"),
              Kernel("tc_requantize_s16_s8_ref", supports=_int8, dtype="s16_s8"))
