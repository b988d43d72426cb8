"""How much each alternative alone costs in quality, on samples that it was not fitted to and without recovery.

    classes   KL(softmax of the float logits || softmax of the compressed network's), mean over the samples
    else      |y - y_c|^2 / var(y)

The compressed network is the float graph with the weights that the storage can express, rounded as they will be (GPTQ);
activations stay float, because their quantisation is the same for all alternatives. Losses of several alternatives add
up in the programme. The samples are others than those of the fit: least squares on few samples leaves them all but
nothing to lose, and the rest much.

Shapes: outputs [N, K], float64; codes int8 in the operator's layout.
Source: sensitivity by the divergence of outputs, additive over layers: Cai et al., "ZeroQ" (CVPR 2020), section 3.2.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from toolchain.compress.grids import WeightConfig, fit_scales
from toolchain.compress.layers import find, from_rows, rows, to_rows, weight_axis, weights_of, with_rows
from toolchain.compress.second_order import Hessian, round_rows
from toolchain.compress.training import logits_tensor
from toolchain.ir import Array, Graph
from toolchain.ops.execute import run_float

#: Samples that a sensitivity is measured on.
SAMPLES = 128
BATCH = 32


def outputs(graph: Graph, inputs: Sequence[Array], samples: int = SAMPLES) -> Array:
    """Return the logits (or outputs) of a float graph for ``samples`` samples, evenly spread."""
    wanted, found = logits_tensor(graph), list[Array]()
    chosen = np.linspace(0, len(inputs[0]) - 1, min(samples, len(inputs[0]))).astype(int)
    for start in range(0, len(chosen), BATCH):
        values: dict[str, Array] = {}
        run_float(graph, [x[chosen[start : start + BATCH]] for x in inputs], values.__setitem__)
        found.append(values[wanted].reshape(len(values[wanted]), -1).copy())
    return np.concatenate(found).astype(np.float64)


def divergence(reference: Array, other: Array, classes: bool) -> float:
    """Return how far outputs are from those of the float network: KL for class logits, else the relative error."""
    if classes:
        p, q = _log_softmax(reference), _log_softmax(other)
        return float(np.mean(np.sum(np.exp(p) * (p - q), axis=1)))
    return float(np.mean(np.square(other - reference)) / max(1e-12, float(np.var(reference))))


def codes_of(graph: Graph, name: str, config: WeightConfig, found: Sequence[Hessian]) -> Array:
    """Return the int8 codes of a layer's weights under a storage; ModelError when it cannot hold them.

    ``found`` are the Hessians of the layer, for rounding that needs them.
    """
    node = find(graph, name)
    axis, matrix = weight_axis(node), rows(graph, node).astype(np.float64)
    assert axis is not None
    encoded, _ = round_rows(matrix, _scales(matrix, config)[:, 0], config, found)
    codes = from_rows(encoded, weights_of(graph, node), axis)
    if config.storage is not None:
        config.storage.check(codes, axis)
    return codes


def with_codes(graph: Graph, name: str, config: WeightConfig, codes: Array) -> Graph:
    """Return the float graph in which a layer has the weights that these codes stand for."""
    node = find(graph, name)
    axis = weight_axis(node)
    assert axis is not None
    scales = _scales(rows(graph, node).astype(np.float64), config)
    return with_rows(graph, node, (to_rows(codes, axis) * scales).astype(np.float32))


def _scales(matrix: Array, config: WeightConfig) -> Array:
    scales = fit_scales(matrix, config)[:, None]
    return np.asarray(np.where(scales > 0, scales, 1.0))


def _log_softmax(logits: Array) -> Array:
    shifted = logits - logits.max(axis=1, keepdims=True)
    return np.asarray(shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True)))
