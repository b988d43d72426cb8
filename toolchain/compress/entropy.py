"""How much the channels of an activation tell: the entropy of their values over the calibration data.

H(c) = -sum_b p(b) log2 p(b), p the share of the channel's values in bin b; ``BINS`` equal bins span the range of the
whole tensor, so that a channel which hardly moves has little entropy. Units: bits.
Source: Luo and Wu, "An Entropy-based Pruning Method for CNN Compression" (2017), section 3.2.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from toolchain.compress.layers import activations
from toolchain.ir import Array, Graph

BINS = 64
SAMPLES = 256


def channel_entropy(graph: Graph, tensor: str, inputs: Sequence[Array]) -> Array:
    """Return the entropy in bits of each channel (last axis) of an activation."""
    value = activations(graph, [x[:SAMPLES] for x in inputs], [tensor])[tensor]
    return entropy(value.reshape(-1, value.shape[-1]))


def entropy(values: Array) -> Array:
    """Return the entropy in bits of each column of ``values`` [R, C]."""
    low, span = float(values.min()), float(values.max() - values.min())
    if span == 0:
        return np.zeros(values.shape[1])
    bins = np.minimum(((values - low) * (BINS / span)).astype(np.int64), BINS - 1)
    columns = values.shape[1]
    counts = np.bincount((bins + np.arange(columns) * BINS).reshape(-1), minlength=columns * BINS)
    p = counts.reshape(columns, BINS) / len(values)
    return np.asarray(-(p * np.log2(np.where(p > 0, p, 1))).sum(axis=1))
