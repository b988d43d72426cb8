"""Layer-wise compensation: what one weight loses by rounding or pruning, the weights after it take up.

For a layer with inputs X, the loss of a row is (w - v)^T H (w - v), H = X^T X. Weights are fixed column by column;
after column j, with U the upper Cholesky factor of H^-1: w[j+1:] -= (w[j] - v[j]) / U[j,j] * U[j, j+1:].

Shapes: rows [O, K], Hessian [K, K], inputs [R, K].
Source: Frantar et al., "GPTQ" (ICLR 2023), section 3; Frantar and Alistarh, "SparseGPT" (ICML 2023), section 3, and
        "Optimal Brain Compression" (NeurIPS 2022), section 3.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from toolchain.compress.adaround import round_learned
from toolchain.compress.grids import Grid, WeightConfig
from toolchain.compress.layers import activations, columns, groups_of, weights_of
from toolchain.ir import Array, Binary, Graph, Node

#: Share of the mean of H's diagonal that is added to it, so that it can be inverted.
DAMPING = 0.01
#: Most rows of X that make a Hessian.
MOST_ROWS = 65536
#: Memory of the activations of one sample set.
SAMPLES = 128

#: (values [O] of column j, j) -> what they become
Choose: TypeAlias = Callable[[Array, int], Array]


@dataclass(frozen=True, eq=False)
class Hessian:
    """X^T X / R for the output channels ``rows``."""

    rows: slice
    matrix: Array


def hessians(graph: Graph, nodes: Collection[Node], inputs: Sequence[Array]) -> dict[str, list[Hessian]]:
    """Return the Hessians of these nodes by name, one per group of output channels, over (some) samples."""
    values = activations(graph, [x[:SAMPLES] for x in inputs], {n.inputs[0] for n in nodes})
    found: dict[str, list[Hessian]] = {}
    for node in nodes:
        weights = weights_of(graph, node)
        found[node.name] = [Hessian(rows, _gram(columns(node, values[node.inputs[0]], weights, group)))
                            for group, rows in groups_of(node, weights)]
    return found


def compensate(rows: Array, hessian: Array, choose: Choose) -> Array:
    """Return the rows with every column replaced by what ``choose`` makes of it, errors moved to later columns."""
    rows = rows.astype(np.float64).copy()
    upper = inverse_factor(hessian)
    for j in range(rows.shape[1]):
        value = choose(rows[:, j], j)
        error = (rows[:, j] - value) / upper[j, j]
        rows[:, j] = value
        rows[:, j + 1:] -= np.outer(error, upper[j, j + 1:])
    return rows


def inverse_factor(hessian: Array) -> Array:
    """Return the upper Cholesky factor U of the damped inverse: H^-1 = U^T U."""
    size = len(hessian)
    damped = hessian + np.eye(size) * (DAMPING * float(np.diag(hessian).mean()) + 1e-12)
    inverse = np.linalg.inv(damped)
    return np.asarray(np.linalg.cholesky((inverse + inverse.T) / 2).T)


def round_rows(rows: Array, scales: Array, config: WeightConfig, found: Sequence[Hessian] = ()) -> tuple[Array, Grid]:
    """Return effective int8 codes [O, K] and the grid; only the nearest can do without ``found``. Zeros stay zeros."""
    units = rows.astype(np.float64) / scales[:, None]
    grid = Grid.fit(rows, scales, config)
    if config.rounding == "nearest":
        return grid.encode(units), grid
    kept = (units != 0) | isinstance(config.storage, Binary)
    codes = np.empty(units.shape, dtype=np.int8)
    if config.rounding == "adaround":
        low, high = grid.neighbours(units)
        for part in found:
            codes[part.rows] = round_learned(units[part.rows], low[part.rows], high[part.rows], part.matrix)
        return codes, grid
    for part in found:
        sub = grid.part(part.rows)

        def choose(values: Array, j: int, sub: Grid = sub, part: Hessian = part) -> Array:
            return np.where(kept[part.rows, j], sub.encode(values[:, None], slice(j, j + 1))[:, 0], 0)

        codes[part.rows] = compensate(units[part.rows], part.matrix, choose).astype(np.int8)
    return codes, grid


def _gram(x: Array) -> Array:
    step = max(1, len(x) // MOST_ROWS)
    x = x[::step].astype(np.float64)
    return np.asarray(x.T @ x / max(1, len(x)))
