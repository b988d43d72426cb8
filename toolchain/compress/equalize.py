"""Cross-layer equalisation: channel ranges are levelled between a layer and the one that reads it; exact in float.

For a channel c that one layer (weights W, bias b) writes and one layer (V) reads, with only positively homogeneous
operators in between (ReLU, pools, depthwise layers):

    s = sqrt(r1 r2) / r2,   r1 = max |W[c]|,  r2 = max |V[:, c]|,      W[c] / s,  b[c] / s,  V[:, c] s

Biases of depthwise layers in between are divided as well. Fewer channels then dominate the range of the activation.
With one scale per output channel the weights gain nothing, and may lose: docs/compression.md has figures.

Source: Nagel et al., "Data-Free Quantization through Weight Equalization and Bias Correction" (ICCV 2019), section 4.1.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from toolchain.compress.channel_groups import Group, channel_groups
from toolchain.compress.layers import bias_of, find, rows, weights_of, with_constant, with_rows
from toolchain.compress.technique import Technique
from toolchain.data import Data
from toolchain.errors import UsageError, unknown_name
from toolchain.ir import Array, Graph, check

#: Operators f with f(s x) = s f(x) for s > 0, apart from their biases.
HOMOGENEOUS = {"conv2d", "linear", "depthwise_conv2d", "max_pool2d", "avg_pool2d", "mean", "reshape", "clamp"}


@dataclass(frozen=True)
class EqualizeConfig:
    """``largest`` bounds each factor and its inverse."""

    largest: float = 16.0


def sites(graph: Graph) -> list[str]:
    """Return the channel groups with one writer, one reader and homogeneous operators in between."""
    return [name for name, group in channel_groups(graph).items() if _fits(graph, group)]


def choices(graph: Graph, site: str) -> list[EqualizeConfig]:
    """Return the one choice there is."""
    return [EqualizeConfig()]


def apply(graph: Graph, configs: Mapping[str, EqualizeConfig], data: Data) -> Graph:
    """Return the equalised float graph, whose outputs are the same but for float rounding; see Technique."""
    valid = sites(graph)
    for site, config in configs.items():
        if site not in valid:
            raise UsageError(*unknown_name("site of equalize", site, valid))
        graph = _equalise(graph, channel_groups(graph)[site], config)
    return check(graph, "equalize")


def _fits(graph: Graph, group: Group) -> bool:
    if len(group.producers) != 1 or len(group.readers) != 1:
        return False
    between = [n for n in graph.nodes if any(t in group.units[0] for t in n.outputs)]
    return all(n.op in HOMOGENEOUS and _scales(n.attrs) for n in between)


def _scales(attrs: Any) -> bool:
    """Tell whether a fused or stand-alone activation range is none, or ReLU's."""
    clamp = getattr(attrs, "clamp", None) if not hasattr(attrs, "low") else (attrs.low, attrs.high)
    return clamp is None or tuple(clamp) == (0.0, float("inf"))


def _equalise(graph: Graph, group: Group, config: EqualizeConfig) -> Graph:
    writer, reader = find(graph, group.producers[0]), find(graph, group.readers[0])
    written, read = (np.zeros(len(group.units)) for _ in range(2))
    columns = np.abs(weights_of(graph, reader)).reshape(-1, weights_of(graph, reader).shape[-1]).max(axis=0)
    largest = np.abs(rows(graph, writer)).max(axis=1)
    for index, unit in enumerate(group.units):
        written[index] = largest[unit[writer.outputs[0]]].max()
        read[index] = columns[unit[reader.inputs[0]]].max()
    usable = (written > 0) & (read > 0)
    factor = np.sqrt(np.where(usable, written, 1) / np.where(usable, read, 1))
    factor = np.clip(factor, 1 / config.largest, config.largest)
    for node in [n for n in graph.nodes if n.outputs[0] in group.units[0] and n.op in ("conv2d", "linear")]:
        graph = with_rows(graph, node, rows(graph, node) / _spread(graph, group, node.outputs[0], factor)[:, None])
    for node in [n for n in graph.nodes if n.outputs[0] in group.units[0] and len(n.inputs) == 3]:
        spread = _spread(graph, group, node.outputs[0], factor)
        graph = with_constant(graph, find(graph, node.name), 2, bias_of(graph, find(graph, node.name)) / spread)
    spread = _spread(graph, group, reader.inputs[0], factor)
    return with_constant(graph, find(graph, reader.name), 1, weights_of(graph, find(graph, reader.name)) * spread)


def _spread(graph: Graph, group: Group, tensor: str, factor: Array) -> Array:
    """Return the factor of each channel of a tensor; 1 for channels of other units."""
    values = np.ones(graph.tensors[tensor].shape[-1])
    for f, unit in zip(factor, group.units, strict=True):
        values[unit[tensor]] = f
    return values


TECHNIQUE = Technique(
    "equalize", "levels the ranges of channels between layers before quantisation; exact in float",
    "Nagel 2019", EqualizeConfig, sites, choices, apply)
