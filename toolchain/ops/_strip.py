"""Calls on strips of rows: the parameters that compute some output rows from the input rows that these need.

The same kernel, the same weights; a strip is an image of its own, whose padding is what of its windows lies outside the
whole image. So the rows are bit for bit those of the whole call.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, eq=False)
class Strip:
    """``params`` compute rows of the output from rows ``start`` up to ``end`` (not included) of each input, alone."""

    params: Any
    start: int
    end: int


def of_windows(p: Any, first: int, end: int) -> Strip | None:
    """Return the strip of output rows ``first`` up to ``end`` of a sliding window; None where one reads padding alone.

    ``p`` needs the fields input_h, output_h, kernel_h, stride_h, pad_top, dilation_h.
    """
    top = first * p.stride_h - p.pad_top
    bottom = (end - 1) * p.stride_h - p.pad_top + (p.kernel_h - 1) * p.dilation_h + 1
    start, stop = max(0, top), min(p.input_h, bottom)
    if start >= stop:
        return None
    return Strip(dataclasses.replace(p, input_h=stop - start, output_h=end - first, pad_top=start - top), start, stop)


def of_counted_windows(p: Any, first: int, end: int) -> Strip | None:
    """Return the strip of an average pool: rows of padding count beside the rows of the image that they touch."""
    strip = of_windows(p, first, end)
    if strip is None:
        return None
    top = min(p.counted_top, strip.params.pad_top) if strip.start == 0 else 0  # no window starts above that
    bottom = p.counted_bottom if strip.end == p.input_h else 0
    return Strip(dataclasses.replace(strip.params, counted_top=top, counted_bottom=bottom), strip.start, strip.end)


def of_elements(p: Any, first: int, end: int, height: int) -> Strip | None:
    """Return the strip of an operator that treats all ``count`` elements alike."""
    return Strip(dataclasses.replace(p, count=p.count // height * (end - first)), first, end)


def of_operands(p: Any, first: int, end: int, height: int) -> Strip | None:
    """Return the strip of add, sub or mul of activations of one shape, or with a constant along the last axis."""
    rows, channels = p.sizes[2:]
    if p.operand_index < 0 and p.strides0 == p.strides1 and rows == 1:
        sizes = (1, 1, 1, channels // height * (end - first))
    elif p.operand_index >= 0 and p.sizes[:2] == (1, 1) and rows > 1 and not any(
            (p.strides0, p.strides1)[p.operand_index][:3]):
        sizes = (1, 1, rows // height * (end - first), channels)
    else:
        return None
    return Strip(dataclasses.replace(p, sizes=sizes), first, end)
