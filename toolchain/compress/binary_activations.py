"""Binary weights and binary activations: products of signs, counted 32 at a time (ops/_xnor.py).

    x ~ m + a sign(x - m),   m + a = mean of the x above m,  m - a = mean of those below
    y = s_w a sum sign(x - m) sign(w) + m sum w + b

m and a are those of the two-level quantiser with the least squared error on the calibration data (Lloyd's iteration):
after a ReLU, where all signs are +, the middle between small and large values takes the place of 0. Layers keep int8
inputs in memory; their signs are packed as they are read. Training passes gradients through the sign where
|x - m| <= 2 a.

Source: Rastegari et al., "XNOR-Net" (ECCV 2016), section 3; Lloyd, "Least Squares Quantization in PCM" (1982);
        Hubara et al., "Binarized Neural Networks" (NeurIPS 2016), section 1.3 (gradients).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from toolchain.compress.layers import activations, find, names, rows
from toolchain.compress.technique import Technique
from toolchain.data import Data
from toolchain.ir import Array, Binary, Graph, Storage, check

#: Products of an output below which a sum of signs says too little.
FEWEST = 32
#: Samples on which m and a are found.
SAMPLES = 128
_ROUNDS = 30


@dataclass(frozen=True)
class BinaryActivationsConfig:
    """Without parameters: m and a follow from the data."""

    @property
    def storage(self) -> Storage:
        """How the weights are stored afterwards."""
        return Binary()


def sites(graph: Graph) -> list[str]:
    """Return convolutions without groups and linear layers that are wide enough."""
    found = [find(graph, name) for name in names(graph)]
    return [n.name for n in found if n.op in ("conv2d", "linear") and getattr(n.attrs, "groups", 1) == 1
            and rows(graph, n).shape[1] >= FEWEST]


def choices(graph: Graph, site: str) -> list[BinaryActivationsConfig]:
    """Return the one choice."""
    return [BinaryActivationsConfig()]


def two_levels(x: Array) -> tuple[float, float]:
    """Return (m, a) of the two-level quantiser of least squared error; a is above 0."""
    x = x.astype(np.float64).reshape(-1)
    m = float(x.mean())
    for _ in range(_ROUNDS):
        above = x >= m
        if above.all() or not above.any():
            break
        low, high = float(x[~above].mean()), float(x[above].mean())
        m = (low + high) / 2
    above = x >= m
    a = (float(x[above].mean()) - float(x[~above].mean())) / 2 if above.any() and not above.all() else float(x.std())
    return m, a or 1.0


def apply(graph: Graph, configs: Mapping[str, BinaryActivationsConfig], data: Data) -> Graph:
    """Return the float graph in which these layers see the signs of their inputs, scaled."""
    wanted = {find(graph, name).inputs[0] for name in configs}
    values = activations(graph, [x[:SAMPLES] for x in data.calibration], wanted)
    levels = {name: two_levels(x) for name, x in values.items()}

    def changed(attrs: Any, source: str) -> Any:
        return dataclasses.replace(attrs, binary=levels[source])

    nodes = tuple(dataclasses.replace(n, attrs=changed(n.attrs, n.inputs[0])) if n.name in configs else n
                  for n in graph.nodes)
    return check(graph.replace(nodes=nodes), "binary_activations")


TECHNIQUE = Technique(
    "binary_activations", "binary weights on the signs of their inputs: XNOR, bit counts", "XNOR-Net (Rastegari 2016)",
    BinaryActivationsConfig, sites, choices, apply, order=1)
