"""Signal to quantisation noise ratio of every layer: where a network loses its accuracy.

SQNR = 10 log10( sum y^2 / sum (y - y_q)^2 ) in dB, y the float activation and y_q the dequantised integer one of the
whole network up to this layer; about 6 dB are one bit.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence

import numpy as np

from toolchain.compress.evaluate import quantize_inputs
from toolchain.compress.observers import batches
from toolchain.ir import Array, Graph, Node
from toolchain.numerics import Rounding, dequantize
from toolchain.ops.execute import run_float, run_integer


def layer_sqnr(float_graph: Graph, quantized: Graph, inputs: Sequence[Array], rounding: Rounding = Rounding.DOUBLE,
               batch: int = 8) -> list[tuple[Node, float]]:
    """Return (node, SQNR in dB) for the nodes whose first output both graphs have; inf where nothing differs.

    ``inputs`` are float [N, ...], one per graph input. A layer that is all zero but for noise has -inf.
    """
    signal: dict[str, float] = defaultdict(float)
    noise: dict[str, float] = defaultdict(float)
    for piece in batches(inputs, batch):
        values: dict[str, Array] = {}
        run_float(float_graph, piece, values.__setitem__)

        def compare(name: str, codes: Array, values: dict[str, Array] = values) -> None:
            if name in values and values[name].shape == codes.shape:  # pruned channels have nothing to compare with
                tensor, real = quantized.tensors[name], values[name].astype(np.float64)
                signal[name] += float(np.square(real).sum())
                noise[name] += float(np.square(dequantize(codes, tensor.scale, tensor.zero_point) - real).sum())

        run_integer(quantized, quantize_inputs(quantized, piece), rounding, compare)
    return [(n, _decibel(signal[n.outputs[0]], noise[n.outputs[0]])) for n in quantized.nodes if n.outputs[0] in signal]


def _decibel(signal: float, noise: float) -> float:
    if noise == 0:
        return math.inf
    return 10 * math.log10(signal / noise) if signal > 0 else -math.inf
