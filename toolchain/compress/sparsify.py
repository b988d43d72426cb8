"""Data-driven sparsification: which weights go depends on the layer's inputs, and the others take over their work.

    wanda   score |w| |x|                     x the input that the weight reads, |x| its norm over the calibration data
    obs     score w^2 / [H^-1]jj, H = X^T X   what the layer's outputs lose when w goes and the others adapt
    random  a control

The patterns are those of ``prune``. What stays is fitted anew by least squares, layer by layer, each on the inputs that
the sparsified layers before it produce and the outputs of the original network (reconstruction.py). No labels are used.

Source: Sun et al., "A Simple and Effective Pruning Approach for Large Language Models" (ICLR 2024), section 3 (Wanda);
        Frantar and Alistarh, "SparseGPT" (ICML 2023), section 3; "Optimal Brain Compression" (NeurIPS 2022), section 3.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

import numpy as np

from toolchain.compress import prune
from toolchain.compress.layers import find, names, rows, with_rows
from toolchain.compress.prune import Pattern, PruneConfig
from toolchain.compress.reconstruction import Target, reconstruct
from toolchain.compress.second_order import Hessian, hessians, inverse_factor
from toolchain.compress.technique import Technique
from toolchain.data import Data
from toolchain.errors import ModelError, unknown_name
from toolchain.ir import Array, Graph, Storage, check

Method: TypeAlias = Literal["wanda", "obs", "random"]


@dataclass(frozen=True)
class SparsifyConfig:
    """``sparsity``, ``pattern``, ``n``, ``m`` as in PruneConfig; ``fit``: least squares on the weights that stay."""

    sparsity: float = 0.5
    method: Method = "obs"
    pattern: Pattern = "unstructured"
    n: int = 2
    m: int = 4
    fit: bool = True
    seed: int = 0

    def __post_init__(self) -> None:
        if self.method not in get_args(Method):
            raise ModelError(*unknown_name("method", self.method, get_args(Method)))

    @property
    def pruning(self) -> PruneConfig:
        """The same pattern as technique prune has it."""
        return PruneConfig(self.sparsity, self.pattern, self.n, self.m)

    @property
    def storage(self) -> Storage:
        """How the weights are stored without their zeros."""
        return self.pruning.storage


def choices(graph: Graph, site: str) -> list[SparsifyConfig]:
    """Return sparsities of each pattern that fits the layer."""
    return [SparsifyConfig(c.sparsity, pattern=c.pattern, n=c.n, m=c.m) for c in prune.choices(graph, site)]


def apply(graph: Graph, configs: Mapping[str, SparsifyConfig], data: Data) -> Graph:
    """Return the float graph with sparse layers; see Technique."""
    nodes = [find(graph, site) for site in configs]
    found = hessians(graph, nodes, data.calibration)
    sparse = graph
    for site, config in configs.items():
        prune.require_fit(graph, site, config.pruning)
        matrix = rows(graph, find(graph, site))
        kept = prune.keep(scores(matrix, found[site], config), config.pruning)
        sparse = with_rows(sparse, find(sparse, site), matrix * kept)
    targets = {site: Target(site) for site, config in configs.items() if config.fit}
    return check(reconstruct(graph, sparse, data.calibration, targets), "sparsify")


def scores(matrix: Array, found: Sequence[Hessian], config: SparsifyConfig) -> Array:
    """Return the score [O, K] of each weight; low ones go first. Zeros have the lowest."""
    if config.method == "random":
        return np.asarray(np.random.default_rng(config.seed).random(matrix.shape) * (matrix != 0))
    result = np.square(matrix.astype(np.float64))
    for part in found:
        if config.method == "wanda":
            result[part.rows] *= np.diag(part.matrix) + 1e-12
        else:
            upper = inverse_factor(part.matrix)
            result[part.rows] /= np.square(upper).sum(axis=0)  # the diagonal of H^-1 = U^T U
    return result


TECHNIQUE = Technique(
    "sparsify", "zero weights chosen by the layer's inputs, the others fitted anew by least squares",
    "Wanda (Sun 2024); SparseGPT (Frantar 2023); OBC (Frantar 2022)", SparsifyConfig, names, choices, apply,
    order=1)
