"""Weight clustering: the weights of a layer share 16 values, stored as 4-bit indices and decoded in the kernel.

The values are the centres of a one-dimensional k-means over weight / row scale, each weight counted with the square of
its row's scale, so that the squared error of the weights is least; then rounded to int8. Pruned weights keep an entry
0.

Source: Han et al., "Deep Compression" (ICLR 2016), section 3.
"""

from __future__ import annotations

from collections.abc import Mapping

from toolchain.compress.grids import WeightConfig
from toolchain.compress.layers import find, names, weights_of
from toolchain.compress.quantize import apply as quantize
from toolchain.compress.technique import Level, Technique
from toolchain.data import Data
from toolchain.ir import Codebook, Graph

#: Weights below which a table of 16 bytes costs more than it saves.
FEWEST = 64


def choices(graph: Graph, site: str) -> list[WeightConfig]:
    """Return one codebook of 16 entries for layers that are large enough."""
    large = weights_of(graph, find(graph, site)).size >= FEWEST
    return [WeightConfig(Codebook(), rounding="gptq")] if large else []


def apply(graph: Graph, configs: Mapping[str, WeightConfig], data: Data) -> Graph:
    """Return the quantised graph with clustered layers; the others are int8."""
    return quantize(graph, configs, data)


TECHNIQUE = Technique(
    "cluster", "a codebook of 16 weights per layer (k-means), 4-bit indices", "Deep Compression (Han 2016)",
    WeightConfig, names, choices, apply, Level.WEIGHTS, order=2)
