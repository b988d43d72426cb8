"""Sliding windows over NHWC images: what convolutions and pools share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from toolchain.errors import ModelError
from toolchain.ir import Array, Shape
from toolchain.ops.base import Params

if TYPE_CHECKING:
    import torch

Pair = tuple[int, int]
Padding = tuple[int, int, int, int]


@dataclass(frozen=True)
class WindowParams(Params):
    """The geometry of a convolution: the first fields of the parameters of its kernels, in Python and in C."""

    input_h: int
    input_w: int
    input_c: int
    output_h: int
    output_w: int
    output_c: int
    kernel_h: int
    kernel_w: int
    stride_h: int
    stride_w: int
    dilation_h: int
    dilation_w: int
    pad_top: int
    pad_left: int


def spatial_size(size: int, kernel: int, stride: int, dilation: int, pad: int) -> int:
    """Return the output size of a window that slides along one axis; ``pad`` is both sides together."""
    return (size + pad - dilation * (kernel - 1) - 1) // stride + 1


def window_shape(name: str, x: Shape, kernel: Pair, stride: Pair, dilation: Pair, padding: Padding) -> Pair:
    """Return (OH, OW) for an input [N, H, W, C]; ModelError when the output would be empty."""
    if len(x) != 4:
        raise ModelError(f"{name} needs an input of rank 4 (NHWC), got shape {x}")
    top, bottom, left, right = padding
    size = (spatial_size(x[1], kernel[0], stride[0], dilation[0], top + bottom),
            spatial_size(x[2], kernel[1], stride[1], dilation[1], left + right))
    if min(size) < 1:
        raise ModelError(f"{name} output would be empty: input {x}, kernel {kernel[0]}x{kernel[1]}, padding {padding}",
                         hints="a larger input, a smaller kernel or more padding")
    return size


def patches(x: Array, p: Any, pad_value: float) -> Array:
    """Return a view [N, OH, OW, C, KH, KW] of the windows of ``x`` [N, H, W, C], padded with ``pad_value``.

    ``p`` needs the fields input_h/w, output_h/w, kernel_h/w, stride_h/w, dilation_h/w, pad_top/left.
    """
    span_h, span_w = (p.kernel_h - 1) * p.dilation_h + 1, (p.kernel_w - 1) * p.dilation_w + 1
    rows, columns = (p.output_h - 1) * p.stride_h, (p.output_w - 1) * p.stride_w
    bottom = max(0, rows + span_h - p.input_h - p.pad_top)
    right = max(0, columns + span_w - p.input_w - p.pad_left)
    padded = np.pad(x, ((0, 0), (p.pad_top, bottom), (p.pad_left, right), (0, 0)), constant_values=pad_value)
    windows = np.lib.stride_tricks.sliding_window_view(padded, (span_h, span_w), axis=(1, 2))
    return windows[:, : rows + 1 : p.stride_h, : columns + 1 : p.stride_w, :, :: p.dilation_h, :: p.dilation_w]


def valid_taps(size: int, output: int, kernel: int, stride: int, dilation: int, pad: int) -> list[int]:
    """Return, for each of ``output`` window positions along one axis, how many taps lie inside [0, size)."""
    starts = np.arange(output)[:, None] * stride - pad
    taps = starts + np.arange(kernel)[None, :] * dilation
    return [int(n) for n in ((taps >= 0) & (taps < size)).sum(axis=1)]


def check_windows(name: str, counts: list[int], x: Shape, kernel: Pair, padding: Padding) -> None:
    """Raise ModelError when a window reads no tap at all; ``counts`` are the taps of ``valid_taps``, both axes."""
    if min(counts) == 0:
        raise ModelError(f"{name} has a window without input: input {x}, kernel {kernel}, padding {padding}",
                         hints="less padding: at most half the kernel")


def pad_planes(x: torch.Tensor, padding: Padding, value: float = 0.0) -> torch.Tensor:
    """Return ``x`` [N, H, W, C] padded, as a contiguous [N, C, H, W] for torch's own operators.

    Not a permuted view: with one channel its strides make oneDNN read outside the tensor (seen with torch 2.13).
    """
    import torch

    top, bottom, left, right = padding
    planes = torch.nn.functional.pad(x.permute(0, 3, 1, 2), (left, right, top, bottom), value=value)
    return planes.clone(memory_format=torch.contiguous_format)
