"""2-D convolution, grouped convolution included.

Shapes: input [N, H, W, C], weights OHWI [O, KH, KW, C / groups], bias [O] -> [N, OH, OW, O].
Quant:  weights int8 per output channel, zero point 0; bias int32 at scale s_in * s_w[o]; padding is the
        input's zero point. With int16 activations zero points are 0 and multipliers have 15 bits
        (numerics.requantize_reduced).
Source: TensorFlow Lite 8-bit quantization specification, CONV_2D.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from toolchain.errors import ModelError
from toolchain.ir import DTYPES, Array, Attributes, Node, Shape, Storage, Tensor
from toolchain.numerics import Rounding
from toolchain.ops import _conv2d_dsp, _conv2d_mve, _conv2d_neon, _conv2d_thumb, _int16, _storage_kernels, _xnor
from toolchain.ops._accumulate import (
    blocks,
    convolution_requantization,
    exact_product,
    finish_convolution,
    with_folded_bias,
)
from toolchain.ops._float32 import DTYPE
from toolchain.ops._products_f32 import CONV2D, Conv2dF32Params, lower_conv2d, reference_conv2d
from toolchain.ops._strip import Strip, of_windows
from toolchain.ops._walk import Walk, by_output
from toolchain.ops._windows import WindowParams, pad_planes, patches, window_shape
from toolchain.ops._xnor import codes_of, input_scale, shifted_bias, signs, threshold
from toolchain.ops.base import Channels, Cost, Kernel, Op, output_clamp, reference_only

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True)
class Conv2dAttributes(Attributes):
    """``padding`` is (top, bottom, left, right); ``clamp`` a fused activation range in real numbers.

    ``binary`` (m, a): of an input counts only whether it is m or more; it stands for m + a or m - a (_xnor.py).
    """

    stride: tuple[int, int] = (1, 1)
    padding: tuple[int, int, int, int] = (0, 0, 0, 0)
    dilation: tuple[int, int] = (1, 1)
    groups: int = 1
    clamp: tuple[float, float] | None = None
    binary: tuple[float, float] | None = None


@dataclass(frozen=True)
class Conv2dParams(WindowParams):
    """Integer parameters; the C twin is tc_conv2d_params."""

    groups: int
    input_zero_point: int
    output_zero_point: int
    clamp_min: int
    clamp_max: int
    weights: Array
    bias: Array
    multiplier: Array
    exponent: Array
    storage: Storage | None = reference_only(default=None)
    dtype: str = reference_only(default="s8")
    threshold: int | None = reference_only(default=None)


#: Most bytes that the windows of four pixels may take as int32 (tc_conv2d_s8_block_ref).
BLOCK_PATCH_BYTES = 16384


def _block_patch_bytes(p: Conv2dParams) -> int:
    return 16 * p.kernel_h * p.kernel_w * (p.input_c // p.groups)


def _block_patch_too_large(p: Conv2dParams) -> str | None:
    need = _block_patch_bytes(p)
    return None if need <= BLOCK_PATCH_BYTES else f"its patch of {need} bytes is above {BLOCK_PATCH_BYTES}"


def _walk(p: Conv2dParams) -> Walk:
    """Return the walk of tc_conv2d_s8_ref: a group's input channels are read until its last output channel."""
    group = np.arange(p.input_c) // (p.input_c // p.groups)
    return by_output(p, p.input_c, p.output_c, (group + 1) * (p.output_c // p.groups) - 1)


class Conv2d(Op):
    """See the module's docstring."""

    name = "conv2d"
    Attrs = Conv2dAttributes
    channels = Channels.MIXED
    channel_axes = {1: (0, 3), 2: (0, None)}
    constant_inputs = (1, 2)
    kernels = (*_conv2d_neon.KERNELS, *_conv2d_mve.KERNELS, *_conv2d_dsp.KERNELS, *_conv2d_thumb.KERNELS,
               Kernel("tc_conv2d_s8_block_ref", supports=_block_patch_too_large, pack=with_folded_bias,
                      scratch_bytes=_block_patch_bytes, walk=_conv2d_dsp.walk),
               Kernel("tc_conv2d_s8_ref", walk=_walk), *_storage_kernels.conv2d(_walk), *_int16.CONV2D, *_xnor.CONV2D,
               *CONV2D)

    def channel_flow(self, node: Node, inputs: Sequence[Tensor], outputs: Sequence[Tensor]) -> Channels:
        assert isinstance(node.attrs, Conv2dAttributes)
        plain = node.attrs.groups == 1 and node.attrs.binary is None
        return Channels.MIXED if plain else Channels.OPAQUE

    def sees_padding(self, attrs: Conv2dAttributes) -> bool:
        return any(attrs.padding)

    def infer(self, attrs: Conv2dAttributes, inputs: Sequence[Tensor]) -> tuple[Shape, ...]:
        x, weights = inputs[0], inputs[1]
        if len(weights.shape) != 4 or weights.shape[3] * attrs.groups != x.shape[-1] or weights.shape[0] % attrs.groups:
            raise ModelError(f"conv2d weights {weights.shape} (OHWI) with groups {attrs.groups} do not fit "
                             f"{x.shape[-1]} input channels")
        kernel = (weights.shape[1], weights.shape[2])
        oh, ow = window_shape("conv2d", x.shape, kernel, attrs.stride, attrs.dilation, attrs.padding)
        return ((x.shape[0], oh, ow, weights.shape[0]),)

    def forward(self, attrs: Conv2dAttributes, *inputs: torch.Tensor) -> tuple[torch.Tensor, ...]:
        import torch.nn.functional as F

        x, weights, bias = inputs
        y = F.conv2d(signs(pad_planes(x, attrs.padding), attrs.binary), weights.permute(0, 3, 1, 2), bias,
                     stride=attrs.stride, dilation=attrs.dilation, groups=attrs.groups).permute(0, 2, 3, 1)
        return (y if attrs.clamp is None else y.clamp(*attrs.clamp),)

    def weight_quantization_axis(self, attrs: Conv2dAttributes) -> int | None:
        return 0

    def input_scale(self, attrs: Conv2dAttributes, x: Tensor) -> float:
        return input_scale(x, attrs.binary)

    def strip(self, params: Conv2dParams, first: int, end: int, height: int) -> Strip | None:
        return of_windows(params, first, end)

    def lower(self, node: Node, inputs: Sequence[Tensor], outputs: Sequence[Tensor]) -> Conv2dParams | Conv2dF32Params:
        if inputs[0].dtype == DTYPE:
            return lower_conv2d(node, inputs, outputs)
        x, weights, bias = inputs
        y, attrs = outputs[0], node.attrs
        assert isinstance(attrs, Conv2dAttributes) and weights.data is not None and bias.data is not None
        multiplier, exponent = convolution_requantization(node.name, x, weights, bias, y,
                                                          self.input_scale(attrs, x))
        clamp_min, clamp_max = output_clamp(attrs.clamp, y)
        return Conv2dParams(
            input_h=x.shape[1], input_w=x.shape[2], input_c=x.shape[3],
            output_h=y.shape[1], output_w=y.shape[2], output_c=y.shape[3],
            kernel_h=weights.shape[1], kernel_w=weights.shape[2],
            stride_h=attrs.stride[0], stride_w=attrs.stride[1],
            dilation_h=attrs.dilation[0], dilation_w=attrs.dilation[1],
            pad_top=attrs.padding[0], pad_left=attrs.padding[2], groups=attrs.groups,
            input_zero_point=x.zero_point, output_zero_point=y.zero_point, clamp_min=clamp_min, clamp_max=clamp_max,
            weights=weights.data, bias=bias.data if attrs.binary is None else shifted_bias(weights, bias, attrs.binary),
            multiplier=multiplier, exponent=exponent, storage=weights.storage,
            dtype=x.dtype if attrs.binary is None else _xnor.DTYPE,
            threshold=None if attrs.binary is None else threshold(x, attrs.binary))

    def reference(self, params: Conv2dParams | Conv2dF32Params, *inputs: Array,
                  rounding: Rounding) -> tuple[Array, ...]:
        if isinstance(params, Conv2dF32Params):
            return (reference_conv2d(params, *inputs),)
        p, (x,) = params, inputs
        y: Array = np.empty((len(x), p.output_h, p.output_w, p.output_c), dtype=DTYPES.get(p.dtype, np.int8))
        weights = p.weights.reshape(p.groups, p.output_c // p.groups, -1)
        zero_point = 0 if p.threshold is not None else p.input_zero_point
        offset = zero_point * weights.sum(axis=2, dtype=np.int64).reshape(-1)
        for part in blocks(len(x), p.output_h * p.output_w * max(p.output_c, p.kernel_h * p.kernel_w * p.input_c)):
            windows = codes_of(patches(x[part], p, p.input_zero_point), p).transpose(0, 1, 2, 4, 5, 3)
            taps = windows.reshape(-1, p.kernel_h, p.kernel_w, p.groups, p.input_c // p.groups)
            acc = [exact_product(taps[:, :, :, g].reshape(len(taps), -1), weights[g]) for g in range(p.groups)]
            found = np.concatenate(acc, axis=1) - offset
            y[part] = finish_convolution(found, p, rounding).reshape(y[part].shape)
        return (y,)

    def cost(self, node: Node, inputs: Sequence[Tensor], outputs: Sequence[Tensor]) -> Cost:
        weights, pixels = inputs[1], outputs[0].shape[1] * outputs[0].shape[2]
        live = weights.count if weights.data is None else int(np.count_nonzero(weights.data))
        return Cost(weights.count * pixels, live * pixels)


OP = Conv2d()
