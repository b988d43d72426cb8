"""The codes that weights may take under each storage (ir/storage.py), and the choice of scale and codes.

    int8                -127 .. 127, one scale per output channel: w = s[o] * code
    Int4                -8 .. 7; with groups code * m, m an integer 1 .. 15 per run of ``group`` weights of a row
    Int2                -2 .. 1, or -1 .. 2 in rows whose largest weight is positive
    Ternary, Binary     -1, 0, 1 and -1, 1
    Codebook            ``entries`` int8 values for the whole layer or for each row (weighted k-means)
    NM, Blocks, Sparse  as int8; their zeros are those of the float weights (technique prune)

Effective int8 codes stand in the graph whatever the storage, and a weight that is exactly 0 stays 0, but for Binary.

Shapes: rows [O, K] (layers.py), scales [O], codes int8 [O, K].
Source: scales of least squared error: Nagel et al., "A White Paper on Neural Network Quantization" (2021), section 3.1;
        ternary: Li et al., "Ternary Weight Networks" (2016), section 2; binary: Rastegari et al., "XNOR-Net"
        (ECCV 2016), section 3.1, s = mean |w|; integer group multipliers: Dai et al., "VS-Quant" (MLSys 2021),
        section 4; codebook: Han et al., "Deep Compression" (ICLR 2016), section 3.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

import numpy as np

from toolchain.errors import ModelError, unknown_name
from toolchain.ir import Array, Binary, Codebook, Int2, Int4, Storage, Ternary

RoundingName: TypeAlias = Literal["nearest", "gptq", "adaround"]
#: Largest group multiplier at which every effective code fits int8.
MOST_UNITS = 15
_ROUNDS = 25


@dataclass(frozen=True)
class WeightConfig:
    """How the weights of one layer are quantised and stored; ``storage`` None is dense int8.

    ``clip``: scale of least squared error instead of the largest magnitude (grids below 8 bits always clip).
    ``rounding`` gptq moves each rounding error to the weights that are not rounded yet (second_order.py), adaround
    learns which weights go up (adaround.py). ``entries`` are a codebook's.
    ``activation_bits`` are those of the layer's input and output: 8, or 16 beside int8 weights.
    """

    storage: Storage | None = None
    clip: bool = False
    rounding: RoundingName = "nearest"
    entries: int = 16
    activation_bits: int = 8

    def __post_init__(self) -> None:
        if self.rounding not in get_args(RoundingName):
            raise ModelError(*unknown_name("rounding", self.rounding, get_args(RoundingName)))
        if not 2 <= self.entries <= 16:
            raise ModelError(f"a codebook of {self.entries} entries has no kernel", hints="2 to 16 entries")
        if self.activation_bits not in (8, 16) or (self.activation_bits == 16 and self.storage is not None):
            weights = self.storage or "int8"
            raise ModelError(f"activations of {self.activation_bits} bits beside {weights} weights have no kernel",
                             hints="8 bits, or 16 with int8 weights")

    @property
    def group(self) -> int:
        """Weights of a row that share a multiplier; 0: all."""
        return self.storage.group if isinstance(self.storage, Int4) else 0

    @property
    def limits(self) -> tuple[int, int]:
        """Least and greatest code, before multipliers."""
        found = {Int4: (-8, 7), Int2: (-2, 1), Ternary: (-1, 1), Binary: (-1, 1)}
        return found.get(type(self.storage), (-127, 127))


def fit_scales(rows: Array, config: WeightConfig) -> Array:
    """Return one scale per row; 0 for a row without a non-zero weight."""
    rows = rows.astype(np.float64)
    if isinstance(config.storage, Ternary):
        return _ternary_scales(rows)
    if isinstance(config.storage, Binary):
        return np.asarray(np.abs(rows).mean(axis=1))
    low, high = config.limits
    if config.group:
        pieces = _split(rows, config.group)
        scales = _least_error(pieces.reshape(-1, config.group), low, high).reshape(len(rows), -1)
        return np.asarray(scales.max(axis=1) / MOST_UNITS)
    if isinstance(config.storage, Int2):
        rows = rows * _sign(rows)
    if config.clip or isinstance(config.storage, (Int4, Int2)):
        return _least_error(rows, low, high)
    return np.asarray(np.abs(rows).max(axis=1, initial=0.0) / high)


def _sign(rows: Array) -> Array:
    """Return [O, 1]: -1 for rows that reach further up than down, which two's complement holds negated."""
    return np.where(rows.max(axis=1, initial=0) > -rows.min(axis=1, initial=0), -1, 1)[:, None]


def _multipliers(rows: Array, scales: Array, config: WeightConfig) -> Array:
    """Return the integer [O, K] by which each code is multiplied."""
    ones = np.ones(rows.shape, dtype=np.int64)
    if isinstance(config.storage, Int2):
        return ones * _sign(rows)
    if not config.group:
        return ones
    pieces = _split(rows.astype(np.float64), config.group)
    best = _least_error(pieces.reshape(-1, config.group), *config.limits).reshape(pieces.shape[:2])
    m = np.clip(np.rint(best / np.maximum(scales, 1e-300)[:, None]), 1, MOST_UNITS).astype(np.int64)
    return np.repeat(m, config.group, axis=1)[:, : rows.shape[1]]


def fit_codebook(rows: Array, scales: Array, entries: int) -> Array:
    """Return the sorted distinct int8 entries of least squared error over the layer; 0 is one if a weight is 0."""
    safe = np.where(scales > 0, scales, 1.0)
    points = (rows.astype(np.float64) / safe[:, None]).reshape(-1)
    mass = np.repeat(np.square(scales), rows.shape[1])
    pinned = bool((rows == 0).any())
    points, mass = points[points != 0], mass[points != 0]
    if not points.size:
        return np.zeros(1, dtype=np.int8)
    count = entries - pinned
    centres = np.quantile(points, (np.arange(count) + 0.5) / count)
    for _ in range(_ROUNDS):
        nearest = np.searchsorted((centres[1:] + centres[:-1]) / 2, points)
        each = np.bincount(nearest, mass, count)
        total = np.bincount(nearest, mass * points, count)
        centres = np.sort(np.where(each > 0, total / np.where(each > 0, each, 1), centres))
    found = np.clip(np.rint(centres), -127, 127).astype(np.int8)
    return np.unique(np.append(found, np.int8(0)) if pinned else found)


@dataclass(frozen=True, eq=False)
class Grid:
    """The effective codes that each weight of a layer may take, in units of its row's scale."""

    config: WeightConfig
    multipliers: Array  # [O, K], integers
    codebooks: tuple[Array, ...] = ()  # one, or one per row: sorted int8

    @classmethod
    def fit(cls, rows: Array, scales: Array, config: WeightConfig) -> Grid:
        """Return the grid for weights and their scales."""
        books: tuple[Array, ...] = ()
        if isinstance(config.storage, Codebook):
            parts = [(rows, scales)]
            if config.storage.per_channel:
                parts = [(rows[i : i + 1], scales[i : i + 1]) for i in range(len(rows))]
            books = tuple(fit_codebook(*part, config.entries) for part in parts)
        return cls(config, _multipliers(rows, scales, config), books)

    @classmethod
    def of(cls, rows: Array, codes: Array, scales: Array, config: WeightConfig) -> Grid:
        """Return the grid that codes lie on; ``rows`` are the float weights that they come from."""
        books: tuple[Array, ...] = ()
        if isinstance(config.storage, Codebook):
            books = tuple(np.unique(part) for part in (codes if config.storage.per_channel else [codes]))
        return cls(config, _multipliers(rows, scales, config), books)

    def part(self, chosen: slice) -> Grid:
        """Return the grid of some rows."""
        books = self.codebooks[chosen] if len(self.codebooks) > 1 else self.codebooks
        return Grid(self.config, self.multipliers[chosen], books)

    def encode(self, units: Array, columns: slice = slice(None)) -> Array:
        """Return effective int8 codes for weights [O, k] divided by their scales; ``columns`` says which k of K."""
        binary = isinstance(self.config.storage, Binary)
        if self.codebooks:
            books = self.codebooks * (1 if len(self.codebooks) > 1 else len(units))
            found = np.stack([_nearest(row, book.astype(np.float64)) for row, book in zip(units, books, strict=True)])
        elif binary:
            found = np.where(units < 0, -1, 1)
        else:
            m = self.multipliers[:, columns]
            found = np.clip(np.rint(units / m), *self.config.limits) * m
        return np.where((units == 0) & (not binary), 0, found).astype(np.int8)


    def neighbours(self, units: Array) -> tuple[Array, Array]:
        """Return the codes below and above each weight [O, K], the same where a weight is 0 or beyond the grid."""
        if self.codebooks:
            books = self.codebooks * (1 if len(self.codebooks) > 1 else len(units))
            above = [np.searchsorted(book, row) for row, book in zip(units, books, strict=True)]
            low = np.stack([b[np.clip(i - 1, 0, len(b) - 1)] for b, i in zip(books, above, strict=True)])
            high = np.stack([b[np.clip(i, 0, len(b) - 1)] for b, i in zip(books, above, strict=True)])
        elif isinstance(self.config.storage, Binary):
            return np.full(units.shape, -1), np.full(units.shape, 1)
        else:
            below = np.floor(units / self.multipliers)
            ends = [np.clip(x, *self.config.limits) * self.multipliers for x in (below, below + 1)]
            low, high = np.minimum(*ends), np.maximum(*ends)
        return np.where(units == 0, 0, low), np.where(units == 0, 0, high)


def _nearest(values: Array, book: Array) -> Array:
    return book[np.searchsorted((book[1:] + book[:-1]) / 2, values)]


def _split(rows: Array, group: int) -> Array:
    """Return rows [O, K] as [O, pieces, group], filled with zeros."""
    width = -(-rows.shape[1] // group) * group
    return np.pad(rows, ((0, 0), (0, width - rows.shape[1]))).reshape(len(rows), -1, group)


def _least_error(rows: Array, low: int, high: int) -> Array:
    """Return the scale of each row with the least squared error, of 51 between the whole range and 40 % of it."""
    largest = np.maximum(rows.max(axis=1, initial=0.0) / high, rows.min(axis=1, initial=0.0) / low)
    best, least = largest, np.full(len(rows), np.inf)
    for factor in np.linspace(1.0, 0.4, 51):
        scale = np.maximum(largest * factor, np.finfo(np.float64).tiny)[:, None]
        error = np.square(np.clip(np.rint(rows / scale), low, high) * scale - rows).sum(axis=1)
        better = error < least
        best, least = np.where(better, largest * factor, best), np.where(better, error, least)
    return np.asarray(best)


def _ternary_scales(rows: Array) -> Array:
    """Return s per row that minimises |w - s t|^2 over t in {-1, 0, 1}; exact: t takes the k largest, s their mean."""
    magnitude = -np.sort(-np.abs(rows), axis=1)
    sums, count = np.cumsum(magnitude, axis=1), np.arange(1, rows.shape[1] + 1)
    best = (np.square(sums) / count).argmax(axis=1)
    return np.asarray(np.take_along_axis(sums / count, best[:, None], axis=1)[:, 0])
