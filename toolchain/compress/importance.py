"""How much a network would miss the units of a channel group, by several measures.

For a unit u, summed over its producers p (weights W, bias b of its output channels), its readers r, or its tensors a:

    l1, l2      sum |W_p[u]| + |b_p[u]| over the layer's mean of it; the same with squares
    reach       rms(a[u]) |V_r[:, u]|: the norm of what the unit adds to its readers' outputs; 0: nothing reads it
    taylor      mean over samples of |sum over pixels of a[u] dL/da[u]|, L the loss on the training data
    entropy     entropy of a[u] in bits (entropy.py)
    l0          trained hard-concrete gates (gates.py)
    random      a control

Source: Li et al., "Pruning Filters for Efficient ConvNets" (ICLR 2017), section 3.1 (L1); Molchanov et al., "Pruning
        Convolutional Neural Networks for Resource Efficient Inference" (ICLR 2017), section 2.2 (Taylor); Luo and Wu
        (2017), section 3.2 (entropy); Louizos et al. (ICLR 2018) (L0); Sun et al., "Wanda" (ICLR 2024), section 3.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Literal, TypeAlias

import numpy as np

from toolchain.compress.channel_groups import Group
from toolchain.compress.entropy import entropy
from toolchain.compress.layers import activations, bias_of, find, rows, weights_of
from toolchain.compress.training import logits_tensor
from toolchain.data import Data
from toolchain.ir import Array, Graph
from toolchain.ops.execute import forward

if TYPE_CHECKING:
    import torch

ImportanceName: TypeAlias = Literal["l1", "l2", "reach", "taylor", "entropy", "l0", "random"]
SAMPLES = 256


def unit_importance(graph: Graph, group: Group, name: ImportanceName, data: Data, seed: int = 0) -> Array:
    """Return the importance [units] of each unit of a group."""
    if name == "random":
        return np.asarray(np.random.default_rng(seed).random(len(group.units)))
    if name == "l0":
        from toolchain.compress.gates import channel_gates

        return channel_gates(graph, group, main_tensor(graph, group), data, seed)
    if name in ("l1", "l2"):
        return _norm(graph, group, int(name[1]))
    measures = {"reach": _reach, "taylor": _taylor, "entropy": _entropy}
    return measures[name](graph, group, data)


def main_tensor(graph: Graph, group: Group) -> str:
    """Return the last tensor that the group's producers write: behind the adds, where residual branches meet."""
    written = [n.outputs[0] for n in graph.nodes if n.outputs[0] in group.units[0]]
    full = [t for t in written if all(len(u.get(t, ())) == 1 for u in group.units)]
    return (full or written)[-1]


def _sum_over(units: Sequence[Mapping[str, Array]], tensor: str, values: Array) -> Array:
    """Return, per unit, the sum of ``values`` (one per channel of the tensor) over its channels."""
    return np.array([values[u[tensor]].sum() if tensor in u else 0.0 for u in units])


def _norm(graph: Graph, group: Group, power: int) -> Array:
    total = np.zeros(len(group.units))
    for name in group.producers:
        node = find(graph, name)
        rows_of = np.abs(rows(graph, node).astype(np.float64)) ** power
        channel = rows_of.sum(axis=1) + np.abs(bias_of(graph, node).astype(np.float64)) ** power
        total += _sum_over(group.units, node.outputs[0], channel / max(channel.mean(), 1e-30))
    return total


def _reach(graph: Graph, group: Group, data: Data) -> Array:
    total = np.zeros(len(group.units))
    nodes = [find(graph, name) for name in group.readers]
    values = activations(graph, [x[:SAMPLES] for x in data.calibration], {n.inputs[0] for n in nodes})
    for node in nodes:
        x = values[node.inputs[0]].astype(np.float64)
        rms = np.sqrt(np.square(x).mean(axis=tuple(range(x.ndim - 1))))
        weights = weights_of(graph, node).astype(np.float64)
        norms = np.sqrt(np.square(weights).sum(axis=tuple(range(weights.ndim - 1))))
        total += _sum_over(group.units, node.inputs[0], rms * norms)
    return total


def _entropy(graph: Graph, group: Group, data: Data) -> Array:
    tensor = main_tensor(graph, group)
    value = activations(graph, [x[:SAMPLES] for x in data.calibration], [tensor])[tensor]
    return _sum_over(group.units, tensor, entropy(value.reshape(-1, value.shape[-1])))


def _taylor(graph: Graph, group: Group, data: Data) -> Array:
    import torch

    tensor = main_tensor(graph, group)
    inputs, targets = (data.training.inputs, data.training.targets) if data.training else (data.calibration, None)
    chosen = np.linspace(0, len(inputs[0]) - 1, min(SAMPLES, len(inputs[0]))).astype(int)
    values = {n: torch.from_numpy(x[chosen]) for n, x in zip(graph.inputs, inputs, strict=True)}
    seen: dict[str, torch.Tensor] = {}

    def leaf(name: str, value: torch.Tensor) -> torch.Tensor:
        return value.detach().requires_grad_() if name == tensor else value

    _, *others = forward(graph, values, seen.__setitem__, leaf)
    loss = _loss(seen[logits_tensor(graph)], None if targets is None else targets[chosen])
    for output in others:
        loss = loss + _loss(output, None)
    loss.backward()
    value, gradient = seen[tensor], seen[tensor].grad
    assert gradient is not None
    effect = (value.detach() * gradient).reshape(len(chosen), -1, value.shape[-1]).sum(dim=1).abs().mean(dim=0)
    return _sum_over(group.units, tensor, effect.numpy().astype(np.float64))


def _loss(logits: torch.Tensor, targets: Array | None) -> torch.Tensor:
    import torch
    import torch.nn.functional as F

    flat = logits.reshape(len(logits), -1)
    if targets is not None and targets.dtype.kind in "iub" and targets.size == len(flat) and flat.shape[1] > 1:
        return F.cross_entropy(flat, torch.from_numpy(targets.reshape(-1).astype(np.int64)), reduction="sum")
    return flat.square().sum() / 2  # without labels: what moves the outputs
