"""Build-time side of the depthwise kernels of any window for the DSP extension: tc_depthwise_conv2d_lines_dsp.h.

Units:  words of 32 bits, where no other is named.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from toolchain.ir import Array
from toolchain.ops._dsp import channels, groups_of_four, unsupported
from toolchain.ops._walk import Walk, channels_by_band
from toolchain.ops.base import Kernel, Params

if TYPE_CHECKING:
    from toolchain.ops.depthwise_conv2d import DepthwiseConv2dParams

#: Steps of two taps that a segment may have, and bytes of weights and tile: on the stack, and at most as scratch.
MOST_STEPS, STACK_BYTES, SCRATCH_BYTES = 8, 1280, 4096


@dataclass(frozen=True)
class DepthwiseConv2dLinesDspParams(Params):
    """The C twin is tc_depthwise_conv2d_lines_dsp_params."""

    channels: int
    channel_multiplier: int
    input_lines: int
    input_length: int
    input_line_pitch: int
    input_pitch: int
    output_lines: int
    output_length: int
    output_line_pitch: int
    output_pitch: int
    line_stride: int
    stride: int
    pad_lines: int
    pad: int
    window_lines: int
    line_dilation: int
    phases: int
    steps: int
    band: int
    phase_pitch: int
    input_zero_point: int
    output_zero_point: int
    clamp_min: int
    clamp_max: int
    weights: Array
    requant: Array


@dataclass(frozen=True)
class Axis:
    """One axis of a depthwise convolution."""

    input: int
    output: int
    kernel: int
    stride: int
    dilation: int
    pad: int
    input_pitch: int
    output_pitch: int

    @property
    def phases(self) -> int:
        """Phases of a line along this axis that have taps."""
        return min(self.stride, self.kernel)

    @property
    def steps(self) -> int:
        """Pairs of taps of a segment along this axis, the last with a zero."""
        return -(-self.kernel // self.stride) // 2 + 1

    @property
    def blocks(self) -> int:
        """Fours of outputs along this axis."""
        return -(-self.output // 4)


@dataclass(frozen=True)
class Lines:
    """How a layer is cut into lines: the axis across them, the one along them."""

    across: Axis
    along: Axis
    are_columns: bool

    @property
    def possible(self) -> bool:
        """Whether the kernel can take such lines."""
        dense = self.along.kernel == 1 or self.along.dilation == 1
        even = self.along.phases == 1 or self.across.kernel == 1 or self.across.dilation == 1
        return dense and even and self.along.steps <= MOST_STEPS

    @property
    def span(self) -> int:
        """Lines from the first to the last of a window."""
        return (self.across.kernel - 1) * self.across.dilation + 1

    @property
    def segments(self) -> int:
        """Segments of a window."""
        return self.across.kernel * self.along.phases

    @property
    def phase_pitch(self) -> int:
        """Words of a phase of a tile line."""
        return 2 * self.along.blocks + self.along.steps - 1

    @property
    def weight_words(self) -> int:
        """Words of a channel's packed weights."""
        return -(-self.segments * self.along.steps // 2)

    def cycles(self) -> int:
        """Return about how many cycles a channel takes: blocks of four outputs, and the tile."""
        block = self.segments * (9 * self.along.steps + 9) + 48
        return self.across.output * (self.along.blocks * block + self.along.phases * self.phase_pitch * 5)

    def need_bytes(self, band: int) -> int:
        """Return the bytes of unpacked weights and of a tile for ``band`` output lines."""
        lines = (band - 1) * self.across.stride + self.span
        return 4 * (4 * self.weight_words + 4 * lines * self.along.phases * self.phase_pitch)

    def band(self, limit_bytes: int) -> int:
        """Return how many output lines the limit lets the tile have; at least one."""
        each = self.need_bytes(2) - self.need_bytes(1)
        return min(self.across.output, max(1, (limit_bytes - self.need_bytes(1)) // each + 1))


def lines(p: DepthwiseConv2dParams) -> Lines | None:
    """Return the better of rows and columns, None where neither is possible."""
    rows = Axis(p.input_h, p.output_h, p.kernel_h, p.stride_h, p.dilation_h, p.pad_top, p.input_w * p.input_c,
                p.output_w * p.output_c)
    columns = Axis(p.input_w, p.output_w, p.kernel_w, p.stride_w, p.dilation_w, p.pad_left, p.input_c, p.output_c)
    possible = [found for found in (Lines(rows, columns, False), Lines(columns, rows, True)) if found.possible]
    return min(possible, key=Lines.cycles, default=None)


def _lines(p: DepthwiseConv2dParams) -> Lines:
    found = lines(p)
    assert found is not None
    return found


def _pack_weights(weights: Array, cut: Lines) -> Array:
    """Return int32 [C, words] of weights int8 [C, window lines, taps]."""
    along = cut.along
    phases = np.zeros((len(weights), cut.across.kernel, along.phases, 2 * along.steps), np.int8)
    for phase in range(along.phases):
        taps = weights[:, :, phase :: along.stride]
        phases[:, :, phase, : taps.shape[2]] = taps
    flat = np.zeros((len(weights), 4 * cut.weight_words), np.int8)
    flat[:, : phases[0].size] = phases.reshape(len(weights), -1)
    return np.ascontiguousarray(flat.reshape(len(weights), -1, 4)[..., [0, 2, 1, 3]]).view(np.int32)[..., 0]


def pack(p: DepthwiseConv2dParams, limit_bytes: int) -> DepthwiseConv2dLinesDspParams:
    """Return the params of the kernel whose weights and tile may have ``limit_bytes``."""
    cut, c = _lines(p), channels(p, p.weights[0].transpose(2, 0, 1))
    across, along, m = cut.across, cut.along, p.channel_multiplier
    order = (groups_of_four(p.input_c)[:, None] * m + np.arange(m)).reshape(-1)
    weights = c.weights[order].transpose(0, 2, 1) if cut.are_columns else c.weights[order]
    return DepthwiseConv2dLinesDspParams(
        channels=p.input_c, channel_multiplier=m,
        input_lines=across.input, input_length=along.input, input_line_pitch=across.input_pitch,
        input_pitch=along.input_pitch, output_lines=across.output, output_length=along.output,
        output_line_pitch=across.output_pitch, output_pitch=along.output_pitch,
        line_stride=across.stride, stride=along.stride, pad_lines=across.pad, pad=along.pad,
        window_lines=across.kernel, line_dilation=across.dilation if across.kernel > 1 else 1,
        phases=along.phases, steps=along.steps, band=cut.band(limit_bytes), phase_pitch=cut.phase_pitch,
        input_zero_point=p.input_zero_point, output_zero_point=p.output_zero_point,
        clamp_min=p.clamp_min, clamp_max=p.clamp_max,
        weights=_pack_weights(weights, cut).reshape(-1, 4, m, cut.weight_words),
        requant=c.plain_doubled_words()[order].reshape(-1, 4, m, 2))


def supports(p: DepthwiseConv2dParams, limit_bytes: int) -> str | None:
    """Return why the kernel with at most ``limit_bytes`` of weights and tile cannot take the layer, or None."""
    if p.input_c < 4:
        return "needs at least four channels"
    if (cut := lines(p)) is None:
        return f"dilation, or more than {2 * MOST_STEPS - 1} taps, along both axes"
    if (need := cut.need_bytes(1)) > limit_bytes:
        return f"a tile of {need} bytes for one line of outputs"
    return unsupported(p, p.weights[0].transpose(2, 0, 1), largest=1 << 30)


def supports_small(p: DepthwiseConv2dParams) -> str | None:
    """Return why the kernel with its tile on the stack cannot take the layer, or is a poor choice; else None."""
    if (reason := supports(p, STACK_BYTES)) is not None:
        return reason
    cut = _lines(p)
    if -(-cut.across.output // cut.band(STACK_BYTES)) > 2:
        return f"more than two bands of lines would go through a tile of {STACK_BYTES} bytes of stack"
    return None


def walk(p: DepthwiseConv2dParams, limit_bytes: int) -> Walk:
    """Return the walk of tc_depthwise_conv2d_lines_dsp with at most ``limit_bytes`` of weights and tile."""
    cut = _lines(p)
    return channels_by_band(p, p.input_c, cut.band(limit_bytes), cut.are_columns, taps=cut.span,
                            multiplier=p.channel_multiplier)


def scratch_bytes(p: DepthwiseConv2dParams) -> int:
    """Return the bytes of weights and tile of the kernel with scratch."""
    cut = _lines(p)
    return cut.need_bytes(cut.band(SCRATCH_BYTES))


def kernels(has_own: Callable[[DepthwiseConv2dParams], str | None]) -> tuple[Kernel, ...]:
    """Return the kernels, which leave the windows for which ``has_own`` is None to kernels of their own."""
    def others(reason: Callable[[DepthwiseConv2dParams], str | None]) -> Callable[[DepthwiseConv2dParams], str | None]:
        return lambda p: reason(p) if has_own(p) is not None else "a window that has kernels of its own"

    return (
        Kernel("tc_depthwise_conv2d_s8_lines_small_dsp", "dsp", others(supports_small), lambda p: pack(p, STACK_BYTES),
               params_type="tc_depthwise_conv2d_lines_dsp_params", walk=lambda p: walk(p, STACK_BYTES)),
        Kernel("tc_depthwise_conv2d_s8_lines_dsp", "dsp", others(lambda p: supports(p, SCRATCH_BYTES)),
               lambda p: pack(p, SCRATCH_BYTES), scratch_bytes=scratch_bytes,
               params_type="tc_depthwise_conv2d_lines_dsp_params", walk=lambda p: walk(p, SCRATCH_BYTES)))
