"""Block replacement: a standard convolution becomes a cheaper block that does as nearly the same as it can.

    separable  depthwise k x k with ``multiplier`` filters a channel, then 1x1. Start: the weights [O, KH KW] of each
               input channel are the sum of their first ``multiplier`` singular triples; the 1x1 is then fitted
    pointwise  a 1x1 convolution that starts from the centre taps, stride kept; fitted

Fitting is least squares against the outputs of the original layer on the calibration data (reconstruction.py).

Source: Howard et al., "MobileNets" (2017), section 3.1 (the block); Guo et al., "Network Decoupling" (BMVC 2018),
        section 3 (singular vectors per channel as depthwise filters).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal, TypeAlias, get_args

import numpy as np

from toolchain import ops
from toolchain.compress.layers import bias_of, find, names, weights_of
from toolchain.compress.reconstruction import Target, reconstruct
from toolchain.compress.substitution import Part, standard_convolution, substitute
from toolchain.compress.technique import Technique
from toolchain.data import Data
from toolchain.errors import ModelError, unknown_name
from toolchain.ir import Array, Graph, check
from toolchain.ops.conv2d import Conv2dAttributes
from toolchain.ops.depthwise_conv2d import DepthwiseConv2dAttributes

Block: TypeAlias = Literal["separable", "pointwise"]


@dataclass(frozen=True)
class ReplaceBlocksConfig:
    """``multiplier`` is for separable: filters per input channel."""

    block: Block = "separable"
    multiplier: int = 1

    def __post_init__(self) -> None:
        if self.block not in get_args(Block):
            raise ModelError(*unknown_name("block", self.block, get_args(Block)))
        if self.multiplier < 1:
            raise ModelError(f"multiplier {self.multiplier} must be at least 1")


def sites(graph: Graph) -> list[str]:
    """Return the standard convolutions with more than one input channel."""
    return [name for name in names(graph) if choices(graph, name)]


def choices(graph: Graph, site: str) -> list[ReplaceBlocksConfig]:
    """Return the blocks that have fewer weights than the layer."""
    weights = weights_of(graph, find(graph, site))
    if not standard_convolution(graph, site) or weights.shape[3] == 1:
        return []
    o, taps, c = weights.shape[0], weights[0, ..., 0].size, weights.shape[3]
    found = [ReplaceBlocksConfig("separable", m) for m in (2, 1) if m * c * (taps + o) < weights.size]
    return found + [ReplaceBlocksConfig("pointwise")] * (_pointwise(graph, site) is not None)


def apply(graph: Graph, configs: Mapping[str, ReplaceBlocksConfig], data: Data) -> Graph:
    """Return the float graph with replaced layers; see Technique."""
    result = graph
    for site, config in configs.items():
        if not standard_convolution(graph, site):
            raise ModelError(f"{site} is no standard convolution", hints=", ".join(sites(graph)) or "another technique")
        parts = _separable(graph, site, config.multiplier) if config.block == "separable" else _pointwise(graph, site)
        if parts is None:
            raise ModelError(f"{site} cannot be a 1x1 convolution: its padding does not keep the pixels in place")
        result = substitute(result, site, parts)
    targets = {site: Target(site) for site in configs}
    return check(reconstruct(graph, result, data.calibration, targets), "replace_blocks")


def _separable(graph: Graph, site: str, multiplier: int) -> list[Part]:
    node = find(graph, site)
    attrs: Any = node.attrs
    weights = weights_of(graph, node).astype(np.float64)
    o, kh, kw, c = weights.shape
    if multiplier > min(kh * kw, o):
        raise ModelError(f"{site} has at most {min(kh * kw, o)} filters a channel, asked for {multiplier}")
    u, s, v = np.linalg.svd(weights.reshape(o, kh * kw, c).transpose(2, 0, 1), full_matrices=False)
    root = np.sqrt(s[:, :multiplier])
    filters = (v[:, :multiplier] * root[..., None]).reshape(c * multiplier, kh, kw)
    mix = (u[:, :, :multiplier] * root[:, None]).transpose(1, 0, 2).reshape(o, c * multiplier)
    depthwise = DepthwiseConv2dAttributes(attrs.stride, attrs.padding, attrs.dilation)
    return [Part("depthwise_conv2d", depthwise, filters.transpose(1, 2, 0)[None]),
            Part("conv2d", Conv2dAttributes(), mix[:, None, None, :], bias_of(graph, node))]


def _pointwise(graph: Graph, site: str) -> list[Part] | None:
    """Return the 1x1 convolution of the centre taps; None where it would not stay in place."""
    node = find(graph, site)
    attrs: Any = node.attrs
    weights: Array = weights_of(graph, node)
    kh, kw = weights.shape[1:3]
    centre = (attrs.dilation[0] * (kh // 2), attrs.dilation[1] * (kw // 2))
    new = replace(attrs, padding=(0, 0, 0, 0), dilation=(1, 1), clamp=None)
    part = Part("conv2d", new, weights[:, kh // 2 : kh // 2 + 1, kw // 2 : kw // 2 + 1], bias_of(graph, node))
    kernel = replace(graph.tensors[node.inputs[1]], shape=part.weights.shape, data=part.weights)
    (shape,) = ops.get("conv2d").infer(new, [graph.tensors[node.inputs[0]], kernel, graph.tensors[node.inputs[2]]])
    same = (attrs.padding[0], attrs.padding[2]) == centre and shape == graph.tensors[node.outputs[0]].shape
    return [part] if same else None


TECHNIQUE = Technique(
    "replace_blocks", "standard convolutions become depthwise-separable or pointwise, fitted by least squares",
    "MobileNets (Howard 2017); Network Decoupling (Guo 2018)", ReplaceBlocksConfig, sites, choices, apply)
