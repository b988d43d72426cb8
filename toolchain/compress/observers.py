"""Ranges of activations over a calibration set, and how much of each range is worth keeping.

Two streaming passes over batches: the first finds every tensor's minimum and maximum, the second (percentile, MSE)
fills a histogram of ``BINS`` bins between them. Memory: one histogram a tensor, whatever the number of samples.

Quant:  a range always contains 0, which therefore has an exact code.
Raises: ModelError for an activation that is not finite.
Source: Krishnamoorthi, "Quantizing deep convolutional networks for efficient inference" (2018), section 3;
        Nagel et al., "A White Paper on Neural Network Quantization" (2021), section 3.1 (min-max, percentile, MSE).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

import numpy as np

from toolchain.errors import ModelError
from toolchain.ir import Array, Graph
from toolchain.ops.execute import run_float

BINS = 2048
ObserverName: TypeAlias = Literal["min_max", "percentile", "mse"]
#: progress(stage, samples done, samples in all)
Progress: TypeAlias = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Range:
    """Real numbers from ``low`` to ``high``, low <= high."""

    low: float
    high: float

    def join(self, other: Range) -> Range:
        """Return the smallest range that holds both."""
        return Range(min(self.low, other.low), max(self.high, other.high))

    def with_zero(self) -> Range:
        """Return the range extended to hold 0."""
        return self.join(Range(0.0, 0.0))


@dataclass
class Histogram:
    """Counts of the values of one tensor in ``BINS`` equal bins over ``range``."""

    range: Range
    counts: Array = field(default_factory=lambda: np.zeros(BINS, dtype=np.int64))

    def add(self, value: Array) -> None:
        """Count the elements of ``value``."""
        span = self.range.high - self.range.low
        if span > 0:
            index = ((value.reshape(-1).astype(np.float64) - self.range.low) * (BINS / span)).astype(np.int64)
            self.counts += np.bincount(np.clip(index, 0, BINS - 1), minlength=BINS)

    def centres(self) -> Array:
        """Return the middle of every bin."""
        width = (self.range.high - self.range.low) / BINS
        return self.range.low + width * (np.arange(BINS) + 0.5)


def percentile_range(histogram: Histogram, percentile: float) -> Range:
    """Return the range that leaves out at most (100 - percentile) % of the values, half of that at each end."""
    cumulative = np.cumsum(histogram.counts)
    tail = cumulative[-1] * (100.0 - percentile) / 200.0
    width = (histogram.range.high - histogram.range.low) / BINS
    first = int(np.searchsorted(cumulative, tail, side="right"))
    last = int(np.searchsorted(cumulative, cumulative[-1] - tail, side="left"))
    first, last = min(first, BINS - 1), min(last, BINS - 1)
    return Range(histogram.range.low + width * first, histogram.range.low + width * (last + 1))


def mse_range(histogram: Histogram) -> Range:
    """Return the range whose 256 codes give the least squared error, each end searched from 100 % down to 20 %."""
    x, best = histogram.centres(), histogram.range.with_zero()
    factors = np.linspace(1.0, 0.2, 81)
    for _ in range(2):  # alternate: the best upper end depends on the lower one, and converges at once in practice
        highs = [Range(best.low, f * max(histogram.range.high, 0.0)) for f in factors]
        best = min(highs, key=lambda r: _squared_error(x, histogram.counts, r))
        lows = [Range(f * min(histogram.range.low, 0.0), best.high) for f in factors]
        best = min(lows, key=lambda r: _squared_error(x, histogram.counts, r))
    return best


def _squared_error(x: Array, counts: Array, r: Range) -> float:
    scale = (r.high - r.low) / 255
    if scale <= 0:
        return float("inf")
    zero_point = round(-r.low / scale)
    codes = np.clip(np.rint(x / scale) + zero_point, 0, 255)
    return float(counts @ np.square((codes - zero_point) * scale - x))


def batches(calibration: Sequence[Array], size: int) -> Iterator[list[Array]]:
    """Yield the calibration arrays cut along axis 0 into pieces of at most ``size`` samples."""
    for start in range(0, len(calibration[0]), size):
        yield [x[start : start + size] for x in calibration]


@dataclass(frozen=True)
class Observation:
    """Ranges by activation: all values that were ``seen``, and what to keep of them (``kept``, sources only)."""

    seen: dict[str, Range]
    kept: dict[str, Range]


def observe(graph: Graph, calibration: Sequence[Array], sources: Iterable[str], observer: ObserverName, *,
            percentile: float, batch: int, progress: Progress | None = None) -> Observation:
    """Return the ranges of every activation of a float graph.

    ``sources`` are the tensors that choose their own quantisation: only they are clipped and must be finite.
    Infinite values of others (outputs of pools, pads ...) are left out.
    """
    wanted = set(sources)
    seen = _min_max(graph, calibration, wanted, batch, progress)
    kept = {name: seen[name] for name in seen if name in wanted}
    if observer == "min_max":
        return Observation(seen, kept)
    histograms = {name: Histogram(r) for name, r in kept.items() if r.high > r.low}

    def fill(name: str, value: Array) -> None:
        if name in histograms:
            histograms[name].add(value)

    _stream(graph, calibration, fill, batch, "histograms", progress)
    clipped = {name: mse_range(h) if observer == "mse" else percentile_range(h, percentile)
               for name, h in histograms.items()}
    return Observation(seen, {**kept, **clipped})


def _min_max(graph: Graph, calibration: Sequence[Array], sources: set[str], batch: int,
             progress: Progress | None) -> dict[str, Range]:
    ranges: dict[str, Range] = {}

    def widen(name: str, value: Array) -> None:
        finite = np.isfinite(value)
        if not finite.all():
            if name in sources:
                bad = np.count_nonzero(~finite)
                raise ModelError(f"activation {name} is not finite: {bad} of {value.size} values",
                                 _where(graph, name), "check the calibration data and the weights for overflow")
            value = value[finite]
        if value.size:
            found = Range(float(value.min()), float(value.max()))
            ranges[name] = ranges[name].join(found) if name in ranges else found

    _stream(graph, calibration, widen, batch, "ranges", progress)
    return ranges


def _stream(graph: Graph, calibration: Sequence[Array], see: Callable[[str, Array], None], batch: int, stage: str,
            progress: Progress | None) -> None:
    done, total = 0, len(calibration[0])
    for piece in batches(calibration, batch):
        run_float(graph, piece, see)
        done += len(piece[0])
        if progress is not None:
            progress(stage, done, total)


def _where(graph: Graph, tensor: str) -> list[tuple[str, str]]:
    node = graph.producer(tensor)
    if node is None:
        return [("where", f"graph input {tensor}")]
    source = [("source", node.origin.source)] if node.origin.source else []
    return [("layer", f"{node.origin.module or node.name} ({node.op})"), *source]
