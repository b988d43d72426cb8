"""Low-rank factorisation: one layer becomes two or three thin ones.

    svd      W [O, K] = U V: K -> r -> O. A linear layer or 1x1 convolution becomes two; a k x k convolution one of r
             channels and a 1x1. The factors are those of W L, H = L L^T the layer's X^T X, so that the error of the
             outputs is least, not that of the weights.
    tucker2  1x1 (C -> r1), k x k (r1 -> r2), 1x1 (r2 -> O): higher-order SVD over O and C
    cp       1x1 (C -> r), depthwise k x k (r), 1x1 (r -> O): alternating least squares
    spatial  k x 1 (C -> r), 1 x k (r -> O): SVD of the weights as [KH C, KW O]

Afterwards the last factor is fitted to the original outputs (reconstruction.py). At full rank svd, tucker2 and spatial
are exact.

Source: Zhang et al., "Accelerating Very Deep Convolutional Networks" (TPAMI 2016), section 3 (svd on responses); Kim et
        al., "Compression of Deep CNNs for Fast and Low Power Mobile Applications" (ICLR 2016), section 3 (Tucker-2);
        Lebedev et al., "Speeding-up CNNs using fine-tuned CP-decomposition" (ICLR 2015), section 3; Jaderberg et al.,
        "Speeding up CNNs with Low Rank Expansions" (BMVC 2014), section 2 (spatial).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal, TypeAlias, get_args

import numpy as np

from toolchain.compress.layers import bias_of, find, names, rows, weights_of
from toolchain.compress.reconstruction import Target, reconstruct
from toolchain.compress.second_order import DAMPING, hessians
from toolchain.compress.substitution import Part, standard_convolution, substitute
from toolchain.compress.technique import Technique
from toolchain.data import Data
from toolchain.errors import ModelError, unknown_name
from toolchain.ir import Array, Graph, Int4, Node, Storage, check
from toolchain.ops.conv2d import Conv2dAttributes
from toolchain.ops.depthwise_conv2d import DepthwiseConv2dAttributes

Method: TypeAlias = Literal["svd", "tucker2", "cp", "spatial"]
SWEEPS = 40


@dataclass(frozen=True)
class FactorizeConfig:
    """``rank`` is r, for tucker2 r2; ``rank_in`` is r1. ``fit``: least squares on the calibration data.

    ``storage`` is how the factors are stored afterwards, but for depthwise ones, which stay dense.
    """

    method: Method = "svd"
    rank: int = 8
    rank_in: int = 0
    fit: bool = True
    storage: Storage | None = None

    def __post_init__(self) -> None:
        if self.method not in get_args(Method):
            raise ModelError(*unknown_name("method", self.method, get_args(Method)))
        if self.rank < 1 or (self.method == "tucker2" and self.rank_in < 1):
            raise ModelError(f"ranks {self.rank} and {self.rank_in} must be at least 1")


def sites(graph: Graph) -> list[str]:
    """Return the layers that a factorisation can make smaller."""
    return [name for name in names(graph) if choices(graph, name)]


def choices(graph: Graph, site: str) -> list[FactorizeConfig]:
    """Return, per method that fits the layer, the largest ranks with at most 3/4, 1/2 and 1/4 of its weights.

    Then those of 1/2 in 4 bits: a rank of 1/2 in int8 costs as many bytes as the layer itself in 4 bits.
    """
    node = find(graph, site)
    if node.op not in ("linear", "conv2d") or getattr(node.attrs, "groups", 1) != 1:
        return []
    methods: tuple[Method, ...] = ("svd", "tucker2", "cp", "spatial") if standard_convolution(graph, site) else ("svd",)
    found = {_ranked(graph, node, method, part): None for method in methods for part in (0.75, 0.5, 0.25)}
    halves = dict.fromkeys(_ranked(graph, node, method, 0.5) for method in methods)
    small = [replace(config, storage=Int4()) for config in halves if config is not None]
    return [*(config for config in found if config is not None), *small]


def apply(graph: Graph, configs: Mapping[str, FactorizeConfig], data: Data) -> Graph:
    """Return the float graph with factorised layers; see Technique."""
    result = graph
    for site, config in configs.items():
        node = find(graph, site)
        result = substitute(result, site, _parts(graph, node, config, data))
    targets = {site: Target(site) for site, config in configs.items() if config.fit}
    return check(reconstruct(graph, result, data.calibration, targets), "factorize")


def _ranked(graph: Graph, node: Node, method: Method, part: float) -> FactorizeConfig | None:
    """Return the largest rank whose factors have at most ``part`` of the layer's weights."""
    weights = weights_of(graph, node)
    o, c, taps = weights.shape[0], weights.shape[-1], weights[0, ..., 0].size
    kh, kw = weights.shape[1:3] if weights.ndim == 4 else (1, 1)
    if method == "spatial" and min(kh, kw) == 1:
        return None
    budget = part * weights.size
    if method == "tucker2":
        for percent in range(95, 0, -5):
            r1, r2 = max(1, c * percent // 100), max(1, o * percent // 100)
            if c * r1 + taps * r1 * r2 + r2 * o <= budget:
                return FactorizeConfig(method, r2, r1)
        return None
    each = {"svd": taps * c + o, "cp": c + taps + o, "spatial": kh * c + kw * o}[method]
    return FactorizeConfig(method, int(budget // each)) if budget >= each else None


def _parts(graph: Graph, node: Node, config: FactorizeConfig, data: Data) -> list[Part]:
    attrs: Any = replace(node.attrs, clamp=None)  # type: ignore[call-arg]
    weights, bias = weights_of(graph, node).astype(np.float64), bias_of(graph, node)
    if config.method == "svd":
        gram = hessians(graph, [node], data.calibration)[node.name][0].matrix
        u, v = weighted_svd(rows(graph, node).astype(np.float64), gram, config.rank)
        if node.op == "linear":
            return [Part("linear", attrs, v), Part("linear", type(attrs)(), u, bias)]
        return [Part("conv2d", attrs, v.reshape(len(v), *weights.shape[1:])), _pointwise(u, bias)]
    if not standard_convolution(graph, node.name):
        raise ModelError(f"{node.name} ({node.op}) has no {config.method} factorisation", hints='method "svd"')
    if config.method == "tucker2":
        u, core, v = tucker2(weights, config.rank, config.rank_in)
        return [_pointwise(v.T), Part("conv2d", attrs, core), _pointwise(u, bias)]
    if config.method == "cp":
        a, b, d = cp(weights.reshape(len(weights), -1, weights.shape[3]), config.rank)
        middle = DepthwiseConv2dAttributes(attrs.stride, attrs.padding, attrs.dilation)
        depthwise = b.reshape(1, *weights.shape[1:3], -1)
        return [_pointwise(d.T), Part("depthwise_conv2d", middle, depthwise), _pointwise(a, bias)]
    return _spatial(weights, bias, attrs, config.rank)


def _pointwise(matrix: Array, bias: Array | None = None) -> Part:
    """Return a 1x1 convolution with weights [O, C]."""
    return Part("conv2d", Conv2dAttributes(), matrix[:, None, None, :], bias)


def _spatial(weights: Array, bias: Array, attrs: Any, rank: int) -> list[Part]:
    o, kh, kw, c = weights.shape
    u, s, v = np.linalg.svd(weights.transpose(1, 3, 2, 0).reshape(kh * c, kw * o), full_matrices=False)
    root = np.sqrt(s[:rank])
    tall = (u[:, :rank] * root).T.reshape(-1, kh, 1, c)
    wide = (v[:rank] * root[:, None]).reshape(-1, kw, o).transpose(2, 1, 0)[:, None]
    top, bottom, left, right = attrs.padding
    first = Conv2dAttributes((attrs.stride[0], 1), (top, bottom, 0, 0), (attrs.dilation[0], 1))
    second = Conv2dAttributes((1, attrs.stride[1]), (0, 0, left, right), (1, attrs.dilation[1]))
    return [Part("conv2d", first, tall), Part("conv2d", second, wide, bias)]


def weighted_svd(matrix: Array, gram: Array, rank: int) -> tuple[Array, Array]:
    """Return U [O, r], V [r, K] with the least |(W - U V) L|, gram = L L^T (damped)."""
    size = len(gram)
    lower = np.linalg.cholesky(gram + np.eye(size) * (DAMPING * np.diag(gram).mean() + 1e-12))
    u, s, v = np.linalg.svd(matrix @ lower, full_matrices=False)
    root = np.sqrt(s[:rank])
    return u[:, :rank] * root, np.linalg.solve(lower.T, (v[:rank] * root[:, None]).T).T


def tucker2(weights: Array, rank_out: int, rank_in: int) -> tuple[Array, Array, Array]:
    """Return U [O, r2], core [r2, KH, KW, r1], V [C, r1] of OHWI weights."""
    o, c = weights.shape[0], weights.shape[3]
    u = np.linalg.svd(weights.reshape(o, -1), full_matrices=False)[0][:, :rank_out]
    v = np.linalg.svd(weights.transpose(3, 0, 1, 2).reshape(c, -1), full_matrices=False)[0][:, :rank_in]
    return u, np.einsum("ohwc,or,cs->rhws", weights, u, v), v


def cp(tensor: Array, rank: int) -> tuple[Array, Array, Array]:
    """Return A [O, r], B [T, r], D [C, r] with tensor ~= sum_r A x B x D, by alternating least squares."""
    o, t, c = tensor.shape
    rng = np.random.default_rng(0)
    a, b, d = (_start(tensor, axis, rank, rng) for axis in range(3))
    for _ in range(SWEEPS):
        a = _solve(tensor.reshape(o, -1), b, d)
        b = _solve(tensor.transpose(1, 0, 2).reshape(t, -1), a, d)
        d = _solve(tensor.transpose(2, 0, 1).reshape(c, -1), a, b)
    size = [np.maximum(np.linalg.norm(x, axis=0), 1e-12) for x in (a, b, d)]
    each = np.cbrt(size[0] * size[1] * size[2])
    return a / size[0] * each, b / size[1] * each, d / size[2] * each


def _start(tensor: Array, axis: int, rank: int, rng: np.random.Generator) -> Array:
    """Return singular vectors along an axis, and random columns where there are not enough."""
    unfolded = np.moveaxis(tensor, axis, 0).reshape(tensor.shape[axis], -1)
    u = np.linalg.svd(unfolded, full_matrices=False)[0][:, :rank]
    return np.hstack([u, rng.normal(0, 1 / np.sqrt(len(u)), (len(u), rank - u.shape[1]))])


def _solve(unfolded: Array, first: Array, second: Array) -> Array:
    """Return the factor X of least |unfolded - X (first (.) second)^T|, (.) the Khatri-Rao product."""
    product = (first[:, None] * second[None]).reshape(-1, first.shape[1])
    gram = (first.T @ first) * (second.T @ second)
    damped = gram + np.eye(len(gram)) * 1e-8 * max(np.trace(gram), 1e-12)
    return np.asarray(np.linalg.solve(damped, (unfolded @ product).T).T)


TECHNIQUE = Technique(
    "factorize", "low-rank factors: SVD, Tucker-2, CP, spatial k x 1 and 1 x k",
    "Zhang 2016; Kim 2016; Lebedev 2015; Jaderberg 2014", FactorizeConfig, sites, choices, apply)
