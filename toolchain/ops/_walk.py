"""When a kernel reads and writes its buffers: from it follows how far its output may overlap an input that it consumes.

A kernel's work is cut into blocks, numbered in the order of execution: a block reads all that it reads, then writes.
A walk has the block of the first write of each output byte and of the last read of each input byte. With the input
``s`` bytes above the output (s = address of the input - address of the output) the bytes b of the output and b - s of
the input are one, so s is safe exactly when reads[b - s] <= writes[b] for every b.

Units:  bytes of int8 tensors, elements of others (``Walk.of_bytes``), in C order.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from toolchain.ir import Array


@dataclass(frozen=True, eq=False)
class Walk:
    """``writes`` [output bytes]: block of the first write; ``reads``, per input [input bytes]: of the last, -1: never.

    ``pitch``: the kernel treats bytes ``pitch`` apart alike (the channels of a pixel), so that distances which are
    multiples of it are worth a look of their own; 0 if not.
    """

    writes: Array
    reads: tuple[Array, ...]
    pitch: int = 0

    def of_bytes(self, itemsize: int) -> Walk:
        """Return the walk in bytes of one that is in elements of so many bytes."""
        if itemsize == 1:
            return self
        reads = tuple(np.repeat(r, itemsize) for r in self.reads)
        return Walk(np.repeat(self.writes, itemsize), reads, self.pitch * itemsize)


def elementwise(count: int, inputs: int = 1) -> Walk:
    """Return the walk of a kernel that reads element i of each input, then writes element i of the output, i rising."""
    steps = np.arange(count)
    return Walk(steps, (steps,) * inputs)


def copies(index: Array, run: int, input_bytes: int) -> Walk:
    """Return the walk of memcpy of runs: byte i of the output is byte index[i] of the input; a run is no block.

    So a run of the output may not lie over its own source, but over that of any run before it.
    """
    writes = 2 * (np.arange(index.size) // run)
    reads = np.full(input_bytes, -1)
    np.maximum.at(reads, index, writes + 1)
    return Walk(writes, (reads,))


def last_reader(size: int, output: int, kernel: int, stride: int, dilation: int, pad: int) -> Array:
    """Return, for each index of one input axis, the last window that has a tap there; -1 for none."""
    found = np.full(size, -1)
    windows = np.arange(output)
    for tap in range(kernel):
        at = windows * stride - pad + tap * dilation
        inside = (at >= 0) & (at < size)
        np.maximum.at(found, at[inside], windows[inside])
    return found


def last_pixel(p: Any) -> Array:
    """Return [input_h, input_w]: the last output pixel, counted row by row, whose window has a tap there; -1 for none.

    ``p`` needs the fields input_h/w, output_h/w, kernel_h/w, stride_h/w, dilation_h/w, pad_top/left.
    """
    rows = last_reader(p.input_h, p.output_h, p.kernel_h, p.stride_h, p.dilation_h, p.pad_top)
    columns = last_reader(p.input_w, p.output_w, p.kernel_w, p.stride_w, p.dilation_w, p.pad_left)
    return np.where((rows[:, None] < 0) | (columns < 0), -1, rows[:, None] * p.output_w + columns)


def by_output(p: Any, input_c: int, output_c: int, last_output: Sequence[int] | Array) -> Walk:
    """Return the walk of plain loops over rows, columns and output channels, one output a block.

    ``last_output`` has, for each input channel, the last output channel of a pixel that reads it.
    """
    pixel = last_pixel(p)[:, :, None]
    reads = np.where(pixel < 0, -1, pixel * output_c + np.asarray(last_output))
    outputs = np.arange(p.output_h * p.output_w * output_c)
    return Walk(outputs, (reads.reshape(-1),), input_c if input_c == output_c else 0)


def by_pixel(p: Any, channels: int) -> Walk:
    """Return the walk of a kernel that may write a pixel's outputs before it has read all of their window."""
    writes = np.repeat(2 * np.arange(p.output_h * p.output_w), channels)
    return Walk(writes, (np.repeat(2 * last_pixel(p).reshape(-1) + 1, channels),))


def by_pixel_block(p: Any, input_c: int, output_c: int, groups: int, together: int, least: int | None = None) -> Walk:
    """Return the walk of a kernel that reads the windows of ``together`` pixels, then writes them; group after group.

    When fewer than ``least`` pixels (``together`` by default) are left for the last block it computes some of the block
    before it again; fewer pixels than that in all are computed one by one, ``together // least`` a block.
    """
    return by_passes(p, np.arange(input_c) // (input_c // groups), np.arange(output_c) // (output_c // groups),
                     together, together if least is None else least)


def by_passes(p: Any, last_read: Array, written: Array, together: int, least: int) -> Walk:
    """Return the same walk for passes over all pixels: ``written`` has, for each output channel, the one that computes

    it, ``last_read``, for each input channel, the last that reads it.
    """
    pixels = p.output_h * p.output_w
    together, least = (together, least) if pixels >= least else (together // least, 1)
    blocks = -(-pixels // together)
    last = last_pixel(p)
    block = np.where(last >= min((blocks - 1) * together, pixels - least), blocks - 1, last // together)
    reads = np.where(last[:, :, None] < 0, -1, block[:, :, None] + last_read * blocks)
    writes = np.arange(pixels)[:, None] // together + written * blocks
    return Walk(writes.reshape(-1), (reads.reshape(-1),))


def by_line(p: Any, input_c: int, chunk: Array) -> Walk:
    """Return the walk of a conv2d kernel that keeps the lines of its windows, and reads each when it is first needed.

    ``chunk`` has, for each output channel, the pass over all pixels that computes it.
    """
    passes = int(chunk[-1]) + 1
    needed = np.arange(p.input_h) + p.pad_top - (p.kernel_h - 1)
    line = np.clip(-(-needed // p.stride_h), 0, None)
    reads = np.where(line < p.output_h, (passes - 1) * p.output_h + line, -1)
    writes = np.arange(p.output_h)[:, None, None] + np.zeros((p.output_w, 1), int) + chunk * p.output_h
    return Walk(writes.reshape(-1), (np.repeat(reads, p.input_w * input_c),))


def groups_of_four(channels: int) -> tuple[int, Array, Array]:
    """Return (groups, first group of each channel, last group) where the last group of four overlaps the one before."""
    groups = -(-channels // 4)
    first = np.minimum(np.arange(channels) // 4, groups - 1)
    return groups, first, np.where(np.arange(channels) >= channels - 4, groups - 1, first)


def pixels_by_channels(p: Any, channels: int) -> Walk:
    """Return the walk of a pool that takes pixel by pixel, and of each four channels after four."""
    groups, first, last = groups_of_four(channels)
    pixel = last_pixel(p)[:, :, None]
    reads = np.where(pixel < 0, -1, pixel * groups + last)
    writes = np.arange(p.output_h * p.output_w)[:, None] * groups + first
    return Walk(writes.reshape(-1), (reads.reshape(-1),), channels)


def channels_by_pixel(p: Any, channels: int) -> Walk:
    """Return the walk of a depthwise kernel that takes four channels through all pixels, then the next four."""
    _, first, last = groups_of_four(channels)
    pixels = p.output_h * p.output_w
    pixel = last_pixel(p)[:, :, None]
    reads = np.where(pixel < 0, -1, last * pixels + pixel)
    writes = first * pixels + np.arange(pixels)[:, None]
    return Walk(writes.reshape(-1), (reads.reshape(-1),), channels)


def channels_by_band(p: Any, channels: int, band: int, lines_are_columns: bool, together: int = 4,
                     taps: int = 3, multiplier: int = 1) -> Walk:
    """Return the walk of a depthwise kernel that reads, then writes bands of lines, ``together`` channels at once.

    A line is a row, or a column where ``lines_are_columns``; a window covers ``taps`` lines. ``together`` is four,
    with an overlap at the end, or one. Each input channel has ``multiplier`` output channels.
    """
    axis = ((p.input_w, p.output_w, p.stride_w, p.pad_left) if lines_are_columns else
            (p.input_h, p.output_h, p.stride_h, p.pad_top))
    size, output, stride, pad = axis
    bands = -(-output // band)
    read_in = np.full(size, -1)
    for index in range(bands):
        start, end = index * band, min(output, (index + 1) * band)
        read_in[max(0, start * stride - pad) : max(0, (end - 1) * stride + taps - pad)] = index
    written_in = np.arange(output) // band
    alone = channels, np.arange(channels), np.arange(channels)
    groups, first, last = groups_of_four(channels) if together == 4 else alone
    shape, other = ((1, size), (p.input_h, 1)) if lines_are_columns else ((size, 1), (1, p.input_w))
    lines = np.broadcast_to(read_in.reshape(shape), np.broadcast_shapes(shape, other))[:, :, None]
    reads = np.where(lines < 0, -1, lines * groups + last)
    shape, other = ((1, output), (p.output_h, 1)) if lines_are_columns else ((output, 1), (1, p.output_w))
    lines = np.broadcast_to(written_in.reshape(shape), np.broadcast_shapes(shape, other))[:, :, None]
    writes = lines * groups + np.repeat(first, multiplier)
    return Walk(writes.reshape(-1), (reads.reshape(-1),), channels if multiplier == 1 else 0)


def by_row(rows: int, inputs: int, outputs: int, together: int) -> Walk:
    """Return the walk of products of rows with a matrix: ``together`` outputs of a row, then the next ones."""
    blocks = -(-outputs // together)
    row = np.arange(rows)[:, None] * blocks
    writes = row + np.arange(outputs) // together
    return Walk(writes.reshape(-1), (np.repeat(row[:, 0] + blocks - 1, inputs),))
