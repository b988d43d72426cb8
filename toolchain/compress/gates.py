"""L0 pruning: a random gate on every weight or unit, trained to be open only where the loss needs it.

Hard-concrete gate with parameter a: s = sigmoid((log u - log(1 - u) + a) / B), u uniform; z = clip(s (Z - G) + G, 0,
1); P(z > 0) = sigmoid(a - B log(-G / Z)), with B = 2/3, G = -0.1, Z = 1.1. The loss is that of training.py plus
``PENALTY`` max(0, mean P(z > 0) - density). The network's weights do not move; what remains of a is the importance.

Source: Louizos et al., "Learning Sparse Neural Networks through L0 Regularization" (ICLR 2018), section 2.2.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from toolchain.compress.channel_groups import Group
from toolchain.compress.layers import find, rows, weight_axis
from toolchain.compress.training import TrainConfig, train
from toolchain.data import Data
from toolchain.ir import Array, Graph
from toolchain.ops.execute import forward

if TYPE_CHECKING:
    import torch

B, G, Z = 2 / 3, -0.1, 1.1
PENALTY = 5.0
#: Parameter at the start: gates are open in nearly all samples.
START = 2.0
EPOCHS, RATE = 5, 0.1


def weight_gates(graph: Graph, densities: Mapping[str, float], data: Data, seed: int) -> dict[str, Array]:
    """Return, by site, the importance [O, K] in 0..1 of each weight; ``densities`` are the shares that are to stay."""
    import torch

    nodes = {find(graph, s).inputs[1]: find(graph, s) for s in densities}
    constants = {n: torch.from_numpy(np.array(graph.tensors[n].data)) for n in nodes}
    student = _Gated(graph, {n: (v.shape, densities[nodes[n].name]) for n, v in constants.items()}, seed)
    student.constants = constants
    train(graph, student, data, TrainConfig(epochs=EPOCHS, learning_rate=RATE, seed=seed))
    found = {}
    for name, node in nodes.items():
        axis = weight_axis(node)
        assert axis is not None
        matrix = rows(graph, node)
        found[node.name] = np.moveaxis(student.importance(name), axis, 0).reshape(matrix.shape) * (matrix != 0)
    return found


def channel_gates(graph: Graph, group: Group, tensor: str, data: Data, seed: int, density: float = 0.5) -> Array:
    """Return the importance [units] in 0..1 of each unit of a group, gated where it is written to ``tensor``."""
    import torch

    unit_of = np.zeros(graph.tensors[tensor].shape[-1], dtype=np.int64)
    for index, unit in enumerate(group.units):
        unit_of[unit.get(tensor, np.zeros(0, np.int64))] = index
    student = _Gated(graph, {tensor: ((len(group.units),), density)}, seed)
    student.spread = {tensor: torch.from_numpy(unit_of)}
    train(graph, student, data, TrainConfig(epochs=EPOCHS, learning_rate=RATE, seed=seed))
    return student.importance(tensor)


class _Gated:
    """A float network whose constants or activations are multiplied with gates; see training.Student."""

    def __init__(self, graph: Graph, gated: Mapping[str, tuple[Sequence[int], float]], seed: int) -> None:
        import torch

        self.graph = graph
        self.gates = {n: torch.full(tuple(shape), START).requires_grad_() for n, (shape, _) in gated.items()}
        self.densities = {n: density for n, (_, density) in gated.items()}
        self.constants: dict[str, torch.Tensor] = {}
        self.spread: dict[str, torch.Tensor] = {}
        self.generator = torch.Generator().manual_seed(seed)

    def parameters(self) -> list[dict[str, Any]]:
        return [{"params": list(self.gates.values())}]

    def begin(self, done: float) -> None:
        """Nothing changes from step to step."""

    def run(self, inputs: Sequence[torch.Tensor], observe: Callable[[str, torch.Tensor], None]) -> torch.Tensor:
        import torch

        open_ = {n: self._sample(a) for n, a in self.gates.items()}
        values = dict(zip(self.graph.inputs, inputs, strict=True))
        values.update({n: v * open_[n] for n, v in self.constants.items()})

        def gate(name: str, value: torch.Tensor) -> torch.Tensor:
            return value * open_[name][self.spread[name]] if name in self.spread else value

        forward(self.graph, values, observe, gate)
        over = [(torch.sigmoid(a - B * math.log(-G / Z)).mean() - self.densities[n]).clamp_min(0)
                for n, a in self.gates.items()]
        return PENALTY * torch.stack(over).mean()

    def _sample(self, a: torch.Tensor) -> torch.Tensor:
        import torch

        u = torch.rand(a.shape, generator=self.generator).clamp(1e-6, 1 - 1e-6)
        s = torch.sigmoid((u.log() - (1 - u).log() + a) / B)
        return (s * (Z - G) + G).clamp(0, 1)

    def importance(self, name: str) -> Array:
        """Return the trained gates' parameters in 0..1."""
        import torch

        value: Array = torch.sigmoid(self.gates[name].detach()).numpy().astype(np.float64)
        return value
